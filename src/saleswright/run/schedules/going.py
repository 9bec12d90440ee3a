"""How does a run go? The action is called as on any face, under one actor's policy; an answer is kept as a file."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.action import Action
from saleswright.kernel.call import Ambient, App, Outcome
from saleswright.kernel.definition import Definition
from saleswright.kernel.door.approval import Asked
from saleswright.kernel.door.rules import fresh, in_force
from saleswright.kernel.journal import Journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import NOT_ALLOWED, Issue, Stop
from saleswright.run.schedules import runs
from saleswright.run.schedules.schedule import Schedule, own_name

REPORTS = "reports"
_LONGEST = 400
_log = logging.getLogger("saleswright.schedules")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: state done or failed, a sentence, and the file its answer is kept in (from the workspace)."""

    state: str
    said: str
    kept: str = ""
    record: int | None = None
    mails: tuple[Mapping[str, str], ...] = ()


def go(app: App, workspace: Workspace, journal: Journal, claimed: runs.Claimed) -> Ended:
    """Make a run that is ours, and write down how it ended. Refusals and faults end it as failed; nothing is raised."""
    barrier("schedule-claimed")
    with _living(journal, claimed):
        ended = _made(app, workspace, claimed)
    barrier("schedule-ran")
    record = runs.end(journal, claimed, clock.now(), ended.state, ended.said, ended.kept, ended.mails)
    return replace(ended, record=record)


def granted(app: App, workspace: Workspace, action: Action) -> str:
    """The approval that lets a schedule do what writes at once: automatic, and naming the action; empty without one.

    One that limits anything else does not count: of an action that writes nobody can say what it is about.
    """
    for one in in_force(fresh(app, workspace)).every:
        limited = one.adapters or one.entities or one.fields or one.amount or one.lines
        if one.automatic and action.name in one.actions and not limited:
            return one.name
    return ""


def lets_mail(app: App, workspace: Workspace, text: Schedule) -> str:
    """The approval that lets an answer be mailed: automatic, and naming the mail server or "mail"; empty without one."""
    asked = Asked(text.action, text.by, "low", own_name(text.name), 1, "message", "", None)
    for one in in_force(fresh(app, workspace)).every:
        if one.automatic and text.by in one.adapters and not one.covers(asked):
            return one.name
    return ""


def _made(app: App, workspace: Workspace, claimed: runs.Claimed) -> Ended:
    text = claimed.text
    try:
        action = app.action(text.action)
        _may(app, workspace, action, text)
        acting, actor = _as_whom(workspace, text)
        outcome = app.call(acting, action.name, _given(text.args), Ambient(actor=actor))
        if outcome.report.after is not None:
            return Ended("failed", f"{action.name} does not end by itself, so it is nothing for a calendar")
        if action.effect != "read":
            return Ended("done", _said(outcome, ""))
        kept = _keep(app, workspace, outcome, text.name, claimed.due, text.keep)
        if not text.mail_to:
            return Ended("done", _said(outcome, kept), kept)
        if not lets_mail(app, workspace, text):
            how = f"automatic: true and adapters: [{text.by}]"
            return Ended("done", f"{_said(outcome, kept)}. Not mailed: no approval has {how}", kept)
        return Ended("done", _said(outcome, kept), kept, mails=_mails(app, workspace, outcome, claimed))
    except Stop as stop:
        return Ended("failed", _short("; ".join(" ".join(str(issue).split()) for issue in stop.issues)))
    except Exception as error:
        _log.error("the run of %s failed", text.name, exc_info=error)
        return Ended("failed", f"a fault of the program: {type(error).__name__}")


def _may(app: App, workspace: Workspace, action: Action, text: Schedule) -> None:
    if action.effect != "apply":
        return
    if action.alone or not granted(app, workspace, action):
        how = f"a definition of kind approval with automatic: true and actions: [{action.name}]"
        raise Stop(
            Issue(
                text.where,
                f"{action.name} writes at once, and no approval lets a schedule do it",
                "so it was not run",
                "a schedule cannot run it" if action.alone else how,
                code="not-granted",
            ),
            exit_code=NOT_ALLOWED,
        )


def _as_whom(workspace: Workspace, text: Schedule) -> tuple[Workspace, str]:
    """The workspace as this run sees it, and who it is. Who names nobody has what the person at the machine has."""
    if text.actor:
        return workspace, text.actor
    name = own_name(text.name)
    if workspace.get("access", name, workspace.today) is not None:
        return workspace, name
    policy = workspace.policy()
    access = Definition("access", name, {"scope": policy.scope, "hide": sorted(policy.hidden)}, file=text.where)
    return replace(workspace, definitions=(*workspace.definitions, access)), name


def _given(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as a command line would bring them; a mapping is a list of field=value."""
    given: dict[str, Any] = {}
    for key, value in args.items():
        if isinstance(value, Mapping):
            given[str(key)] = [f"{field}={item}" for field, item in value.items()]
        elif isinstance(value, (list, bool)):
            given[str(key)] = [str(item) for item in value] if isinstance(value, list) else value
        else:
            given[str(key)] = None if value is None else str(value)
    return given


def _keep(app: App, workspace: Workspace, outcome: Outcome, name: str, due: datetime, form: str) -> str:
    folder = workspace.state / REPORTS / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{due:%Y-%m-%dT%H%M%S}Z.{form}"
    write = app.before.get("file")
    if write is None:
        path = path.with_suffix(".json")
        _json(outcome, path)
    else:
        write(outcome, path, workspace.name, workspace.currency)
    return path.relative_to(workspace.root).as_posix()


def _mails(app: App, workspace: Workspace, outcome: Outcome, claimed: runs.Claimed) -> tuple[Mapping[str, str], ...]:
    text = claimed.text
    written = workspace.root / _keep(app, workspace, outcome, text.name, claimed.due, "md")
    body = written.read_text(encoding="utf-8")
    subject = f"{workspace.name}: {outcome.report.title}"
    return tuple({"to": to, "subject": subject, "title": outcome.report.title, "text": body} for to in text.mail_to)


def _json(outcome: Outcome, path: Path) -> None:
    import json

    from saleswright.kernel.envelope import envelope

    path.write_text(json.dumps(envelope(outcome), ensure_ascii=False), encoding="utf-8")


def _said(outcome: Outcome, kept: str) -> str:
    report = outcome.report
    parts = [report.title, f"kept in {kept}" if kept else report.lede]
    parts += [f"{len(report.issues)} to mind: {report.issues[0].what}"] if report.issues else []
    words = [" ".join(part.split()) for part in parts if part]
    return _short(
        " ".join(word if word[-1] in ".?!" or at == len(words) else f"{word}." for at, word in enumerate(words, 1))
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


@contextmanager
def _living(journal: Journal, claimed: runs.Claimed) -> Iterator[None]:
    """Signs of life beside a run that may take longer than its lease."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(runs.LEASE.total_seconds() / 3):
            try:
                if not runs.alive(journal, claimed, clock.now()):
                    return
            except Stop:
                continue  # the journal is busy; the next sign is in time

    thread = threading.Thread(target=beat, name=f"schedule {claimed.text.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
