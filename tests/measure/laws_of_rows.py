"""Laws of every shipped metric of rows, found in the catalogue, on records drawn at random (seed in drawn.py).

The whole is the sum of any split; the rows that a figure opens to add to it; a later event never changes an earlier
figure; amounts times k make money k times as much and leave everything else as it is. With SALESWRIGHT_NIGHTLY set the
members of a split, asked for one by one, add up too, and splits are of two dimensions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.commands.init import make, settings
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.measure.metrics.asked import Asked, ask, catalogue
from saleswright.measure.metrics.compute import bind, evaluate, sums, text_of
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.made import MADE, entity_of
from saleswright.measure.metrics.model import Metric
from tests.measure import drawn

NIGHTLY = bool(os.environ.get("SALESWRIGHT_NIGHTLY"))
EARLIER = date(2026, 3, 31)
K = 7
# The rows of some kinds of entity are those of the period asked for; the others are asked about all time.
OF_A_PERIOD = ("expected",)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Snapshot]]:
    """The same record: whole, cut off at an earlier day, and with every amount K times as much."""
    place = tmp_path_factory.mktemp("laws")
    shared = place / "cache"
    shared.mkdir()
    opened = {}
    for name, until, scale in (("whole", drawn.LAST, 1), ("earlier", EARLIER, 1), ("scaled", drawn.LAST, K)):
        drawn.write(place / f"{name}-export", until, scale)
        root = place / name
        make(root, settings(name, "USD", "UTC"))
        app = build()
        app.call(app.open_workspace(root), "import", {"path": str(place / f"{name}-export")})
        (root / ".saleswright" / "cache").rmdir() if (root / ".saleswright" / "cache").exists() else None
        (root / ".saleswright" / "cache").symlink_to(shared)
        opened[name] = open_snapshot(app.open_workspace(root), Ambient(as_of=drawn.LAST.isoformat()))
    yield opened
    for at in opened.values():
        at.close()


def question(at: Snapshot, metric: Metric, *by: str) -> Asked:
    """The metric of all time, or of the period that its rows are of."""
    spans = metric.entity in OF_A_PERIOD or getattr(MADE.get(metric.entity), "spans", False)
    return ask(at, metric, by, "2026Q1" if spans else "all")


def split(at: Snapshot, metric: Metric) -> Asked:
    """The same by who owns the rows; by channel, or not at all, where nobody does."""
    for by in ("owner", "channel"):
        try:
            return question(at, metric, by)
        except Stop:
            continue
    return question(at, metric)


def whole(at: Snapshot, asked: Asked) -> Sums:
    found = Sums()
    for one in sums(at, asked).values():
        found += one
    return found


def facts(one: Sums) -> tuple[object, ...]:
    """What is additive, reals rounded far below what a figure shows."""
    real = [round(float(value), 6) for value in (one.total, one.num_total)]
    return one.n, one.num, *real, one.unconverted, dict(one.spans), dict(one.left_out)


class LawsOfRows:
    """The laws; which half of the metrics says whoever runs them, so that no file is a slow one."""

    half = 0

    def of_rows(self, at: Snapshot) -> list[Metric]:
        """Every metric of rows that is shipped; every other one of them."""
        found = [one for one in catalogue(at)[0].values() if not one.of_metrics and not one.awaits]
        return sorted(found, key=lambda one: one.name)[self.half :: 2]

    def test_the_record_says_something_to_most_metrics(self, records: dict[str, Snapshot]) -> None:
        """Laws about nothing hold always: of the metrics of deals and what is made of them nearly all have rows here."""
        at = records["whole"]
        own = [one for one in self.of_rows(at) if one.group == "pipeline"]
        empty = {one.name for one in own if not whole(at, split(at, one)).n}
        assert len(own) > 25 and empty <= {"weighted_pipeline_stage", "open_unqualified"}, empty

    def test_the_whole_is_the_sum_of_any_split(self, records: dict[str, Snapshot]) -> None:
        """Ratio of sums, and additivity over segments: counts, sums and spans of the groups are those of the whole.

        Every night for each metric and for months too; else for each third one, and the rows it opens to for all.
        """
        at = records["whole"]
        for metric in self.of_rows(at) if NIGHTLY else self.of_rows(at)[::3]:
            alone = facts(whole(at, question(at, metric)))
            assert facts(whole(at, split(at, metric))) == alone, metric.name
            if NIGHTLY and not metric.at_moment:
                by = [d.name for d in split(at, metric).by]
                assert facts(whole(at, question(at, metric, *by, "month"))) == alone, metric.name

    @pytest.mark.skipif(not NIGHTLY, reason="a compiled text more for every metric; nightly")
    def test_members_asked_for_one_by_one_add_up(self, records: dict[str, Snapshot]) -> None:
        at = records["whole"]
        for metric in self.of_rows(at):
            asked = split(at, metric)
            if not asked.by:
                continue
            found = Sums()
            for (member,) in sums(at, asked):
                found += whole(at, replace(asked, by=(), where=((asked.by[0], (member,)),)))
            assert facts(found) == facts(whole(at, asked)), metric.name

    def test_the_rows_a_figure_opens_to_add_to_it(self, records: dict[str, Snapshot]) -> None:
        at = records["whole"]
        for metric in self.of_rows(at):
            one, asked = whole(at, split(at, metric)), question(at, metric)
            sql = text_of(at, asked, "rows")
            columns, rows = at.reader.table(sql, bind(at, sql, asked, {"page_size": 100_000, "page_start": 0}))
            place = {name: index for index, name in enumerate(columns)}
            assert len(rows) == one.n and len({row[place["id"]] for row in rows}) == one.n, metric.name
            if metric.numerator is not None:
                assert sum(1 for row in rows if row[place["above"]]) == one.num, metric.name
            if metric.sum and not metric.asks_middle:
                assert sum(row[place["r_value"]] or 0 for row in rows) == pytest.approx(one.total), metric.name

    def test_a_later_event_never_changes_an_earlier_figure(self, records: dict[str, Snapshot]) -> None:
        """As of the evening of an earlier day the record that goes on says what the one that ends there says."""
        for metric in self.of_rows(records["whole"]):
            told = []
            for name in ("whole", "earlier"):
                at = records[name].at(EARLIER)
                told.append((facts(whole(at, split(at, metric))), evaluate(at, split(at, metric)).total.value))
            assert told[0] == told[1], metric.name

    def test_amounts_times_k_make_money_k_times_and_leave_the_rest(self, records: dict[str, Snapshot]) -> None:
        """To the minor unit and row: what is shared or taken by term is cut once per row."""
        at, other = records["whole"], records["scaled"]
        for metric in self.of_rows(at):
            one, more = (whole(book, split(book, metric)) for book in (at, other))
            assert (one.n, one.num, dict(one.left_out)) == (more.n, more.num, dict(more.left_out)), metric.name
            entity = entity_of(at.schema, metric.entity)
            assert entity is not None
            field = entity.by_name.get(metric.sum)
            if metric.sum and field is None:
                continue  # made of other rows; what it is worth is tried where they are
            k = K if field is not None and field.type == "money" else 1
            if k == 1:
                assert one.spans == more.spans, metric.name
            for before, after in ((one.total, more.total), (one.num_total, more.num_total)):
                assert after == pytest.approx(k * before, abs=K * one.n if k > 1 else 0), metric.name

    def test_the_drawn_record_is_what_it_was(self, records: dict[str, Snapshot]) -> None:
        """A guard on the drawing: a change of it changes what the laws are tried on."""
        at = records["whole"]
        assert whole(at, question(at, catalogue(at)[0]["new_deals"])).n > 40
        assert at.day == drawn.LAST and drawn.LAST - timedelta(days=100) > EARLIER
        assert Path(at.workspace.root).name == "whole"
