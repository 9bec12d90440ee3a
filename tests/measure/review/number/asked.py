"""A record of closed and open deals, opened, and what its number must have in common with the metrics."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from random import Random

from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.review.number.simple import number
from tests.measure.recount import TODAY, Row


@contextmanager
def opened(book: Book, **ambient: str):
    at = open_snapshot(book.workspace, Ambient(**ambient))
    try:
        yield at
    finally:
        at.close()


def sold(count: int, seed: int = 1, still: int = 6, months: int = 18, **more: str) -> list[Row]:
    """So many closed deals over some months, and some open ones."""
    chance = Random(seed)
    rows: list[Row] = []
    for index in range(count + still):
        begun = TODAY - timedelta(days=chance.randrange(40, months * 30))
        end = min(begun + timedelta(days=chance.randrange(1, 80)), TODAY)
        open_ = index >= count
        if open_:
            begun = TODAY - timedelta(days=chance.randrange(1, 60))
        rows.append(
            {
                "id": f"D{index:04}",
                "name": f"Deal {index}",
                "stage": "Negotiation" if open_ else chance.choice(["Won", "Lost", "Lost"]),
                "type": "New Business",
                "created": begun.isoformat(),
                "qualified": begun.isoformat(),
                "closed": "" if open_ else end.isoformat(),
                "expected_close": (TODAY + timedelta(days=chance.randrange(-20, 90))).isoformat(),
                "amount": str(chance.randrange(1000, 90000)),
                "currency": "USD",
                **more,
            }
        )
    return rows


def part(one, name: str) -> Figure:
    return next((figure for figure in one.parts if figure.name == name), Figure(name, None, "money", n=0))


def figures(at: Snapshot, name: str, period: str = "all", where=()) -> tuple[int, int]:
    figure = evaluate(at, ask(at, name, (), period, where)).total
    return (figure.value.minor if isinstance(figure.value, Money) else 0), (figure.n or 0) + figure.excluded


def check_against_the_metrics(at: Snapshot, where=()) -> None:
    one = number(at, where=where)
    assert one.enough
    so_far = figures(at, "won_value", f"{one.period.start}..{at.day}", where)[0]
    assert part(one, "won").value == Money(so_far, at.currency)
    held = sum(part(one, name).n or 0 for name in ("open_due", "past_due", "due_earlier", "due_later", "no_date"))
    open_ = evaluate(at, ask(at, "open_pipeline", (), "all", where))
    assert held == (open_.total.n or 0) + open_.sums.left_out["no amount"]
    assert sum(figure.value.minor for figure in one.parts if isinstance(figure.value, Money)) == one.mean.minor
    assert one.low <= one.mid <= one.high and one.stale[0] <= one.stale[1]
    assert one.low.minor >= so_far
