"""What does one capability bring? A chapter is a folder: prose, actions, shipped definitions, perhaps a hero page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from saleswright.kernel.action import Action
from saleswright.lib.issue import Issue

Group = Literal["Measure", "Plan", "Run", "Data"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought: its fields as they were written, and the folder its files were put in.

    key: what the sender calls this sending, so that it is done once however often it arrives; empty for one without.
    digest: of all that was brought. Two sendings under one key are the same sending when their digests are the same.
    """

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folder: Path | None = None
    key: str = ""
    digest: str = ""

    def one(self, name: str) -> str:
        """The last value of a field, empty when there is none."""
        return next(reversed(self.fields.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Slow:
    """What a slow answer depends on (`key`), and how many bytes it reads, for a rate and the time left."""

    key: Hashable
    size: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A hero page: `build(context, args)` gives the template its typed values; a face renders them.

    path: "/kpi/{name}" style. template: a file in the chapter's pages/ folder made of the face's shared macros; empty
    for a page that is a file to keep, whose `build` gives its "name" and "body". nav: the words in the navigation, empty
    for pages that are reached by links only.

    alone: it works before there is a record, and only for who sees the whole company: `build` is handed a Desk.
    slow: the answer may take long, so it is made aside with its progress shown, and kept under what `slow(desk, args)`
    says it depends on. post: what a form sent to its address does; gives the address to go to next. takes: makes the
    folder that files dropped on it are written to. count: how many of what wait on it for who asks, such as
    (4, "4 requests to approve"), shown beside its name in the navigation.
    """

    path: str
    title: str
    template: str
    build: Callable[[Any, Mapping[str, str]], dict[str, Any]]
    group: Group = "Measure"
    nav: str = ""
    icon: str = ""
    order: int = 100
    policy: str = "rows"
    alone: bool = False
    slow: Callable[[Any, Mapping[str, str]], Slow] | None = None
    post: Callable[[Any, Mapping[str, str], Sent], str] | None = None
    takes: Callable[[Any], Path] | None = None
    count: Callable[[Any], tuple[int, str]] | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One capability. `folder` holds standard/*.yaml (shipped definitions), cases/*.yaml and pages/.

    kinds: the JSON Schema of each kind of definition it reads, made by calling. check: everything that is wrong with the
    definitions it reads, by a context.
    """

    name: str
    group: Group
    title: str
    doc: str
    folder: Path
    actions: tuple[Action, ...] = ()
    pages: tuple[Page, ...] = ()
    kinds: Mapping[str, Callable[[], dict[str, Any]]] = field(default_factory=dict)
    check: Callable[[Any], Iterable[Issue]] | None = None
