"""The first screen: the parts of what the CRM calls open add up in every currency, counted again in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest

from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Note, Table
from tests.measure.recount import NOW, TODAY, Row, counted, due, made, minor, table, total

Pin = Callable[[str], datetime]
EDGES = ("2026-09-30", "2026-10-01", "2026-11-21", "2026-11-22", "2026-12-31", "2027-01-01", "2027-03-31", "2027-04-01")
PARTS = {
    "this quarter": "Due in 2026Q4",
    "next quarter": "Due in 2027Q1",
    "later": "Due later",
    "past due": "Past due",
    "no date": "No close date",
}


@pytest.fixture(autouse=True)
def _today(pin_now: Pin) -> None:
    pin_now(NOW)


def deals(seed: int) -> list[Row]:
    """Deals of every kind that the first screen tells apart, at the edges of its periods."""
    chance = Random(seed)
    rows: list[Row] = [
        {"stage": "Negotiation", "type": "New Business", "qualified": "2026-01-05", "expected_close": "2026-12-15",
         "amount": "10.5", "currency": "USD", "created": "2026-01-03", "id": "A"}
    ]  # fmt: skip
    for number in range(chance.choice((3, 40, 200))):
        stage = chance.choice(["Negotiation", "Negotiation", "Prospecting", "Won", "Lost"])
        qualified = "" if stage == "Prospecting" else chance.choice(["2026-01-05", "2026-06-05", ""])
        rows.append(
            {
                "id": f"D{number:03}",
                "stage": stage,
                "type": chance.choice(["New Business", "New Business", "Renewal", ""]),
                "created": chance.choice(["2026-01-03", "2026-05-03"]),
                "qualified": qualified,
                "expected_close": chance.choice([*EDGES, ""]),
                "closed": "2026-10-20" if stage in ("Won", "Lost") else "",
                "amount": chance.choice(["", "0", "0.01", "100.1", "2500", "99999.99"]),
                "currency": chance.choice(["USD", "EUR", "GBP"]) if seed % 2 else "USD",
            }
        )
    return rows


def part_of(row: Row, day: date) -> str:
    kind = counted(row)
    return PARTS[due(row, day)] if kind == "qualified" else kind.capitalize()


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_are_those_counted_by_hand(seed: int, tmp_path: Path) -> None:
    rows = deals(seed)
    still = [row for row in rows if row["stage"] in ("Negotiation", "Prospecting")]
    book = made(tmp_path, rows)
    apart = {row[0]: row for row in table(book, "now", "open_apart").rows}
    several = any(row["currency"] != "USD" and row["amount"] for row in still)
    for label in {part_of(row, TODAY) for row in still} | {"CRM open"}:
        count, missing, whole = total(still, lambda r, label=label: label in ("CRM open", part_of(r, TODAY)))
        line = apart[label]
        assert isinstance(line[-2], Figure) and (line[-2].value, line[-1]) == (count, missing), label
        if not several:
            assert isinstance(line[1], Figure) and minor(line[1]) == whole
    if several:
        by_currency = table(book, "now", "by_currency")
        heads = [column.label for column in by_currency.columns]
        assert len(by_currency.rows) == len({row["currency"] for row in rows if row["amount"]})
        for line in by_currency.rows:
            mine = [row for row in still if row["currency"] == line[0]]
            for head, cell in zip(heads[1:-3], line[1:-3], strict=True):
                _, _, whole = total(mine, lambda r, head=head: head in ("CRM open", part_of(r, TODAY)))
                assert (minor(cell) if isinstance(cell, Figure) else 0) == whole, (line[0], head)


FEW: list[Row] = [
    {"id": "1", "stage": "Negotiation", "type": "New", "qualified": "2026-01-05", "expected_close": "2026-12-01",
     "amount": "100.10", "currency": "USD"},
    {"id": "2", "stage": "Negotiation", "type": "New", "qualified": "2026-01-05", "expected_close": "2026-10-01",
     "amount": "200.20", "currency": "EUR"},
    {"id": "3", "stage": "Prospecting", "type": "New", "expected_close": "2026-12-01", "amount": "30000",
     "currency": "JPY"},
    {"id": "4", "stage": "Negotiation", "type": "Renewal", "qualified": "2026-01-05", "expected_close": "2027-02-01",
     "amount": "50", "currency": "EUR"},
    {"id": "5", "stage": "Won", "type": "New", "qualified": "2026-01-05", "closed": "2026-10-15", "amount": "70",
     "currency": "EUR"},
    {"id": "6", "stage": "Won", "type": "Renewal", "qualified": "2026-01-05", "closed": "2026-10-16", "amount": "9",
     "currency": "USD"},
    {"id": "7", "stage": "Negotiation", "type": "New", "qualified": "2026-01-05", "expected_close": "2026-12-02",
     "currency": "USD"},
]  # fmt: skip


def notes(book: Book) -> str:
    return "\n".join(block.text for block in book.now().report.blocks if isinstance(block, Note))


def test_three_currencies_without_rates_then_one_line_of_rates(tmp_path: Path) -> None:
    book = made(tmp_path, FEW)
    figure = book.now().figures[0]
    assert figure.value is None and "no exchange rate to USD" in figure.reason
    found = {row[0]: row for row in table(book, "now", "by_currency").rows}
    heads = [column.name for column in table(book, "now", "by_currency").columns]
    assert {code: str(row[1].value) for code, row in found.items() if isinstance(row[1], Figure)} == {
        "USD": "100.10 USD", "EUR": "250.20 EUR", "JPY": "30000 JPY",
    }  # fmt: skip
    late = found["EUR"][heads.index("past_due")]
    assert isinstance(late, Figure) and str(late.value) == "200.20 EUR"
    # The figure of one currency opens by itself.
    assert book.explain(late.ref).figures[0].value == late.value
    assert "saleswright rate EUR=RATE JPY=RATE" in notes(book)
    (tmp_path / "rates.csv").write_text("currency,starts,rate\nEUR,2026-01-01,0.8\nJPY,2026-01-01,160\n")
    book.import_(path=str(tmp_path / "rates.csv"))
    again = book.now()
    # 100.10 + 250.20 / 0.8 + 30000 / 160
    assert str(again.figures[0].value) == "600.35 USD"
    assert not [block for block in again.report.blocks if getattr(block, "name", "") == "by_currency"]
    assert "CRM open USD 600.35 = qualified USD 350.35 + not qualified USD 187.50 + renewals USD 62.50" in notes(book)


def test_what_renewals_are_is_said(tmp_path: Path) -> None:
    mine = [row for row in FEW if row["currency"] != "JPY"]
    book = made(tmp_path, [{**row, "currency": "USD"} for row in mine])
    assert "renewals out: 1 open, USD 50.00; 1 won in 2026Q4, USD 9.00" in notes(book)
    figures = {figure.label: figure for figure in book.now().figures}
    assert str(figures["Won in 2026Q4"].value) == "70.00 USD" and figures["Won in 2026Q4"].excluded == 1
    assert "without an amount: 1" in notes(book)


def test_without_any_renewal_that_is_said_too(tmp_path: Path) -> None:
    book = made(tmp_path, [FEW[0]])
    assert "marked as a renewal" in notes(book)


def test_past_due_moves_with_the_day_and_stands_in_no_period(sample: Book) -> None:
    for day in ("2026-03-31", "2026-08-15", "2026-11-22"):
        then = sample.as_of(day)
        split = then.measure("open_pipeline", by="due")
        rows = {str(row["due"]): row for row in split.rows}
        assert list(rows) == [name for name in ("this quarter", "next quarter", "later", "past due") if name in rows]
        assert rows["past due"]["value"] == then.measure("past_due").value
        assert rows["this quarter"]["value"] == then.measure("open_due").value
        months = {str(row["due_month"]): row for row in then.measure("open_deals", by="due_month").rows}
        assert all(month >= day[:7] for month in months if month not in ("past due", "no date"))
        assert months["past due"]["value"] == then.measure("past_due_deals").value


def test_every_part_opens_and_agrees_with_the_metric_of_its_name(sample: Book) -> None:
    apart = {row[0]: row[1] for row in table(sample, "now", "open_apart").rows}
    names = {"Not qualified": "open_unqualified", "Renewals": "open_renewals", "Past due": "past_due",
             "Due in 2026Q4": "open_due", "CRM open": "crm_open"}  # fmt: skip
    for label, name in names.items():
        figure, metric = apart[label], sample.measure(name).figures[0]
        assert isinstance(figure, Figure) and (figure.value, figure.n) == (metric.value, metric.n), label
        opened = sample.explain(figure.ref).figures[0]
        assert (opened.value, opened.n, opened.ref) == (figure.value, figure.n, figure.ref)
    qualified = sum(minor(f) for label, f in apart.items() if isinstance(f, Figure) and label in PARTS.values())
    assert qualified == minor(sample.measure("open_pipeline").figures[0])


def test_a_scope_sees_its_own_part(sample: Book) -> None:
    teams = [str(row["team"]) for row in sample.measure("crm_open_deals", by="team").rows if row["team"] != "(none)"]
    company = sample.now().figures[0].n or 0
    shares = [sample.scope(f"team:{team}").now().figures[0] for team in teams]
    assert all("scope=team:" in figure.ref and figure.n and figure.n < company for figure in shares)
    assert sum(figure.n or 0 for figure in shares) <= company


def test_a_definition_of_ones_own_is_told_apart(tmp_path: Path) -> None:
    book = made(tmp_path, [FEW[0]])
    (book.workspace.root / "definitions" / "mine.yaml").write_text(
        "kind: metric\nname: open_due\nquestion: ours\nshape: balance-at\ndate: qualified\nrows: {standing: lost}\n"
        "sum: amount\nformula: ours\n",
        encoding="utf-8",
    )
    again = book.app.open_workspace(book.workspace.root)
    report = book.app.call(again, "now", {}).report
    warned = [block.text for block in report.blocks if isinstance(block, Note) and block.kind == "warning"]
    assert any("open_due as definitions/mine.yaml:1 defines it" in text for text in warned)
    assert next(b for b in report.blocks if isinstance(b, Table) and b.name == "open_apart").rows[-1][2].value == 1  # type: ignore[union-attr]


def test_the_close_dates_of_a_day_before_the_export_are_not_told_as_facts(tmp_path: Path) -> None:
    book = made(tmp_path, [{**row, "created": "2026-01-03", "currency": "USD"} for row in FEW])
    then = book.as_of("2026-06-30").now().report
    apart = next(block for block in then.blocks if isinstance(block, Table) and block.name == "open_apart")
    labels = {str(row[0]): row[-2].value for row in apart.rows if isinstance(row[-2], Figure)}
    assert labels["Qualified, due not known"] and not {"Past due", "No close date"} & set(labels)
    late = next(block for block in then.blocks if isinstance(block, Figure) and block.name == "past_due")
    assert late.value is None and "cannot say" in late.reason
    assert "past due is not known" not in book.now().report.lede and "past due" in book.now().report.lede
    assert "0 of the qualified" not in then.lede and "is not known" in then.lede


def test_the_notes_of_the_tiles_are_among_its_own(tmp_path: Path) -> None:
    rows = [{**row, "qualified": "", "created": "2026-01-03", "currency": "USD"} for row in FEW]
    book = made(tmp_path, rows)
    told = [note for name in ("open_due", "won_value") for note in measured_notes(book, name)]
    assert told and all(note in notes(book) for note in told), notes(book)


def measured_notes(book: Book, name: str) -> list[str]:
    blocks = book.measure(name, period="this quarter" if name == "won_value" else "all").report.blocks
    return [block.text for block in blocks if isinstance(block, Note) and "stands in" in block.text]


def test_decided_deals_of_days_to_come_are_told(tmp_path: Path) -> None:
    rows = [{**FEW[4], "id": f"W{i}", "closed": day, "currency": "USD"} for i, day in enumerate(
        ("2026-11-22", "2026-11-23", "2026-12-31", "2027-01-01"))]  # fmt: skip
    book = made(tmp_path, [FEW[0], *rows])
    assert "3 won deals close after 2026-11-22; Won in 2026Q4 counts 2 of them." in notes(book)
    won = next(figure for figure in book.now().figures if figure.label == "Won in 2026Q4")
    assert won.n == 3
    (tmp_path / "b").mkdir()
    assert "close after" not in notes(made(tmp_path / "b", [FEW[0], rows[0]]))


def test_only_the_rates_that_lack_are_asked_for_and_since_when(tmp_path: Path) -> None:
    book = made(tmp_path, FEW)
    (tmp_path / "rates.csv").write_text("currency,starts,rate\nEUR,2026-11-01,0.8\n")
    book.import_(path=str(tmp_path / "rates.csv"))
    told = notes(book)
    assert "saleswright rate JPY=RATE," in told and "JPY has no rate to USD" in told
    assert "the rate of EUR begins on 2026-11-01" in told, "the deal won in October has none"
    (tmp_path / "more.csv").write_text("currency,starts,rate\nJPY,2026-01-01,160\n")
    book.import_(path=str(tmp_path / "more.csv"))
    # What is open can be added by now, what was won in October cannot.
    again = book.now()
    assert str(again.figures[0].value) == "600.35 USD"
    assert "the rate of EUR begins on 2026-11-01" in notes(book) and "JPY has" not in notes(book)
    assert any(getattr(block, "name", "") == "by_currency" for block in again.report.blocks)
