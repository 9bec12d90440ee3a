"""The demo's planted causes (seed drawn at run time) are named on the miss page; truth lives under tests/ only."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.miss.factors import MIX, WIN_RATE
from saleswright.measure.flow.miss.find import Miss, miss
from saleswright.measure.flow.miss.said import causes, lede
from tests.measure.review.scrub.conftest import NOW, UNTIL, Drawn, opened


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


@pytest.fixture(scope="module")
def at(drawn: Drawn) -> Iterator[Snapshot]:
    snapshot = opened(drawn.folder, UNTIL.isoformat())
    yield snapshot
    snapshot.close()


@pytest.fixture(scope="module")
def client(drawn: Drawn) -> Iterator[TestClient]:
    app = build()
    with TestClient(create_app(app, app.open_workspace(drawn.folder)), base_url="http://127.0.0.1") as made:
        yield made


def shown(client: TestClient, period: str) -> str:
    """The sentence on top of the page."""
    page = client.get(f"/flow/miss?period={period}&asof={UNTIL}")
    assert page.status_code == 200
    found = re.search(r'<p class="lede">(.*?)</p>', page.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def explained(at: Snapshot, period: str) -> Miss:
    found = miss(at, period)
    assert isinstance(found, Miss)
    return found


def test_the_bad_month_is_a_fall_of_the_win_rate(drawn: Drawn, at: Snapshot, client: TestClient) -> None:
    month = drawn.truth.bad_month
    found = explained(at, month)
    rate = causes(found)[WIN_RATE]
    assert found.gap < 0, drawn.seed
    assert rate.effect == min(one.effect for one in causes(found)), drawn.seed
    assert not found.cause_normal(WIN_RATE), drawn.seed
    was, now = rate.was.value, rate.now.value
    assert isinstance(was, float) and isinstance(now, float)
    # What was planted: the wins of the month times its factor, the deals decided as ever.
    assert now / was == pytest.approx(drawn.truth.bad_month_factor, abs=0.08), drawn.seed
    said = shown(client, month)
    assert said == lede(found)
    named = r"win rate, USD [\d.]+[KM] less \(\d+\.\d % of \d+ decided deals won"
    assert re.search(named, said), (drawn.seed, said)


def test_the_shift_of_segments_is_the_mix(drawn: Drawn, at: Snapshot, client: TestClient) -> None:
    """Large deals take four months: what came in since June lands in October, the last whole month."""
    month = "2026-10"
    assert date.fromisoformat(drawn.truth.shift_from) < date(2026, 7, 1)
    found = explained(at, month)
    mix = causes(found)[MIX]
    assert mix.effect > 0 and not found.cause_normal(MIX), drawn.seed
    assert "Enterprise is " in mix.fact
    was, now = mix.was.value, mix.now.value
    assert isinstance(was, float) and isinstance(now, float)
    assert was == pytest.approx(drawn.truth.share_before, abs=0.06), drawn.seed
    assert drawn.truth.share_before + 0.5 * (drawn.truth.share_after - drawn.truth.share_before) < now, drawn.seed
    said = shown(client, month)
    assert re.search(r"mix, USD [\d.]+[KM] more \(Enterprise is ", said), (drawn.seed, said)


def test_a_month_before_anything_was_planted_names_neither(drawn: Drawn, at: Snapshot) -> None:
    found = explained(at, "2026-04")
    assert not found.stands_out(MIX), drawn.seed
    assert not re.search(r"Most of it is mix", lede(found)), drawn.seed
