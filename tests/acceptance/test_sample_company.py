"""The sample company comes in through the public importer and says what its own export says, today and on any day."""

from __future__ import annotations

import csv
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from saleswright.demo.emit import emit
from saleswright.demo.world import build as build_world
from saleswright.faces.python import Book
from saleswright.kernel.report import Series, Table
from tests.workspaces import SEED, UNTIL

Row = dict[str, str]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    emit(build_world(SEED, UNTIL), folder)
    return folder


def rows(folder: Path, name: str) -> Iterator[Row]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def new_business(folder: Path) -> list[Row]:
    return [row for row in rows(folder, "Opportunity") if "renew" not in row["Type"].lower()]


def test_every_row_came_in(sample: Book, export: Path) -> None:
    table = next(b for b in sample.check().report.blocks if isinstance(b, Table) and b.name == "runs")
    names = [c.name for c in table.columns]
    run = dict(zip(names, table.rows[0], strict=True))
    assert run["rejected"] == 0
    assert run["read"] == sum(1 for path in export.glob("*.csv") for _ in rows(export, path.stem))


def test_counts_and_rate_as_in_the_export(sample: Book, export: Path) -> None:
    closed = Counter(row["StageName"] for row in new_business(export))
    assert sample.measure("won_deals").value == closed["Closed Won"]
    assert sample.measure("lost_deals").value == closed["Closed Lost"]
    decided = closed["Closed Won"] + closed["Closed Lost"]
    assert sample.measure("win_rate").figures[0].of == (closed["Closed Won"], decided)
    renewals = Counter(r["StageName"] for r in rows(export, "Opportunity") if "renew" in r["Type"].lower())
    assert sample.measure("win_rate").figures[0].excluded == renewals["Closed Won"] + renewals["Closed Lost"]
    qualified = sum(1 for row in new_business(export) if row["Qualified_Date__c"])
    assert sample.measure("new_deals").value == qualified


def test_won_value_by_currency_adds_to_the_converted_total(sample: Book, export: Path) -> None:
    own: Counter[str] = Counter()
    for row in new_business(export):
        if row["StageName"] == "Closed Won" and row["Amount"]:
            own[row["CurrencyIsoCode"]] += round(float(row["Amount"]) * 100)
    dollars = sample.measure("won_value", where=["currency=USD"]).value
    assert dollars is not None and dollars.minor == own["USD"]  # type: ignore[union-attr]
    euros = sample.currency("EUR").measure("won_value", where=["currency=EUR"]).value
    assert euros is not None and euros.minor == own["EUR"]  # type: ignore[union-attr]
    whole, found = sample.measure("won_value").value, sample.measure("won_value", by="currency").figures[1:]
    assert sum(f.value.minor for f in found) == whole.minor  # type: ignore[union-attr]


def teams_then(export: Path) -> dict[str, list[tuple[str, str]]]:
    moves: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(export, "UserHistory"):
        if row["Field"] == "Team__c":
            moves[row["UserId"]].append((row["CreatedDate"], row["NewValue"]))
    return {user: sorted(found) for user, found in moves.items()}


def test_a_reorganisation_never_rewrites_the_past(sample: Book, export: Path) -> None:
    moves = teams_then(export)
    expected: Counter[str] = Counter()
    for row in new_business(export):
        if row["StageName"] in ("Closed Won", "Closed Lost"):
            history = moves[row["OwnerId"]]
            place = bisect_right([when for when, _ in history], row["CloseDate"] + "T23:59:59.999Z")
            expected[history[max(place - 1, 0)][1]] += 1
    told = {str(row["team"]): row["n"] for row in sample.measure("win_rate", by="team").rows}
    assert told == dict(expected)
    today = Counter(history[-1][1] for history in moves.values())
    assert len([u for u, history in moves.items() if len(history) > 1]) == 8 and sum(today.values()) == len(moves)


def test_any_past_day_is_as_the_history_says(sample: Book, export: Path) -> None:
    """Replay the export's own stage history to random days and compare the standings."""
    renewal = {r["Id"] for r in rows(export, "Opportunity") if "renew" in r["Type"].lower()}
    history: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(export, "OpportunityHistory"):
        history[row["OpportunityId"]].append((row["CreatedDate"], row["StageName"]))
    chance = random.Random(SEED)
    for _ in range(6):
        day = UNTIL - timedelta(days=chance.randrange(30, 700))
        end = (day + timedelta(days=1)).isoformat()
        stages: Counter[str] = Counter()
        for deal, found in history.items():
            past = [stage for when, stage in sorted(found) if when < end]
            if past and deal not in renewal:
                stages[past[-1]] += 1
        then = sample.as_of(day)
        assert then.measure("won_deals").value == stages["Closed Won"], day
        assert then.measure("lost_deals").value == stages["Closed Lost"], day
        early = {"Prospecting", "Closed Won", "Closed Lost", "Disqualified"}
        assert then.measure("open_deals").value == sum(n for stage, n in stages.items() if stage not in early), day


def test_the_planted_bad_month_stands_out_and_the_mix_shift_shows(sample: Book) -> None:
    series = next(b for b in sample.measure("win_rate", by="month").report.blocks if isinstance(b, Series))
    months = {point.label: float(str(point.figure.value)) for point in series.points if point.figure.value is not None}
    worst = min(months, key=lambda m: months[m])
    assert worst == "2026-07"
    late, early = ("2026-06-01..2026-11-22", "2025-12-01..2026-05-31")
    share = [
        (sample.measure("new_deals", period=p, where=["segment=Enterprise"]).figures[0].n or 0)
        / (sample.measure("new_deals", period=p).figures[0].n or 1)
        for p in (early, late)
    ]
    assert share[1] > share[0] + 0.15


def test_the_record_is_the_same_by_another_road(sample: Book) -> None:
    """The same question as of today and with everything known to then gives the same answer."""
    plain = sample.measure("win_rate", by="segment")
    again = sample.known(date(2026, 11, 22)).measure("win_rate", by="segment")
    assert [f.of for f in plain.figures] == [f.of for f in again.figures]
