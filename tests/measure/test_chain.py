"""The junk-proof win rate: the chain of treatments with the rate after each and the dated decision behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Note, Table
from saleswright.lib.issue import Stop
from tests.measure.recount import NOW, Row, kept, made, table


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def _rows(seed: int) -> list[Row]:
    rng = Random(seed)
    rows: list[Row] = []
    for number in range(400):
        stage = rng.choice(("Won", "Lost", "Lost", "Negotiation"))
        closed = f"2026-{rng.randint(2, 11):02}-{rng.randint(1, 20):02}" if stage != "Negotiation" else ""
        rows.append(
            {
                "id": f"D{number}",
                "stage": stage,
                "type": rng.choice(("New", "New", "Renewal")),
                "created": "2026-01-02",
                "qualified": "2026-01-05",
                "closed": closed if rng.random() < 0.95 else "",
                "amount": str(rng.randint(1, 500)),
                "lost_reason": rng.choice(("Duplicate", "Price", "")) if stage == "Lost" else "",
                "expected_close": "2026-12-01",
            }
        )
    return rows


def _links(book: Book, **args: object) -> list[tuple[str, Figure, int, int, str, str]]:
    found = table(book, "junk chain", "chain", **args)
    rows = []
    for label, rate, won, lost, decided, start, _why in found.rows:
        assert isinstance(rate, Figure)
        rows.append((str(label), rate, int(str(won or 0)), int(str(lost or 0)), str(decided), str(start)))
    return rows


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("period", ["all", "2026Q3"])
def test_each_rate_is_the_one_counted_again_and_the_last_is_the_metric(tmp_path: Path, seed: int, period: str) -> None:
    rows = _rows(seed)
    book = made(tmp_path, rows)
    book = kept(book, "dup", "from: 2026-11-02\ndoc: agreed\nbecause: a copy\nwhen: {lost_reason: Duplicate}\n")
    book = kept(book, "small", "from: 2026-11-03\nbecause: a copy\nwhen: {amount: 7}\n")

    def inside(row: Row) -> bool:
        return period == "all" or (bool(row["closed"]) and "2026-07" <= row["closed"][:7] <= "2026-09")

    left = [row for row in rows if row["stage"] in ("Won", "Lost") and (inside(row) or not row["closed"])]
    steps: list[tuple[str, Callable[[Row], bool]]] = [
        ("renewals are measured apart", lambda row: row["type"] == "Renewal"),
        ("a copy", lambda row: row["lost_reason"] == "Duplicate"),
        ("a copy", lambda row: row["amount"] == "7"),
        ("no closing date", lambda row: not row["closed"]),
    ]
    wanted = [(len([r for r in left if r["stage"] == "Won"]), len(left))]
    for _, gone in steps:
        left = [row for row in left if not gone(row)]
        wanted.append((len([r for r in left if r["stage"] == "Won"]), len(left)))
    links = _links(book, period=period)
    assert [link[0] for link in links[1:]] == [label for label, _ in steps]
    assert [link[1].of for link in links] == wanted
    assert [sum(link[2:4]) for link in links[1:]] == [a[1] - b[1] for a, b in pairwise(wanted)]
    metric = book.call("measure", metric="win_rate", period=period).figures[0]
    assert links[-1][1] == metric and metric.ref


def test_every_treatment_says_where_and_since_when_it_was_decided(tmp_path: Path) -> None:
    book = kept(made(tmp_path, _rows(3)), "dup", "from: 2026-11-02\nbecause: a copy\nwhen: {lost_reason: Duplicate}\n")
    decided = {link[0]: link[4:] for link in _links(book)}
    assert decided["a copy"] == ("your rule, definitions/leave_out/dup.yaml:1", "2026-11-02")
    where, start = decided["renewals are measured apart"]
    assert where.startswith("shipped with the definition, metrics/standard/win_rate.yaml:") and start == "always"
    before = [link[0] for link in _links(book.as_of("2026-11-01"))]
    assert "a copy" not in before, "a rule of later does not stand behind an earlier figure"


def test_what_is_only_proposed_stands_apart(tmp_path: Path) -> None:
    book = made(tmp_path, _rows(4))
    report = book.call("junk chain").report
    proposed = next(b for b in report.blocks if isinstance(b, Table) and b.name == "proposed")
    (row,) = [row for row in proposed.rows if "duplicate" in str(row[0]).lower()]
    name = next(line.split()[-1] for line in report.next if "duplicate" in line)
    rate = row[1]
    assert isinstance(rate, Figure) and not rate.ref
    last = _links(book)[-1][1]
    assert rate.n == (last.n or 0) - int(str(row[3])) and rate.value != last.value
    book.call("junk keep", name=name)
    after = _links(Book(book.app, book.app.open_workspace(book.workspace.root)))
    assert rate.of in [link[1].of for link in after], "once it is kept it is a link of the chain"


def test_on_the_demo_the_chain_ends_at_the_win_rate_and_says_what_is_still_open(sample: Book) -> None:
    report = sample.call("junk chain").report
    links = _links(sample)
    assert links[-1][1].value == sample.call("measure", metric="win_rate").value
    assert links[0][1].value != links[-1][1].value
    said = " ".join(block.text for block in report.blocks if isinstance(block, Note))
    assert "past due and counted as neither won nor lost" in said


def test_who_sees_a_part_of_the_record_is_refused(tmp_path: Path) -> None:
    book = made(tmp_path, _rows(5))
    access = "- {kind: access, name: ann, scope: 'region:West'}\n"
    (book.workspace.root / "definitions" / "access.yaml").write_text(access, encoding="utf-8")
    again = Book(book.app, book.app.open_workspace(book.workspace.root)).as_actor("ann")
    with pytest.raises(Stop) as refused:
        again.call("junk chain")
    assert refused.value.exit_code == 5
