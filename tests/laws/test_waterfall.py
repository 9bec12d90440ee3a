"""The laws of the waterfall over random histories, stacked in one record by world: every world is a case of its own.

In the daily run some dozens of worlds; in the nightly one two thousand.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.waterfall.find import Part, Waterfall, waterfall
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.conftest import NIGHTLY
from tests.laws.worlds import BEGIN, DAYS, TEAMS, people, record, worlds

WORLDS = 2_000 if NIGHTLY else 60
PAIRS = 8 if NIGHTLY else 3
SEED = 2026
SCOPES = ("", "this quarter", "next quarter", "this month")
FILTERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("team", "North"),),
    (("currency", "EUR"),),
    (("type", "new"),),
)
NAMES = [line.name for line in LINES]


@dataclass(frozen=True)
class Stacked:
    """The record, and how to look at it: as of a day, with what was known at its end or with all that is known."""

    space: Workspace

    def at(self, day: date, known: str = "") -> Snapshot:
        return open_snapshot(self.space, Ambient(as_of=day.isoformat(), known=known))


@pytest.fixture(scope="module")
def stacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stacked]:
    place = tmp_path_factory.mktemp("worlds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
        yield Stacked(record(place / "w", worlds(SEED, WORLDS), people(SEED)))


def pairs(seed: int, most: int = PAIRS) -> list[tuple[date, date]]:
    rng = random.Random(seed)
    found = []
    for _ in range(most):
        first = rng.randrange(5, DAYS - 20)
        days = rng.choice((1, 7, 30, 91))
        found.append((BEGIN + timedelta(first), BEGIN + timedelta(min(DAYS - 1, first + days))))
    return found


def period(at: Snapshot, text: str) -> Period | None:
    return parse_period(text, at.day, at.workspace.calendar) if text else None


def sums(part: Part) -> None:
    """A part's lines sum to its end less its start, in minor units and in deals."""
    assert part.opening + sum(part.lines.values()) == part.closing, part.member
    assert part.opening_deals + sum(part.deals.values()) == part.closing_deals, part.member


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("scope", SCOPES)
def test_lines_sum_to_end_less_start_in_every_world_window_scope_and_filter(
    stacked: Stacked, scope: str, where: Any
) -> None:
    happened: set[str] = set()
    for since, day in pairs(1):
        at = stacked.at(day)
        made = waterfall(at, since, period(at, scope), "segment", where)
        sums(made.total)
        for one in made.groups.values():
            sums(one)
            happened |= {name for name, events in one.events.items() if events}
        for name in NAMES:
            assert sum(one.lines[name] for one in made.groups.values()) == made.total.lines[name], name
            assert sum(one.events[name] for one in made.groups.values()) == made.total.events[name], name
    # A history in which nothing happens proves nothing.
    wanted = {"new", "late", "increased", "decreased", "reopened", "removed", "won", "lost", "other"}
    assert happened and (scope or where or wanted <= happened)


@pytest.mark.parametrize("scope", ["", "this quarter"])
def test_ends_and_wins_of_every_world_are_what_the_metrics_say(stacked: Stacked, scope: str) -> None:
    for since, day in pairs(2):
        at = stacked.at(day)
        made = waterfall(at, since, period(at, scope), "segment")
        due = (("due", "this quarter"),) if scope else ()
        # The quarter of the last day may not be that of the first.
        ends = [(at, "closing")] + ([(on(at, since), "opening")] if not scope else [])
        for then, end in ends:
            told = evaluate(then, ask(then, "open_pipeline", ("segment",), "all", due)).groups
            said = {key[0]: one.value.minor for key, one in told.items() if isinstance(one.value, Money)}
            assert {m: getattr(p, end) for m, p in made.groups.items() if getattr(p, end)} == {
                member: minor for member, minor in said.items() if minor
            }
        dates = f"{since + timedelta(1)}..{day}"
        won = evaluate(at, ask(at, "won_value", ("segment",), dates)).groups
        said = {key[0]: one.value.minor for key, one in won.items() if isinstance(one.value, Money)}
        assert {m: -p.lines["won"] for m, p in made.groups.items() if p.lines["won"]} == {
            member: minor for member, minor in said.items() if minor
        }


@pytest.mark.parametrize("where", FILTERS[:2], ids=str)
def test_adjacent_windows_compose(stacked: Stacked, where: Any) -> None:
    """The closing of one is the opening of the next, and their lines sum to those of both together."""
    for first, second in pairs(3):
        third = second + timedelta(17)
        for scope in ("", "2026Q2"):
            spans = ((first, second), (second, third), (first, third))
            one, two, both = (
                waterfall((at := stacked.at(day, day.isoformat())), since, period(at, scope), "segment", where)
                for since, day in spans
            )
            for member in {*one.groups, *two.groups, *both.groups}:
                ends = [getattr(made.groups.get(member), "closing", 0) for made in (one, both)]
                starts = [getattr(made.groups.get(member), "opening", 0) for made in (two, both)]
                assert ends[0] == starts[0], member
                changes = [_change(made, member) for made in (one, two, both)]
                assert changes[0] + changes[1] == changes[2], member


def _change(made: Waterfall, member: str) -> int:
    part = made.groups.get(member)
    return sum(part.lines.values()) if part else 0


def told(made: Waterfall) -> dict[str, Any]:
    """All that a waterfall says of each member."""
    return {
        member: (one.opening, one.closing, one.opening_deals, one.closing_deals, one.lines, one.deals, one.events)
        for member, one in sorted(made.groups.items())
    }


def test_no_line_depends_on_later_facts(tmp_path: Path, stacked: Stacked) -> None:
    """As of and known fixed: a record that ends there says the same as one to which all later facts were appended."""
    day = BEGIN + timedelta(130)
    end = datetime(day.year, day.month, day.day, 23, 59, 59, 999_999)
    early = record(
        tmp_path / "early",
        [fact for fact in worlds(SEED, WORLDS) if fact.known <= end],
        [fact for fact in people(SEED) if fact.known <= end],
    )
    for since in (day - timedelta(1), day - timedelta(9), day - timedelta(60)):
        for by in ("segment", "team"):
            for scope in ("", "this quarter"):
                one, two = (
                    waterfall(at, since, period(at, scope), by)
                    for at in (Stacked(early).at(day, day.isoformat()), stacked.at(day, day.isoformat()))
                )
                assert told(one) == told(two)
                assert one.total == two.total


def test_team_totals_add_to_the_company_whatever_re_organisation_came_later(tmp_path: Path, stacked: Stacked) -> None:
    later = Stacked(record(tmp_path / "later", worlds(SEED, WORLDS), people(SEED, later=3)))
    moved = 0
    for since, day in pairs(4):
        for scope in SCOPES[:2]:
            at = stacked.at(day)
            made = waterfall(at, since, period(at, scope), "team")
            assert set(made.groups) <= set(TEAMS)
            for name in NAMES:
                parts = sum(one.lines[name] for one in made.groups.values())
                transferred = name in ("transferred_in", "transferred_out")
                moved += made.groups["North"].events["transferred_in"] if transferred else 0
                # In the whole company nobody takes a deal from anybody.
                assert made.total.lines[name] == (0 if transferred else parts), name
            ins = sum(one.lines["transferred_in"] + one.lines["transferred_out"] for one in made.groups.values())
            assert ins == 0
            for end in ("opening", "closing", "opening_deals", "closing_deals"):
                assert sum(getattr(one, end) for one in made.groups.values()) == getattr(made.total, end)
            assert told(waterfall(later.at(day), since, period(at, scope), "team")) == told(made)
    assert moved, "without a move between teams this proves nothing"


@pytest.mark.parametrize("by", ["team", "owner", "currency"])
def test_a_member_says_the_same_asked_for_alone(stacked: Stacked, by: str) -> None:
    for since, day in pairs(5, 2):
        at = stacked.at(day)
        for scope in SCOPES[:2]:
            made = waterfall(at, since, period(at, scope), by)
            for member, part in list(made.groups.items())[:3]:
                alone = waterfall(at, since, period(at, scope), "", ((by, member),)).total
                assert (alone.opening, alone.closing, alone.lines, alone.events, alone.deals) == (
                    part.opening, part.closing, part.lines, part.events, part.deals,
                )  # fmt: skip


def test_gross_lines_sum_to_the_same_change_and_hold_what_net_hides(stacked: Stacked) -> None:
    more = 0
    for since, day in [(one, min(two, one + timedelta(30))) for one, two in pairs(6, 3)]:
        at = stacked.at(day)
        for scope in SCOPES[:2]:
            net, gross = (waterfall(at, since, period(at, scope), "segment", gross=g) for g in (False, True))
            sums(gross.total)
            for member, one in gross.groups.items():
                sums(one)
                if member in net.groups:
                    assert (one.opening, one.closing) == (net.groups[member].opening, net.groups[member].closing)
            for name in NAMES:
                assert sum(one.lines[name] for one in gross.groups.values()) == gross.total.lines[name], name
            more += gross.total.happened - net.total.happened
    assert more > 0


def test_gross_of_two_stretches_adds_up_line_by_line(tmp_path: Path, stacked: Stacked) -> None:
    """Where all is entered on its day: the days of both are the days of the whole."""
    made = Stacked(record(tmp_path / "prompt", worlds(SEED, WORLDS, prompt=True), people(SEED)))
    first, second, third = (BEGIN + timedelta(day) for day in (100, 108, 115))
    spans = ((first, second), (second, third), (first, third))
    one, two, both = (waterfall(made.at(day), since, None, "segment", gross=True) for since, day in spans)
    assert {"new", "won", "lost", "reopened", "increased"} <= {name for name in NAMES if both.total.events[name]}
    for member in {*one.groups, *two.groups, *both.groups}:
        parts = [each.groups[member].lines if member in each.groups else {} for each in (one, two, both)]
        for name in NAMES:
            assert parts[0].get(name, 0) + parts[1].get(name, 0) == parts[2].get(name, 0), (member, name)
