"""Does every action that changed something leave one record, and only those?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import select

from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import App, Desk
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.journal.tables import actor, detail, record
from saleswright.kernel.report import Note, Report
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop
from tests.journals import KINDS, empty, opened


@action(effect="apply", name="put away")
def put_away(
    desk: Desk,
    path: Annotated[str, Arg("path", "a file")] = "",
    to: Annotated[str, Arg("text", "an address")] = "",
    answer: Annotated[tuple[tuple[str, str], ...], Arg("pairs", "answers")] = (),
    dry_run: Annotated[bool, Arg("flag", "write nothing")] = False,
    changed: Annotated[int, Arg("int", "how many")] = 1,
) -> Report:
    """Put something away."""
    return Report("Put away", [Note("It is.")], changed=changed)


@action(effect="apply", name="own")
def own(desk: Desk) -> Report:
    """Write a record of its own."""
    with opened(desk.here).write(desk.policy.actor) as w:
        w.record("decided", "request:1")
    return Report("Own", [], changed=1)


@action(effect="apply", name="look")
def look(desk: Desk) -> Report:
    """Say nothing of changes."""
    return Report("Looked", [])


@action(effect="apply", name="copy", recorded=False)
def copy(desk: Desk) -> Report:
    """Make a copy."""
    return Report("Copied", [], changed=1)


@action(effect="apply", name="fail")
def fail(desk: Desk) -> Report:
    """Refuse."""
    raise Stop(Issue("", "no"))


def app() -> App:
    chapter = Chapter("toy", "Data", "Toy", "", Path("."), (put_away, own, look, copy, fail))
    return App((chapter,), lambda folder: empty(folder), lambda workspace, ambient: pytest.fail("not asked"))


@pytest.fixture(params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Workspace:
    return empty(tmp_path, journal_url(request.param), defaults={})


def told(workspace: Workspace) -> list[tuple[str, str, str, Any]]:
    """Who, act, subject, body of every record."""
    journal = open_journal(workspace, create=False)
    if journal is None:
        return []
    both = record.join(detail, detail.c.seq == record.c.seq).join(actor, actor.c.id == record.c.actor)
    columns = (actor.c.name, record.c.act, record.c.subject, detail.c.body)
    with journal.read() as con:
        rows = con.execute(select(*columns).select_from(both).order_by(record.c.seq))
        return [(name, act, subject, json.loads(bytes(body))) for name, act, subject, body in rows]


def test_what_changed_something_leaves_one_record(workspace: Workspace) -> None:
    given = {"path": "/srv/ann/secret place/rows.csv", "answer": ["meaning=ACV"], "changed": 7}
    report = app().call(workspace, "put away", given).report
    assert report.issues == ()
    args = {"path": "rows.csv", "answer": [["meaning", "ACV"]], "changed": 7}
    body = {"action": "put away", "args": args, "changed": 7, "exit_code": 0}
    assert told(workspace) == [("me", "did", "action:put-away", body)]


def test_no_password_is_kept(workspace: Workspace) -> None:
    app().call(workspace, "put away", {"to": "https://ann:canary@host/place?password=canary"})
    ((*_, body),) = told(workspace)
    assert "canary" not in json.dumps(body) and "host" in body["args"]["to"]


def test_nothing_is_written_of_what_changed_nothing(workspace: Workspace) -> None:
    run = app()
    run.call(workspace, "put away", {"dry_run": True})
    run.call(workspace, "put away", {"changed": 0})
    run.call(workspace, "look", {})
    run.call(workspace, "copy", {})
    with pytest.raises(Stop):
        run.call(workspace, "fail", {})
    assert told(workspace) == []
    assert workspace.journal or not workspace.state.exists()


def test_who_writes_their_own_record_gets_no_second(workspace: Workspace) -> None:
    app().call(workspace, "own", {})
    assert [row[1:3] for row in told(workspace)] == [("decided", "request:1")]
    app().call(workspace, "put away", {})
    assert [row[1:3] for row in told(workspace)][1:] == [("did", "action:put-away")]


def test_what_is_done_stays_done_when_it_cannot_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Busy, full, damaged, in the way: the report stands, and a warning says that the log does not tell of it."""
    run = app()
    monkeypatch.setattr("saleswright.kernel.journal.store.BUSY_MS", 50)
    workspace = empty(tmp_path / "busy")
    journal = opened(workspace)
    let_go()
    with journal.write("Ann"):
        report = run.call(workspace, "put away", {}).report
    _warned(report, "another program is writing")
    damaged = empty(tmp_path / "damaged")
    damaged.state.mkdir(parents=True)
    (damaged.state / "journal.sqlite").write_bytes(b"no journal" * 1000)
    _warned(run.call(damaged, "put away", {}).report, "damaged")
    blocked = empty(tmp_path / "blocked")
    blocked.root.mkdir()
    blocked.state.write_text("a file where the folder should be", encoding="utf-8")
    _warned(run.call(blocked, "put away", {}).report, "")
    _warned(run.call(empty(tmp_path, "postgresql://ann@127.0.0.1:1/x"), "put away", {}).report, "cannot be reached")


def _warned(report: Report, words: str) -> None:
    assert report.title == "Put away" and report.changed == 1 and report.exit_code == 0
    (issue,) = report.issues
    assert issue.level == "warning" and "put away is done" in issue.what and words in issue.what
