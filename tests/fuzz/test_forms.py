"""Is what a person writes read back as what was meant? Days and amounts in every form, thousands drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest

from saleswright.data.read import forms
from saleswright.data.read.sql import text
from tests.conftest import NIGHTLY

WRITTEN = {
    "ymd": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y/%-m/%-d"),
    "dmy": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%-d/%-m/%Y", "%-d.%-m.%y", "%d/%m/%y", "%d-%m-%y", "%-d-%-m-%y"),
    "mdy": ("%m/%d/%Y", "%-m/%-d/%Y", "%m-%d-%Y", "%m/%d/%y", "%-m/%-d/%y", "%-m-%-d-%y"),
    "d-mon-y": ("%d %b %Y", "%-d-%b-%y", "%d. %B %Y", "%d-%b-%Y"),
    "mon-d-y": ("%b %d, %Y", "%B %-d, %Y", "%b-%d-%Y"),
}
CLOCKS = ("", "", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FIRST, DAYS = date(1970, 1, 1), 100 * 365  # two digits stand for 1970 to 2069
GROUPS = {".": (",", "'", "", " ", "\u202f"), ",": (".", "'", "", " ", "\u202f")}
SIGNS = ("{}", "$ {}", "${}", "{} €", "USD {}", "{} EUR", "US$ {}")
NUMBER = 200_000 if NIGHTLY else 3_000


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute("CREATE TABLE given (v VARCHAR, meant VARCHAR)")
        yield opened


def _given(con: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]]) -> None:
    con.execute("DELETE FROM given")
    con.execute(f"INSERT INTO given VALUES {', '.join(f'({text(v)}, {text(meant)})' for v, meant in pairs)}")


@pytest.mark.parametrize("order", WRITTEN)
def test_a_day_is_read_back(con: duckdb.DuckDBPyConnection, order: str) -> None:
    chance, pairs = random.Random(order), []
    for _ in range(NUMBER):
        form = chance.choice(WRITTEN[order]) + chance.choice(CLOCKS)
        meant = datetime.combine(FIRST + timedelta(days=chance.randrange(DAYS)), datetime.min.time())
        if ":" in form:
            meant += timedelta(minutes=chance.randrange(24 * 60))
        pairs.append((meant.strftime(form), meant.isoformat(sep=" ")))
    _given(con, pairs)
    ok = forms.date_ok("v", order)
    day, instant = forms.date_sql("v", order, "UTC"), forms.instant_sql("v", order, "UTC")
    wrong = f"""SELECT v, meant, {ok} AS ok, {day} AS day, {instant} AS instant FROM given WHERE NOT {ok}
        OR ({day}) IS DISTINCT FROM CAST(meant AS DATE) OR ({instant}) IS DISTINCT FROM CAST(meant AS TIMESTAMP) LIMIT 5"""
    assert con.execute(wrong).fetchall() == []


@pytest.mark.parametrize("mark", GROUPS)
def test_an_amount_is_read_back(con: duckdb.DuckDBPyConnection, mark: str) -> None:
    chance, pairs = random.Random(mark), []
    for _ in range(NUMBER):
        minor = chance.randrange(-(10 ** chance.randrange(1, 16)), 10 ** chance.randrange(1, 16))
        whole = f"{abs(minor) // 100:,}".replace(",", chance.choice(GROUPS[mark]))
        bare = f"{whole}{mark}{abs(minor) % 100:02}"
        if minor < 0:
            bare = chance.choice(("-{}", "({})", "{}-", "−{}")).format(bare)
        plain = bare[0] not in "(" and bare[-1] not in "-)"
        pairs.append(((chance.choice(SIGNS) if plain else "{}").format(bare), str(minor)))
    _given(con, pairs)
    ok, minor_units = forms.number_ok("v", mark), forms.minor_sql("v", mark, "CAST(100 AS DECIMAL(5,0))")
    wrong = f"""SELECT v, meant, {ok} AS ok, {minor_units} AS minor FROM given
        WHERE NOT {ok} OR ({minor_units}) IS DISTINCT FROM CAST(meant AS BIGINT) LIMIT 5"""
    assert con.execute(wrong).fetchall() == []
