"""Daylight-saving nights lose no row: every instant stands in exactly one local day, whatever the zone."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Series

NOW = "2026-02-01T20:00:00+00:00"
# The clocks of both zones change in these nights of 2025 (UTC): an hour that is not there, an hour that is there twice.
NIGHTS = {
    "America/New_York": (datetime(2025, 3, 9, 7), datetime(2025, 11, 2, 6)),
    "Europe/Berlin": (datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1)),
}
EVERY = timedelta(minutes=15)
# The local days of the two nights, and how many hours each has.
DAYS = {
    "America/New_York": {date(2025, 3, 9): 23, date(2025, 11, 2): 25},
    "Europe/Berlin": {date(2025, 3, 30): 23, date(2025, 10, 26): 25},
}
METRICS = {
    "activities_seen": ("activity", "occurred"),
    "leads_seen": ("lead", "created"),
    "touches_seen": ("touch", "occurred"),
}


def _instants() -> list[datetime]:
    """Every quarter of an hour for two days around each night of either zone, once each."""
    found: set[datetime] = set()
    for night in (one for nights in NIGHTS.values() for one in nights):
        found |= {night + EVERY * n for n in range(-192, 192)}
    return sorted(found)


INSTANTS = _instants()


@pytest.fixture(scope="module", params=sorted(NIGHTS))
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Book]]:
    """An activity, a lead and a touch at every instant, as an export says them, in a workspace of that zone."""
    zone, place = request.param, tmp_path_factory.mktemp("nights")
    texts = [one.isoformat() + "Z" for one in INSTANTS]
    _write(
        place / "export" / "deals.csv", ["id", "stage", "created", "amount"], [["d", "Prospecting", "2025-01-01", "1"]]
    )
    rows = [[f"a{n}", "Call", "Ring", text] for n, text in enumerate(texts)]
    _write(place / "export" / "activities.csv", ["activity_id", "activity_type", "subject", "occurred_at"], rows)
    rows = [[f"l{n}", f"Company {n}", "New", text] for n, text in enumerate(texts)]
    _write(place / "export" / "leads.csv", ["id", "company", "lead_status", "created_at"], rows)
    rows = [[f"t{n}", "c1", f"l{n}", text] for n, text in enumerate(texts)]
    _write(place / "export" / "campaign_members.csv", ["id", "campaign_id", "lead_id", "first_responded_date"], rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        build().call(None, "init", {"folder": str(place / "w"), "zone": zone})
        for name, (of, dated) in METRICS.items():
            text = f"kind: metric\nname: {name}\nof: {of}\nshape: count\ndate: {dated}\ngroup: activity\n"
            (place / "w" / "definitions" / f"{name}.yaml").write_text(text, encoding="utf-8")
        app = build()
        app.call(app.open_workspace(place / "w"), "import", {"path": str(place / "export")})
        yield zone, saleswright.open(place / "w")


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([head, *rows])


def _by(book: Book, metric: str, by: str) -> dict[str, int]:
    report = book.call("measure", metric=metric, period="2025", by=by).report
    series = next(block for block in report.blocks if isinstance(block, Series))
    return {point.label: n for point in series.points if isinstance(n := point.figure.value, int)}


def _whole(book: Book, metric: str, period: str) -> Figure:
    return book.call("measure", metric=metric, period=period).figures[0]


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_daylight_saving_nights_lose_no_row(book: tuple[str, Book], metric: str) -> None:
    zone, record = book
    expected = Counter(one.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat() for one in INSTANTS)
    days = _by(record, metric, "day")
    assert days == dict(expected)
    assert sum(days.values()) == len(INSTANTS) == _whole(record, metric, "all").value
    for by in ("week", "month", "quarter"):
        assert sum(_by(record, metric, by).values()) == len(INSTANTS), by
    for day, hours in DAYS[zone].items():
        assert days[str(day)] == hours * 4, "the short day has 23 hours, the long one 25"
        assert _whole(record, metric, str(day)).value == hours * 4
        # The night cut in two: what lies before midnight and after it is all there is.
        two = _whole(record, metric, f"{day - timedelta(days=1)}..{day}").value
        assert two == days[str(day - timedelta(days=1))] + days[str(day)]
