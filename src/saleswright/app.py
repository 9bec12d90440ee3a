"""What is Saleswright made of? The composition root: the only place that knows every chapter."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from saleswright.kernel.call import Ambient, App, Context
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.workspace import Workspace, find, load


def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in reading order."""
    from saleswright import commands
    from saleswright.data import imports
    from saleswright.measure import flow, junk, metrics, review

    return (metrics.CHAPTER, flow.CHAPTER, review.CHAPTER, imports.CHAPTER, junk.CHAPTER, commands.CHAPTER)


@cache
def shipped() -> tuple[Definition, ...]:
    """The definitions the chapters bring."""
    found: list[Definition] = []
    for chapter in chapters():
        folder = chapter.folder
        for path in sorted([*folder.glob("standard/*.yaml"), *folder.glob("*/standard/*.yaml")]):
            shown = f"{chapter.name}/{path.relative_to(folder).as_posix()}"
            definitions, issues = read_definitions(path, shown, shipped=True)
            assert not issues, issues
            found += definitions
    return tuple(found)


def open_workspace(folder: Path) -> Workspace:
    """The workspace in this folder or above it, with the shipped definitions under its own."""
    return load(find(folder), shipped(), [one.check for one in chapters() if one.check])


def open_context(workspace: Workspace, ambient: Ambient) -> Context:
    """A snapshot of the record, as of then, under the actor's policy."""
    from saleswright.history.snapshot import open_snapshot

    return open_snapshot(workspace, ambient)


def published(workspace: Workspace) -> str:
    """Which state of the record is published now, for caches to notice a new one."""
    from saleswright.history.snapshot import published

    number = published(workspace)
    return f"r{number}.j0" if number else ""


def build() -> App:
    """The composed product."""
    from saleswright.data.imports.pages import inbox

    return App(chapters(), open_workspace, open_context, {"release": published, "serve": inbox.sweep})
