"""Rows made of the deals: they obey the access of a person, hide what is hidden, and keep the conventions of a deal's life."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.commands.init import make, settings
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Table
from saleswright.lib.issue import NOT_ALLOWED, Stop
from saleswright.lib.money import Money
from tests.measure import drawn

UNTIL = drawn.LAST.isoformat()
HISTORY = """opportunity_id,created_date,stage_name,close_date,amount
A,2026-01-01 10:00,Prospecting,2026-05-01,100
A,2026-01-10 10:00,Qualification,2026-05-01,100
A,2026-02-01 10:00,Closed Lost,2026-02-01,100
A,2026-02-20 10:00,Qualification,2026-07-01,100
A,2026-07-01 10:00,Closed Won,2026-07-01,100
C,2026-01-05 10:00,Qualification,2026-06-01,300
C,2026-02-01 10:00,Prospecting,2026-06-01,300
C,2026-03-01 10:00,Qualification,2026-09-15,300
"""
DEALS = """id,name,stage,created,close_date,closed,amount
A,a,Closed Won,2026-01-01,2026-07-01,2026-07-01,100
C,c,Qualification,2026-01-05,2026-09-15,,300
"""


def imported(place: Path, files: dict[str, str]) -> Book:
    export = place / "export"
    if files:
        export.mkdir()
        for name, text in files.items():
            (export / f"{name}.csv").write_text(text, encoding="utf-8")
    root = place / "book"
    make(root, settings("book", "USD", "UTC"))
    app = build()
    app.call(app.open_workspace(root), "import", {"path": str(export)})
    return saleswright.open(root)


@pytest.fixture(scope="module")
def drawn_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    place = tmp_path_factory.mktemp("made")
    drawn.write(place / "export")
    return imported(place, {}).as_of(UNTIL)


def by_owner(book: Book, metric: str) -> dict[str, Money]:
    tables = [
        b for b in book.measure(metric, by="owner").report.blocks if isinstance(b, Table) and b.name == "by_owner"
    ]
    cells = {str(row[0]): cell for row in tables[0].rows for cell in row if isinstance(cell, Figure)}
    return {name: cell.value for name, cell in cells.items() if isinstance(cell.value, Money)}


def test_credit_counts_every_deal_once_whatever_the_shares(tmp_path: Path) -> None:
    """Drawn shares that add to anything: the parts of each deal sum to it to the cent, and so does the company."""
    rng = random.Random(11)
    deals, splits = ["id,owner,stage,qualified,closed,amount"], ["id,opportunity_id,split_owner_id,percentage"]
    whole: dict[str, int] = defaultdict(int)
    for number in range(60):
        minor = rng.randrange(1, 99999)
        deals.append(f"D{number},u{number % 3},Won,2026-01-05,2026-02-0{number % 9 + 1},{minor / 100:.2f}")
        whole["all"] += minor
        for who in range(rng.randrange(0, 5)):
            splits.append(f"S{number}{who},D{number},u{who},{rng.choice([0, 10, 33.3, 50, 100])}")
    book = imported(tmp_path, {"deals": "\n".join(deals), "splits": "\n".join(splits)}).as_of(UNTIL)
    total = book.measure("credited_bookings").value
    assert isinstance(total, Money) and total.minor == whole["all"] and total == book.measure("won_value").value
    assert sum(one.minor for one in by_owner(book, "credited_bookings").values()) == whole["all"]
    listed = book.explain(book.measure("credited_bookings").figures[0].ref).report
    rows = next(block for block in listed.blocks if isinstance(block, Table) and block.name == "rows")
    assert rows.total is not None and rows.total > 60


def test_a_person_sees_the_made_rows_of_their_own_deals_and_credit(drawn_book: Book) -> None:
    company = by_owner(drawn_book, "credited_bookings")
    own = drawn_book.scope("owner:Rep 0")
    assert own.measure("credited_bookings").value == company["Rep 0"]
    assert set(by_owner(own, "credited_bookings")) == {"Rep 0"}
    # Whose an open deal is nobody knew before the import, so these are the decided ones.
    for metric in ("stage_conversion", "pushes", "lost_value", "push_rate"):
        mine, all_of_it = (one.measure(metric, period="2026Q1").figures[0] for one in (own, drawn_book))
        assert 0 < (mine.n or 0) < (all_of_it.n or 0), metric


@pytest.mark.parametrize("metric", ["credited_bookings", "lost_value", "stage_conversion_value", "deal_size_acv"])
def test_what_is_hidden_of_a_deal_is_hidden_of_what_is_made_of_it(drawn_book: Book, metric: str) -> None:
    path = drawn_book.workspace.root / "definitions" / "access.yaml"
    hidden = "- {kind: access, name: ann, scope: company, hide: [deal.amount, deal.stage, deal.channel]}\n"
    path.write_text(hidden, encoding="utf-8")
    ann = saleswright.open(drawn_book.workspace.root).as_of(UNTIL).as_actor("ann")
    with pytest.raises(Stop) as stop:
        ann.measure(metric)
    assert stop.value.exit_code == NOT_ALLOWED
    for split in ("channel", "stage"):
        with pytest.raises(Stop) as stop:
            ann.measure("pushes", by=split)
        assert stop.value.exit_code == NOT_ALLOWED
    path.unlink()


def test_a_close_that_was_reopened_is_void_from_then_on_and_never_before(tmp_path: Path) -> None:
    """Lost on 1 February, open again on the 20th, won on 1 July; and a deal that was qualified twice is new once."""
    book = imported(tmp_path, {"deals": DEALS, "opportunity_history": HISTORY})

    def told(day: str) -> tuple[object, ...]:
        then = book.as_of(day)
        return tuple(then.measure(name).value for name in ("lost_deals", "won_deals", "open_deals"))

    assert told("2026-02-10") == (1, 0, 1)
    assert told("2026-03-10") == (0, 0, 2)
    assert told("2026-08-31") == (0, 1, 1)
    late = book.as_of("2026-08-31")
    # The clock runs on from the first time it was qualified: 10 January to 1 July.
    assert late.measure("sales_cycle").value == 172
    assert late.measure("new_deals", period="2026-01").value == 2
    assert late.measure("new_deals", period="2026-03").value == 0
