"""How good are the forecasts? What people called for a period on its first day and after 4, 8 and 12 weeks, against what
they won in it.

WAPE is Σ|actual − called| ÷ Σ actual over reps, teams or the company: errors in both directions offset each other the
higher it is taken, so all three levels stand side by side and bias, the signed error, apart. Accuracy is 1 − WAPE, shown
as 0 where it is below. MAPE is not here: it explodes near zero and rewards low forecasts. Formulas 7.3 [R58]; golden
vector G15: (100, 120, 80) against (90, 150, 80) is a WAPE of 0.125 with a bias of −0.0625.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.period import Period, parse_period
from saleswright.lib.ratio import ratio_interval
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import find, names, period_of
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.frozen import frozen, note
from saleswright.measure.metrics.lacking import SOURCES
from saleswright.measure.metrics.quota import OF_PEOPLE
from saleswright.measure.metrics.quota_lines import leading, rows
from saleswright.measure.metrics.words import are, plural

Key = tuple[str, ...]
WEEKS = (0, 4, 8, 12)
LEVELS = {"rep": "reps", "team": "teams", "company": "the company"}
COMMIT = "commit"
# Who calls once a week has called for a new period by the end of its first week.
FIRST_WEEK = 7


@dataclass(frozen=True, slots=True)
class Call:
    """What one person called for one period at one of its snapshots, against what that person won in it."""

    period: str
    members: dict[str, str]
    called: int
    actual: int
    leads: bool = False


@dataclass(frozen=True)
class _Calls:
    """The calls of every snapshot, by weeks; how many periods' callers had none by then; why none can be judged."""

    at_week: dict[int, list[Call]]
    silent: dict[int, int]
    notes: tuple[str, ...] = ()
    reason: str = ""


def _accuracy(at: Snapshot, asked: Asked, *, level: str = "rep", weeks: int = 0, bias: bool = False) -> Result:
    ref, then = reference(at, asked), frozen(at, asked)
    found = _calls(then, asked)
    mine = found.at_week[weeks]
    total = _figure(asked, mine, level, str(ref), found.reason, bias)
    split: dict[Key, list[Call]] = defaultdict(list)
    for call in mine if not found.reason else ():
        if level != "rep" or not call.leads:
            split[tuple(_member(then, d, call) for d in asked.by)].append(call)
    groups = {}
    for key, calls in split.items() if asked.by else ():
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        groups[key] = _figure(asked, calls, level, text, "", bias)
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    said = [*note(at, asked), *found.notes]
    if not found.reason:
        shown = _grid(asked, found)
        if found.silent[weeks]:
            silent = plural(found.silent[weeks], "forecaster")
            said.append(f"{silent} had called nothing {_words(weeks)} and {are(found.silent[weeks])} not in it.")
        worse = _error(mine, level)
        if not bias and worse is not None and worse[0] > worse[1]:
            said.append("The errors are larger than what was won: accuracy is shown as 0.")
    else:
        shown = ()
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, tuple(said), shown)


forecast_accuracy = partial(_accuracy)
forecast_accuracy_team = partial(_accuracy, level="team")
forecast_accuracy_company = partial(_accuracy, level="company")
forecast_accuracy_week_4 = partial(_accuracy, weeks=4)
forecast_accuracy_week_8 = partial(_accuracy, weeks=8)
forecast_accuracy_week_12 = partial(_accuracy, weeks=12)
forecast_bias = partial(_accuracy, bias=True)


def _calls(at: Snapshot, asked: Asked) -> _Calls:
    nothing = _Calls({w: [] for w in WEEKS}, dict.fromkeys(WEEKS, 0))
    strange = [d.label.lower() for d in (*asked.by, *(d for d, _ in asked.where)) if d.grain is None]
    strange = [label for label in strange if label not in OF_PEOPLE]
    if strange:
        words = " and ".join(dict.fromkeys(strange))
        return replace(nothing, reason=f"a forecast is called by people, so none is known by {words}")
    if not at.policy.field_allowed("forecast_call", "amount"):
        return replace(nothing, reason="forecasts are outside this person's access")
    told, notes, reason = _told(at, asked)
    if reason:
        return replace(nothing, reason=reason)
    leads = leading(at, {person for _, person in told})
    found: dict[int, list[Call]] = {w: [] for w in WEEKS}
    silent = dict.fromkeys(WEEKS, 0)
    for text in dict.fromkeys(text for text, _ in told):
        period = parse_period(text, at.day, at.workspace.calendar)
        won = _won(at, asked, period)
        if won.sums.unconverted:
            return replace(nothing, reason=won.total.reason)
        for (other, person), calls in told.items():
            if other != text:
                continue
            actual = won.group_sums.get((person,), Sums()).total
            for weeks in WEEKS:
                one = _standing(calls, period, weeks)
                if one is None:
                    silent[weeks] += 1
                elif one[2] is None:
                    return replace(nothing, reason=f"no exchange rate to {at.currency} for a forecast of {one[0]}")
                else:
                    found[weeks].append(Call(text, one[1], one[2], actual, person in leads))
    return _Calls(found, silent, notes)


Told = tuple[object, dict[str, str], int | None]


def _told(at: Snapshot, asked: Asked) -> tuple[dict[tuple[str, str], list[Told]], tuple[str, ...], str]:
    """(period, person) -> the calls about it, earliest first: (day, members, minor units); of commit where it is told."""
    key = ["own call", at.policy.shape]
    listed = rows(at, asked.period, key, lambda q: q.call_rows(at.schema, at.policy.shape))
    if not listed:
        return {}, (), f"no forecast calls in the record: they come from {SOURCES['forecast_call']}"
    committed = any(COMMIT in (row[7] or "").casefold() for row in listed)
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    spans: dict[str, Period | None] = {}
    for person, team, region, manager, role, called, text, category, value, _ in listed:
        if committed and COMMIT not in (category or "").casefold():
            continue
        span = spans.setdefault(text, _span(at, text))
        if span is None or span.start < asked.period.start or span.end > asked.period.end or span.end > at.day:
            continue
        told = {"owner": person, "team": team, "region": region, "manager": manager, "role": role}
        members = {name: member or "" for name, member in told.items()}
        if all(members.get(d.name, "") in wanted for d, wanted in asked.where):
            found[str(span), person].append((called, members, value))
    strange = sum(span is None for span in spans.values())
    notes = (f"{plural(strange, 'period')} of forecasts cannot be read and are left out.",) if strange else ()
    if not found:
        return {}, notes, f"no period that is over and lies in {asked.period.label} was forecast"
    return found, notes, ""


def _span(at: Snapshot, text: str | None) -> Period | None:
    try:
        return parse_period(text, at.day, at.workspace.calendar) if text else None
    except Stop:
        return None


def _won(at: Snapshot, asked: Asked, period: Period) -> Result:
    owner = find(at, "owner")
    part = part_of(at, replace(asked, by=(owner,), where=()), asked.metric.parts[0])
    return evaluate(at, replace(part, period=period))


def _standing(calls: Sequence[Told], period: Period, weeks: int) -> Told | None:
    """The latest call up to a snapshot's day; on day 1, where nobody called yet, the first of the first week."""
    last = period.start + timedelta(days=max(weeks * 7 - 1, 0))
    if weeks and last >= period.end:
        return None
    before = [one for one in calls if one[0] <= last]  # type: ignore[operator]
    if before:
        return before[-1]
    week = period.start + timedelta(days=FIRST_WEEK)
    return next((one for one in calls if not weeks and one[0] < week), None)  # type: ignore[operator]


def _member(at: Snapshot, dimension: object, call: Call) -> str:
    grain = getattr(dimension, "grain", None)
    if grain is None:
        return call.members.get(getattr(dimension, "name", ""), "")
    span = parse_period(call.period, at.day, at.workspace.calendar)
    return str(period_of(grain, span.start, at.workspace.calendar))


def _pairs(calls: Sequence[Call], level: str) -> list[tuple[int, int]]:
    """(called, actual) of each rep, team or the company in each period.

    Who leads others who call says again what they do: a team is called by its leader where that one called, else by its
    reps; the company by its teams.
    """
    mine = [one for one in calls if not one.leads]
    if level == "rep":
        return [(one.called, one.actual) for one in mine]
    teams: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in mine:
        pair = teams[one.period, one.members["team"]]
        pair[0] += one.called
        pair[1] += one.actual
    led: dict[tuple[str, str], int] = defaultdict(int)
    for one in calls:
        key = one.period, one.members["team"]
        if one.leads and key[1] and key in teams:
            led[key] += one.called
            teams[key][1] += one.actual
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (period, team), (called, actual) in teams.items():
        pair = found[period, team if level == "team" else ""]
        pair[0] += led.get((period, team), called)
        pair[1] += actual
    return [(called, actual) for called, actual in found.values()]


def _error(calls: Sequence[Call], level: str, bias: bool = False) -> tuple[int, int] | None:
    """(the errors added, what was won); None where nothing was won."""
    pairs = _pairs(calls, level)
    won = sum(abs(actual) for _, actual in pairs)
    missed = sum(called - actual if bias else abs(called - actual) for called, actual in pairs)
    return (missed, won) if won else None


def _figure(asked: Asked, calls: Sequence[Call], level: str, ref: str, reason: str, bias: bool) -> Figure:
    metric, pairs = asked.metric, _pairs(calls, level)
    error = _error(calls, level, bias)
    if not reason and error is None:
        reason = "nobody had called by then" if not pairs else "nothing to divide by: nothing was won"
    if reason or error is None:
        return Figure(metric.name, None, metric.unit, metric.label, len(pairs), reason=reason, ref=ref)
    wrong = [(float(f - a) if bias else float(abs(f - a)), float(abs(a))) for f, a in pairs]
    squares = (sum(x * x for x, _ in wrong), sum(x * y for x, y in wrong), sum(y * y for _, y in wrong))
    band = ratio_interval(len(pairs), float(error[0]), float(error[1]), *squares)
    share = error[0] / error[1]
    low, high = band or (None, None)
    if not bias:
        share = max(0.0, 1 - share)
        low, high = (max(0.0, 1 - band[1]), max(0.0, 1 - band[0])) if band else (None, None)
    return Figure(metric.name, share, metric.unit, metric.label, len(pairs), low, high, reason="", ref=ref)


def _grid(asked: Asked, found: _Calls) -> tuple[Figure, ...]:
    """Accuracy at every level and snapshot, and the bias of each snapshot."""
    shown = []
    for weeks in WEEKS:
        for level, words in LEVELS.items():
            one = _figure(asked, found.at_week[weeks], level, "", "", bias=False)
            shown.append(replace(one, label=f"Accuracy of {words}, {_words(weeks)}"))
        one = _figure(asked, found.at_week[weeks], "company", "", "", bias=True)
        shown.append(replace(one, label=f"Bias, {_words(weeks)}", low=None, high=None))
    return tuple(shown)


def _words(weeks: int) -> str:
    return f"after {weeks} weeks" if weeks else "on day 1"


__all__ = [
    "forecast_accuracy",
    "forecast_accuracy_company",
    "forecast_accuracy_team",
    "forecast_accuracy_week_4",
    "forecast_accuracy_week_8",
    "forecast_accuracy_week_12",
    "forecast_bias",
]
