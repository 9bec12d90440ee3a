"""Every shipped metric by every split, opened from every face: the same value for the same reference.

`make test` takes a sample by a rule that names no metric: pairs evenly from all of them; `make nightly` takes all.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.faces.python import Book
from saleswright.faces.web.app import create_app
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Report, Table
from saleswright.measure.metrics.asked import ask, catalogue, of_rows
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.model import Metric
from tests.workspaces import UNTIL

AS_OF = UNTIL.isoformat()
APP = build()
PAIRS = 16
OPENED = 3
GROUP = "pipeline"
PAGES = 1
# Of every so many entities one is split two ways, and one opened to its rows.
CROSSED, EACH = 2, 4


@pytest.fixture(scope="module")
def at(sample: Book) -> Iterator[Snapshot]:
    opened = APP.open_context(sample.workspace, sample.ambient)
    assert isinstance(opened, Snapshot)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(demo_folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as made:
        yield made


def shipped(at: Snapshot) -> list[Metric]:
    return sorted((m for m in catalogue(at)[0].values() if not m.awaits), key=lambda m: m.name)


def splits(at: Snapshot, metric: Metric) -> list[str]:
    """The names every one of the rows it is made of can be split by."""
    found: list[str] = []
    for place, part in enumerate(one for one in of_rows(at, metric) if not one.awaits):
        names = [n for n, d in dimensions(at.schema, part.entity).items() if not d.at_moment or part.at_moment]
        found = [name for name in names if not place or name in found]
    return found


def sampled(at: Snapshot, nightly: bool) -> list[tuple[Metric, str]]:
    pairs = [(m, d) for m in shipped(at) for d in splits(at, m) if d not in ("day", "week")]
    if nightly:
        return pairs
    return pairs[:: max(1, len(pairs) // PAIRS)]


def test_any_metric_by_any_of_its_splits_and_parts_add_to_the_whole(at: Snapshot, nightly: bool) -> None:
    pairs = sampled(at, nightly)
    assert len(pairs) >= PAIRS
    for metric, split in pairs:
        result = evaluate(at, ask(at, metric, [split]))
        if metric.of_metrics or (metric.at_moment and split in ("month", "quarter", "year")):
            continue
        alone = evaluate(at, ask(at, metric)).sums
        assert sum(one.n for one in result.group_sums.values()) == alone.n, (metric.name, split)
        assert sum(one.total for one in result.group_sums.values()) == pytest.approx(alone.total), (metric.name, split)
        assert all(len(key) == 1 for key in result.groups)


def test_two_splits_add_to_the_whole(at: Snapshot, nightly: bool) -> None:
    """One metric of every other entity, every night all: what has no member is a group as any other, in each of the two."""
    added = [m for m in shipped(at) if not m.of_metrics and not m.at_moment]
    without = 0
    for metric in added if nightly else one_of_each(added)[::CROSSED]:
        names = [name for name in splits(at, metric) if name not in ("day", "week")]
        second = next((name for name in ("territory", "team", "segment", "quarter") if name in names), names[-1])
        first = next(name for name in names if name != second)
        alone, two = evaluate(at, ask(at, metric)).sums, evaluate(at, ask(at, metric, [first, second]))
        parts = two.group_sums.values()
        assert sum(s.n for s in parts) == alone.n, (metric.name, first, second)
        assert sum(s.num for s in parts) == alone.num, (metric.name, first, second)
        assert sum(s.total for s in parts) == pytest.approx(alone.total), (metric.name, first, second)
        nobody = [key for key, s in two.group_sums.items() if "" in key and s.n]
        assert set(nobody) <= set(two.groups), (metric.name, first, second)
        without += bool(nobody)
    assert without > 2


def one_of_each(metrics: list[Metric]) -> list[Metric]:
    """The first metric of every entity."""
    return list({metric.entity: metric for metric in reversed(metrics)}.values())


def test_a_two_way_table_shows_what_has_no_member(sample: Book) -> None:
    answer = sample.measure("new_deals", by=["product", "team"])
    table = next(block for block in answer.report.blocks if isinstance(block, Table))
    assert len(table.columns) >= 3 and len(table.rows) > 5
    assert "parts add to" in " ".join(answer.report.footer)
    counted = sum(row[2].n or 0 for row in table.rows if isinstance(row[2], Figure))
    assert counted == answer.figures[0].n


def by_command(folder: Path, *words: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        run([*words, "-w", str(folder), "--as-of", AS_OF, "--json"], build)
    loaded: dict[str, Any] = json.loads(out.getvalue())
    return loaded


def told(envelope: dict[str, Any]) -> dict[str, str]:
    """The value of every reference in an envelope."""
    found: dict[str, str] = {}

    def walk(item: Any) -> None:
        if isinstance(item, dict):
            if item.get("ref") and "value" in item:
                found[item["ref"]] = json.dumps(item["value"])
            for value in item.values():
                walk(value)
        elif isinstance(item, list):
            for value in item:
                walk(value)

    walk(envelope["data"])
    return found


def test_a_figure_shown_anywhere_opens_by_its_reference(
    sample: Book, at: Snapshot, client: TestClient, demo_folder: Path, nightly: bool
) -> None:
    """From the list, from a page's link, from a cell of a table: the reference opens the same value on every face."""
    whole = told((sample.metrics() if nightly else sample.metrics(group=GROUP)).json())
    with_value = [m.name for m in shipped(at) if any(ref.startswith(f"{m.name}@") for ref in whole)]
    assert len(with_value) > (20 if nightly else 5)
    pages = 0
    for place, name in enumerate(with_value):
        if not nightly and place % max(1, len(with_value) // OPENED):
            continue
        measured = by_command(demo_folder, "measure", name, "--by", split_of(at, name))
        shown = told(measured)
        linked: list[str] = []
        if nightly or pages < PAGES:
            pages += 1
            page = client.get(f"/kpi/{name}", params={"asof": AS_OF})
            assert page.status_code == 200
            linked = [unquote(unescape(ref)) for ref in re.findall(r'href="/n/([^"?]+)"', page.text)]
            assert any(ref.startswith(f"{name}@") for ref in linked), name
        chosen = [*list(shown)[:1], *list(shown)[1:][-1:]]
        for ref in chosen:
            opened = json.loads(client.get(f"/n/{ref}.json", params={"asof": AS_OF}).text)
            by_web = next(value for key, value in told(opened).items() if key == ref)
            by_python = sample.explain(ref).figures[0]
            assert by_web == shown[ref] == json.dumps(plain(by_python)), (name, ref)
        for ref in linked[-1:]:
            assert client.get(f"/n/{ref}", params={"asof": AS_OF}).status_code == 200


def plain(figure: Figure) -> Any:
    from saleswright.kernel.envelope import plain as as_json

    return as_json(figure.value)


def split_of(at: Snapshot, name: str) -> str:
    known = splits(at, catalogue(at)[0][name])
    return next((n for n in ("team", "channel", "product", "quarter") if n in known), known[0])


def test_rows_behind_a_figure_make_its_count(sample: Book, at: Snapshot, nightly: bool) -> None:
    """Of every entity: as many rows as n, named so that a person knows them, and each reason with its rows."""
    kept = [m for m in shipped(at) if not m.of_metrics]
    for metric in kept if nightly else one_of_each(kept)[::EACH]:
        report = sample.explain(metric.name).report
        figure = report.figures()[0]
        tables = {block.name: block for block in report.blocks if isinstance(block, Table)}
        assert tables["rows"].total == figure.n
        assert len(tables["rows"].rows) == min(figure.n or 0, 50)
        assert sum(int(row[1]) for row in tables["excluded"].rows) == figure.excluded  # type: ignore[arg-type]
        assert {"definition", "history"} <= set(tables)
        for block in (tables["rows"], tables.get("excluded_rows")):
            for row in block.rows if block else ():
                assert len(row) == len(block.columns)  # type: ignore[union-attr]


def test_the_parts_of_a_group_open_in_that_group(sample: Book) -> None:
    answer = sample.measure("attainment", by="owner")
    figure = next(one for one in answer.figures if "by=owner" in one.ref and one.value is not None)
    report: Report = sample.explain(figure.ref).report
    parts = next(block for block in report.blocks if isinstance(block, Table) and block.name == "parts")
    made_of = [row[1] for row in parts.rows if isinstance(row[1], Figure)]
    assert len(made_of) == 2 and all("by=owner" in part.ref for part in made_of)
    for part in made_of:
        assert sample.explain(part.ref).value == part.value
    assert figure.value == pytest.approx(float(made_of[0].value.decimal / made_of[1].value.decimal))  # type: ignore[union-attr]
