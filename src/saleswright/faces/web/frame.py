"""What stands round every page? The rail, who asks, the moment and version in the foot, and what can be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from saleswright.faces.web import ask
from saleswright.faces.web.policies import writes
from saleswright.faces.web.render import as_of_day, as_of_words, version_words
from saleswright.faces.words import label
from saleswright.kernel.action import Action
from saleswright.kernel.call import App, Context
from saleswright.kernel.chapter import Chapter, Page
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.workspace import Workspace

GROUPS = ("Measure", "Plan", "Run", "Data")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail."""

    name: str
    address: str
    icon: str
    current: bool
    count: int = 0
    counted: str = ""


Counts = Mapping[str, tuple[int, str]]
"""How many of what wait, by the address of the page where they do."""


def frame(
    app: App,
    workspace: Workspace,
    carried: ask.Query,
    path: str,
    policy: Policy | None,
    context: Context | None,
    counts: Counts = MappingProxyType({}),
) -> dict[str, Any]:
    """Values of the base template, under the name `face`."""
    return {
        "workspace": workspace.name,
        "sample": workspace.sample,
        "groups": groups(app, carried, path, policy, counts),
        "carried": carried,
        "who": policy.actor if policy and policy.actor != "me" else "",
        "sees": ""
        if policy is None
        else "Sees the whole company"
        if policy.scope == COMPANY
        else f"Sees {policy.member}",
        "as_of": as_of_words(context) if context else "",
        "today": as_of_day(context) if context else None,
        "version": version_words(context.snap) if context else "",
        "currency": context.currency if context else "",
        "token": "",
    }


def groups(
    app: App, carried: ask.Query, path: str, policy: Policy | None, counts: Counts = MappingProxyType({})
) -> list[tuple[str, list[Entry]]]:
    """The rail: pages that are open to who asks, in their groups; a group without any is absent."""
    shown = listed(app, policy)
    exact = next((page for _, page in shown if page.path == path), None)
    # A page without a name of its own is found under the one it lies below, else under its chapter's first.
    above = max((p for _, p in shown if path.startswith(f"{p.path}/")), key=lambda p: len(p.path), default=None)
    owner = _chapter_of(app, path) if exact is None else None
    current = exact or above or next((page for chapter, page in shown if chapter is owner and page.path != "/"), None)
    found = []
    for group in GROUPS:
        entries = [
            Entry(
                page.nav, ask.address(page.path, carried), page.icon, page is current, *counts.get(page.path, (0, ""))
            )
            for _, page in shown
            if page.group == group
        ]
        if group == "Measure" and not any(page.path == "/" for _, page in shown):
            entries.insert(0, Entry("All questions", ask.address("/a", carried), "list", path == "/a"))
        if entries:
            found.append((group, entries))
    return found


def listed(app: App, policy: Policy | None) -> list[tuple[Chapter, Page]]:
    """Pages with a name in the navigation. What writes is absent for who would only be refused there."""
    able = policy is not None and writes(policy)
    return [
        (c, page) for c, page in app.pages if page.nav and "{" not in page.path and (able or page.policy != "writes")
    ]


# More names than this of one kind are found by searching for them where they stand.
MOST = 2_000


def entries(app: App, context: Context, carried: ask.Query) -> list[dict[str, str]]:
    """Everything the palette finds: pages, questions, and each choice of a question that needs only one."""
    found = [
        {
            "name": page.nav,
            "doc": page.title if page.title != page.nav else "",
            "address": ask.address(page.path, carried),
        }
        for _, page in listed(app, context.policy)
    ]
    known: set[tuple[str, str]] = set()
    for action in asked(app):
        # Several questions about one thing lead to its one page.
        for entry in _choices(app, action, context, carried):
            if (entry["name"], entry["address"]) not in known:
                known.add((entry["name"], entry["address"]))
                found.append(entry)
    taken = {entry["name"] for entry in found}
    for action in [*asked(app), *doable(app, context.policy)]:
        name = action.title or label(action.name)
        # A page of that name answers the same question better than the generic one.
        if name not in taken:
            address = ask.address(f"/a/{action.slug}", carried)
            found.append({"name": name, "doc": action.summary, "address": address})
    return found


def asked(app: App) -> list[Action]:
    """The questions a browser may ask: actions that read, and need a workspace (the others look at the machine)."""
    return [action for action in app.actions.values() if action.effect == "read" and not action.alone]


def doable(app: App, policy: Policy | None = None) -> list[Action]:
    """What a browser may do: actions that change something and name the word on their button; all, or those open to one."""
    able = policy is None or writes(policy)
    return [
        action
        for action in app.actions.values()
        if action.effect != "read" and action.verb and not action.alone and (able or action.judges)
    ]


def _choices(app: App, action: Action, context: Context, carried: ask.Query) -> list[dict[str, str]]:
    needed = [param for param in action.params if param.required]
    param = needed[0] if len(needed) == 1 else None
    if param is None or param.arg.choices is None:
        return []
    page = next((page for _, page in app.pages if page.path.endswith(f"/{{{param.name}}}")), None)
    found: list[dict[str, str]] = []
    seen: set[str] = set()
    for choice in list(param.arg.choices(context))[:MOST]:
        if page is not None:
            address = ask.address(page.path.replace(f"{{{param.name}}}", quote(choice.value, safe="")), carried)
        else:
            address = ask.address(f"/a/{action.slug}", [(param.flag, choice.value), *carried])
        # Another name for the same thing is found by that name, and says what it stands for.
        name, doc = choice.label or label(choice.value), choice.doc
        if name in seen:
            name, doc = label(choice.value), f"{choice.label}. {choice.doc}"
        seen.add(name)
        found.append({"name": name, "doc": doc, "address": address})
    return found


def _chapter_of(app: App, path: str) -> Chapter | None:
    """The chapter whose page this is: one reached by links only, or with a name in its path."""
    for chapter, page in app.pages:
        head = page.path.partition("{")[0]
        if page.path == path:
            return chapter
        if head != page.path and path.startswith(head) and head != "/":
            return chapter
    return None
