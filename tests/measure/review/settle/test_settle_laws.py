"""Laws of settling: for any edits of rows the causes add up to the gap, and slips are read as what they are."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.measure.review.settle.report import report
from saleswright.measure.review.settle.settled import settle
from saleswright.measure.review.settle.typed import slip
from tests.measure.review.settle.company import DAY, Company, company, workspace


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Snapshot, Path]]:
    made = company(41, deals=220, mixed=True)
    folder = workspace(made, tmp_path_factory.mktemp("laws"))
    app = build()
    at = app.open_context(app.open_workspace(folder), Ambient(as_of=DAY.isoformat()))
    assert isinstance(at, Snapshot)
    yield made, at, tmp_path_factory.mktemp("files")
    at.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), edits=st.integers(0, 40), ids=st.booleans())
def test_whatever_was_edited_the_causes_add_up_to_the_gap(
    book: tuple[Company, Snapshot, Path], seed: int, edits: int, ids: bool
) -> None:
    made, at, place = book
    chance = random.Random(seed)
    rows = [[r.id if ids else "", r.name, r.account, str(r.amount), str(r.close)] for r in made.rows
            if r.stage == "Closed Won" and r.close.year == 2026]  # fmt: skip
    for _ in range(edits):
        row = chance.choice(rows)
        what = chance.randrange(6)
        if what == 0 and len(rows) > 5:
            rows.remove(row)
        elif what == 1:
            rows.append([*row])
        elif what == 2:
            row[3] = str(Decimal(chance.randrange(-(10**7), 10**8)) / 100)
        elif what == 3:
            row[1] = row[1][::-1]
        elif what == 4:
            row[3] = chance.choice(("", "n/a", "=1+1"))
        else:
            row[4] = chance.choice(("", "2026-13-45", "2025-01-01"))
    path = place / f"{seed}-{edits}-{ids}.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(
            [("Opportunity ID", "Opportunity Name", "Account Name", "Amount", "Close Date"), *rows]
        )
    settled = settle(at, str(path), "won_value", "2026")
    assert sum(cause.amount for cause in settled.causes) == settled.theirs - settled.ours.total
    lines = [item.line for cause in settled.causes for item in cause.items if item.side == "theirs"]
    assert len(lines) == len(set(lines)), "a row of theirs stands in one cause"
    deals = [item.deal for cause in settled.causes for item in cause.items if item.side == "ours"]
    assert len(deals) == len(set(deals)), "a deal of ours stands in one cause"
    assert report(settled).lede


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (1_234_500, 1_324_500, "two digits swapped"),
        (1_234_500, 123_500, "one digit lost"),
        (1_234_500, 12_334_500, "one digit struck twice"),
        (1_234_567, -1_234_567, "the sign is turned"),
        (1_234_500, 12_345_000, "× 10: a decimal point or a zero"),
        (1_234_500, 9_999_900, ""),
    ],
)
def test_a_slip_is_read_as_what_it_is(ours: int, theirs: int, said: str) -> None:
    assert slip(ours, theirs, 2) == said


def test_the_same_rows_agree_and_their_order_does_not_matter(book: tuple[Company, Snapshot, Path]) -> None:
    made, at, place = book
    won = [r for r in made.rows if r.stage == "Closed Won" and r.type != "Renewal" and r.close.year == 2026]
    for name, rows in (("one", won), ("other", won[::-1])):
        path = place / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as out:
            write = csv.writer(out)
            write.writerow(("Opportunity ID", "Amount", "Close Date"))
            write.writerows((r.id, made.dollars(r, r.close), r.close) for r in rows)
        settled = settle(at, str(path))
        assert settled.chosen.asked.metric.name == "won_value" and not settled.causes and not settled.gap


def test_what_holds_neither_deals_nor_totals_is_refused_with_a_way_out(book: tuple[Company, Snapshot, Path]) -> None:
    _, at, place = book
    path = place / "weather.csv"
    path.write_text("Town,Rain\nX,1\nY,2\n", encoding="utf-8")
    with pytest.raises(Stop) as stop:
        settle(at, str(path))
    assert stop.value.issues[0].code in ("no-deals", "no-amounts") and stop.value.issues[0].try_
    with pytest.raises(Stop) as stop:
        settle(at, str(path), "win_rate")
    assert "no sum or count" in stop.value.issues[0].what
