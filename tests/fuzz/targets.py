"""What is given bad input? One target for each parser; its `run` takes inputs and raises when a promise is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from saleswright.data.mapping.model import read_mapping
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, text
from saleswright.history.schema import entities
from saleswright.kernel.definition import read_definitions
from saleswright.kernel.reference import Reference
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Stop
from saleswright.lib.period import FORMS, parse_period
from tests.fuzz import seeds
from tests.fuzz.reading import guessed, imported, tabled

Run = Callable[[Sequence[bytes]], None]


@dataclass(frozen=True)
class Target:
    """A parser. `few` inputs are run each time, `share` of a long run's; `batch` of them at once."""

    name: str
    seeds: Callable[[Path], list[bytes]]
    opened: Callable[[Path], AbstractContextManager[Run]]
    few: int
    share: float
    batch: int = 1


def _plain(run: Run) -> Callable[[Path], AbstractContextManager[Run]]:
    @contextmanager
    def opened(place: Path) -> Iterator[Run]:
        yield run

    return opened


def _words(batch: Sequence[bytes]) -> list[str]:
    return [each.decode("utf-8", "replace")[:400] for each in batch]


@contextmanager
def _values(place: Path) -> Iterator[Callable[[Sequence[bytes], list[str]], list[tuple[object, ...]]]]:
    """Ask SQL questions of a column of texts, trimmed and never empty, as the readers ask them."""
    with duckdb.connect() as con:
        con.execute("CREATE TABLE given (v VARCHAR)")

        def ask(batch: Sequence[bytes], questions: list[str]) -> list[tuple[object, ...]]:
            con.execute("DELETE FROM given")
            rows = ", ".join(f"({text(word)})" for word in _words(batch))
            con.execute(f"INSERT INTO given SELECT {clean('v')} FROM (VALUES {rows}) t(v)")
            return con.execute(f"SELECT v, {', '.join(questions)} FROM given WHERE v IS NOT NULL").fetchall()

        yield ask


@contextmanager
def _dates(place: Path) -> Iterator[Run]:
    """A text that is wholly a date has a day and an instant, in every zone; what is plainly one is one."""
    questions = []
    for order in forms.ORDERS:
        day = forms.date_sql("v", order, "Europe/Berlin")
        instant = forms.instant_sql("v", order, "America/New_York", "Asia/Kolkata")
        questions.append(f"{forms.date_ok('v', order)} AND (({day}) IS NULL OR ({instant}) IS NULL)")
    questions.append(f"{forms.plain_date('v')} AND NOT coalesce({forms.date_ok('v', 'ymd')}, false)")
    with _values(place) as ask:

        def run(batch: Sequence[bytes]) -> None:
            for value, *broken in ask(batch, questions):
                assert not any(broken), (value, broken)

        yield run


@contextmanager
def _numbers(place: Path) -> Iterator[Run]:
    """A text that is wholly a number has a finite value; money out of it is exact or none."""
    questions = []
    for mark in ".,":
        number = forms.number_ok("v", mark)
        value = forms.double_sql("v", mark)
        minor = forms.minor_sql("v", mark, "CAST(100 AS DECIMAL(5,0))")
        few = f"coalesce({forms.decimals_of('v', mark)} <= 2, false)"
        questions.append(f"{number} AND NOT isfinite({value})")
        # 2^53 is as far as a double counts; beyond it, and for exponents, only the decimal is exact.
        near = f"abs({value}) < 1e13 AND NOT regexp_matches(v, '[eE]')"
        cents = f"TRY_CAST(round({value} * 100) AS BIGINT)"
        questions.append(f"{number} AND {few} AND {near} AND ({minor}) IS DISTINCT FROM {cents}")
    with _values(place) as ask:

        def run(batch: Sequence[bytes]) -> None:
            for value, *broken in ask(batch, questions):
                assert not any(broken), (value, broken)

        yield run


def _mapping(batch: Sequence[bytes], place: Path) -> None:
    """Text of definitions is read or refused with issues; every issue has words."""
    path = place / "mapping.yaml"
    for each in batch:
        try:
            path.write_text(each.decode("utf-8", "replace"), encoding="utf-8")
        except UnicodeEncodeError:
            continue
        definitions, issues = read_definitions(path, "mapping.yaml")
        for definition in definitions:
            mapping, more = read_mapping(definition, entities())
            assert mapping is not None or any(issue.level == "error" for issue in more)
            issues += more
        assert all(issue.what for issue in issues)


@contextmanager
def _mappings(place: Path) -> Iterator[Run]:
    yield lambda batch: _mapping(batch, place)


CALENDARS = (FiscalCalendar(), FiscalCalendar(start_month=2), FiscalCalendar("445", 2, 6))


def _periods(batch: Sequence[bytes]) -> None:
    """A period has a first day before its end, and its own text means it again; anything else is refused."""
    today = date(2026, 11, 22)
    for word in _words(batch):
        for calendar in CALENDARS:
            try:
                period = parse_period(word, today, calendar)
            except Stop:
                continue
            assert period.start < period.end
            again = parse_period(str(period), today, calendar)
            assert (again.start, again.end) == (period.start, period.end), (word, str(period))


def _references(batch: Sequence[bytes]) -> None:
    """A reference says itself again; anything else is refused."""
    for word in _words(batch):
        try:
            found = Reference.parse(word)
        except Stop:
            continue
        assert Reference.parse(str(found)) == found, word


PERIODS = tuple(
    form.encode() for form in (*FORMS, "2026Q1..2026Q3", "..2026-03", "mar 2017", "2026-w53", "0001", "9999Q4")
)
REFERENCES = (
    b"win_rate@3f2a91;by=team:EMEA;where=region:Central;period=2017Q1;scope=company;asof=2017-03-31;snap=r12.j0;cur=USD",
    b"won_value@000000;period=all;scope=person:p%3A1;asof=2026-11-22;known=2026-11-01;snap=r1.j9;cur=",
    b"deal_size@abc;by=owner:%E2%82%AC%2C%3B,stage:;period=..2026;scope=x;asof=2026-01-01;snap=r999999.j0;cur=JPY",
)
TARGETS = {
    target.name: target
    for target in (
        Target("text", seeds.texts, tabled("deals.csv"), few=60, share=0.08),
        Target("packed", seeds.packed, tabled("deals.csv.gz"), few=60, share=0.02),
        Target("workbook", seeds.books, tabled("deals.xlsx"), few=10, share=0.002),
        Target("sheet", seeds.sheets, tabled("sheet.xlsx", seeds.in_workbook), few=8, share=0.002),
        Target("parquet", seeds.parquets, tabled("deals.parquet"), few=60, share=0.02),
        Target("guess", seeds.tables, guessed, few=20, share=0.004),
        Target("import", seeds.texts, imported, few=10, share=0.002),
        Target("dates", seeds.dates, _dates, few=6_000, share=0.35, batch=500),
        Target("numbers", seeds.numbers, _numbers, few=6_000, share=0.35, batch=500),
        Target("mapping", seeds.mappings, _mappings, few=200, share=0.05),
        Target("period", lambda place: list(PERIODS), _plain(_periods), few=1_500, share=0.06, batch=50),
        Target("reference", lambda place: list(REFERENCES), _plain(_references), few=3_000, share=0.06, batch=50),
    )
}
