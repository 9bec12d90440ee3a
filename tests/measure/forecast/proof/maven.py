"""A public CRM export in which nearly nothing predicts (Maven's CRM Sales Opportunities, 8,800 deals), as rows of past weeks.

Agents and products are told to the model as owner and segment, so it has much to see signal in. The account is not: 1,425 open
deals have none and no decided deal lacks it, so it is known only at the end. Amounts of open deals are not in the file. A deal
lives from its engage date to its close date.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from saleswright.measure.flow.columns import Ints, days
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.panel.panel import Panel

FIRST, LAST = date(2016, 11, 6), date(2017, 12, 31)
FATES = {"Won": WON, "Lost": LOST}


def rows(folder: Path) -> Panel:
    """Every open deal on every Sunday, with all that became of it. Deals without an engage date are left out."""
    with (folder / "sales_pipeline.csv").open(encoding="utf-8", newline="") as lines:
        deals = [one for one in csv.DictReader(lines) if one["engage_date"]]
    came = np.array([days(date.fromisoformat(one["engage_date"])) for one in deals])
    fate = np.array([FATES.get(one["deal_stage"], OPEN) for one in deals])
    end = days(LAST)
    ended = np.array([days(date.fromisoformat(one["close_date"])) if one["close_date"] else end for one in deals])
    columns = {"owner": [one["sales_agent"] for one in deals], "segment": [one["product"] for one in deals]}
    names = {"stage": ("Engaging",), "pipeline": ("Sales",), "source": ()}
    names.update({name: tuple(sorted(set(column))) for name, column in columns.items()})
    codes = {name: np.array([names[name].index(one) for one in column]) for name, column in columns.items()}
    told = [days(FIRST + timedelta(7 * n)) for n in range((LAST - FIRST).days // 7)]
    of, day = (np.concatenate(one) for one in zip(*(_open(came, ended, at) for at in told), strict=True))
    nothing = np.zeros(of.size, np.int64)
    blank = np.full(of.size, np.nan)
    won, decided = _history(codes["owner"], fate, ended, of, day)
    return Panel(
        ids=tuple(one["opportunity_id"] for one in deals), names=names, deal=of, day=day, age=day - came[of],
        in_stage=day - came[of], stage=nothing, pipeline=nothing, **{name: codes[name][of] for name in columns},
        entries=nothing + 1, back=nothing, pushes=nothing, pushed_days=nothing, change=blank, to_close=blank,
        past_due=np.zeros(of.size, bool), silent=blank, won_owner=won, decided_owner=decided,
        source=nothing - 1, won_source=nothing, decided_source=nothing, amount=nothing,
        unknown=np.ones(of.size, bool), until=np.where(fate[of] == OPEN, end, ended[of]) - day, fate=fate[of],
        gone=np.zeros(of.size, bool), cleaned=np.zeros(of.size, bool), weight=np.ones(of.size), told=end,
    )  # fmt: skip


def shuffled(panel: Panel, rng: np.random.Generator) -> Panel:
    """The same with agents and products given to deals by lot: whatever they then tell is invented."""
    lot = rng.permutation(len(panel.ids))
    _, first = np.unique(panel.deal, return_index=True)
    place = np.full(len(panel.ids), -1)
    place[panel.deal[first]] = first
    known = np.flatnonzero(place >= 0)
    source = np.full(len(panel.ids), -1)
    source[known] = place[known[np.argsort(lot[known])]]
    made = {name: getattr(panel, name)[source[panel.deal]] for name in ("owner", "segment")}
    zero = np.zeros(len(panel), np.int64)
    return replace(panel, **made, won_owner=zero, decided_owner=zero)


def _open(came: Ints, ended: Ints, at: int) -> tuple[Ints, Ints]:
    """Deals open at the end of a day."""
    of = np.flatnonzero((came <= at) & (ended > at))
    return of, np.full(of.size, at)


def _history(code: Ints, fate: Ints, ended: Ints, of: Ints, day: Ints) -> tuple[Ints, Ints]:
    """(won, decided) of the row's owner before its day."""
    found = np.zeros((2, of.size), np.int64)
    for member in np.unique(code[code >= 0]):
        mine, rows_of = code == member, code[of] == member
        for place, some in enumerate((mine & (fate == WON), mine & (fate != OPEN))):
            found[place, rows_of] = np.searchsorted(np.sort(ended[some]), day[rows_of], side="left")
    return found[0], found[1]
