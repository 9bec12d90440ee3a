"""Run a back-test: what is kept is not made again, every new answer is kept when it is there, the whole at the end.

The record is read once for all days. What a day may know of it is told anew for each (`Record.told`, `Record.past`), and how often
a model is learnt anew says `learnt`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from saleswright.kernel import clock
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.forecast.backtest import kept
from saleswright.measure.forecast.backtest.answer import answered, nothing_known, plainly
from saleswright.measure.forecast.backtest.baselines import baselines
from saleswright.measure.forecast.backtest.before import before, whole_periods
from saleswright.measure.forecast.backtest.deals import together
from saleswright.measure.forecast.backtest.learnt import Learnt, learnt_on, needed
from saleswright.measure.forecast.backtest.origins import Origin, past, within
from saleswright.measure.forecast.backtest.pipelines import Pipelines

if TYPE_CHECKING:
    from saleswright.measure.forecast.backtest.people import People
    from saleswright.measure.forecast.backtest.source import Source
    from saleswright.measure.forecast.outlook.past import Past

Tell = Callable[[str], None]
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What is tried. today: the as-of day. by: the dimension whose members are told apart, "" for none. ets: the Python that has
    AutoETS, None to leave it out."""

    calendar: FiscalCalendar
    today: date
    grain: str
    periods: int
    every: int
    by: str = ""
    ets: str | None = None

    @property
    def origins(self) -> list[Origin]:
        """The days it is tried on, oldest first."""
        found = past(self.calendar, self.today, self.grain, self.periods)
        return [origin for period in found for origin in within(period, self.every)]


@dataclass
class Trial:
    """One back-test of one source under way."""

    asked: Asked
    source: Source
    tell: Tell = lambda text: None
    step: Step = lambda done, total: None
    people: People | None = None
    _now: Past | None = field(default=None, repr=False)

    @property
    def now(self) -> Past:
        """What became of all deals, as known now."""
        if self._now is None:
            self._now = self.source.past(self.asked.today)
        return self._now

    def run(self, archive: kept.Archive, stands_on: dict[str, Any]) -> dict[str, Any]:
        """The whole, made or found."""
        found = archive.result()
        if found is not None:
            return found
        archive.begin(stands_on)
        origins = self.asked.origins
        held = {one.name: archive.answer(one.name) for one in origins}
        todo = [one for one in origins if held[one.name] is None]
        if len(todo) < len(origins):
            self.tell(f"going on: {len(origins) - len(todo)} of {len(origins)} days are there already")
        try:
            for origin, answer in self._answers(todo):
                archive.keep(origin.name, answer)
                held[origin.name] = answer
        except KeyboardInterrupt:
            there = sum(one is not None for one in held.values())
            self.tell(f"{there} of {len(origins)} days are kept: the same command goes on from there")
            raise
        answers = [one for one in held.values() if one is not None]
        result = {"format": kept.FORMAT, "made": clock.now().isoformat(), **stands_on, **together(answers)}
        archive.finish(result)
        return result

    def _answers(self, todo: list[Origin]) -> Any:
        """(origin, answer) of each, period by period: origins of one period learn from the same days of the week."""
        if not todo:
            return
        # Of all days, also those that are there: stage chances are told by every day that is looked at.
        pipelines = Pipelines(self.source, self._all_days(self.asked.origins))
        sizes = {one.name: pipelines.rows(one) for one in todo}
        total, done, began = sum(sizes.values()), 0, monotonic()
        for period in dict.fromkeys(one.period for one in todo):
            mine = [one for one in todo if one.period == period]
            rows = self.source.panel(needed(mine, self.asked.every))
            learnt = Learnt(self.source, self.asked.calendar, self.asked.every, rows)
            for origin in mine:
                self.tell(f"{_words(origin)}: day {todo.index(origin) + 1} of {len(todo)}")
                yield origin, self.answer(origin, learnt, pipelines)
                done += sizes[origin.name]
                self.step(done, total)
        self.tell(f"{len(todo)} days in {monotonic() - began:,.0f} s")

    def answer(self, origin: Origin, learnt: Learnt, pipelines: Pipelines) -> dict[str, Any]:
        """All that is said on the day of one origin, by the model, by plain forecasts, by people."""
        asked, then = self.asked, self.source.past(origin.day)
        if not len(then) or not pipelines.rows(origin):
            return nothing_known(origin, self.now)
        told = learnt.foretold(origin, then)
        seen = learnt.rows.only(learnt.rows.day == origin.on)
        # Parts, and growth by part, are detail, and dear: they are told on the days on which the model is learnt.
        by = asked.by if learnt_on(origin, asked.every) == origin.week else ""
        found = answered(origin, told, self.now, seen, by)
        known = before(then, origin, asked.grain, asked.calendar)
        guesses = baselines(known, pipelines, asked.grain, asked.calendar, by, asked.ets)
        people: dict[str, Any] = {}
        if self.people is not None:
            guesses.append(self.people.commit(known, {one: same_day(one, origin.week) for one in known.periods}))
            people = self.people.at_origin(origin)
        return found | {"plain": plainly(guesses, found["actual"]), "people": people}

    def _all_days(self, todo: list[Origin]) -> list[Origin]:
        """The origins, and the same days of all earlier periods, from which plain forecasts learn."""
        asked = self.asked
        weeks = sorted({one.week for one in todo})
        until = max(one.period.end for one in todo)
        earlier = list(whole_periods(self.now, until, asked.grain, asked.calendar))
        periods: list[Period] = list(dict.fromkeys((*earlier, *(one.period for one in todo))))
        made = [Origin(period, week, same_day(period, week)) for period in periods for week in weeks]
        return [one for one in made if one.day <= asked.today]


def same_day(period: Period, week: int) -> date:
    """So many weeks into a period, and never beyond its end."""
    return min(period.start + timedelta(days=7 * week - 1), period.end - timedelta(days=1))


def refuse_nothing(asked: Asked, now: Past) -> None:
    """Stop where no period can be tried: nothing was won before the last of them."""
    found = asked.origins
    won = now.ended[now.booked > 0]
    if not found or not won.size or EPOCH + timedelta(days=int(won.min())) >= found[-1].day:
        what = f"no {asked.grain} that is over has won deals before it"
        raise Stop(Issue("the record", what, "so there is no past to try the forecast on", "import the CRM's history"))


def _words(origin: Origin) -> str:
    when = f"after {origin.week} weeks" if origin.week else "on its eve"
    return f"{origin.period} {when}"
