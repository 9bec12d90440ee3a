"""The whole catalogue on DuckDB and on Spark: equal row by row, money exactly, floats to a part in a thousand million.

The metrics are those of the catalogue, whichever they are. In the daily run twelve of them, chosen over every entity and
shape; in the nightly one all.
"""

from __future__ import annotations

import importlib.util
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.app import build, open_context, open_workspace
from saleswright.history import exported
from saleswright.history.authored import tables, types
from saleswright.history.snapshot import Snapshot
from saleswright.history.spark import SparkReader
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.lib.period import parse_period
from saleswright.measure.flow.waterfall.find import waterfall
from saleswright.measure.flow.waterfall.movers import changes, movers
from saleswright.measure.forecast.panel.panel import COLUMNS
from saleswright.measure.forecast.panel.record import panel
from saleswright.measure.metrics.asked import Asked, ask, catalogue
from saleswright.measure.metrics.compute import bind, evaluate, text_of
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.model import Metric
from tests.conftest import NIGHTLY, lacking
from tests.contracts.engines import WORDS, Recording, differences, hard, ordered, same, settings
from tests.history.said import sample, say

TODAY = "2026-03-20"
PAST = "2025-11-02"
DAILY = 12
ROWS_DAILY = 5


@dataclass(frozen=True)
class Both:
    """One record opened twice: by DuckDB, and by Spark from an export, on a machine that has only the text and that."""

    duck: Snapshot
    spark: Snapshot

    @property
    def reader(self) -> SparkReader:
        assert isinstance(self.spark.reader, SparkReader)
        return self.spark.reader


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path]) -> Iterator[Both]:
    need("java")
    if importlib.util.find_spec("pyspark") is None:
        lacking("PySpark is not installed: uv sync, or pip install pyspark")
    place = tmp_path_factory.mktemp("engines")
    settings(place / "here")
    space = open_workspace(place / "here")
    hard(space)
    for name, kind in types().items():
        say(space, name, sample(kind))
        say(space, name, {**sample(kind), **({"reason": "O'Neil"} if "reason" in kind.by_name else {})})
    say(space, "loss_note", {"deal": sample(types()["loss_note"])["deal"]}, removed=True)
    exported.export(space, str(place / "export"))
    settings(place / "there", place / "export")
    duck = open_context(space, Ambient(as_of=TODAY))
    spark = open_context(open_workspace(place / "there"), Ambient(as_of=TODAY))
    assert isinstance(duck, Snapshot) and isinstance(spark, Snapshot)
    yield Both(duck, spark)
    duck.close()


def chosen(found: dict[str, Metric], most: int) -> list[Metric]:
    """As many metrics, taken in turn from every entity and shape."""
    groups: dict[tuple[str, str], list[Metric]] = defaultdict(list)
    for name in sorted(found):
        groups[found[name].entity, found[name].shape].append(found[name])
    turns = sorted((place, key) for key, alike in groups.items() for place in range(len(alike)))
    return [groups[key][place] for place, key in turns[:most]]


def questions(at: Snapshot, metric: Metric, turn: int) -> Iterator[tuple[Snapshot, Asked]]:
    """Without a split, by this and that, filtered, as of a past day, and as somebody who sees one team."""
    splits = [name for name in sorted(dimensions(at.schema, metric.entity)) if _can(at, metric, (name,))]
    own = [name for name in splits if dimensions(at.schema, metric.entity)[name].grain is None]
    # A balance is asked once for each end of a stretch.
    stretch = [name for name in splits if name not in own and (NIGHTLY or not metric.at_moment or name == "year")]
    one = own[turn % len(own) :][:1] if own else []
    two = [*own[(turn * 7 + 3) % len(own) :][:1], *stretch[turn % max(1, len(stretch)) :][:1]] if own else stretch[:1]
    past = at.at(at.day - timedelta(138))
    narrow = replace(at, policy=replace(at.policy, actor="rep", scope="team:West"))
    asked = [(at, (), ()), (at, tuple(one), ()), (at, tuple(two), ()), (past, tuple(one), ()), (narrow, (), ())]
    if one:
        asked.append((at, (), ((one[0], ""),)))
    if not NIGHTLY:
        # Each metric plainly and in two of the other ways, by turns.
        asked = [asked[0], *(asked[1 + (turn + step) % (len(asked) - 1)] for step in (0, 2))]
    for then, by, where in asked:
        for period in ("all", "2025"):
            try:
                made = ask(then, metric.name, by, period, where)
                evaluate(then, made)
            except Stop:
                # Some metrics are of a stretch of time, and some cannot be filtered by what they are split by.
                continue
            yield then, made
            break


def _can(at: Snapshot, metric: Metric, by: tuple[str, ...]) -> bool:
    try:
        ask(at, metric.name, by)
    except Stop:
        return False
    return True


def test_every_metric_says_the_same_on_both(both: Both) -> None:
    found, issues = catalogue(both.duck)
    assert not issues
    recording = Recording(both.duck.reader)
    metrics = chosen(found, len(found) if NIGHTLY else DAILY)
    for turn, metric in enumerate(metrics):
        for then, asked in questions(both.duck, metric, turn):
            recording.of = f"{metric.name} by {[d.name for d in asked.by]} as of {then.day} in {then.policy.scope}"
            evaluate(replace(then, reader=recording), asked)
    told = list(recording.asked.values())
    # Some are made of what others asked for already, some still wait for a chapter.
    assert len({one.of.split()[0] for one in told}) >= 0.75 * min(DAILY, len(metrics))
    # A record on which nothing is counted would prove nothing.
    assert sum(bool(one.rows) for one in told) > 0.75 * len(told)
    assert not (wrong := differences(both.reader, told)), "\n\n".join(wrong)


def test_the_rows_behind_a_figure_come_in_the_same_order(both: Both) -> None:
    """Every night for each entity; else for a few that are drawn."""
    found, _ = catalogue(both.duck)
    first = {m.entity: m for m in reversed(chosen(found, len(found))) if not m.of_metrics and not m.python}
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    drawn = random.Random(seed).sample(sorted(first), ROWS_DAILY)
    for metric in (first[name] for name in (first if NIGHTLY else drawn)):
        asked = ask(both.duck, metric.name, (), "all")
        for want in ("rows", "left out"):
            sql = text_of(both.duck, asked, want)
            values = bind(both.duck, sql, asked, {"page_size": 20, "page_start": 7})
            mine, theirs = both.duck.reader.table(sql, values), both.reader.table(sql, values)
            assert mine[0] == theirs[0], metric.name
            assert len(mine[1]) == len(theirs[1]) and all(map(same, mine[1], theirs[1])), metric.name


def test_a_figure_and_its_reference_are_the_same(both: Both) -> None:
    for name in ("win_rate", "quota"):
        asked = ask(both.duck, name, ("owner",), "all")
        mine, theirs = evaluate(both.duck, asked), evaluate(both.spark, ask(both.spark, name, ("owner",), "all"))
        assert mine.total == theirs.total
        assert mine.groups == theirs.groups and mine.labels == theirs.labels
        assert mine.total.ref == theirs.total.ref


def test_an_action_says_the_same_on_a_machine_that_has_only_the_text_and_the_export(both: Both) -> None:
    app = build()
    asked = [("measure", {"metric": "won_value", "by": ["owner"]}), ("explain", {"ref": "won_value"}), ("headline", {})]
    for name, args in asked if NIGHTLY else asked[:1]:
        mine = app.call(both.duck.workspace, name, args, context=both.duck).report
        theirs = app.call(both.spark.workspace, name, args, context=both.spark).report
        assert mine.title == theirs.title and mine.lede == theirs.lede
        assert list(mine.blocks) == list(theirs.blocks)


def test_a_waterfall_is_the_same_to_the_cent(both: Both) -> None:
    since = both.duck.day - timedelta(90)
    span = parse_period("2026Q1", both.duck.day, both.duck.workspace.calendar)
    where = (("currency", "EUR"),)
    mine, theirs = (waterfall(at, since, span, "team", where) for at in (both.duck, both.spark))
    assert mine.total == theirs.total and mine.total.happened
    assert mine.groups == theirs.groups
    assert mine.whole.opening == theirs.whole.opening and mine.whole.closing == theirs.whole.closing
    left, right = movers(both.duck, mine), movers(both.spark, theirs)
    assert left and left == right
    assert changes(both.duck, left[0].id, since) == changes(both.spark, left[0].id, since)


def test_a_panel_is_the_same_bit_by_bit(both: Both) -> None:
    days = [both.duck.day - timedelta(40 * turn) for turn in range(12)]
    where = (("type", "New"),)
    mine, theirs = (panel(at, days, ("team", "territory", "tier"), where) for at in (both.duck, both.spark))
    assert len(mine) > 20 and np.isfinite(mine.silent).any() and not mine.unknown.all()
    assert (mine.ids, mine.names) == (theirs.ids, theirs.names)
    for name in COLUMNS:
        assert getattr(mine, name).tobytes() == getattr(theirs, name).tobytes(), name
    assert all((mine.groups[name] == theirs.groups[name]).all() for name in mine.groups)


def test_what_was_said_makes_the_same_tables_and_is_pinned_alike(both: Both) -> None:
    """Releases and events together: every row of every table that events fill, now and at an earlier position."""
    first = both.duck.reader.rows("SELECT min(seq) FROM loss_note")[0][0]
    pinned = f"r{both.duck.release.number}.j{first}"
    earlier = [open_context(at.workspace, Ambient(as_of=TODAY, snap=pinned)) for at in (both.duck, both.spark)]
    kept = tables(types())
    shown = kept if NIGHTLY else ("approval", "loss_note")
    for (mine, theirs), names in (((both.duck, both.spark), ("forecast_call", *shown)), (earlier, ("loss_note",))):
        assert isinstance(mine, Snapshot) and isinstance(theirs, Snapshot) and mine.snap == theirs.snap
        for name in names:
            columns = ", ".join(column for column, _ in kept[name].columns)
            sql = f"SELECT {columns} FROM {name} ORDER BY seq, id, valid_from"
            left, right = mine.reader.rows(sql), theirs.reader.rows(sql)
            assert len(left) == len(right) and left, name
            assert left == right or all(map(same, left, right)), name
    assert both.duck.reader.rows("SELECT count(*) FROM loss_note WHERE removed") == [(1,)]
    earlier[0].close()


ACTIONS = ("review scrub", "check")


def test_whatever_an_action_asks_is_answered_alike(both: Both) -> None:
    """Every question that a read action puts, hand-written ones too, on its example."""
    app = build()
    recording = Recording(both.duck.reader)
    at = replace(both.duck, reader=recording)
    for name, action in app.actions.items():
        if action.effect == "read" and (NIGHTLY or name in ACTIONS):
            recording.of = name
            try:
                app.call(at.workspace, name, action.example, context=at)
            except Stop:
                # This record has nothing of the kind; what was asked until then counts.
                continue
    assert not (wrong := differences(both.reader, recording.asked.values())), "\n\n".join(wrong)


# Whatever is written by hand may use these: each would differ in silence if it were handed over as it is.
EXPRESSIONS = (
    "closed - created", "created - $day", "$day - 3", "created + 1", "(closed - DATE '1970-01-01')::INTEGER + 7",
    "coalesce(closed, created) - created", "local_day(last_activity)", "last_activity::DATE - created",
    "exchange(amount, 3, 2)", "exchange(amount, 1, 8)", "exchange(-amount, 5, 10)", "probability::BIGINT",
    "(probability * 3)::INTEGER", "amount // 7", "amount % 7", "amount / 8", "strftime(created, '%Y-%m')",
    "date_trunc('month', created)", "regexp_replace(name, '^name ', '')", "regexp_replace(name, '[a-z]', '', 'g')",
    "regexp_replace(tier || chr(10), '.$', 'x')", "regexp_full_match(name, 'name [0-2]')", "strip_accents(upper(tier))",
    "contains(lower(type), 'renew')", "team IS DISTINCT FROM segment", "greatest(created, closed)", "team = $team",
    "list_contains($teams::VARCHAR[], team)", "'it''s \\ \"${x}\"'", "last_activity > $at", "type || ':' || amount",
    "split_part(name, ' ', 2)", "substr(name, 2, 3)", "length(tier)", "CASE WHEN amount > 0 THEN 1 ELSE 0 END",
)  # fmt: skip
GROUPS = (
    "count(*) FILTER (amount > 5)", "arg_max(CASE WHEN length(id) < 11 THEN id END, id)",
    "any_value(CASE WHEN amount > 5 THEN stage END)", "quantile_disc(amount, 0.9)",
    "quantile_disc(closed - created, 0.5)", "sum(amount)::DECIMAL(38, 0)", "max(closed - created)", "bool_or(amount > 5)",
    "count(*)", "count(DISTINCT owner)", "max(last_activity)", "sum(count(*)) OVER ()",
)  # fmt: skip


def test_what_is_written_by_hand_means_the_same(both: Both) -> None:
    values = {
        "day": both.duck.day, "team": WORDS["team"][-1], "teams": [*WORDS["team"][1:], "${x}"],
        "at": datetime(2025, 11, 2, 6, 30), **both.duck.clocks(),
    }  # fmt: skip
    held = "FROM deal WHERE valid_from <= $as_of AND known_from <= $known AND known_to > $known"
    each = "SELECT id, seq, run_id, " + ", ".join(f"{text} AS c{n}" for n, text in enumerate(EXPRESSIONS))
    alike = "SELECT stage, type, " + ", ".join(f"{text} AS c{n}" for n, text in enumerate(GROUPS))
    for sql in (
        f"{each} {held} AND $team <> '' AND $at <> $as_of",
        f"{alike} {held} AND created < $day GROUP BY stage, type QUALIFY count(*) >= 2",
        f"WITH d AS MATERIALIZED (SELECT *, lag(created) OVER (PARTITION BY owner ORDER BY created, id, seq) AS before {held}) "
        "SELECT d.* EXCLUDE (amount), created - before FROM d ORDER BY closed DESC, id, seq LIMIT 50",
    ):
        named = {name: value for name, value in values.items() if f"${name}" in sql}
        mine, theirs = both.duck.reader.rows(sql, named), both.reader.rows(sql, named)
        mine, theirs = (mine, theirs) if "LIMIT" in sql else (ordered(mine), ordered(theirs))
        assert len(mine) == len(theirs) > 10
        for a, b in zip(mine, theirs, strict=True):
            assert same(a, b), (sql, [(x, y) for x, y in zip(a, b, strict=True) if not same([x], [y])])


def test_every_letter_with_a_mark_is_the_letter(both: Both) -> None:
    letters = "".join(chr(code) for code in range(0xC0, 0x180))
    sql = "SELECT strip_accents($letters), strip_accents(lower($letters))"
    assert both.reader.rows(sql, {"letters": letters}) == both.duck.reader.rows(sql, {"letters": letters})


def test_columns_come_as_arrays_with_what_is_missing(both: Both) -> None:
    sql = "SELECT amount, probability, removed, closed FROM deal ORDER BY id, seq, valid_from"
    mine, theirs = both.duck.reader.columns(sql), both.reader.columns(sql)
    for name in mine:
        assert np.array_equal(np.ma.getmaskarray(mine[name]), np.ma.getmaskarray(theirs[name]))
        left, right = np.ma.compressed(mine[name]), np.ma.compressed(theirs[name])
        assert left.tolist() == right.astype(left.dtype).tolist(), name


def test_an_object_store_is_spoken_to_through_spark(both: Both, tmp_path: Path) -> None:
    """The address goes to Spark unchanged; a folder's own address takes the way of every other."""
    at = (tmp_path / "store").as_uri()
    space = replace(both.duck.workspace, spark=both.spark.workspace.spark)
    made = exported.export(space, at)
    assert not made.there and exported.export(space, at).there
    there = replace(both.spark.workspace, export=at)
    opened = open_context(there, Ambient(as_of=TODAY))
    assert isinstance(opened, Snapshot)
    sql = "SELECT count(*), sum(amount) FROM deal"
    assert opened.reader.rows(sql) == both.duck.reader.rows(sql)
    assert exported.place(there) == at
