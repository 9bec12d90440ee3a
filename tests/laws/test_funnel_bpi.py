"""Stage conversion and time in stage of 5,337 real loan applications, against a count from the raw events alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.zone import local_date
from saleswright.measure.flow.funnel.between import between
from saleswright.measure.flow.funnel.dwell import dwell
from saleswright.measure.flow.funnel.stages import funnel
from saleswright.measure.flow.funnel.visits import read
from tests.conftest import lacking
from tests.laws import bpi

AS_OF = datetime(2011, 11, 20, 12, tzinfo=UTC)


def counted(events: list[bpi.Event]) -> tuple[dict[str, dict[str, int]], dict[str, list[tuple[int, bool]]]]:
    """(stage -> outcome -> first entries, stage -> [(days of the first visit, is it over)]) by plain loops."""
    moment = AS_OF.replace(tzinfo=None)
    told = sorted(
        (e for e in events if e.activity in bpi.STANDINGS and e.at <= moment), key=lambda e: (e.case, e.at, e.line)
    )
    paths: dict[str, list[tuple[str, datetime]]] = {}
    for case, own in groupby(told, key=lambda e: e.case):
        steps = list(own)
        # Of several steps at the very same instant only the last is ever seen.
        last = [one for one, after in pairwise(steps) if one.at != after.at] + steps[-1:]
        path: list[tuple[str, datetime]] = []
        for step in last:
            if not path or path[-1][0] != step.activity:
                path.append((step.activity, step.at))
        paths[case] = path
    later: dict[tuple[str, str], int] = defaultdict(int)
    for path in paths.values():
        first: dict[str, datetime] = {}
        for stage, at in path:
            if bpi.STANDINGS[stage] == "open":
                first.setdefault(stage, at)
        for one in first:
            for other in first:
                later[one, other] += first[one] < first[other]
    place = {s: sum(later[one, s] > later[s, one] for one in bpi.OPEN) for s in bpi.OPEN}
    outcomes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    spent: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    today = local_date(moment, bpi.ZONE)
    for path in paths.values():
        seen = set()
        for number, (stage, at) in enumerate(path):
            if bpi.STANDINGS[stage] != "open" or stage in seen:
                continue
            seen.add(stage)
            ahead = [other for other, _ in path[number + 1 :]]
            won = any(bpi.STANDINGS[other] == "won" for other in ahead)
            further = any(bpi.STANDINGS[other] == "open" and place[other] > place[stage] for other in ahead)
            end = path[-1][0]
            if won or further:
                what = "advanced"
            elif bpi.STANDINGS[end] == "lost":
                what = "lost"
            else:
                what = "back" if place[end] < place[stage] else "still there"
            outcomes[stage][what] += 1
            until = local_date(path[number + 1][1], bpi.ZONE) if ahead else today
            spent[stage].append(((until - local_date(at, bpi.ZONE)).days, bool(ahead)))
    return outcomes, spent


def curve(lives: list[tuple[int, bool]], share: float) -> int | None:
    """The first day by which that share had left, by the product-limit rule, one day after the other."""
    stay = 1.0
    for day in range(max(days for days, _ in lives) + 1):
        risk = sum(days >= day for days, _ in lives)
        ended = sum(days == day and over for days, over in lives)
        stay *= 1 - ended / risk if risk else 1.0
        if stay <= 1 - share + 1e-12:
            return day
    return None


@pytest.fixture(scope="module")
def told(shared: Path) -> list[bpi.Event]:
    path = shared / bpi.FILE
    if not path.is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    return [e for e in bpi.read(path) if e.activity in bpi.STANDINGS]


def test_conversion_and_time_in_stage_are_what_the_raw_events_say(told: list[bpi.Event], tmp_path: Path) -> None:
    space = bpi.workspace(tmp_path / "book")
    build().call(space, "import", {"path": str(bpi.export(tmp_path / "export", told))})
    at = build().open_context(space, Ambient(as_of=AS_OF.isoformat().replace("+00:00", "Z")))
    assert isinstance(at, Snapshot)
    outcomes, spent = counted(told)
    visits = read(at)
    made = funnel(at, visits)
    assert set(made.stages) == set(outcomes)
    for stage, one in made.whole.items():
        assert {name: n for name, n in one.count.items() if n} == dict(outcomes[stage]), stage
        assert one.share.of == (outcomes[stage]["advanced"], sum(outcomes[stage].values()))
    assert made.entered == sum(sum(one.values()) for one in outcomes.values()) > 5000
    for day in (date(2011, 10, 15), date(2011, 11, 1), date(2011, 11, 14)):
        ways = between(at, day, visits.stages())
        assert ways.tied and ways.then[1].value, day
    today = (at.day - date(1970, 1, 1)).days
    for stage in made.stages:
        own = visits.only((visits.stage == stage) & visits.first)
        assert sorted(zip(own.days(today).tolist(), (~own.there).tolist(), strict=True)) == sorted(spent[stage])
        found = dwell(own.days(today), ~own.there)
        for share in (0.25, 0.5, 0.75, 0.9):
            assert found.quantile(share)[0] == curve(spent[stage], share), (stage, share)
    assert int(np.sum([one.count["still there"] for one in made.whole.values()])) > 100
