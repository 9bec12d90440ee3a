"""Working minutes between two instants: the compiled closed form against a plain walk over the days of the wall clock."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import ibis
import pytest

from saleswright.history.compiled import compile_text
from saleswright.history.engine import LOCAL_TIME, value_text
from saleswright.kernel.definition import Definition
from saleswright.measure.metrics.working import WorkingHours, read_hours
from saleswright.measure.metrics.working_rows import business_minutes

SEED = 20260331
USUAL = WorkingHours()
Pairs = list[tuple[datetime, datetime]]


def asked(pairs: Pairs, hours: WorkingHours) -> list[int]:
    """What the compiled expression answers, on DuckDB, with the hours bound."""
    rows = ibis.table({"id": "int64", "a": "timestamp(6)", "b": "timestamp(6)"}, name="pairs")
    sql = compile_text(rows.select("id", m=business_minutes(rows.a, rows.b)).order_by("id"))
    con = duckdb.connect()
    con.execute(LOCAL_TIME)
    con.execute("CREATE TABLE pairs (id BIGINT, a TIMESTAMP, b TIMESTAMP)")
    con.executemany("INSERT INTO pairs VALUES (?, ?, ?)", [(n, a, b) for n, (a, b) in enumerate(pairs)])
    for name, value in hours.bound().items():
        sql = sql.replace(f"${name}", value_text(value))
    return [row[1] for row in con.execute(sql).fetchall()]


def walked(start: datetime, end: datetime, hours: WorkingHours) -> int:
    """The same, day by day: what of each working day's hours lies between the two, on the clock on the wall."""
    if end < start:
        return -1
    zone = ZoneInfo(hours.zone)
    first, last = (one.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for one in (start, end))
    seconds, day = 0.0, first.date()
    while day <= last.date():
        if hours.works(day):
            midnight = datetime.combine(day, time())
            opens, closes = (midnight + timedelta(minutes=m) for m in (hours.opens, hours.closes))
            seconds += max((min(closes, last) - max(opens, first)).total_seconds(), 0)
        day += timedelta(days=1)
    return int(seconds // 60)


def test_g23_friday_to_monday_and_saturday_to_monday_are_one_hour_each() -> None:
    pairs = [
        (datetime(2026, 1, 9, 16, 30), datetime(2026, 1, 12, 9, 30)),
        (datetime(2026, 1, 10, 11), datetime(2026, 1, 12, 10)),
    ]
    assert asked(pairs, USUAL) == [60, 60]


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
)
def test_drawn_instants_in_zones_with_holidays_agree_with_the_walk(zone: str) -> None:
    rng = random.Random(f"{SEED} {zone}")
    start = datetime(2024, 1, 1)
    days = (*(rng.random() < 0.7 for _ in range(6)), True)
    opens = rng.randrange(0, 700)
    holidays = frozenset(date(2024, 1, 1) + timedelta(days=rng.randrange(1100)) for _ in range(40))
    hours = WorkingHours(days, opens, opens + rng.randrange(60, 700), zone, holidays)
    firsts = [start + timedelta(seconds=rng.randrange(1000 * 86_400)) for _ in range(300)]
    pairs = [(one, one + timedelta(seconds=rng.randrange(-86_400, 30 * 86_400))) for one in firsts]
    # The nights in which clocks are changed, minute by minute around them.
    for night in (datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 3, 8), datetime(2026, 11, 1)):
        for _ in range(20):
            a = night + timedelta(minutes=rng.randrange(-600, 900))
            pairs.append((a, a + timedelta(minutes=rng.randrange(0, 5000))))
    assert asked(pairs, hours) == [walked(a, b, hours) for a, b in pairs]


def test_a_lead_is_never_answered_in_less_than_no_time_when_the_clock_goes_back() -> None:
    # 02:50 and, twenty minutes later, 02:10 again in Berlin; somebody works all night.
    round_the_clock = WorkingHours((True,) * 7, 0, 1440, "Europe/Berlin")
    pair = [(datetime(2026, 10, 25, 0, 50), datetime(2026, 10, 25, 1, 10))]
    assert asked(pair, round_the_clock) == [0]


def test_hours_written_wrongly_say_all_of_it_with_their_lines() -> None:
    body = {"days": ["mon", "funday"], "opens": "18:00", "closes": "9", "zone": "Europe/Berln", "holidays": ["x"],
            "answer_within": 0, "colour": "red"}  # fmt: skip
    lines = {name: n for n, name in enumerate(body, 3)}
    _, issues = read_hours(Definition("working_hours", "sales", body, file="hours.yaml", line=1, lines=lines), "UTC")
    told = "\n".join(str(issue) for issue in issues)
    for words in ("hours.yaml:3", "funday", "hours.yaml:5", "'9' is no time", "Europe/Berlin", "hours.yaml:7",
                  "'x' is no day", "hours.yaml:8", "colour"):  # fmt: skip
        assert words in told, told


def test_hours_that_close_before_they_open_are_refused_and_1700_without_quotes_is_read() -> None:
    def read(**body: object) -> tuple[WorkingHours, list[str]]:
        hours, issues = read_hours(Definition("working_hours", "sales", body), "UTC")
        return hours, [one.what for one in issues]

    assert read(opens="09:00", closes="08:00")[1] == ["it closes at 08:00, before it opens at 09:00"]
    assert read(opens="08:30", closes=1020)[0].closes == 17 * 60
    assert read()[0].said == "Mon to Fri 09:00 to 17:00 UTC"
