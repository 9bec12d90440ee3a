"""A re-organisation never rewrites the past: rows stay with the team and the territory of their own day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.commands.init import make, settings
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import evaluate
from tests.measure.segments.moved import ADA, AMOUNT, BEFORE, DAYS, EVE, MOVE, NOW, PAST, firm, rows, write

METRICS = ("won_value", "win_rate", "activities", "leads_created", "touches")
# (before, after) the move, and where Ben or his account is all the time.
SIDES = {"team": ("East", "West", "East"), "territory": ("North", "South", "South")}
# In New York the move was told at ten in the evening, when it was the next day in UTC.
ZONES = {"UTC": f"{MOVE}T08:00:00.000Z", "America/New_York": "2026-04-16T02:00:00.000Z"}
Told = dict[tuple[str, ...], tuple[int, int, float]]


@pytest.fixture(scope="module", params=list(ZONES))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = firm(tmp_path_factory.mktemp("moved"), request.param, ZONES[request.param])
        patch.setenv("SALESWRIGHT_NOW", NOW)
        yield folder


@contextmanager
def opened(folder: Path, as_of: str = "", actor: str = "chief") -> Iterator[Snapshot]:
    at = open_snapshot(saleswright.open(folder).workspace, Ambient(as_of=as_of, actor=actor))
    try:
        yield at
    finally:
        at.close()


def told(at: Snapshot, metric: str, by: tuple[str, ...], period: str = "2026") -> Told:
    """What an answer is made of, group by group: rows, those that count above, and their amount in major units."""
    answer = evaluate(at, ask(at, catalogue(at)[0][metric], by, period))
    found = {}
    for key, sums in answer.group_sums.items():
        if sums.n:
            found[tuple(str(one).rsplit("_", 1)[-1] for one in key)] = (sums.n, sums.num, float(sums.total) / 100)
    return found


def counted(metric: str, day: str, won: bool) -> tuple[int, int, float] | None:
    """What one row of that day adds, by hand."""
    if metric == "won_value":
        return (1, 0, float(AMOUNT[day])) if won else None
    return (1, int(won), 0.0) if metric == "win_rate" else (1, 0, 0.0)


def by_hand(metric: str, split: str, upto: str = NOW, people: str = "AB") -> Told:
    """Each day's rows on the side of the move they fall on: the day of the move is the first of the new order."""
    before, after, ben = SIDES[split]
    found: Told = {}
    for day, won in DAYS.items():
        held = [(before if day < MOVE else after, won)] if "A" in people else []
        held += [(ben, True)] if day in ("2026-03-10", "2026-05-20") and "B" in people else []
        for side, one in held:
            if day <= upto and (adds := counted(metric, day, one)):
                n, num, total = found.get((day, side), (0, 0, 0.0))
                found[day, side] = (n + adds[0], num + adds[1], total + adds[2])
    return found


@pytest.mark.parametrize("split", SIDES)
@pytest.mark.parametrize("metric", METRICS)
def test_a_row_stays_where_it_was_on_its_own_day(place: Path, metric: str, split: str) -> None:
    """Asked now, and as of the evening before the move; the day of the move, and those beside it, included."""
    with opened(place) as now, opened(place, BEFORE) as then:
        assert told(now, metric, ("day", split)) == by_hand(metric, split)
        assert told(then, metric, ("day", split)) == by_hand(metric, split, BEFORE)
        assert told(now, metric, (split,), "2026Q1") == told(then, metric, (split,), "2026Q1") != {}


def test_whoever_asks_in_a_scope_sees_the_same_sides(place: Path) -> None:
    """A scope is that of today: West has Ada now, with what she did in East, told as East's; before, East has all."""
    for metric, split in (
        ("won_value", "team"),
        ("win_rate", "territory"),
        ("activities", "team"),
        ("leads_created", "team"),
    ):
        with opened(place, actor="west") as west, opened(place, actor="east") as east:
            assert told(west, metric, ("day", split)) == by_hand(metric, split, people="A")
            assert told(east, metric, ("day", split)) == by_hand(metric, split, people="B")
        with opened(place, BEFORE, "west") as west, opened(place, BEFORE, "east") as east:
            assert told(west, metric, ("day", split)) == {}
            assert told(east, metric, ("day", split)) == by_hand(metric, split, BEFORE)


def test_the_day_of_the_move_before_the_hour_of_the_move(place: Path) -> None:
    """At seven in the morning nobody has moved yet, and nobody is without a team."""
    with opened(place, f"{MOVE}T07:00:00+00:00") as at:
        teams = {key[1] for key in told(at, "won_value", ("day", "team"))}
        assert teams == {"East"}


@pytest.mark.parametrize("both", [False, True])
def test_an_account_that_one_list_has_in_north_and_the_next_in_south(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, both: bool
) -> None:
    """Lists without dates: it moved when the later list came; in two territories at once a row counts once, in one."""
    folder = tmp_path / "w"
    make(folder, settings("lists", "USD", "UTC"))
    lands = [{"territory_id": one, "territory_name": one} for one in ("North", "South")]
    for now, land in ((EVE, ["North"]), (f"{MOVE}T08:00:00+00:00", ["North", "South"] if both else ["South"])):
        monkeypatch.setenv("SALESWRIGHT_NOW", now)
        export = tmp_path / now[:10]
        export.mkdir()
        write(export / "accounts.csv", [{"account_id": "A", "account_name": "A Ltd", "created": "2024-01-01"}])
        write(export / "territories.csv", lands)
        write(export / "account_territories.csv", [{"account_id": "A", "territory_id": one} for one in land])
        app = build()
        app.call(app.open_workspace(folder), "import", {"path": str(export), "whole": True})
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)
    deals = tmp_path / "deals"
    deals.mkdir()
    write(deals / "deals.csv", [one for one in rows(NOW)["deals"] if one["owner"] == ADA])
    app.call(app.open_workspace(folder), "import", {"path": str(deals)})
    with opened(folder, actor="") as at:
        after = "North" if both else "South"
        wanted = {
            (day, "North" if day in PAST else after): n
            for (day, _), n in by_hand("win_rate", "team", people="A").items()
        }
        assert told(at, "win_rate", ("day", "territory")) == wanted
