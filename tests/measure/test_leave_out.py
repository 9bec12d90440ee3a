"""Dated rules of what is not counted: on and off, by day, by metric, listed by reason, and old references keep their value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import saleswright
from saleswright.faces.python import Book
from saleswright.kernel.report import Table
from saleswright.measure.metrics.leave_out import json_schema
from tests.measure.recount import NOW, Row, kept, made, table

REASONS = ("Duplicate", "Price", "")
ROWS: list[Row] = [
    {
        "id": f"D{i:03}",
        "stage": ("Won", "Lost", "Negotiation")[i % 3],
        "type": "Renewal" if i % 10 == 9 else "New",
        "created": "2026-01-02",
        "qualified": "2026-01-05",
        "closed": f"2026-0{2 + i % 5}-10" if i % 3 < 2 else "",
        "amount": str(100 + i),
        "lost_reason": REASONS[i % 2] if i % 3 == 1 else "",
        "expected_close": "2026-12-01",
    }
    for i in range(90)
]
RULE = "from: 2026-11-10\nbecause: a duplicate\nwhen: {standing: lost, lost_reason: Duplicate}\n"


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def losses(reason: str = "") -> int:
    fresh = [row for row in ROWS if row["stage"] == "Lost" and row["type"] == "New"]
    return sum(1 for row in fresh if not reason or row["lost_reason"] == reason)


def test_a_rule_counts_from_its_day_and_never_before(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    plain = book.measure("lost_deals").figures[0]
    ruled = kept(book, "duplicates", RULE)
    after = ruled.measure("lost_deals").figures[0]
    assert (plain.value, after.value) == (losses(), losses() - losses("Duplicate"))
    assert after.excluded == plain.excluded + losses("Duplicate")
    assert ruled.as_of("2026-11-10").measure("lost_deals").value == after.value
    for day in ("2026-11-09", "2026-10-01"):
        assert ruled.as_of(day).measure("lost_deals").figures[0] == book.as_of(day).measure("lost_deals").figures[0]


def test_a_rule_ends_on_its_day(tmp_path: Path) -> None:
    book = kept(made(tmp_path, ROWS), "duplicates", RULE + "to: 2026-11-15\n")
    assert book.as_of("2026-11-14").measure("lost_deals").value == losses() - losses("Duplicate")
    assert book.as_of("2026-11-15").measure("lost_deals").value == losses()


def test_left_out_rows_are_listed_by_the_rules_own_reason(tmp_path: Path) -> None:
    book = kept(made(tmp_path, ROWS), "duplicates", RULE)
    figure = book.measure("lost_deals").figures[0]
    reasons = dict(table(book, "explain", "excluded", ref=figure.ref).rows)  # type: ignore[arg-type]
    assert reasons["a duplicate"] == losses("Duplicate")
    listed = table(book, "explain", "excluded_rows", ref=figure.ref)
    assert sum(1 for row in listed.rows if row[7] == "a duplicate") == losses("Duplicate")
    definition = table(book, "explain", "definition", ref=figure.ref)
    assert any("definitions/leave_out/duplicates.yaml:1" in str(row[1]) for row in definition.rows)


def test_old_references_keep_their_value_with_and_without_the_rule(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    asked = [("win_rate", {}), ("lost_deals", {"by": "lost_reason"}), ("new_value", {}), ("open_pipeline", {})]
    before = [figure for metric, args in asked for figure in book.measure(metric, **args).figures]
    ruled = kept(book, "all", "from: 2026-11-10\nbecause: small\nwhen: {amount: {not: {above: 11000}}}\n")
    during = [figure for metric, args in asked for figure in ruled.measure(metric, **args).figures]
    assert all(one.ref != other.ref for one, other in zip(before, during, strict=False))
    assert [f.value for f in before] != [f.value for f in during]
    (ruled.workspace.root / "definitions/leave_out/all.yaml").unlink()
    without = saleswright.open(ruled.workspace.root)
    assert without.measure("win_rate").figures[0] == before[0]
    for opened in (ruled, without):
        for figure in (*before, *during):
            again = opened.explain(figure.ref).figures[0]
            assert (again.value, again.n, again.excluded, again.ref) == (
                figure.value, figure.n, figure.excluded, figure.ref,
            )  # fmt: skip


def test_a_rule_of_named_metrics_leaves_the_others(tmp_path: Path) -> None:
    book = made(tmp_path, ROWS)
    ruled = kept(book, "duplicates", RULE + "metrics: [win_rate]\n")
    assert ruled.measure("win_rate").figures[0].of[1] == book.measure("win_rate").figures[0].of[1] - losses("Duplicate")  # type: ignore[index, operator]
    assert ruled.measure("lost_deals").figures[0] == book.measure("lost_deals").figures[0]
    # What is made of it follows.
    assert ruled.measure("new_value").value != book.measure("new_value").value


def test_one_rule_of_what_is_open_holds_for_all_of_it(tmp_path: Path) -> None:
    text = "from: 2026-11-10\nbecause: small\nwhen: {amount: {not: {above: 15000}}}\nmetrics: [past_due]\n"
    book = made(tmp_path, ROWS)
    ruled = kept(book, "small", text)
    small = [r for r in ROWS if r["stage"] == "Negotiation" and int(r["amount"]) <= 150]
    fresh = [r for r in small if r["type"] == "New"]
    assert ruled.measure("open_deals").value == book.measure("open_deals").value - len(fresh)
    assert ruled.measure("crm_open_deals").value == book.measure("crm_open_deals").value
    apart = {row[0]: row for row in table(ruled, "now", "open_apart").rows}
    assert apart["Left out by a rule"][2].value == len(small)  # type: ignore[union-attr]
    assert "left out by a rule" in " ".join(str(getattr(b, "text", "")) for b in ruled.now().report.blocks)
    figure = apart["Left out by a rule"][1]
    assert ruled.explain(figure.ref).figures[0].value == figure.value  # type: ignore[union-attr]


def test_who_asks_for_them_gets_them(tmp_path: Path) -> None:
    book = kept(made(tmp_path, ROWS), "duplicates", RULE)
    assert book.measure("lost_deals", where=["lost_reason=Duplicate"]).value == losses("Duplicate")
    # To ask for lost deals is not to ask for the duplicates among them.
    assert book.measure("lost_deals", where=["standing=lost"]).value == losses() - losses("Duplicate")


def test_a_broken_rule_is_said_beside_every_figure(tmp_path: Path) -> None:
    text = "because: x\nwhen: {standin: lost, amount: {abov: 3}}\nmetrics: [win_rat]\ncolour: red\n"
    book = kept(made(tmp_path, ROWS), "bad", text)
    for answer in (book.measure("win_rate"), book.now(), book.headline(), book.metrics(), book.junk()):
        told = "\n".join(str(issue) for issue in answer.report.issues)
        for words in ("bad.yaml:4", "standing", "above", "colour"):
            assert words in told, told
    assert book.measure("lost_deals").value == losses()
    text = "because: x\nwhen: {standing: lost}\nmetrics: [win_rat]\n"
    told = str(kept(book, "bad", text).measure("win_rate").report.issues[0])
    assert "win_rat" in told and "win_rate" in told


def test_the_reason_is_kept_from_who_may_not_see_its_field(tmp_path: Path) -> None:
    book = kept(made(tmp_path, ROWS), "duplicates", RULE)
    (book.workspace.root / "definitions/access.yaml").write_text(
        "kind: access\nname: ann\nscope: company\nhide: [deal.lost_reason]\n", encoding="utf-8"
    )
    ann = saleswright.open(book.workspace.root).as_actor("ann")
    figure = ann.measure("lost_deals").figures[0]
    assert figure.value == losses() - losses("Duplicate")
    text = str(ann.measure("lost_deals").report) + str(ann.explain(figure.ref).report)
    assert "duplicate" not in text.replace("definitions/leave_out/duplicates", "").lower()


def test_the_schema_takes_a_rule_and_refuses_a_stranger() -> None:
    good = yaml.safe_load("kind: leave_out\nname: x\nfrom: '2026-11-10'\nbecause: a\nwhen: {standing: lost}")
    jsonschema.validate(good, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, "colour": "red"}, json_schema())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return made(tmp_path_factory.mktemp("plain"), ROWS)


SPLITS = ("stage", "type", "lost_reason", "month", "status")


@settings(max_examples=12)
@given(metric=st.sampled_from(["win_rate", "lost_deals", "won_value", "days_to_lost", "crm_open"]),
       by=st.sampled_from(SPLITS), above=st.integers(100, 190))  # fmt: skip
def test_parts_add_to_the_whole_under_any_rule(plain: Book, metric: str, by: str, above: int) -> None:
    text = f"from: 2026-11-10\nbecause: small\nwhen: {{amount: {{not: {{above: {above * 100}}}}}}}\n"
    ruled = kept(plain, "small", text)
    try:
        answer = ruled.measure(metric, by=by, period="all")
        whole, parts = answer.figures[0], answer.figures[1:]
        assert sum(f.n or 0 for f in parts) == whole.n or metric == "crm_open"
        base = plain.measure(metric, period="all").figures[0]
        assert (whole.n or 0) + whole.excluded == (base.n or 0) + base.excluded
        blocks = [b for b in ruled.explain(whole.ref).report.blocks if isinstance(b, Table) and b.name == "excluded"]
        assert sum(int(str(row[1])) for row in blocks[0].rows) == whole.excluded
    finally:
        (plain.workspace.root / "definitions/leave_out/small.yaml").unlink()


BROKEN = {
    "amount: {is: mising}": "missing",
    "closed: tuesday": "2026-01-31",
    "closed: [2026-03-10, tuesday]": "2026-01-31",
    "amount: big": "100",
    "amount: {above: lots}": "above: 100",
    "amount: {above: 99999999999999999999}": "above: 100",
    "amount: .nan": "100",
    "amount: {has: 3}": "above: 100",
    "stage: {above: 3}": "one of the numbers",
    "stage: 3": "in quotes",
    "stage: {has: ''}": "has: renew",
    "standing: opne": "did you mean open",
    "standing: [won, lots]": "standing",
    "standing: []": "[one, another]",
    "standing: {}": "is: known",
    "standing: {not: opne}": "did you mean open",
    "standing:": "is: missing",
    "created: {older: 99999999}": "older: 365",
    "created: 2026-03-10 10:00:00": "2026-01-31",
    "3: x": "field",
}


@pytest.mark.parametrize("test", BROKEN)
def test_a_rule_that_cannot_be_meant_leaves_nothing_out_and_is_told(plain: Book, test: str) -> None:
    before = plain.measure("crm_open").figures[0], plain.measure("lost_deals").figures[0]
    ruled = kept(plain, "bad", f"because: x\nwhen:\n  {test}\n")
    try:
        answer = ruled.measure("crm_open"), ruled.measure("lost_deals")
        told = "\n".join(str(issue) for issue in answer[1].report.issues)
        assert "definitions/leave_out/bad.yaml:5" in told and BROKEN[test] in told, told
        assert (answer[0].figures[0], answer[1].figures[0]) == before
    finally:
        (plain.workspace.root / "definitions/leave_out/bad.yaml").unlink()


@pytest.mark.parametrize(
    "test",
    ["lost_reason: [Price, 3]", "amount: {above: 1.5}", "amount: 10000", "closed: 2026-03-10", "standing: [won, lost]",
     "closed: [2026-03-10, 2026-04-10]", "amount: {is: known}", "type: {not: {has: 3}}", "last_activity: {older: 3}"],
)  # fmt: skip
def test_what_can_be_meant_is_taken(plain: Book, test: str) -> None:
    ruled = kept(plain, "good", f"because: x\nwhen: {{{test}}}\n")
    try:
        answer = ruled.measure("win_rate")
        assert not answer.report.issues
        assert any(row[0] == "left out by rule" for row in table(ruled, "explain", "definition", ref="win_rate").rows)
    finally:
        (plain.workspace.root / "definitions/leave_out/good.yaml").unlink()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: leave_out\nname: x\nfrom: 2026-31-11\nbecause: x\nwhen: {standing: lost}\n", "2026-01-31"),
        ("kind: leave_out\nname: x\nfrom: '2026-11-01'\nbecause: x\nwhen: {standing: lost}\n", "without quotes"),
        ("kind: leave-out\nname: x\nbecause: x\nwhen: {standing: lost}\n", "kind: leave_out"),
        ("kind: rule\nname: x\nbecause: x\nwhen: {standing: lost}\n", "kind: leave_out"),
        ("- &r {kind: leave_out, name: x, because: x, when: {standing: lost}}\n- *r\n", "another name"),
    ],
)
def test_a_file_of_rules_that_is_not_understood_is_told_beside_every_figure(plain: Book, text: str, words: str) -> None:
    path = plain.workspace.root / "definitions/leave_out/x.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        book = saleswright.open(plain.workspace.root)
        for answer in (book.measure("win_rate"), book.explain("win_rate"), book.metrics()):
            told = "\n".join(str(issue) for issue in answer.report.issues)
            assert "definitions/leave_out/x.yaml:" in told and words in told, told
    finally:
        path.unlink()
