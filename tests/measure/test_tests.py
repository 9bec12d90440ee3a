"""What each operator of a test lets through, counted again in plain Python; and what is refused, with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import saleswright
from saleswright.faces.python import Book
from saleswright.history.schema import standard
from saleswright.kernel.definition import Definition
from saleswright.measure.metrics.conditions import check, fields_of, named_days
from tests.measure.recount import NOW, TODAY, Row, made

COLUMNS = dict(standard()["deal"].columns)
DAYS = [TODAY + timedelta(days=n) for n in (-500, -413, -412, -411, -60, -53, -52, -1, 0, 1, 39, 40, 130, 131, 400)]
Passes = Callable[[date, date, date], bool]


def first(year: int, month: int) -> date:
    return date(year, month, 1)


# (the test as it is written, the same in Python for a date, its deal's created date, and the as-of day)
ASKED: dict[str, Passes] = {
    "{before: as_of}": lambda d, c, t: d < t,
    "{after: as_of}": lambda d, c, t: d > t,
    "{from: as_of}": lambda d, c, t: d >= t,
    "{from: as_of, to: next_quarter}": lambda d, c, t: t <= d < first(2027, 1),
    "{before: this_quarter}": lambda d, c, t: d < first(2026, 10),
    "{from: next_quarter, to: quarter_after}": lambda d, c, t: first(2027, 1) <= d < first(2027, 4),
    "{before: 2026-10-01}": lambda d, c, t: d < first(2026, 10),
    "{after: 2026-11-21}": lambda d, c, t: d > date(2026, 11, 21),
    "{from: 2026-09-23, to: 2026-10-01}": lambda d, c, t: date(2026, 9, 23) <= d < first(2026, 10),
    "{older: 412}": lambda d, c, t: d < t - timedelta(days=412),
    "{older: 0}": lambda d, c, t: d < t,
    "{same: created}": lambda d, c, t: d == c,
    "{not: {same: created}}": lambda d, c, t: d != c,
    "{not: {before: as_of}}": lambda d, c, t: d >= t,
    "2026-11-22": lambda d, c, t: d == TODAY,
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    chance = Random(4)
    made_of: list[Row] = []
    for number in range(150):
        when = chance.choice([*DAYS, None])
        made_of.append(
            {
                "id": f"D{number}",
                "stage": "Negotiation",
                "created": str(when if when and when <= TODAY and number % 3 else date(2025, 1, 2)),
                "expected_close": str(when or ""),
                "amount": "1",
            }
        )
    return made_of


@pytest.fixture(scope="module")
def book(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Book:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        opened = made(tmp_path_factory.mktemp("tests"), rows)
    folder = opened.workspace.root / "definitions"
    for number, test in enumerate(ASKED):
        (folder / f"asked_{number}.yaml").write_text(
            f"kind: metric\nname: asked_{number}\nquestion: which\nshape: balance-at\ndate: created\nformula: count\n"
            f"rows: {{standing: open, expected_close: {test}}}\n",
            encoding="utf-8",
        )
    return saleswright.open(opened.workspace.root).as_of(TODAY)


@pytest.mark.parametrize("number", range(len(ASKED)), ids=list(ASKED))
def test_an_operator_counts_what_python_counts(number: int, rows: list[Row], book: Book) -> None:
    text, passes = list(ASKED.items())[number]
    dated = [row for row in rows if row["expected_close"]]
    wanted = sum(
        passes(date.fromisoformat(row["expected_close"]), date.fromisoformat(row["created"]), TODAY) for row in dated
    )
    if text.startswith("{not"):
        # What has no date is not before any day.
        wanted += len(rows) - len(dated)
    assert 0 < wanted < len(rows)
    assert book.measure(f"asked_{number}").value == wanted


def test_quarters_are_the_companys_own(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)
    deals: list[Row] = [
        {"id": str(i), "stage": "Negotiation", "created": "2026-01-02", "amount": "1", "expected_close": day}
        for i, day in enumerate(("2026-11-30", "2027-01-31", "2027-02-01", "2027-04-30", "2027-05-01"))
    ]
    opened = made(tmp_path, deals)
    settings = opened.workspace.root / "saleswright.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[fiscal]\nstart_month = 2\n", encoding="utf-8")
    fiscal = saleswright.open(opened.workspace.root)
    rows = fiscal.measure("crm_open_deals", by="due").rows
    assert [(r["due"], r["value"]) for r in rows] == [("this quarter", 2), ("next quarter", 2), ("later", 1)]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"closed": {"befor": "as_of"}}, "before"),
        ({"closed": {"before": "soon"}}, "this_quarter"),
        ({"closed": {"before": "2026-01-31"}}, "not a day"),
        ({"closed": {"older": "long"}}, "number of days"),
        ({"closed": {"older": -1}}, "number of days"),
        ({"closed": {"same": "creatd"}}, "created"),
        ({"closed": {"same": "stage"}}, "no date"),
        ({"stage": {"before": "as_of"}}, "no date"),
        ({"closed": {"not": {"befor": "as_of"}}}, "before"),
        ({"closd": "x"}, "closed"),
        ("standing", "field: value"),
    ],
)
def test_what_cannot_be_asked_is_said(test: object, words: str) -> None:
    issues = check(Definition("metric", "x", {}, file="definitions/x.yaml", line=7), "rows", test, COLUMNS)
    assert len(issues) == 1 and words in str(issues[0]) and "definitions/x.yaml:7" in issues[0].where


def test_the_fields_and_days_of_a_test() -> None:
    test = {"closed": {"not": {"same": "created"}, "before": "next_quarter"}, "stage": ["a", "b"]}
    assert set(fields_of(test)) == {"closed", "created", "stage"}
    assert list(named_days(test)) == ["next_quarter"]
