"""Two periods, two dates, base against scenario; a whole that went against its parts is said, and only then."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

import saleswright
from saleswright.app import build, shipped
from saleswright.faces.python import Book
from saleswright.faces.web.app import create_app
from saleswright.history.schema import entities
from saleswright.kernel.report import Bridge, Figure, Note, Table
from saleswright.lib.issue import Stop
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compare import Compared, Side, mix_of
from saleswright.measure.metrics.compare_words import against_its_parts
from saleswright.measure.metrics.compute import Result
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.model import read_metric
from tests.workspaces import book

SEGMENTS = ("Enterprise", "Mid-market", "Small business")
Cells = dict[tuple[str, str], tuple[int, int]]


def company(place: Path, cells: Cells, amount: Callable[[int], int] = lambda i: 100) -> Book:
    """(won, decided) by (month of 2026, segment), imported as anyone's export."""
    rows = []
    for (month, segment), (won, decided) in cells.items():
        for i in range(decided):
            day = f"2026-{month}-{1 + i % 28:02}"
            stage = "Won" if i < won else "Lost"
            name = f"{month}{segment[0]}{i}"
            rows.append((name, stage, segment, f"O{i % 3}", "2026-01-02", day, amount(i)))
    place.mkdir(parents=True, exist_ok=True)
    with (place / "deals.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "stage", "segment", "owner", "qualified", "closed", "amount"))
        writer.writerows(rows)
    book(place / "deals.csv")(place / "co")
    return saleswright.open(place / "co").as_of("2026-12-31")


SHIFTED: Cells = {
    ("03", "Enterprise"): (20, 100),
    ("03", "Mid-market"): (70, 200),
    ("03", "Small business"): (250, 500),
    ("04", "Enterprise"): (88, 400),
    ("04", "Mid-market"): (72, 200),
    ("04", "Small business"): (104, 200),
}


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return company(tmp_path_factory.mktemp("shifted"), SHIFTED)


def notes(answer: Any) -> list[str]:
    return [block.text for block in answer.report.blocks if isinstance(block, Note)]


def figures(answer: Any) -> dict[str, Figure]:
    return {block.name: block for block in answer.report.blocks if isinstance(block, Figure)}


def test_a_whole_that_fell_although_every_segment_rose_is_said(shifted: Book) -> None:
    answer = shifted.compare("win_rate", period="2026-04", by="segment")
    assert notes(answer)[0] == (
        "Win rate fell from 42.5% to 33.0% although it rose in each of 3 segments: "
        "more of the deals came from Enterprise (12% before, 50% now), where it is lower."
    )
    assert answer.report.lede == "Win rate fell from 42.5% (2026-03) to 33.0% (2026-04)."
    assert figures(answer)["difference"].value == pytest.approx(264 / 800 - 340 / 800)
    assert figures(answer)["relative_change"].value == pytest.approx(264 / 340 - 1)
    table = next(block for block in answer.report.blocks if isinstance(block, Table))
    place = {column.name: index for index, column in enumerate(table.columns)}
    parts = [sum(row[place[name]] for row in table.rows) for name in ("mix", "rate")]  # type: ignore[misc]
    assert sum(parts) == pytest.approx(264 / 800 - 340 / 800, abs=1e-15) and parts[1] > 0 > parts[0]
    bridge = next(block for block in answer.report.blocks if isinstance(block, Bridge))
    assert [step.name for step in bridge.steps] == ["before", "mix", "rate", "now"]


def test_the_page_and_every_other_face_say_the_same_sentence(shifted: Book) -> None:
    said = notes(shifted.compare("win_rate", period="2026-04", by="segment"))[0]
    with TestClient(create_app(shifted.app, shifted.workspace), base_url="http://127.0.0.1") as client:
        query = {"period": "2026-04", "by": "segment", "asof": "2026-12-31"}
        page = client.get("/kpi/win_rate", params=query).text
        asked = client.get("/a/compare", params={"metric": "win_rate", **query}).text
        assert said in page and said in asked
        # Without a period there is none before it.
        assert "What changed since" not in client.get("/kpi/win_rate", params={"asof": "2026-12-31"}).text
        by_owner = client.get("/kpi/win_rate", params={**query, "by": "owner"}).text
        assert "although" not in by_owner and "What changed since 2026-03?" in by_owner


def side(cells: dict[str, tuple[int, int]], words: str) -> Side:
    """One side of a comparison as the engine would give it, from counts."""
    metric = read_metric(next(d for d in shipped() if d.name == "win_rate" and d.kind == "metric"), entities(()))[0]
    assert metric is not None
    segment = dimensions(entities(()))["segment"]
    asked = Asked(metric, (segment,), (), Period.between(date(2026, 3, 1), date(2026, 4, 1), words))
    groups = {(name,): finish(metric, Sums(n, won), "USD") for name, (won, n) in cells.items() if n}
    total = finish(metric, Sums(sum(n for _, n in cells.values()), sum(won for won, _ in cells.values())), "USD")
    result = Result(asked, None, total, Sums(), groups, {}, ({},))  # type: ignore[arg-type]
    return Side(words, None, result, result)  # type: ignore[arg-type]


def drawn(rng: Random, mix: tuple[float, ...], rates: tuple[float, ...], n: int) -> dict[str, tuple[int, int]]:
    chosen = rng.choices(SEGMENTS, mix, k=n)
    found = {}
    for segment, rate in zip(SEGMENTS, rates, strict=True):
        decided = chosen.count(segment)
        found[segment] = (sum(rng.random() < rate for _ in range(decided)), decided)
    return found


def claim(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> str:
    sides = side(before, "before"), side(now, "now")
    mix, why_not = mix_of(Compared("period", *sides))
    assert not why_not
    return against_its_parts(Compared("period", *sides, mix))


def reversed_(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> bool:
    rates = [[won / n for won, n in cells.values()] for cells in (before, now)]
    whole = [sum(won for won, _ in c.values()) / sum(n for _, n in c.values()) for c in (before, now)]
    return all((b - a) * (whole[1] - whole[0]) < 0 for a, b in zip(*rates, strict=True))


def test_no_false_claims_on_drawn_data() -> None:
    """Seed 5, 300 pairs of months each: where nothing shifts, and where rates move, what is said is true of the counts."""
    rng, usual, rates = Random(5), (0.2, 0.35, 0.45), (0.21, 0.34, 0.48)
    higher = tuple(rate + 0.07 for rate in rates)
    said = 0
    for own in (rates, higher):
        for _ in range(300):
            before, now = drawn(rng, usual, rates, 900), drawn(rng, usual, own, 900)
            text = claim(before, now)
            if "rose in each" in text or "fell in each" in text:
                assert reversed_(before, now)
            said += bool(text) and not reversed_(before, now)
    assert said <= 6, "a mix that did not shift is blamed at most once in a hundred"


def test_a_shift_is_found_on_drawn_data() -> None:
    """Seed 6: half of the deals move to where less is won, every own rate 3 points higher: the sentence comes."""
    rng, found = Random(6), 0
    for _ in range(60):
        before = drawn(rng, (0.1, 0.3, 0.6), (0.21, 0.34, 0.48), 2000)
        now = drawn(rng, (0.6, 0.25, 0.15), (0.24, 0.37, 0.51), 2000)
        text = claim(before, now)
        found += "Enterprise" in text and text.startswith("Win rate fell")
    assert found >= 40


def test_normal_variation_is_called_so(tmp_path: Path) -> None:
    same: Cells = {("03", "Mid-market"): (40, 100), ("04", "Mid-market"): (43, 100), ("05", "Mid-market"): (70, 100)}
    made = company(tmp_path, same | {("06", "Mid-market"): (1, 4)})
    assert any("within normal variation" in text for text in notes(made.compare("win_rate", period="2026-04")))
    assert any("beyond normal variation" in text for text in notes(made.compare("win_rate", period="2026-05")))
    assert any("Too few to tell" in text for text in notes(made.compare("win_rate", period="2026-06")))
    assert any("within normal variation" in text for text in notes(made.compare("won_deals", period="2026-04")))


def test_amounts_add_by_segment_to_the_cent_and_means_are_taken_apart(tmp_path: Path) -> None:
    made = company(tmp_path, SHIFTED, lambda i: 100 + i * 7 % 13)
    added = made.compare("won_value", period="2026-04", by="segment")
    bridge = next(block for block in added.report.blocks if isinstance(block, Bridge))
    values = [step.figure.value.minor for step in bridge.steps]  # type: ignore[union-attr]
    assert values[0] + sum(values[1:-1]) == values[-1]
    mean = made.compare("deal_size", period="2026-04", by="segment")
    table = next(block for block in mean.report.blocks if isinstance(block, Table))
    place = {column.name: index for index, column in enumerate(table.columns)}
    minor = sum(row[place[name]].minor for row in table.rows for name in ("mix", "rate"))  # type: ignore[union-attr]
    assert minor == figures(mean)["difference"].value.minor  # type: ignore[union-attr]
    middle = made.compare("sales_cycle", period="2026-04", by="segment")
    assert any("no mix and rates" in text for text in notes(middle))


def test_a_running_period_is_compared_with_as_many_days(shifted: Book) -> None:
    answer = shifted.as_of("2026-04-10").compare("won_deals", period="2026-04")
    refs = [figure.ref for figure in answer.figures if figure.ref]
    assert "period=2026-04-01..2026-04-10" in refs[0] and "period=2026-03-01..2026-03-10" in refs[1]
    assert any("first 10 days" in text for text in notes(answer))


def test_both_figures_open_by_their_references(shifted: Book) -> None:
    for asked in ({"period": "2026-04"}, {"then": "2026-03-15"}):
        answer = shifted.compare("win_rate", **asked)
        opened = [figure for figure in answer.figures[:2] if figure.ref]
        assert len(opened) == 2
        for figure in opened:
            assert shifted.explain(figure.ref).value == figure.value


def test_two_dates(shifted: Book) -> None:
    answer = shifted.compare("won_deals", then="2026-03-31", by="segment")
    assert [figure.value for figure in answer.figures[:3]] == [604, 340, 264]
    assert any("the difference is in what was recorded" in text for text in notes(answer))


@pytest.fixture(scope="module")
def with_scenario(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Book:
    """The scenario of the how-to, laid over the company."""
    text = (root / "docs/how-to/compare-periods.md").read_text(encoding="utf-8")
    scenario = re.search(r"```yaml file=scenarios/lean/\S+\n(.*?)```", text, re.DOTALL)
    assert scenario
    made = company(tmp_path_factory.mktemp("laid"), SHIFTED)
    folder = made.workspace.root / "scenarios/two-lines"
    folder.mkdir(parents=True)
    (folder / "metrics.yaml").write_text(scenario[1], encoding="utf-8")
    return saleswright.open(made.workspace.root).as_of("2026-12-31")


def test_base_against_a_scenario(with_scenario: Book) -> None:
    answer = with_scenario.compare("win_rate", scenario="two-lines", by="segment")
    now, before = answer.figures[:2]
    assert before.of == (604, 1600) and now.of == (496, 1100)
    assert ";scenario=two-lines;" in now.ref and "scenario" not in before.ref
    for figure in (now, before):
        assert with_scenario.explain(figure.ref).value == figure.value
    assert with_scenario.measure("win_rate").figures[0].of == (604, 1600), "a scenario changes nothing else"


def test_a_scenario_keeps_what_it_does_not_say(with_scenario: Book) -> None:
    answer = with_scenario.compare("won_deals", scenario="two-lines")
    assert answer.figures[0].value == answer.figures[1].value == 604


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"scenario": "two-line"}, "two-lines"),
        ({"scenario": "../definitions"}, "there is no scenario|is not a scenario|unknown|no scenario"),
        ({"then": "2026-03-01", "scenario": "two-lines"}, "one thing at a time"),
        ({"period": "all"}, "no period before it"),
        ({"period": "2026-04", "by": "month"}, "no month is in both periods"),
        ({"period": "2026-04", "before": "lst month"}, "is not a period"),
        ({"by": "segmnt"}, "segment"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(with_scenario: Book, asked: dict[str, str], words: str) -> None:
    with pytest.raises(Stop) as stop:
        with_scenario.compare("win_rate", **asked)
    told = " ".join(str(issue) for issue in stop.value.issues)
    assert any(word in told for word in words.split("|")), told


def test_a_scenario_may_not_say_who_sees_what(with_scenario: Book, tmp_path: Path) -> None:
    folder = with_scenario.workspace.root / "scenarios/wide"
    folder.mkdir(exist_ok=True)
    (folder / "access.yaml").write_text("{kind: access, name: rep, scope: company}\n", encoding="utf-8")
    with pytest.raises(Stop, match="who sees what"):
        with_scenario.compare("win_rate", scenario="wide")


def test_the_app_has_it_on_every_face() -> None:
    assert build().actions["compare"].effect == "read"
