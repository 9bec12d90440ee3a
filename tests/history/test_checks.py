"""The shapes of checks and the exact keys, each against plain Python."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, timedelta
from random import Random

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.history import checks, identity


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def one(con: duckdb.DuckDBPyConnection, text: str, **values: object) -> object:
    """The value of an expression over a row of these columns; $day is the 22nd of November 2026."""
    row = ", ".join(f"${name} AS {name}" for name in values) or "1 AS x"
    params = {**values, **({"day": date(2026, 11, 22)} if "$day" in text else {})}
    found = con.execute(f"SELECT {text} FROM (SELECT {row})", params).fetchone()
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Acme Inc.", "acme"), ("ACME, Inc", "acme"), ("The Acme Company", "acme"), ("Société Générale S.A.", "societe generale"),
        ("Müller & Söhne GmbH & Co. KG", "muller and sohne"), ("Grid  Works ", "grid works"), ("O'Neil Ltd", "oneil"),
        ("Co.", "co"), ("Holdings", "holdings"), ("Acme Group Holdings", "acme"), ("北京 有限公司", "北京 有限公司"), ("", None),
        ("---", None), ("The", "the"), ("Acme-West", "acme west"), ("Inc Magazine", "inc magazine"),
    ],
)  # fmt: skip
def test_names_of_companies(con: duckdb.DuckDBPyConnection, given: str, key: str | None) -> None:
    assert one(con, identity.company("v"), v=given) == key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Ada.Lovelace+crm@Example.com", "adalovelace@example.com"), (" a@b.co ", "a@b.co"), ("a.b@googlemail.com", "ab@gmail.com"),
        ("nobody", None), ("+tag@b.co", None), ("", None), ("@b.co", None),
    ],
)  # fmt: skip
def test_addresses(con: duckdb.DuckDBPyConnection, given: str, key: str | None) -> None:
    assert one(con, identity.email("v"), v=given) == key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("https://www.Example.com/path?x=1", "example.com"), ("example.com:8080", "example.com"),
        ("www2.example.com", "example.com"), ("//example.com", "example.com"), ("wwwhat.com", "wwwhat.com"), ("", None),
    ],
)  # fmt: skip
def test_domains(con: duckdb.DuckDBPyConnection, given: str, key: str | None) -> None:
    assert one(con, identity.domain("v"), v=given) == key


@pytest.mark.parametrize(
    ("given", "key"), [("+1 (555) 01-81", "15550181"), ("0049 30 1234567", "49301234567"), ("12", None), ("n/a", None)]
)
def test_phones(con: duckdb.DuckDBPyConnection, given: str, key: str | None) -> None:
    assert one(con, identity.phone("v"), v=given) == key


@given(st.text(alphabet=st.sampled_from("AaéÉñ&.,'- bC9"), max_size=20))
def test_a_plain_key_is_its_own_key(text: str) -> None:
    con = duckdb.connect()
    key = one(con, identity.plain("v"), v=text)
    if key is not None:
        assert one(con, identity.plain("v"), v=key) == key
        assert one(con, identity.plain("v"), v=text.upper()) == key
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    twin = " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"[.'’`]+", "", folded.replace("&", " and "))).split())
    assert (key or "") == twin


def test_dates_counts_and_empty_fields(con: duckdb.DuckDBPyConnection) -> None:
    passed = checks.date_passed("d")
    assert one(con, passed, d=date(2026, 11, 21)) == date(2026, 11, 21)
    assert one(con, passed, d=date(2026, 11, 22)) is None and one(con, passed, d=None) is None
    assert one(con, checks.reaches("n", "3"), n=3) == 3 and one(con, checks.reaches("n", "3"), n=2) is None
    assert one(con, checks.exceeds("n", "3"), n=3) is None and one(con, checks.exceeds("n", "3"), n=4) == 4
    assert one(con, checks.missing(("a", "b")), a=None, b=1) == "a"
    assert one(con, checks.missing(("a", "b")), a=None, b=None) == "a,b"
    assert one(con, checks.missing(("a", "b")), a=1, b=1) is None


@pytest.mark.parametrize(
    ("amount", "why"),
    [(0, "zero"), (100, "one"), (99_900, "pattern"), (9_900, None), (123_400, "pattern"), (12_300, "pattern"),
     (12_345, None), (1_200, None), (500_000, "repeated"), (250_000, None), (None, None)],
)  # fmt: skip
def test_placeholders(con: duckdb.DuckDBPyConnection, amount: int | None, why: str | None) -> None:
    text = checks.placeholder("a", "100", "a = 500000")
    assert one(con, text, a=amount) == why


@pytest.mark.parametrize(
    ("standing", "created", "closed", "how"),
    [
        ("open", "2026-01-01", "2026-02-01", None), ("won", "2026-01-01", None, "undated"),
        ("lost", "2026-01-01", "2026-11-23", "future"),
        ("won", "2026-02-01", "2026-01-31", "early"), ("won", "2026-02-01", "2026-02-01", None), ("open", "2026-01-01", None, None),
        ("won", None, "2026-02-01", None), ("disqualified", "2026-01-01", None, None),
    ],
)  # fmt: skip
def test_closed_dates(
    con: duckdb.DuckDBPyConnection, standing: str, created: str | None, closed: str | None, how: str | None
) -> None:
    days = [date.fromisoformat(day) if day else None for day in (created, closed)]
    assert one(con, checks.contradicting("c", "b", "s"), s=standing, b=days[0], c=days[1]) == how


def test_the_oldest_of_each_group_is_first(con: duckdb.DuckDBPyConnection) -> None:
    chance = Random(5)
    rows = [(f"r{n:03}", chance.choice(("x", "y", None)), chance.choice(("p", None)), n) for n in range(60)]
    chance.shuffle(rows)
    con.execute("CREATE OR REPLACE TEMP TABLE t (id VARCHAR, a VARCHAR, b VARCHAR, born INT)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    found = con.execute(checks.first_of_each(("a", "b"), "t", "born", keep="b")).fetchall()
    groups: dict[tuple[str, str | None], list[tuple[int, str]]] = {}
    for id_, a, b, born in rows:
        if a is not None:
            groups.setdefault((a, b), []).append((born, id_))
    wanted = {(id_, min(group)[1], len(group)) for group in groups.values() if len(group) > 1 for _, id_ in group}
    assert set(found) == wanted


def test_later_moves_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in (0, 10, 5, 5, 30)]
    con.execute("CREATE OR REPLACE TEMP TABLE v (f DATE, b DATE)")
    con.executemany(
        "INSERT INTO v VALUES (?, ?)", [(now, before) for before, now in zip([None, *days], days, strict=False)]
    )
    assert con.execute(f"SELECT {checks.later_moves('f', 'b')} FROM v").fetchone() == (2,)


def drawn(chance: Random, rate: dict[str, float], months: int, each: int) -> dict[str, dict[str, tuple[int, int]]]:
    return {
        f"m{month:02}": {part: (sum(chance.random() < p for _ in range(each)), each) for part, p in rate.items()}
        for month in range(months)
    }


def test_chance_alone_is_hardly_ever_out_of_its_limits() -> None:
    chance = Random(11)
    out = sum(
        one.out for _ in range(60) for one in checks.wobbles(drawn(chance, {"a": 0.2, "b": 0.5}, 24, 60), 3.0, 30)
    )
    # 1,440 months; three standard deviations leave 0.27 %, and limits are only ever widened.
    assert out <= 8


def test_a_bad_month_is_out_and_a_change_of_mix_is_not() -> None:
    chance = Random(12)
    groups = drawn(chance, {"a": 0.2, "b": 0.5}, 24, 120)
    groups["m07"] = {"a": (10, 120), "b": (32, 120)}
    groups["m15"] = {"a": (48, 240), "b": (0, 0)}
    found = {one.label for one in checks.wobbles(groups, 3.0, 30) if one.out}
    assert found == {"m07"}


def test_months_that_ordinarily_differ_widen_the_limits() -> None:
    groups = {f"m{n:02}": {"all": (480 if n % 3 else 240, 600)} for n in range(18)}
    assert not [one for one in checks.wobbles(groups, 3.0, 30) if one.out]
    narrow = checks.wobbles({f"m{n:02}": {"all": (300 + n % 2, 600)} for n in range(18)}, 3.0, 30)
    assert all(math.isclose(one.high - one.low, 6 * math.sqrt(0.25 / 600), rel_tol=0.06) for one in narrow)


def test_small_months_are_not_judged() -> None:
    assert checks.wobbles({"a": {"x": (0, 29)}, "b": {"x": (20, 40)}}, 3.0, 30)[0].label == "b"


@pytest.mark.parametrize(
    ("given", "key"),
    [("https://www.acme.com/de", "acme.com"), ("gmail.com", None), ("http://www.LinkedIn.com/company/acme", None), ("", None),
     ("mail.acme.com", "mail.acme.com")],
)  # fmt: skip
def test_web_domains_of_anybody_are_no_key(con: duckdb.DuckDBPyConnection, given: str, key: str | None) -> None:
    assert one(con, identity.own_domain("v"), v=given) == key
