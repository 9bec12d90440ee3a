"""A page as a tree, so that a test reads a table as a person does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset("area br col embed hr img input link meta source wbr path rect circle line".split())


@dataclass
class Node:
    """An element: its name, attributes, children and own text."""

    tag: str
    attrs: dict[str, str | None]
    inside: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        said = "".join(one if isinstance(one, str) else one.text for one in self.inside)
        return " ".join(said.replace("\u00a0", " ").split())

    def all(self, tag: str = "", mark: str = "", **attrs: str) -> list[Node]:
        found = []
        for one in self.inside:
            if isinstance(one, Node):
                marks = (one.attrs.get("class") or "").split()
                fits = (not tag or one.tag == tag) and (not mark or mark in marks)
                if fits and all(one.attrs.get(key) == value for key, value in attrs.items()):
                    found.append(one)
                found += one.all(tag, mark, **attrs)
        return found

    def one(self, tag: str = "", mark: str = "", **attrs: str) -> Node:
        found = self.all(tag, mark, **attrs)
        assert found, (tag, mark, attrs)
        return found[0]


class Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(text: str) -> Node:
    reader = Tree()
    reader.feed(text)
    return reader.root


def count(text: str) -> int:
    """The first whole number in a text."""
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found[0].replace(",", ""))


def amount(node: Node) -> int:
    """The exact minor units behind a rounded amount; nothing where no amount is known."""
    if node.text == "no amount":
        return 0
    title = node.one("span", "fig").attrs["title"] or ""
    return round(float(title.replace("USD", "").replace("\u00a0", "").replace(",", "")) * 100)
