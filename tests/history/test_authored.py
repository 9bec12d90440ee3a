"""A kind of event is one file, every one is usable, and what is wrong with a fact is said all at once before it is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from saleswright.history.authored import checked, types
from saleswright.history.authored.kinds import read
from saleswright.history.compiled import compile_text
from saleswright.history.rows import visible
from saleswright.history.schema import standard
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.journal import open_journal
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from tests.history.said import place, rows, sample, say
from tests.journals import KINDS

WANTED = {
    "forecast_call", "assignment", "acceptance", "loss_note", "approval", "merge", "review_note", "scorecard",
    "course_result", "suppression",
}  # fmt: skip


def test_every_kind_that_is_shipped_is_usable_and_no_personal_word_enters_its_table(tmp_path: Path) -> None:
    """Typed events that project to tables: each is said with all its fields, and read back from its table, typed."""
    space = place(tmp_path)
    assert set(types()) >= WANTED
    for name, kind in types().items():
        say(space, name, sample(kind, "Zebulon Canary"))
    with closing(open_snapshot(space, Ambient())) as at:
        for name, kind in types().items():
            names, found = at.reader.table(f'SELECT * FROM "{kind.table}" WHERE run_id = 0')
            (row,) = (dict(zip(names, one, strict=True)) for one in found)
            given, _ = checked(kind, sample(kind))
            for field in kind.plain:
                told = row[field.name]
                assert (told.isoformat() if isinstance(told, (date, datetime)) else told) == given[field.name], name
            assert not {one.name for one in kind.fields if one.personal} & set(row)
            assert {one.name for one in kind.plain} <= set(at.schema[kind.table].by_name)
        assert len(at.reader.rows("SELECT * FROM forecast_call")) == 2
    everything = b"".join(path.read_bytes() for path in (space.state / "projected").iterdir() if path.is_file())
    assert b"Canary" not in everything
    journal = open_journal(space)
    assert journal is not None
    with journal.read() as con:
        said = con.exec_driver_sql("SELECT bytes FROM record").fetchall()
        bodies = con.exec_driver_sql("SELECT event, body FROM detail").fetchall()
    assert not any(b"Canary" in bytes(one[0]) for one in said)
    assert {event for event, body in bodies if b"Canary" in bytes(body)} == {""}


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    space = place(tmp_path)
    with pytest.raises(Stop) as stop:
        say(space, "forecast_call", {"persn": "p1", "called": "soon", "period": 3, "amount": 12, "category": "Commit"})
    told = {issue.where: issue for issue in stop.value.issues}
    assert set(told) == {
        f"forecast_call.{name}" for name in ("persn", "person", "called", "period", "amount", "currency")
    }
    assert "did you mean person" in told["forecast_call.persn"].try_
    assert "without a currency" in told["forecast_call.amount"].what
    assert rows(space, "SELECT count(*) FROM forecast_call WHERE run_id = 0") == [(0,)]


@pytest.mark.parametrize(
    ("name", "field", "value", "words"),
    [
        ("acceptance", "verdict", "acepted", "did you mean accepted"),
        ("loss_note", "noted", "2026-02-30", "not a date"),
        ("loss_note", "reason", "x" * 10_001, "at most 10,000 letters"),
        ("loss_note", "reason", "a\ud800", "can be kept"),
        ("course_result", "passed", 1, "true or false"),
        ("course_result", "score", float("nan"), "not a number"),
        ("course_result", "score", 10**400, "not a number"),
        ("approval", "amount", 12.5, "not an amount"),
        ("approval", "amount", {"amount": "12.505", "currency": "EUR"}, "3 decimals"),
        ("approval", "amount", Money(2**63, "EUR"), "larger than can be kept"),
        ("approval", "currency", "EURO", "unknown currency"),
    ],
)
def test_a_wrong_value_is_refused_in_words(name: str, field: str, value: Any, words: str) -> None:
    kind = types()[name]
    with pytest.raises(Stop) as stop:
        checked(
            kind, {**sample(kind), field: value} if field != "currency" else {**sample(kind), "amount": 5, field: value}
        )
    (issue,) = stop.value.issues
    assert issue.where.startswith(name) and words in str(issue)


def test_an_amount_may_come_with_its_currency_in_three_ways() -> None:
    kind = types()["approval"]
    base = {name: value for name, value in sample(kind).items() if name != "amount"}
    for told in (
        {"amount": Money(1250, "EUR")},
        {"amount": {"amount": "12.50", "currency": "EUR"}},
        {"amount": 1250, "currency": "EUR"},
    ):
        plain, _ = checked(kind, {**base, **told})
        assert (plain["amount"], plain["currency"]) == (1250, "EUR")
    with pytest.raises(Stop, match="in EUR and currency says USD"):
        checked(kind, {**base, "amount": Money(1, "EUR"), "currency": "USD"})


def test_what_was_said_is_taken_back_by_its_key_or_by_its_record(tmp_path: Path) -> None:
    space = place(tmp_path)
    say(space, "loss_note", {"deal": "D1", "noted": "2026-03-02", "reason": "price"})
    first = say(space, "approval", sample(types()["approval"]))
    say(space, "approval", sample(types()["approval"]))
    held = "SELECT (SELECT count(*) FROM loss_note WHERE {0}), (SELECT count(*) FROM approval WHERE {0})".format(
        "valid_from <= $as_of AND valid_to > $as_of AND NOT removed"
    )
    assert rows(space, held) == [(1, 2)]
    say(space, "loss_note", {"deal": "D1"}, removed=True)
    say(space, "approval", {}, removed=first)
    assert rows(space, held) == [(0, 1)]
    with pytest.raises(Stop, match="stands for itself"):
        say(space, "approval", {}, removed=True)
    with pytest.raises(Stop, match="is no approval"):
        say(space, "approval", {}, removed=1)


@pytest.mark.parametrize("database", KINDS)
def test_one_event_taken_back_leaves_what_was_said_before_it(
    tmp_path: Path, journal_url: Callable[[str], str], database: str
) -> None:
    """Undo of a later word about the same thing is the earlier word; what was said again since cannot be undone alone."""
    space = replace(place(tmp_path), journal=journal_url(database))
    one = say(space, "loss_note", {"deal": "D1", "noted": "2026-03-02", "reason": "price"})
    other = say(space, "loss_note", {"deal": "D2", "noted": "2026-03-02", "reason": "late"})
    two = say(space, "loss_note", {"deal": "D1", "noted": "2026-03-03", "reason": "late"})
    with pytest.raises(Stop, match=f"said again since, in record {two}"):
        say(space, "loss_note", {"deal": "D1"}, removed=one)
    with pytest.raises(Stop, match="of something else"):
        say(space, "loss_note", {"deal": "D1"}, removed=other)
    now = "SELECT deal, noted, reason FROM loss_note WHERE valid_to > $as_of AND NOT removed ORDER BY deal"
    back = say(space, "loss_note", {"deal": "D1"}, removed=two)
    assert rows(space, now) == [("D1", date(2026, 3, 2), "price"), ("D2", date(2026, 3, 2), "late")]
    say(space, "loss_note", {"deal": "D2"}, removed=other)
    assert rows(space, now) == [("D1", date(2026, 3, 2), "price")]
    assert back > two


def test_a_workspace_has_kinds_of_its_own(tmp_path: Path) -> None:
    """A new event type is one file."""
    space = place(tmp_path)
    folder = tmp_path / "definitions" / "events"
    folder.mkdir()
    (folder / "visit.csv").write_text(
        "# A visit\nfield,type,key,required\ndeal,deal,yes,\nday,date,yes,\nguests,int,,\n"
    )
    say(space, "visit", {"deal": "D1", "day": "2026-03-02", "guests": 3})
    assert rows(space, "SELECT deal, day, guests, author FROM visit") == [("D1", date(2026, 3, 2), 3, 1)]
    # A field more: what was said before has none, and nothing else of it changes.
    (folder / "visit.csv").write_text("field,type,key\ndeal,deal,yes\nday,date,yes\nguests,text,\ntown,text,\n")
    assert rows(space, "SELECT deal, day, guests, town FROM visit") == [("D1", date(2026, 3, 2), "3", None)]
    (folder / "visit.csv").unlink()
    with closing(open_snapshot(space, Ambient())) as at:
        assert "visit" not in at.schema


def test_a_file_of_a_kind_is_told_all_that_is_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "trip.csv"
    path.write_text(
        "field,type,unit,personal,key\nid,text,,,\nwho,persn,,,\nwho,text,,yes,yes\nfee,money,,,\nok,bool,,maybe,\n"
    )
    kind, issues = read(path, "trip.csv")
    assert kind is None and len(issues) == 6
    told = "\n".join(map(str, issues))
    for words in ("'id' is told of every row", "did you mean person", "'who' is there twice", "personal and a key",
                  "no field for its currency", "personal is 'maybe'"):  # fmt: skip
        assert words in told
    path.write_bytes(b"field,type\n\xff,text\n")
    assert "UTF-8" in str(read(path, "trip.csv")[1][0])
    path = tmp_path / "deal.csv"
    path.write_text("field,type\nname,text\n")
    assert "a table that imports fill" in str(read(path, "deal.csv")[1][0])
    assert not set(types()) & set(standard()) - {"forecast_call"}


def test_what_was_said_is_seen_under_a_policy_like_everything_imported(tmp_path: Path) -> None:
    """Who sees one person's rows sees that person's calls and scores, and what was said of that person's deals."""
    space = place(tmp_path)
    call = sample(types()["forecast_call"])
    score = sample(types()["scorecard"])
    for person in ("p1", "p2"):
        say(space, "forecast_call", {**call, "person": person})
        say(space, "scorecard", {**score, "person": person})
    say(space, "loss_note", {"deal": "deal_crm_1", "noted": "2026-03-02", "reason": "price"})
    say(space, "loss_note", {"deal": "deal_crm_2", "noted": "2026-03-02", "reason": "late"})
    with closing(open_snapshot(space, Ambient())) as at:
        for name, seen in (("forecast_call", {"p1"}), ("scorecard", {"p1"}), ("loss_note", {"deal_crm_1"})):
            sql = compile_text(visible(at.schema, name, "owner"))
            names, found = at.reader.table(sql, {**at.clocks(), "scope": "p1"})
            which = names.index("deal" if name == "loss_note" else "person")
            assert {row[which] for row in found} == seen, name
