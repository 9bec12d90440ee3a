"""What runs by itself, when next, and how did it go? And: run it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from saleswright.kernel import clock
from saleswright.kernel.action import Action, Arg, Choice, action
from saleswright.kernel.call import Context, Desk
from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.held import apart
from saleswright.kernel.report import Cell, Column, Note, Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, FAILURE, USAGE, Issue, Stop, unknown
from saleswright.run.schedules import runs
from saleswright.run.schedules.failed import STATES, Failed, failed, sees
from saleswright.run.schedules.going import go
from saleswright.run.schedules.schedule import KIND, Named, own_name, schedules
from saleswright.run.schedules.tick import worker

_COMING = 3


def _names(at: Any) -> Iterator[Choice]:
    workspace = at.here if isinstance(at, Desk) else at.workspace
    yield from (Choice(item.name, doc=item.doc) for item in workspace.all(KIND))


Name = Annotated[str, Arg("choice", "which schedule", _names, "schedule", closed=False)]


@action(effect="read", name="schedule list", title="Schedules")
def list_(at: Context) -> Report:
    """List what runs by itself: when, the next three runs, and how the last one went.

    Times are those of each schedule's own zone. A run needs a server or `work` that is up; what was missed meanwhile is
    made up once, the latest of it.
    """
    named, issues = schedules(at.workspace)
    now = clock.now()
    journal = open_journal(at.workspace, create=False)
    rows: list[tuple[Cell, ...]] = []
    for one in named:
        text = one.at(now) or one.texts[-1]
        if not sees(at.policy, text):
            continue
        last: list[runs.Ran] = []
        if journal is not None:
            with journal.read() as con:
                last = runs.last_runs(con, one.name)
        coming: list[Cell] = [_local(due, text.zone) for due in one.coming(now, _COMING)]
        coming += [None] * (_COMING - len(coming))
        went = [_local(last[0].due, text.zone), STATES[last[0].state], last[0].said or None] if last else [None] * 3
        rows.append((one.name, text.action, ", ".join(t.text for t in text.timings), *coming, *went))
    columns = (
        Column("schedule", "Schedule"),
        Column("action", "Runs"),
        Column("at", "When"),
        Column("next", "Next", "moment"),
        Column("second", "Then", "moment"),
        Column("third", "Then", "moment"),
        Column("last", "Last", "moment"),
        Column("state", "It was"),
        Column("said", "It said"),
    )
    if not rows:
        how = "a definition of kind schedule in definitions/ makes one"
        return Report("What runs by itself?", [Note(f"Nothing does; {how}.")], issues=tuple(issues))
    wrong = [
        Issue(one.where, f"the last run of {one.name} {_went(one)}", one.how, one.again, level="warning")
        for one in failed(at.workspace, at.policy)
    ]
    return Report("What runs by itself?", [Table("schedules", columns, tuple(rows))], issues=(*issues, *wrong))


@action(effect="apply", name="schedule run", title="Run a schedule", verb="Run it now")
def run(desk: Desk, name: Name) -> Report:
    """Run a schedule now, by hand, whatever its calendar says; what the calendar brings stays as it is."""
    workspace = desk.here
    now = clock.now()
    named, text = _found(workspace, name), None
    text = named.at(now)
    if text is None:
        what = f"{name} is not in force today"
        raise Stop(Issue(named.texts[-1].where, what, "so nothing says what to run", "see its from: and to:"))
    journal = open_journal(workspace)
    assert journal is not None
    # A run may take minutes, and gives signs of life meanwhile: it cannot be one transaction with its answer.
    with apart():
        claimed = runs.claim_by_hand(journal, text, now, worker())
        if claimed is None:
            what = f"{name} is under way"
            raise Stop(Issue(name, what, "so it was not begun a second time", "look again soon"), exit_code=CONFLICT)
        desk.tell(f"{text.action} as {text.actor or own_name(name)}")
        ended = go(desk.app, workspace, journal, claimed)
    records = [ended.record] if ended.record else []
    if ended.state == "failed":
        issue = Issue(text.where, ended.said, f"so the run of {name} failed", "mend it and run it again")
        return Report(
            f"{name} failed",
            [Note(ended.said, "warning")],
            issues=(issue,),
            exit_code=FAILURE,
            data={"records": records},
        )
    return Report(f"{name} ran", [Note(ended.said)], changed=1, data={"records": records, "kept": ended.kept})


def check(at: Context) -> list[Issue]:
    """Everything that is wrong with the schedules."""
    return schedules(at.workspace)[1]


def misnamed(workspace: Workspace, actions: Mapping[str, Action]) -> list[Issue]:
    """Commands and arguments in schedules that there are none of, and arguments that are missing: such a run would fail."""
    issues: list[Issue] = []
    for item in workspace.all(KIND):
        name, args = str(item.body.get("action", "")), item.body.get("args", {})
        found = actions.get(name)
        if found is None:
            issues += [unknown("command", name, sorted(actions), where=item.where("action"))] if name else []
            continue
        given = set(args) if isinstance(args, Mapping) else set()
        known = {key: param for param in found.params for key in (param.name, param.flag)}
        flags = [param.flag for param in found.params]
        for key in sorted(given - known.keys(), key=str):
            issues.append(unknown(f"argument of {name}", str(key), flags, where=item.where(f"args.{key}")))
        there = {known[key].flag for key in given & known.keys()}
        for param in found.params:
            if param.required and param.flag not in there:
                what, why = f"{name} needs {param.flag}", param.arg.help or "so it does not run"
                issues.append(Issue(item.where("args"), what, why, f"args: {{{param.flag}: ...}}"))
    return issues


def _found(workspace: Any, name: str) -> Named:
    named, issues = schedules(workspace)
    found = next((one for one in named if one.name == name), None)
    if found is not None:
        return found
    known = [item.name for item in workspace.all(KIND)]
    if name in known:
        raise Stop(*issues)
    raise Stop(unknown("schedule", name, known, where="name"), exit_code=USAGE)


def _went(last: Failed) -> str:
    return f"failed: {last.said}" if last.state == "failed" else f"is unconfirmed: {last.said}"


def _local(due: datetime, zone: str) -> datetime:
    return due.astimezone(ZoneInfo(zone))
