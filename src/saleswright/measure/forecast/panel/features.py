"""The columns of a panel: every open deal on every day, by what was known then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import NO_DAY, Bools, Floats, Ints
from saleswright.measure.forecast.panel import laid_out
from saleswright.measure.forecast.panel.asking import HIDDEN, Wanted
from saleswright.measure.forecast.panel.clocks import Grid, Stretches
from saleswright.measure.forecast.panel.codes import UNKNOWN, Codes, by_first, ranked
from saleswright.measure.forecast.panel.laid_out import Sorted
from saleswright.measure.forecast.panel.looked_up import LookUps
from saleswright.measure.forecast.panel.panel import CODED, Panel
from saleswright.measure.forecast.panel.so_far import so_far
from saleswright.measure.forecast.panel.touched import Touches
from saleswright.measure.forecast.panel.versions import Versions
from saleswright.measure.forecast.panel.worth import rates
from saleswright.measure.metrics.dimensions import Dimension


@dataclass(frozen=True)
class Given:
    """What the columns are made of: the days and the rules of each, the versions in their stretches, what is looked up."""

    at: Snapshot
    on: Grid
    which: Ints
    rules: list[Sorted]
    want: Wanted
    v: Versions
    of: Stretches
    looks: LookUps
    codes: Codes
    touches: Touches | None


@dataclass(frozen=True)
class Rows:
    """Of each row: its version, the place of it in the stretches, the place of its day, and its members of groups and filters."""

    version: Ints
    at: Ints
    place: Ints
    members: dict[str, Ints]


def features(g: Given, splits: Mapping[str, Dimension]) -> Panel:
    """The panel, with nothing told yet of what became of its deals. splits: those of its groups and filters."""
    rows = _rows(g, splits)
    version, at, place = rows.version, rows.at, rows.place
    day = g.on.days[place]
    far = so_far(g.of, g.v, len(g.on))
    entered = far.entered[at]
    to_close, past = laid_out.ahead(g.v.days["expected_close"][version], day)
    amount, known = _worth(g, rows)
    (won_owner, decided_owner), (won_source, decided_source) = _decided(g, rows)
    # In the order in which the deals came, so that later ones move none of them.
    present, deal = by_first(g.v.deal[version])
    names, columns, groups = _columns(g, rows)
    silent, untold = _silent(g, rows)
    made = Panel(
        ids=tuple(g.v.id[i] for i in present.tolist()),
        names=names,
        deal=deal,
        day=day,
        age=np.maximum(day - g.v.days["qualified"][version], 0),
        in_stage=np.where(entered == NO_DAY, -1, day - entered),
        **columns,
        entries=far.entries[at],
        back=far.back[far.pattern[place], at],
        pushes=far.pushes[at],
        pushed_days=far.pushed_days[at],
        change=far.change[at],
        to_close=to_close,
        past_due=past,
        silent=silent,
        won_owner=won_owner,
        decided_owner=decided_owner,
        won_source=won_source,
        decided_source=decided_source,
        amount=amount,
        unknown=~known,
        until=np.zeros(len(at), np.int64),
        fate=np.zeros(len(at), np.int64),
        gone=np.zeros(len(at), bool),
        cleaned=np.zeros(len(at), bool),
        weight=np.ones(len(at)),
        told=int(g.on.days[-1]) if len(g.on) else 0,
        groups=groups,
        lacking={**g.want.lacking, **untold},
    )
    mute: dict[str, Any] = {name: np.zeros(len(at), np.int64) for name in g.want.lacking if name not in CODED}
    if "in_stage" in mute:
        mute["in_stage"] -= 1
    return replace(made, **mute)


def _rows(g: Given, splits: Mapping[str, Dimension]) -> Rows:
    """The rows of the book that pass the filters of their day."""
    at, place = laid_out.rows(g.of, g.v, g.rules, g.which, g.looks)
    version = g.of.version[at]
    texts = {name: column[version] for name, column in g.v.texts.items()} if splits else {}
    members = {name: g.looks.member(split, texts, place) for name, split in splits.items()}
    kept = np.ones(len(at), bool)
    for number, rule in enumerate(g.rules):
        for dimension, wanted in rule.rules.asked.where:
            code = [g.codes.number(one) for one in wanted]
            # Nobody told, and told without a letter, are the same.
            code += [UNKNOWN, g.codes.number("")] if "" in wanted else []
            kept &= (g.which[place] != number) | np.isin(members[dimension.name], code)
    return Rows(version[kept], at[kept], place[kept], {name: column[kept] for name, column in members.items()})


def _columns(g: Given, rows: Rows) -> tuple[dict[str, tuple[str, ...]], dict[str, Ints], dict[str, Ints]]:
    """(names, places in them of the columns that hold names, and of groups); nobody of a column that is hidden. Members of a group
    stand behind the names of a column of the same kind."""
    texts = {name: column[rows.version] for name, column in g.v.texts.items()}
    names: dict[str, tuple[str, ...]] = {}
    columns, groups = {}, {}
    for name in CODED:
        split = g.want.own.get(name)
        code = g.looks.member(split, texts, rows.place, True) if split else np.full(len(rows.at), UNKNOWN, np.int64)
        names[name], columns[name] = ranked(code, rows.place, g.codes.texts)
    for name in g.want.by:
        names[name], groups[name] = ranked(rows.members[name], rows.place, g.codes.texts, names.get(name, ()))
    return names, columns, groups


def _decided(g: Given, rows: Rows) -> list[tuple[Ints, Ints]]:
    """(won, decided) by the row's owner, and by its source."""
    own = [g.v.texts[name][g.of.version] for name in ("owner", "source")]
    tables = laid_out.tallied(g.of, g.v, g.rules, g.which, g.looks, g.on, own)
    return [laid_out.told_of(one, code[rows.at], rows.place) for one, code in zip(tables, own, strict=True)]


def _worth(g: Given, rows: Rows) -> tuple[Ints, Bools]:
    """(minor units of the reporting currency, 0 where not known; is it known?)."""
    amount, known = g.v.amount[rows.version], g.v.priced[rows.version]
    if set(g.at.currencies) - {g.at.currency}:
        made, priced = np.zeros(len(amount), np.int64), np.zeros(len(amount), bool)
        for number, rule in enumerate(g.rules):
            mine = np.flatnonzero(known & (g.which[rows.place] == number))
            if len(mine):
                told = rates(g.at, g.codes, g.on, rule.rules.asked.metric.rate)
                currency = g.v.texts["currency"][rows.version[mine]]
                made[mine], priced[mine] = told.convert(amount[mine], currency, rows.place[mine])
        amount, known = made, known & priced
    return np.where(known, amount, 0), known


def _silent(g: Given, rows: Rows) -> tuple[Floats, dict[str, str]]:
    """(days since the last activity, nan where none is known; why nothing can be said)."""
    day = g.on.days[rows.place]
    last = np.full(len(day), NO_DAY, np.int64)
    field = g.at.policy.field_allowed("deal", "last_activity")
    if field:
        told = g.v.days["last_activity"][rows.version]
        last = np.where(told == NO_DAY, NO_DAY, np.minimum(told, day))
    if g.touches is not None:
        number = g.codes.all(g.v.id)[g.v.deal[rows.version]]
        last = np.maximum(last, g.touches.last(number, rows.place, g.on))
    silent = np.where(last == NO_DAY, np.nan, (day - last).astype(np.float64))
    return silent, {} if field or g.touches is not None else {"silent": HIDDEN}
