"""How were one person's calls before? Period by period, what they had called so many weeks ahead beside what came, as a table."""

from __future__ import annotations

from functools import lru_cache

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Column, Figure, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.view import View
from saleswright.measure.forecast.calls.history import Past, Score, history, score

SHOWN = (12, 8, 4, 1)
"""Weeks before the period's end that have a column."""

VIEWS = 4


@lru_cache(maxsize=VIEWS)
def _kept(view: View) -> tuple[Past, ...]:
    return tuple(history(view.at))


def before(at: Snapshot, person: str) -> Table | None:
    """One line a period that is over, then bias and accuracy; None where they called none."""
    mine = [one for one in _kept(View(at)) if one.own and one.person == person]
    if not any(one.called is not None for one in mine):
        return None
    columns = [Column("period", "Period")]
    columns += [
        Column(f"w{ahead}", f"{ahead} weeks ahead" if ahead > 1 else "1 week ahead", "money") for ahead in SHOWN
    ]
    columns.append(Column("came", "Came", "money"))
    rows: list[tuple[object, ...]] = []
    for period in dict.fromkeys(one.period for one in mine):
        held = {one.weeks: one for one in mine if one.period == period}
        came = next(iter(held.values())).actual
        rows.append((period.label, *(_called(at, held.get(ahead)) for ahead in SHOWN), Money(came, at.currency)))
    scored = {ahead: score([one for one in mine if one.weeks == ahead]) for ahead in SHOWN}
    rows.append(("Bias", *(_share("bias", scored[ahead], scored[ahead].bias) for ahead in SHOWN), None))
    rows.append(("Accuracy", *(_share("accuracy", scored[ahead], scored[ahead].accuracy) for ahead in SHOWN), None))
    footer = "Bias is what was called too much, of what came; accuracy is 1 less the errors. Periods without a call are in neither."
    return Table("before", tuple(columns), tuple(rows), "How were their calls before?", footer=footer)  # type: ignore[arg-type]


def _called(at: Snapshot, one: Past | None) -> Figure:
    value = Money(one.called, at.currency) if one is not None and one.called is not None else None
    return Figure("called", value, "money", reason="" if value is not None else "not in")


def _share(name: str, found: Score, value: float | None) -> Figure:
    reason = "" if value is not None else "nothing was called, or nothing came"
    return Figure(name, value, "points" if name == "bias" else "share", n=found.n, reason=reason)
