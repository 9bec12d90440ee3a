"""Any report as a file: the numbers of the envelope in their own types, and text from outside that stays text."""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from saleswright.faces import export
from saleswright.faces.export import FORMS, About, markdown, write
from saleswright.kernel.report import Bridge, Column, Figure, Note, Point, Report, Series, Step, Table
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.money import Money
from tests.faces.web.hostile import PAYLOADS

ABOUT = About("roll", (("since", "2026-11-16"),), "Acme", "2026-11-23", "", "r12.j0", "company", "USD")
FORMULAS = tuple(
    f"{before}{sign}{body}"
    for before in ("", " ", "\u00a0", "\u200b", "\t", "'")
    for sign in ("=", "+", "-", "@", "\uff1d", "\uff0b", "|=")
    for body in ("cmd|' /C calc'!A0", "1+1", 'HYPERLINK("http://evil.example","x")', "SUM(A1:A9)")
)
NIGHTLY = os.environ.get("SALESWRIGHT_NIGHTLY", "") not in ("", "0")
TEXTS = (
    *PAYLOADS[:: 1 if NIGHTLY else 3],
    *FORMULAS[:: 1 if NIGHTLY else 5],
    "](javascript:alert(1))",
    "[x](http://evil.example)",
    "![x](//evil.example/x.png)",
    "http://evil.example www.evil.example mailto:a@evil.example",
    "a|b\\|c\n|---|",
    "# head\n- list\n1. one",
    "`code` $x$ ~~y~~ **z** __u__",
    '#read("/etc/passwd") #eval("1") $x$ <label> @ref \\u{41}',
    "x" * (40_000 if NIGHTLY else 4_000),
    "long " * (9_000 if NIGHTLY else 900),
    "\u202e\u2066abc\u2069 \u200f\u200e",
    "\U0001f469\u200d\U0001f4bb \U0001f1e9\U0001f1ea caf\u00e9 \u4e2d\u6587 \u0627\u0644\u0639",
    "a\x00b\x01c\x07d\x1be\x7f\x85",
    "\ufffe\uffff\ufdd0",
    "\ud800",
    "constructor.constructor('window.pwned=1')()",
    "",
    " ",
    "_x0041_",
    "'",
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def _step(label: str, minor: int, tone: str = "plain", kind: str = "part", events: int | None = 3) -> Step:
    figure = Figure(label, usd(minor), "money", label, n=5, ref=f"roll@0a1b2c;line={label};asof=2026-11-23")
    return Step(label.lower(), label, figure, events, kind, tone)  # type: ignore[arg-type]


def report(said: str = "Larch Robotics") -> Report:
    """Every kind of block, with a text from outside in every place one can stand in."""
    return Report(
        f"What changed? {said}",
        [
            Figure("range", usd(2_525_000_12), "money", f"Likely range {said}", n=40, low=usd(2_254_000_00),
                   high=usd(2_843_000_00), ref="number@0a1b2c;period=2026Q4"),
            Figure("chance", 0.4375, "share", "Chance", n=8, of=(7, 16)),
            Figure("calls", None, "money", "Calls", reason=f"not in {said}"),
            Figure("cycle", 57.5, "days", "Cycle"),
            Bridge("roll", (
                _step("Open 16 Nov", 41_980_000_01, kind="end"), _step("New", 730_000_00, "good"),
                _step("Lost", -4_340_000_00, "lost"), _step(said or "Won", -5_970_000_01, "won"),
                _step("Open 23 Nov", 32_400_000_00, kind="end"),
            ), f"What moved? {said}", "money", f"Lines sum to the cent. {said}"),
            Series("won_by_month", "month", tuple(
                Point(f"2026-{m:02} {said}", date(2026, m, 1), Figure("won", usd(m * 1_000_01), "money", n=m))
                for m in range(1, 7)), f"Won {said}", "money"),
            Table("deals", (Column("deal", f"Deal {said}"), Column("day", "Close", "date"),
                            Column("at", "Touched", "moment"), Column("amount", "Amount", "money"),
                            Column("share", "Odds", "share"), Column("n", "Pushes", "count"),
                            Column("late", "Late")),
                  tuple((f"{said}{i}", date(2026, 11, 1 + i), datetime(2026, 11, 1, 9, i, tzinfo=UTC),
                         usd(100_000_07 * i), Figure("odds", i / 8, "share", ref=f"odds@1;{i}"), i, i % 2 == 0)
                        for i in range(1, 5)), f"Deals {said}", total=186, footer=f"All open. {said}"),
            Table("mixed", (Column("who", "Who"), Column("who2", "Who"), Column("a", "Amount", "money")),
                  ((said, None, Money(1234, "JPY")), ("b", said, Money(1234, "KWD")), (None, "x", None))),
            Table("none", (Column("a", "A"), Column("b", "A")), ()),
            Note(f"Renewals apart. {said}"),
            Note(f"Simple model. {said}", "warning"),
        ],
        lede=f"$16.29M won. {said}",
        footer=(f"The rules add up. {said}",),
        issues=(Issue(said, f"a mapping changed {said}", said, said, level="warning"),),
    )  # fmt: skip


def _parts(body: bytes) -> dict[str, str]:
    """Every XML part of a package, also of the workbooks inside it."""
    found: dict[str, str] = {}
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        for name in package.namelist():
            held = package.read(name)
            if name.endswith(".xlsx"):
                found |= {f"{name}/{inner}": text for inner, text in _parts(held).items()}
            elif name.endswith((".xml", ".rels")):
                ElementTree.fromstring(held)
                found[name] = held.decode("utf-8")
    return found


def _formulas(parts: dict[str, str]) -> list[str]:
    return [name for name, text in parts.items() if "sheets/" in name and re.search(r"<(\w+:)?f[ >/]", text)]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_answer_is_the_same_file(form: str) -> None:
    assert write(report(), form, ABOUT) == write(report(), form, ABOUT)


def test_excel_holds_the_numbers_dates_and_shares_of_the_envelope_in_their_own_types() -> None:
    body = write(report(), "xlsx", ABOUT)
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    deals = book.get_sheet_by_name("Deals Larch Robotics").to_python()
    head = deals[0]
    assert head[0] == "Deal Larch Robotics" and "Odds" in head
    assert deals[2][:4] == ["Larch Robotics2", date(2026, 11, 3), datetime(2026, 11, 1, 9, 2), 200_000.14]
    assert deals[2][head.index("Odds")] == 0.25 and deals[2][head.index("Pushes")] == 2
    assert deals[2][head.index("Late")] is True
    alone = book.get_sheet_by_name("Figures").to_python()
    assert alone[1][:2] == ["Likely range Larch Robotics", 2_525_000.12]
    assert alone[3][1] == "" and "not in Larch Robotics" in alone[3]
    notes = book.get_sheet_by_name("Notes").to_python()
    told = {str(row[0]): str(row[1]) for row in notes}
    assert told["As of"] == "2026-11-23" and told["History version"] == "12" and told["Since"] == "2026-11-16"
    assert any("number@0a1b2c;period=2026Q4" in row for row in notes)
    assert any("4 of 186 rows are shown." in str(row) for row in notes)
    parts = _parts(body)
    sheets = [text for name, text in parts.items() if "worksheets/sheet" in name]
    assert all('state="frozen"' in text for text in sheets[:-1])
    assert len([name for name in parts if "tables/table" in name]) == 5
    assert all("<autoFilter" in text for name, text in parts.items() if "tables/table" in name)
    codes = parts["xl/styles.xml"]
    assert "yyyy-mm-dd" in codes and "0.00%" in codes and "USD" in codes and "#,##0 &quot;JPY&quot;" in codes


def test_slides_have_native_charts_and_tables_with_the_envelopes_numbers() -> None:
    deck = Presentation(io.BytesIO(write(report(), "pptx", ABOUT)))
    first = deck.slides[0]
    assert first.shapes.title is not None and first.shapes.title.text_frame.text == "$16.29M won. Larch Robotics"
    (chart,) = [shape.chart for shape in first.shapes if shape.has_chart]
    below, amount = chart.plots[0].series
    assert list(amount.values) == [41_980_000.01, 730_000.0, 4_340_000.0, 5_970_000.01, 32_400_000.0]
    assert list(below.values) == pytest.approx([0, 41_980_000.01, 38_370_000.01, 32_400_000.0, 0])
    cells = [cell.text for s in deck.slides for shape in s.shapes if shape.has_table for row in shape.table.rows
             for cell in row.cells]  # fmt: skip
    assert "USD 200,000.14" in cells and "25.00%" in cells and "USD \u22124,340,000.00" in cells
    said = first.notes_slide.notes_text_frame.text
    assert "number@0a1b2c;period=2026Q4" in said and "History version: 12" in said
    edges = [(s.left + s.width, s.top + s.height) for slide in deck.slides for s in slide.shapes]
    assert all(right <= deck.slide_width and low <= deck.slide_height for right, low in edges)


def test_a_pdf_is_one_page_where_it_fits_and_its_text_can_be_read() -> None:
    pdf = PdfReader(io.BytesIO(write(report(), "pdf", ABOUT)))
    assert len(pdf.pages) == 1 and pdf.pages[0].mediabox.height > pdf.pages[0].mediabox.width
    text = " ".join(pdf.pages[0].extract_text().split())
    for told in ("$16.29M won.", "\u2212$4.34M", "43.8%", "not in Larch Robotics", "history version 12", "Mind:",
                 "4 of 186 rows are shown.", "number@0a1b2c"):  # fmt: skip
        assert told in text, told
    long = Report("Rows", [Table("t", (Column("a", "A"),), tuple((str(i),) for i in range(900)))])
    pages = PdfReader(io.BytesIO(write(long, "pdf", ABOUT))).pages
    assert len(pages) > 3 and "400 of 900 rows are shown." in pages[-1].extract_text()


def test_markdown_reads_as_the_report() -> None:
    text = write(report(), "md", ABOUT).decode()
    assert "| Larch Robotics2 | Tue 3 Nov 2026 |" in text.replace("\u00a0", " ")
    assert "| New | USD 730,000.00 | 3 |" in text and "cannot say yet: not in Larch Robotics" in text
    assert "- Mind: Simple model. Larch Robotics" in text and "`number@0a1b2c;period=2026Q4`" in text


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_no_cell_becomes_a_formula_and_no_text_a_link(said: str) -> None:
    for form in ("xlsx", "pptx"):
        parts = _parts(write(report(said), form, ABOUT))
        assert _formulas(parts) == []
        assert not [name for name, text in parts.items() if "hyperlink" in text.casefold() and "rels" in name]
        assert not [n for n, t in parts.items() if re.search(r"hlinkClick|<hyperlink|TargetMode=.External", t)]


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_markdown_has_no_tag_link_or_table_from_outside(said: str) -> None:
    text = write(report(said), "md", ABOUT).decode()
    spans = re.sub(r"(`+).*?\1", "", text)
    assert "<" not in spans and not re.search(r"(?<!\\)\]\(", spans) and not re.search(r"(?<!\\)!?\[", spans)
    assert not re.search(r"(?i)(https?|javascript|data|mailto):", spans) and not re.search(r"(?i)www\.", spans)
    shape = [len(re.findall(r"(?<!\\)\|", line)) for line in spans.splitlines() if line.startswith("| ")]
    clean = [
        len(re.findall(r"(?<!\\)\|", line))
        for line in write(report(), "md", ABOUT).decode().splitlines()
        if line.startswith("| ")
    ]
    assert shape == clean
    assert len([line for line in text.splitlines() if line.startswith("#")]) == 7


def test_hostile_text_is_set_as_text_in_a_pdf() -> None:
    for said in TEXTS[:: max(1, len(TEXTS) // 24)]:
        made = PdfReader(io.BytesIO(write(report(said), "pdf", ABOUT)))
        kinds = [note.get_object().get("/Subtype") for page in made.pages for note in page.get("/Annots") or ()]
        assert "/Link" not in kinds and "/JavaScript" not in str(made.trailer["/Root"])
    marked = '#read("paper.typ") *bold* $x^2$'
    text = PdfReader(io.BytesIO(write(Report(marked, []), "pdf", ABOUT))).pages[0].extract_text()
    assert '#read("paper.typ") *bold* $x^2$' in text


def test_text_is_kept_but_for_what_cannot_be_seen() -> None:
    for said in ("=cmd|' /C calc'!A0", "<script>x</script>", "\u4e2d\u6587 caf\u00e9", "a|b"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(write(report(said), "xlsx", ABOUT)))
        rows = book.get_sheet_by_name("mixed" if "mixed" in book.sheet_names else "Mixed").to_python()
        assert rows[1][0] == said
    long = write(Report("?", [Table("t", (Column("a", "A"),), (("x" * 40_000,),))]), "xlsx", ABOUT)
    cell = str(CalamineWorkbook.from_filelike(io.BytesIO(long)).get_sheet_by_name("T").to_python()[1][0])
    assert cell.startswith("xxx") and cell.endswith("\u2026") and len(cell) < 32_767, "a cell holds no more"
    assert markdown.text("\u202eabc\u2069\x00d") == "abc d"


@pytest.mark.parametrize(("form", "package", "module"), [
    ("xlsx", "xlsxwriter", "workbook"), ("pptx", "pptx", "slides"), ("pdf", "typst", "paper"),
])  # fmt: skip
def test_a_missing_package_is_named_with_what_installs_it(
    form: str, package: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"saleswright.faces.export.{module}", raising=False)
    monkeypatch.delattr(export, module, raising=False)
    with pytest.raises(Stop) as stop:
        write(report(), form, ABOUT)
    (issue,) = stop.value.issues
    assert package in issue.what and issue.try_ == 'pip install "saleswright[export]"'
    assert write(report(), "md", ABOUT), "Markdown needs none"


def test_there_is_no_other_form() -> None:
    with pytest.raises(Stop) as stop:
        write(report(), "xls", ABOUT)
    assert "xlsx" in str(stop.value.issues[0])


def test_a_bridge_with_a_gap_or_below_nothing_is_still_told(tmp_path: Path) -> None:
    gap = Figure("gap", None, "money", reason="no rate")
    ends = _step("Open", 100, kind="end"), _step("Close", -50, kind="end")
    for middle in (Step("gap", "Gap", gap), _step("Lost", -150, "lost")):
        told: list[Any] = [Bridge("b", (ends[0], middle, ends[1]), "Moves")]
        for form in FORMS:
            body = write(Report("Moves?", told), form, ABOUT)
            assert body
        assert "Open" in write(Report("Moves?", told), "md", ABOUT).decode()
