"""How good was every forecaster of a back-test? The model, the plain forecasts and the people in one table, counted in periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.forecast.backtest.answer import HIGH, LOW, MODEL
from saleswright.measure.forecast.plain.open_deals import TOGETHER
from saleswright.measure.forecast.scored.against import Against, against_best
from saleswright.measure.forecast.scored.bands import once_each
from saleswright.measure.forecast.scored.coverage import Held, coverage
from saleswright.measure.forecast.scored.points import bias, wape
from saleswright.measure.forecast.scored.table import Cell, by_team_and_horizon
from saleswright.measure.forecast.scored.verdict import Verdict, verdict
from saleswright.measure.metrics.words import plural

Kind = Literal["model", "blend", "plain", "calls", "person"]
Answer = Mapping[str, Any]
BLEND = f"average of {TOGETHER} and this forecast"
SEED = 0
"""Of the periods that are drawn again: the same run is always told with the same range."""


@dataclass(frozen=True, slots=True)
class Line:
    """One forecaster. periods: those it spoke of; told, not_told: days. wape, bias: None over nothing. held: how often its 80 %
    range held, None where it tells none. crps: mean, minor units, on the days it has a law. ratio: the model's mean score over its
    own on the periods both spoke of, below 1 the model is better. reason: why to think twice, or why it said nothing."""

    name: str
    kind: Kind
    periods: int
    told: int
    not_told: int
    wape: float | None
    bias: float | None
    held: Held | None
    crps: float | None
    ratio: float | None
    reason: str = ""


@dataclass(frozen=True)
class Scores:
    """A back-test as it is told. lines: the model, all who called together, the blend of both, plain forecasts by how hard they
    are to beat, people.

    held: how often the model's ranges held; alone: the same if deals did not move together. against: the best plain forecast.
    whole: the model by week; parts: by member (codes into `members`) and week; -1 for all. pinball: the model's mean, minor
    units. silent: days without an answer.
    """

    lines: tuple[Line, ...]
    held: Held
    alone: Held
    against: Against
    verdict: Verdict
    weeks: tuple[int, ...]
    members: tuple[str, ...]
    whole: tuple[Cell, ...]
    parts: tuple[Cell, ...]
    pinball: float | None
    silent: int


def scored(result: Answer, week: int | None = None) -> Scores:
    """The scores of all days, or of those so many weeks into their periods."""
    answers = [one for one in result["origins"] if week is None or one["week"] == week]
    told = [one for one in answers if MODEL in one]
    period = _codes([one["period"] for one in told])
    actual = np.array([one["actual"] for one in told], np.float64)
    ours = _model(told)
    held = coverage(ours["low"], ours["high"], actual, period)
    alone = coverage(*_pairs([one["alone"] for one in told]), actual, period)
    columns = _plain(told)
    best = against_best(ours["crps"], {name: one["crps"] for name, one in columns.items()}, period, SEED)
    lines = [_line(MODEL, "model", ours, actual, period, held, None, "")]
    plain = [
        _line(name, "plain", one, actual, period, None, best.ratios.get(name), _why(told, name))
        for name, one in columns.items()
    ]
    plain.sort(key=lambda one: (one.ratio is None, -(one.ratio or 0.0), one.name))
    people = _people(answers)
    lines += [one for one in people if one.kind == "calls"]
    lines += _blend(ours, columns, actual, period)
    lines += [*plain, *(one for one in people if one.kind == "person")]
    weight = once_each(period) if period.size else actual
    loss = np.array([one[MODEL]["pinball"] for one in told])
    members, parts = _parts(told, period)
    return Scores(
        lines=tuple(lines),
        held=held,
        alone=alone,
        against=best,
        verdict=verdict(held, f"{result['grain']}s"),
        weeks=tuple(sorted({int(one["week"]) for one in told})),
        members=members,
        whole=_cells(np.zeros(len(told), np.int64), told, period, ours, actual),
        parts=parts,
        pinball=float((weight * loss).sum() / weight.sum()) if loss.size else None,
        silent=len(answers) - len(told),
    )


def _model(told: Sequence[Answer]) -> dict[str, Floats]:
    found = {name: np.array([one[MODEL][name] for one in told], np.float64) for name in ("point", "crps")}
    at = np.array([[one[MODEL]["at"][LOW], one[MODEL]["at"][HIGH]] for one in told], np.float64).reshape(-1, 2)
    return found | {"low": at[:, 0], "high": at[:, 1]}


def _plain(told: Sequence[Answer]) -> dict[str, dict[str, Floats]]:
    """What every plain forecast said on each day, nan where it said nothing."""
    names = dict.fromkeys(name for one in told for name in one["plain"])
    found = {}
    for name in names:
        said = [one["plain"].get(name, {}) for one in told]
        low, high = _pairs([one.get("at", (np.nan, np.nan)) for one in said])
        plain = {key: np.array([one.get(key, np.nan) for one in said], np.float64) for key in ("point", "crps")}
        found[name] = plain | {"low": low, "high": high}
    return found


def _blend(
    ours: Mapping[str, Floats], plain: Mapping[str, Mapping[str, Floats]], actual: Floats, period: Ints
) -> list[Line]:
    """The average of what the reps commit and the model's mean, as a forecaster of its own: it changes neither, and is silent on
    the days on which one of them is."""
    theirs = plain.get(TOGETHER, {}).get("point")
    if theirs is None or not np.isfinite(theirs).any():
        return []
    nothing = np.full(actual.shape, np.nan)
    said = {"point": (ours["point"] + theirs) / 2, "crps": nothing, "low": nothing, "high": nothing}
    return [_line(BLEND, "blend", said, actual, period, None, None, "an average of two numbers names no range")]


def _line(
    name: str,
    kind: Kind,
    said: Mapping[str, Floats],
    actual: Floats,
    period: Ints,
    held: Held | None,
    ratio: float | None,
    reason: str,
) -> Line:
    there: Bools = np.isfinite(said["point"])
    weight = once_each(period[there])
    law = np.isfinite(said["crps"])
    if held is None and law.any():
        held = coverage(said["low"][law], said["high"][law], actual[law], period[law])
    own = once_each(period[law])
    return Line(
        name=name,
        kind=kind,
        periods=int(np.unique(period[there]).size),
        told=int(there.sum()),
        not_told=int((~there).sum()),
        wape=wape(said["point"][there], actual[there], weight),
        bias=bias(said["point"][there], actual[there], weight),
        held=held,
        crps=float((own * said["crps"][law]).sum() / own.sum()) if law.any() else None,
        ratio=ratio,
        reason=reason,
    )


def _why(told: Sequence[Answer], name: str) -> str:
    """On how many days a plain forecast told no range, and why the last time; empty where it always did."""
    said = [one["plain"].get(name, {}) for one in told]
    without = [one for one in said if "crps" not in one]
    if not without:
        return ""
    last = str(without[-1].get("reason") or without[-1].get("no_law") or "not asked")
    return f"{'no range' if len(without) == len(said) else f'no range on {plural(len(without), _DAY)}'}: {last}"


_DAY = "day"


def _people(answers: Sequence[Answer]) -> list[Line]:
    """Everybody who called, against what they themselves won; a call that was not in is no zero and counts as not told."""
    names: dict[str, str] = {}
    for one in answers:
        for key, said in one.get("people", {}).items():
            names[key] = str(said.get("name") or key)
    found = []
    for key, name in names.items():
        rows = [(one["period"], one["people"][key]) for one in answers if key in one.get("people", {})]
        rows = [(period, said) for period, said in rows if said.get("actual") is not None]
        period = _codes([one for one, _ in rows])
        called = np.array([np.nan if said.get("call") is None else said["call"] for _, said in rows], np.float64)
        actual = np.array([said["actual"] for _, said in rows], np.float64)
        nothing = np.full(called.shape, np.nan)
        said_ = {"point": called, "crps": nothing, "low": nothing, "high": nothing}
        kind: Kind = "calls" if not key else "person"
        found.append(_line(name, kind, said_, actual, period, None, None, "calls name no range"))
    return sorted(found, key=lambda one: (one.wape is None, one.wape or 0.0, one.name))


def _parts(told: Sequence[Answer], period: Ints) -> tuple[tuple[str, ...], tuple[Cell, ...]]:
    """The model by member of the dimension and by week."""
    members = tuple(sorted({name for one in told for name in one.get("parts", {})}))
    rows = [
        (place, code, int(one["week"]), one["parts"][name])
        for place, one in enumerate(told)
        for code, name in enumerate(members)
        if name in one.get("parts", {})
    ]
    if not rows:
        return members, ()
    of, team, horizon = (np.array([row[k] for row in rows], np.int64) for k in range(3))
    names = ("point", "low", "high", "actual", "crps")
    point, low, high, actual, crps = (np.array([r[3].get(n, np.nan) for r in rows], np.float64) for n in names)
    return members, tuple(by_team_and_horizon(team, horizon, period[of], point, low, high, actual, crps))


def _cells(
    team: Ints, told: Sequence[Answer], period: Ints, ours: Mapping[str, Floats], actual: Floats
) -> tuple[Cell, ...]:
    """The model for the whole, by week."""
    horizon = np.array([one["week"] for one in told], np.int64)
    found = by_team_and_horizon(team, horizon, period, ours["point"], ours["low"], ours["high"], actual, ours["crps"])
    return tuple(one for one in found if one.team == -1)


def _codes(names: Sequence[str]) -> Ints:
    return np.unique(np.array(names, object).astype(str), return_inverse=True)[1].astype(np.int64).reshape(-1)


def _pairs(pairs: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    both = np.array([tuple(one) for one in pairs], np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
