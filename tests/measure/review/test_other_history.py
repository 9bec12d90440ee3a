"""Is every line of the bridge, to the cent, what a reckoning that knows nothing of the product says? On drawn histories."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saleswright.app import build, open_workspace
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow import book
from saleswright.measure.flow.book import OPEN, Book
from saleswright.measure.flow.bridge import Moves, Window, bridge
from saleswright.measure.flow.bridge_block import bridged, lined
from saleswright.measure.flow.bridge_read import read
from saleswright.measure.flow.columns import days
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.conftest import NIGHTLY
from tests.measure.review import other_history as other

SEEDS = 48 if NIGHTLY else 12
TODAY = other.NOW
DAYS = {"a week": TODAY - timedelta(days=7), "over the quarter's edge": TODAY - timedelta(days=56)}
STAGES = """kind: stages
name: told
doc: Four open stages, the first not qualified.
stages:
  Prospecting: {standing: open, qualified: false}
  Discovery: open
  Proposal: open
  Negotiation: open
  Closed Won: won
  Closed Lost: lost
  Disqualified: disqualified
"""
ACCESS = """- {kind: access, name: all, doc: All., scope: company}
- {kind: access, name: west, doc: West., scope: "team:West"}
"""
WEST = {1, 3, 5}
OPPORTUNITY = (
    "Id", "IsDeleted", "Name", "StageName", "Amount", "CloseDate", "Type", "CurrencyIsoCode", "OwnerId", "CreatedDate",
)  # fmt: skip


def start(folder: Path) -> None:
    """An empty workspace that reports in dollars."""
    build().call(None, "init", {"folder": str(folder), "currency": "USD"})
    call(folder, "rate", rates=[f"{code}={rate}" for code, rate in other.RATES.items() if code != "USD"])
    (folder / "definitions/told.yaml").write_text(STAGES, encoding="utf-8")
    (folder / "definitions/access.yaml").write_text(ACCESS, encoding="utf-8")
    settings = folder / "saleswright.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + '\nactor = "all"\n', encoding="utf-8")


def call(folder: Path, name: str, **arguments: object) -> None:
    build().call(open_workspace(folder), name, arguments)


def weekly(h: other.History, folder: Path, day: date, people: bool) -> Path:
    """The Opportunity table at the end of a day, what is gone flagged; the User table only when `people`."""
    folder.mkdir(parents=True)
    end = datetime.combine(day, time(23, 59, 59), other.UTC)
    rows = []
    for d in h.deals:
        s = next((s for s in reversed(d.steps) if s.at <= end), None)
        if s is not None:
            gone, owner = str(d.on(end) is None).lower(), f"0055g00000{s.owner:05}"
            amount = "" if s.cents is None else f"{s.cents / 100:.2f}"
            close = s.close.isoformat() if s.close else ""
            rows.append(
                (d.id, gone, d.name, s.stage, amount, close, d.kind, d.currency, owner, f"{d.created:%FT%T}.000Z")
            )
    with (folder / "Opportunity.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([OPPORTUNITY, *rows])
    if people:
        users = [(f"0055g00000{i:05}", name, "true", h.teams[i]) for i, name in enumerate(h.people)]
        with (folder / "User.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("Id", "Name", "IsActive", "Team"), *users])
    return folder


def drawn(kind: str, since: date) -> list[other.History]:
    first = 100 * list(DAYS.values()).index(since) + {"flat": 0, "tables": 30, "history": 60}[kind]
    moves = kind != "history"
    return [other.history(seed, seed % 2 == 0, moves, (since, TODAY)) for seed in range(first, first + SEEDS)]


def together(made: Sequence[other.History]) -> other.History:
    return replace(made[0], deals=tuple(d for h in made for d in h.deals))


Record = tuple[str, Path, list[other.History], date]


@pytest.fixture(
    scope="module", params=[(kind, span) for kind in ("flat", "tables", "history") for span in DAYS], ids=str
)
def record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """All seeds in one record: two flat exports, two of the tables (people come with the second), or a full history."""
    kind, since = request.param[0], DAYS[request.param[1]]
    place = tmp_path_factory.mktemp("other")
    made = drawn(kind, since)
    h, folder = together(made), place / "w"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", f"{since}T23:30:00+00:00")
        start(folder)
        if kind == "flat":
            call(folder, "import", path=str(other.export(h, place / "1", since)))
        elif kind == "tables":
            call(folder, "import", path=str(weekly(h, place / "1", since, people=False)))
        patch.setenv("SALESWRIGHT_NOW", f"{TODAY}T23:30:00+00:00")
        if kind == "flat":
            call(folder, "import", path=str(other.export(h, place / "2", TODAY)))
        elif kind == "tables":
            call(folder, "import", path=str(weekly(h, place / "2", TODAY, people=True)))
        else:
            call(folder, "import", path=str(other.tables(h, place / "2")))
        patch.setenv("SALESWRIGHT_NOW", f"{TODAY}T23:59:00+00:00")
        yield kind, folder, made, since


def of(h: other.History, ids: Iterable[object]) -> NDArray[np.bool_]:
    """Which of these deals are the history's?"""
    known = {d.id[:15] for d in h.deals}
    return np.array([str(one).rsplit("_", 1)[-1][:15] in known for one in ids], bool)


def unmoved(held: Book, moves: Moves, window: Window) -> Book:
    """Open deals of the window on which nothing happened: a bridge adds them up and lists none."""
    due = held.days["expected_close"]
    inside = (due >= max(window.day, window.start or 0)) & (due < (window.end or 0))
    still = (held.fate == OPEN) & ~np.isin(held.id.astype(str), moves.ids.astype(str))
    return held.only(still if window.rolling else still & inside)


def told(moves: Moves, still: Book, h: other.History) -> tuple[int, dict[str, int], int]:
    """(opening, lines, closing) of one history's deals."""
    mine, resting = of(h, moves.ids), int(still.amount[of(h, still.id)].sum())
    lines = {name: int(amount[mine].sum()) for name, amount in moves.amounts.items()}
    opening, closing = int(moves.start[mine].sum()) + resting, int(moves.end[mine].sum()) + resting
    return opening, {k: v for k, v in lines.items() if v}, closing


def compare(record: Record, rolling: bool, actor: str = "all", team: str = "") -> None:
    kind, folder, made, since = record
    where = (("team", team),) if team else ()
    at = open_snapshot(open_workspace(folder), Ambient(actor=actor))
    try:
        window = Window(days(since), days(TODAY))
        if not rolling:
            window = replace(window, start=days(made[0].start), end=days(made[0].end))
        pairs = ask(at, "open_pipeline", (), "all", where).pairs
        found = read(at, window, pairs)
        moves = lined(found, bridge(found.deals, window), bool(pairs), False).moves
        still = unmoved(book.read(at, (), where), moves, window)
        assert moves.opening == int(moves.start.sum()) + int(still.amount.sum())
    finally:
        at.close()
    mine = WEST if actor == "west" or team else None
    for h in made:
        opening, lines, closing = other.lines(h, mine, rolling, kind != "flat", kind == "history", blind=not team)
        want = opening, {k: v for k, v in lines.items() if v}, closing
        assert told(moves, still, h) == want, (h.seed, kind, rolling)
        assert -told(moves, still, h)[1].get("won", 0) == other.bookings(h, mine), (h.seed, kind)


@pytest.mark.parametrize("rolling", [False, True], ids=["due in the quarter", "all open"])
def test_every_line_is_what_the_other_reckoning_says(record: Record, rolling: bool) -> None:
    compare(record, rolling)


def test_every_line_of_a_team_whose_people_came_later_is_what_the_other_reckoning_says(record: Record) -> None:
    if record[0] == "tables":
        for rolling in (False, True):
            compare(record, rolling, actor="west")
            compare(record, rolling, team="West")


def test_what_was_shown_on_the_first_day_is_the_opening(tmp_path: Path, pin_now: Callable[[str], object]) -> None:
    """Asked before the second import, and after it as known then: the same figures, and the bridge opens at them."""
    since = DAYS["a week"]
    h = together([other.history(seed, days=(since, TODAY)) for seed in range(900, 903)])
    folder = tmp_path / "w"
    pin_now(f"{since}T23:30:00+00:00")
    start(folder)
    call(folder, "import", path=str(other.export(h, tmp_path / "1", since)))
    names = ("open_pipeline", "open_deals", "won_value", "lost_deals", "win_rate")

    def said(known: str) -> list[object]:
        at = open_snapshot(open_workspace(folder), Ambient(as_of=str(since), known=known))
        try:
            return [
                evaluate(at, ask(at, name, (), "all" if "open" in name else "2026", ())).total.value for name in names
            ]
        finally:
            at.close()

    before = said("")
    pin_now(f"{TODAY}T23:30:00+00:00")
    call(folder, "import", path=str(other.export(h, tmp_path / "2", TODAY)))
    assert said(str(since)) == before
    at = open_snapshot(open_workspace(folder), Ambient())
    try:
        made = bridged(at, since, None)
    finally:
        at.close()
    assert (made.opening.value, made.opening_deals.value) == tuple(before[:2])


def test_with_the_first_import_taken_back_the_next_is_trusted_as_if_it_were_alone(
    tmp_path: Path, pin_now: Callable[[str], object]
) -> None:
    since = DAYS["a week"]
    first, second = (other.history(seed, days=(since, TODAY)) for seed in (910, 911))
    known = []
    for name, made in (("both", (first, second)), ("alone", (second,))):
        folder = tmp_path / name
        pin_now(f"{since}T23:30:00+00:00")
        start(folder)
        for h in made:
            if h is second:
                pin_now(f"{TODAY}T23:30:00+00:00")
            call(folder, "import", path=str(other.export(h, tmp_path / f"{name}{h.seed}", h.since)))
        if name == "both":
            call(folder, "import undo", run=2)  # the first brought the rates
        at = open_snapshot(open_workspace(folder), Ambient())
        try:
            known.append(at.reader.rows("SELECT id, valid_from, known_from, known_to, closed FROM deal ORDER BY ALL"))
        finally:
            at.close()
    assert known[0] == known[1] and len(known[0]) > len(second.deals)
