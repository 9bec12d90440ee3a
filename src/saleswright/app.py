"""What is Saleswright made of? The composition root: the only place that knows every chapter."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from saleswright.kernel.call import Ambient, App, Context, Outcome
from saleswright.kernel.change import JOURNAL, ChangeRequest, Shift
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.workspace import Workspace, find, load
from saleswright.lib.issue import Issue


def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in reading order."""
    from saleswright import commands
    from saleswright.data import audit, backup, erase, imports
    from saleswright.measure import flow, forecast, junk, metrics, review
    from saleswright.run import approvals, outbox, schedules

    return (
        metrics.CHAPTER,
        flow.CHAPTER,
        review.CHAPTER,
        forecast.CHAPTER,
        approvals.CHAPTER,
        outbox.CHAPTER,
        schedules.CHAPTER,
        imports.CHAPTER,
        backup.CHAPTER,
        erase.CHAPTER,
        junk.CHAPTER,
        audit.CHAPTER,
        commands.CHAPTER,
    )


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
    return load(find(folder), shipped(), [*(one.check for one in chapters() if one.check), misnamed])


def misnamed(context: Context) -> list[Issue]:
    """Commands, arguments and ways out that definitions name, and that there are none of."""
    from saleswright.faces.mcp import offered
    from saleswright.kernel.door import approval
    from saleswright.run.outbox.ways import Ways
    from saleswright.run.schedules.actions import misnamed

    workspace, actions = context.workspace, {one.name: one for chapter in chapters() for one in chapter.actions}
    ways = [JOURNAL, *Ways()]
    ways += [f"{kind}:{one.name}" for kind in ways for one in workspace.all(kind)]
    issues = [*approval.misnamed(workspace, actions, ways), *misnamed(workspace, actions)]
    return issues + [issue for one in workspace.all(offered.KIND) for issue in offered.misnamed(actions, one)]


def open_context(workspace: Workspace, ambient: Ambient) -> Context:
    """A snapshot of the record, as of then, under the actor's policy."""
    from saleswright.history.snapshot import open_snapshot

    return open_snapshot(workspace, ambient)


def published(workspace: Workspace) -> str:
    """Which state of the record is published now, for caches to notice a new one."""
    from saleswright.history.snapshot import published

    return published(workspace)


def author(w: Any, name: str, fields: Mapping[str, Any], removed: bool | int = False, **more: Any) -> int:
    """Write an authored event into an open transaction of the journal; gives its record's number."""
    from saleswright.history.authored import author

    return author(w, name, fields, removed, **more)


def preview(context: Context, request: ChangeRequest) -> Sequence[Shift]:
    """What a request would do to the headline figures."""
    from saleswright.history.snapshot import Snapshot
    from saleswright.run.approvals.preview import preview

    assert isinstance(context, Snapshot)
    return preview(context, request)


def to_file(outcome: Outcome, path: Path, name: str, currency: str) -> str:
    """Write an answer into a file; its ending says the form."""
    from saleswright.faces.export import file

    return file.to_file(outcome, path, name, currency)


def outbox(app: App, workspace: Workspace, stop: threading.Event) -> None:
    """Send what was agreed to, until `stop` is set."""
    from saleswright.kernel.effects.background import run

    run(app, workspace, stop)


def calendar(app: App, workspace: Workspace, stop: threading.Event) -> None:
    """Run what is due, until `stop` is set."""
    from saleswright.run.schedules.tick import background

    background(app, workspace, stop)


def build() -> App:
    """The composed product."""
    from saleswright.data.audit import heads
    from saleswright.data.imports.pages import inbox
    from saleswright.run.approvals.current import current
    from saleswright.run.outbox.ways import Ways

    return App(
        chapters(),
        open_workspace,
        open_context,
        {"release": published, "serve": inbox.sweep, "file": to_file},
        adapters=Ways(),
        current=current,
        preview=preview,
        author=author,
        background=(calendar, heads.keep, outbox),
    )
