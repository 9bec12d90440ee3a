"""Definitions that run actions on a calendar: catch up once after downtime, never twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.journal import open_journal, store
from saleswright.kernel.journal.held import hold
from saleswright.lib.issue import Stop
from saleswright.run.schedules import going, runs
from saleswright.run.schedules.actions import run as run_by_hand
from saleswright.run.schedules.schedule import json_schema, schedules
from saleswright.run.schedules.tick import tick
from tests.conftest import NIGHTLY
from tests.faces.web.conftest import client_of
from tests.journals import KINDS
from tests.run.outbox.receivers import office
from tests.run.schedules.play import product, started, times

APP = build()
PLAY = product()
Company = Callable[[str], Path]
MONDAY = "kind: schedule\nname: page\naction: measure\nargs: {metric: win_rate}\nat: Mon 08:00\nzone: Europe/Berlin\n"
KEEPS = "kind: schedule\nname: keeps\naction: rebuild\nat: Mon 08:00\nzone: Europe/Berlin\n"
GRANT = "kind: approval\nname: calendar\nautomatic: true\nactions: [rebuild]\n"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def look(folder: Path, moment: str) -> list[tuple[str, str, str]]:
    """One look at the calendar: (name, due, how it ended) of what ran."""
    made = tick(APP, APP.open_workspace(folder), at(moment))
    return [(c.text.name, f"{c.due:%m-%dT%H:%M}", e.state) for c, e in made]


def rows(folder: Path, name: str = "page") -> list[runs.Ran]:
    journal = open_journal(APP.open_workspace(folder))
    assert journal is not None
    with journal.read() as con:
        return runs.last_runs(con, name, 1000)


def acts(folder: Path) -> Counter[str]:
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import record

    journal = open_journal(APP.open_workspace(folder))
    assert journal is not None
    with journal.read() as con:
        return Counter(act for (act,) in con.execute(select(record.c.act)) if act.startswith("schedule"))


def test_it_catches_up_once_after_downtime_and_never_twice(company: Company) -> None:
    folder = company(MONDAY)
    assert look(folder, "2026-11-04T10:00:00") == [], "what was due before it was there is none of its business"
    assert look(folder, "2026-11-09T06:59:59") == []
    assert look(folder, "2026-11-09T07:00:00") == [("page", "11-09T07:00", "done")]
    assert look(folder, "2026-11-09T07:00:00") == look(folder, "2026-11-15T00:00:00") == []
    assert look(folder, "2026-12-02T12:00:00") == [("page", "11-30T07:00", "done")]
    assert look(folder, "2026-12-02T12:00:10") == []
    assert [(f"{r.due:%m-%d}", r.state) for r in rows(folder)] == [
        ("11-30", "done"),
        ("11-23", "missed"),
        ("11-16", "missed"),
        ("11-09", "done"),
    ]
    kept = folder / rows(folder)[0].kept
    assert kept.parent == folder / ".saleswright/reports/page" and "win" in kept.read_text(encoding="utf-8").lower()
    assert acts(folder) == {"schedule seen": 1, "schedule begun": 2, "schedule done": 2}


def test_what_is_not_to_be_made_up_is_only_written_down(company: Company) -> None:
    folder = company(MONDAY + "catch_up: none\n")
    look(folder, "2026-11-04T10:00:00")
    assert look(folder, "2026-11-18T12:00:00") == []
    assert look(folder, "2026-11-23T07:04:00") == [("page", "11-23T07:00", "done")], "a little late is not missed"
    assert [r.state for r in rows(folder)] == ["done", "missed", "missed"]


def test_another_text_begins_anew_and_dates_hold(company: Company) -> None:
    folder = company(MONDAY)
    look(folder, "2026-11-04T10:00:00")
    company(MONDAY.replace("Mon 08:00", "07:00"))
    assert look(folder, "2026-11-09T09:00:00") == [], "07:00 of this morning was not due when it was written"
    assert look(folder, "2026-11-10T09:00:00") == [("page", "11-10T06:00", "done")]
    company("- " + MONDAY.replace("\n", "\n  ") + "to: 2026-11-11\n")
    look(folder, "2026-11-10T09:30:00")
    assert look(folder, "2026-12-10T09:00:00") == []


def light(folder: Path, text: str, journal: str = "") -> Path:
    """A workspace without a record, for the product of two actions."""
    (folder / "definitions").mkdir()
    settings = f'format = 1\nname = "light"\nzone = "UTC"\njournal = "{journal}"\n'
    (folder / "saleswright.toml").write_text(settings, encoding="utf-8")
    (folder / "definitions/schedules.yaml").write_text(text, encoding="utf-8")
    tick(PLAY, PLAY.open_workspace(folder), at("2026-11-04T10:00:00"))
    return folder


def daily(action: str) -> str:
    return f"- {{kind: schedule, name: {action}s, action: {action}, at: '08:00'}}\n"


def again(folder: Path, moment: str) -> list[tuple[str, str]]:
    made = tick(PLAY, PLAY.open_workspace(folder), at(moment))
    return [(c.text.name, e.state) for c, e in made]


@pytest.mark.parametrize("kind", KINDS if NIGHTLY else KINDS[:1])
def test_two_servers_that_look_at_once_run_it_once(
    kind: str, tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    folder = light(tmp_path, daily("ask"), journal_url(kind))
    servers = [started(folder, "2026-11-09T09:00:00+00:00") for _ in range(2)]
    said = [run.communicate(timeout=120) for run in servers]
    assert [run.returncode for run in servers] == [0, 0], said
    assert (
        "".join(out for out, _ in said)
        == "asks 2026-11-09T08:00:00+00:00 done ask. kept in " + rows(folder, "asks")[0].kept + "\n"
    )
    assert times(folder) == ["ask"] and Counter(r.state for r in rows(folder, "asks")) == {"done": 1, "missed": 4}


@pytest.mark.parametrize("kind", KINDS if NIGHTLY else KINDS[:1])
@pytest.mark.parametrize("barrier", ["schedule-claimed", "schedule-ran"])
def test_a_run_that_was_killed_is_made_again_only_when_it_reads(
    barrier: str, kind: str, tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    """Kill -9 between the claim and the end: the lease has to expire, then nobody repeats what may have been done."""
    grant = "- {kind: approval, name: calendar, automatic: true, actions: [write]}\n"
    folder = light(tmp_path, daily("ask") + daily("write") + grant, journal_url(kind))
    before = int(barrier == "schedule-ran")
    for ran in range(2):  # the first dies with `ask` in hand, the second, while that one's lease runs, with `write`
        run = started(folder, f"2026-11-05T08:00:0{ran}+00:00", barrier)
        run.communicate(timeout=120)
        assert run.returncode == -signal.SIGKILL
    assert times(folder) == ["ask", "write"][: 2 * before]
    assert again(folder, "2026-11-05T08:01:00") == [], "their leases run"
    assert again(folder, "2026-11-05T08:03:00") == [("asks", "done")]
    assert times(folder).count("ask") == 1 + before and times(folder).count("write") == before
    (ask,), (write,) = rows(folder, "asks"), rows(folder, "writes")
    assert (ask.state, write.state) == ("done", "unconfirmed") and "nobody knows" in write.said
    assert again(folder, "2026-11-06T08:00:00") == [("asks", "done"), ("writes", "done")], "the next ones run as ever"


def test_what_wrote_and_broke_off_is_not_done_again_because_the_text_only_asks_since(tmp_path: Path) -> None:
    texts = daily("write").replace("writes", "job").replace("'08:00'", "'08:00', to: 2026-11-06")
    texts += daily("ask").replace("asks", "job").replace("'08:00'", "'08:00', from: 2026-11-06")
    folder = light(tmp_path, texts + "- {kind: approval, name: calendar, automatic: true, actions: [write]}\n")
    run = started(folder, "2026-11-05T08:00:00+00:00", "schedule-ran")
    run.communicate(timeout=120)
    assert times(folder) == ["write"]
    assert again(folder, "2026-11-06T07:59:00") == []
    assert times(folder) == ["write"] and [one.state for one in rows(folder, "job")] == ["unconfirmed"]


def test_a_question_that_kills_its_process_is_not_asked_for_ever(company: Company) -> None:
    folder = company(MONDAY)
    look(folder, "2026-11-04T10:00:00")
    journal = open_journal(APP.open_workspace(folder))
    assert journal is not None
    (named,) = schedules(APP.open_workspace(folder))[0]
    moment = at("2026-11-09T07:00:00")
    taken = []
    while (claimed := runs.claim(journal, named, moment, "w", reads=lambda text: True)) is not None:
        taken.append(claimed.attempts)
        moment += timedelta(minutes=3)
    assert taken == [1, 2, 3] and rows(folder)[0].state == "failed" and "3 times" in rows(folder)[0].said


def test_others_write_while_a_schedule_runs_by_hand_in_a_keyed_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyed call keeps what it wrote and its answer in one transaction; a run of minutes must not be in it."""
    folder = light(tmp_path, daily("ask"))
    workspace = PLAY.open_workspace(folder)
    journal = open_journal(workspace)
    assert journal is not None
    monkeypatch.setattr(store, "BUSY_MS", 300)
    wrote: list[object] = []

    def other() -> None:
        try:
            with journal.write("ann") as w:
                wrote.append(w.record("did", "x"))
        except Stop as stop:
            wrote.append(stop)

    def meanwhile(place: str) -> None:
        if place == "schedule-ran":
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(10)

    monkeypatch.setattr(going, "barrier", meanwhile)
    with hold():
        ended = run_by_hand.run(Desk(workspace, workspace.policy(), PLAY), "asks")
    assert ended.changed == 1 and [type(one) for one in wrote] == [int], wrote


def test_what_writes_runs_only_by_an_approval_that_names_it(company: Company) -> None:
    folder = company(KEEPS)
    look(folder, "2026-11-04T10:00:00")
    assert look(folder, "2026-11-09T07:00:00") == [("keeps", "11-09T07:00", "failed")]
    assert "no approval lets a schedule do it" in rows(folder, "keeps")[0].said
    for grant in ("amount: 5 USD", "who: [ana]", "to: 2026-01-01"):
        (folder / "definitions/approval.yaml").write_text(GRANT + grant + "\n", encoding="utf-8")
        asked = APP.call(APP.open_workspace(folder), "schedule run", {"name": "keeps"}).report
        assert asked.exit_code == 1 and "no approval" in asked.issues[0].what
    (folder / "definitions/approval.yaml").write_text(GRANT, encoding="utf-8")
    assert look(folder, "2026-11-16T07:00:00") == [("keeps", "11-16T07:00", "done")]


def test_it_runs_as_one_actor_under_that_access(company: Company) -> None:
    access = "\n- {kind: access, name: ana, scope: 'owner:Rep 1'}\n- {kind: access, name: chief, scope: company}\n"
    folder = company("- " + MONDAY.replace("\n", "\n  ") + access)
    (issue,) = schedules(APP.open_workspace(folder))[1]
    assert "as whom" in issue.what and look(folder, "2026-11-09T07:00:00") == []
    folder = company("- " + MONDAY.replace("\n", "\n  ") + "actor: ana\n  keep: json" + access)
    look(folder, "2026-11-04T10:00:00")
    look(folder, "2026-11-09T07:00:00")
    assert rows(folder)[0].state == "done", rows(folder)[0].said
    text = (folder / rows(folder)[0].kept).read_text(encoding="utf-8")
    assert '"scope": "owner:Rep 1"' in text and '"scope": "company"' not in text
    asked = APP.call(APP.open_workspace(folder), "schedule list", {}, Ambient(actor="chief")).report
    assert [row[0] for block in asked.blocks for row in getattr(block, "rows", ())] == ["page"]


def test_the_list_says_what_comes_and_how_it_went(company: Company, pin_now: Any) -> None:
    folder = company(MONDAY.replace("win_rate", "winrate"))
    workspace = APP.open_workspace(folder)
    pin_now("2026-11-04T10:00:00+00:00")
    look(folder, "2026-11-04T10:00:00")
    ran = APP.call(workspace, "schedule run", {"name": "page"}).report
    assert ran.exit_code == 1 and "did you mean win_rate" in ran.issues[0].what
    told = APP.call(workspace, "schedule list", {}).report
    (row,) = told.blocks[0].rows  # type: ignore[union-attr]
    assert [f"{due:%a %m-%d %H:%M %Z}" for due in row[3:6]] == [
        "Mon 11-09 08:00 CET",
        "Mon 11-16 08:00 CET",
        "Mon 11-23 08:00 CET",
    ]
    assert row[7] == "failed" and "winrate" in row[8] and "schedule run page" in told.issues[0].try_
    # Nobody was there to see it, so it stands in the inbox with what to do, until a run ends well.
    waits = APP.call(workspace, "inbox", {}).report
    (broken,) = waits.blocks[-1].rows  # type: ignore[union-attr]
    assert "1 schedule did not end well" in waits.lede and waits.next == ("saleswright schedule run page",)
    assert "winrate" in broken[4] and "Mend what it says" in broken[5] and "schedule run page" in broken[5]
    client = client_of(create_app(APP, workspace))
    page = client.get("/inbox").text
    assert "What ran by itself and failed?" in page and "winrate" in page and "/a/schedule-run?name=page" in page
    company(MONDAY)
    assert APP.call(APP.open_workspace(folder), "schedule run", {"name": "page"}).report.exit_code == 0
    assert "did not end well" not in APP.call(workspace, "inbox", {}).report.lede
    assert "What ran by itself and failed?" not in client.get("/inbox").text
    look(folder, "2026-11-04T10:00:01")
    assert look(folder, "2026-11-09T07:00:00") == [("page", "11-09T07:00", "done")], "by hand took nothing from it"
    with pytest.raises(Stop) as stopped:
        APP.call(workspace, "schedule run", {"name": "pge"})
    assert "did you mean page" in stopped.value.issues[0].try_


def test_what_is_wrong_with_a_schedule_is_told_all_at_once(company: Company) -> None:
    folder = company(
        "kind: schedule\nname: ../../bad\nat: [Mo 08:00, 'every 7 minutes']\nzone: Europe/Berln\nholidays: DEE\nclosed: [soon]\n"
        "on_holiday: never\ncatch_up: twice\nkeep: doc\nactor: nobody\nargs: [x]\nwhen: now\n"
    )
    workspace = APP.open_workspace(folder)
    issues = schedules(workspace)[1]
    assert len(issues) == 13, [issue.what for issue in issues]
    assert all(issue.where.startswith("definitions/schedules.yaml:") for issue in issues)
    checked = APP.call(workspace, "check", {}).report
    assert {issue.what for issue in issues} <= {issue.what for issue in checked.issues}
    assert look(folder, "2026-11-09T07:00:00") == []


def test_check_names_a_command_or_an_argument_that_there_is_none_of(company: Company) -> None:
    """Said with its line and the nearest name, before anything is due."""
    folder = company(
        "- {kind: schedule, name: one, at: 'Mon 08:00', action: mesure}\n"
        "- kind: schedule\n  name: two\n  at: 'Mon 08:00'\n  action: measure\n  args: {metrik: win_rate}\n"
        "- {kind: approval, name: three, automatic: true, actions: [review page, review sugest], adapters: [csw]}\n"
    )
    checked = APP.call(APP.open_workspace(folder), "check", {}).report
    found = {issue.where: (issue.what, issue.try_) for issue in checked.issues}
    at = "definitions/schedules.yaml"
    for where, what, near in (
        (f"{at}:1  action", "unknown command 'mesure'", "measure"),
        (f"{at}:6  args.metrik", "unknown argument of measure 'metrik'", "metric"),
        (f"{at}:7  actions.1", "unknown command 'review sugest'", "review suggest"),
        (f"{at}:7  adapters.0", "unknown way out 'csw'", "csv"),
    ):
        assert found[where][0] == what and f"did you mean {near}" in found[where][1], found
    assert found[f"{at}:6  args"][0] == "measure needs metric"


def test_the_schema_takes_what_the_reader_takes() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    good = {"kind": "schedule", "name": "page", "action": "measure", "at": ["Mon 08:00"], "on_holiday": "skip"}
    jsonschema.validate(good, json_schema())
    for bad in ({"at": 8}, {"on_holiday": "never"}, {"holidays": "de"}, {"extra": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | bad, json_schema())


OFFICE = """
- kind: outbound
  name: allowed
  hosts: {{127.0.0.1: {{private: true}}}}
- kind: mail
  name: office
  host: 127.0.0.1
  port: {port}
  security: none
  sender: Sales operations <ops@example.com>
"""


def test_an_answer_is_mailed_once_where_an_approval_lets_it(company: Company, pin_now: Any) -> None:
    with office() as heard:
        pin_now("2026-11-16T07:00:00+00:00")
        text = MONDAY + "mail_to: [ana@example.com, bo@example.com]\nby: 'mail:office'\n"
        folder = company(f"- {text.replace(chr(10), chr(10) + '  ')}{OFFICE.format(port=heard.port)}")
        look(folder, "2026-11-04T10:00:00")
        look(folder, "2026-11-09T07:00:00")
        assert rows(folder)[0].state == "done" and "Not mailed: no approval" in rows(folder)[0].said
        (folder / "definitions/approval.yaml").write_text(
            "kind: approval\nname: mails\nautomatic: true\nadapters: ['mail:office']\n", encoding="utf-8"
        )
        assert look(folder, "2026-11-16T07:00:00") == [("page", "11-16T07:00", "done")]
        pin_now("2026-11-16T07:00:09+00:00")
        stop = threading.Event()
        stop.set()
        for _ in range(2):
            for loop in APP.background:
                loop(APP, APP.open_workspace(folder), stop)
    assert sorted(message.rcpt_tos for message in heard.messages) == [["ana@example.com"], ["bo@example.com"]]
    assert all("win_rate" in str(message.content) for message in heard.messages)


def test_one_pass_of_work_runs_what_is_due(company: Company, pin_now: Any) -> None:
    folder = company(MONDAY)
    pin_now("2026-11-04T10:00:00+00:00")
    stop = threading.Event()
    stop.set()
    for moment in ("2026-11-04T10:00:00+00:00", "2026-11-09T07:00:00+00:00"):
        pin_now(moment)
        for loop in APP.background:
            loop(APP, APP.open_workspace(folder), stop)
    assert [run.state for run in rows(folder)] == ["done"]
