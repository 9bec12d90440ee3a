"""Does a deal keep its currency when a later file says nothing of it? A history told apart, a column that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import saleswright
from saleswright.app import build
from saleswright.history.changes import Source
from saleswright.history.fold import fold
from saleswright.history.release import current, release_path
from saleswright.kernel.report import Report
from saleswright.kernel.workspace import load
from saleswright.lib.money import Money
from tests.history.drawn import DEAL, FOREVER, STAGES, START, opened, rectangles
from tests.history.reference import Given
from tests.workspaces import book

CODES = ("JPY", "EUR", "KWD")
SIGNS = {"JPY": "5000000", "EUR": "5000000.5", "KWD": "5000000.25"}
MINOR = {"JPY": 5_000_000, "EUR": 500_000_050, "KWD": 5_000_000_250}
Pin = Callable[..., object]


def deal_id(number: int) -> str:
    return f"006{number:012}AAA"


def deals(path: Path, dated: bool = True) -> Path:
    """Six deals in each currency, created on the fifth of January."""
    head = "Id,Name,StageName,Amount,CurrencyIsoCode,CloseDate" + (",CreatedDate" if dated else "")
    lines = [head]
    for number in range(18):
        code = CODES[number % 3]
        line = f"{deal_id(number)},Deal {number},Proposal,{SIGNS[code]},{code},2026-12-01"
        lines.append(line + (",2026-01-05T09:00:00.000Z" if dated else ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def history(path: Path) -> Path:
    """One event of each deal when it was created, and one in March; neither tells a currency."""
    lines = ["Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate"]
    for number in range(18):
        amount = SIGNS[CODES[number % 3]]
        lines.append(f"008{number:012}AAA,{deal_id(number)},Qualification,{amount},2026-12-01,2026-01-05T09:00:00.000Z")
        lines.append(f"008{number + 50:012}AAA,{deal_id(number)},Proposal,{amount},2026-12-01,2026-03-05T09:00:00.000Z")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def take_in(folder: Path, path: Path) -> Report:
    app = build()
    return app.call(app.open_workspace(folder), "import", {"path": str(path)}).report


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask the published release."""
    state = load(folder).state
    release = current(state)
    assert release is not None
    with duckdb.connect(str(release_path(state, release.number)), read_only=True) as con:
        return con.execute(sql).fetchall()


def present(folder: Path) -> dict[str, tuple[object, object]]:
    """Amount and currency of every deal as it stands."""
    found = rows(folder, f"SELECT id, amount, currency FROM deal WHERE valid_to = TIMESTAMP '{FOREVER}' ORDER BY id")
    return {str(key).removeprefix("deal_crm_")[:15]: (amount, code) for key, amount, code in found}


def own() -> dict[str, tuple[object, object]]:
    return {deal_id(n)[:15]: (MINOR[CODES[n % 3]], CODES[n % 3]) for n in range(18)}


def everything(folder: Path) -> list[tuple[object, ...]]:
    return rows(folder, "SELECT * FROM deal ORDER BY id, valid_from, known_from")


def same_after_rebuild(folder: Path) -> None:
    before = everything(folder)
    app = build()
    app.call(app.open_workspace(folder), "rebuild", {})
    assert everything(folder) == before


def open_pipeline(folder: Path, code: str, day: str = "") -> object:
    """All open deals of one currency."""
    opened = saleswright.open(folder).currency(code)
    opened = opened.as_of(day) if day else opened
    return opened.measure("open_pipeline", where=[f"currency={code}"]).value


def then(folder: Path, moment: str) -> dict[str, tuple[object, object]]:
    """Amount and currency of every deal at a moment, as it was known then."""
    t = f"TIMESTAMP '{moment}'"
    clocks = f"valid_from <= {t} AND {t} < valid_to AND known_from <= {t} AND {t} < known_to"
    found = rows(folder, f"SELECT id, amount, currency FROM deal WHERE {clocks}")
    return {str(key).removeprefix("deal_crm_")[:15]: (amount, code) for key, amount, code in found}


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("order", ["deals first", "history first", "together"])
def test_a_history_imported_apart_leaves_each_deal_its_currency(
    tmp_path: Path, pin_now: Pin, order: str, dated: bool
) -> None:
    """Imported in February and in April; one event of each deal lies before the first import and one after it."""
    files = {"deals": deals(tmp_path / "a" / "Opportunity.csv", dated)}
    files["history"] = history(tmp_path / ("a" if order == "together" else "b") / "OpportunityHistory.csv")
    folder = tmp_path / "w"
    pin_now("2026-02-01T12:00:00+00:00")
    if order == "together":
        pin_now("2026-04-10T12:00:00+00:00")
        book(tmp_path / "a")(folder)
    else:
        first, second = ("deals", "history") if order == "deals first" else ("history", "deals")
        book(files[first])(folder)
        pin_now("2026-04-10T12:00:00+00:00")
        take_in(folder, files[second])
    assert present(folder) == own()
    for moment in ("2026-01-20 12:00:00", "2026-02-20 12:00:00", "2026-03-20 12:00:00"):
        assert then(folder, moment) == own()
    if dated and order == "deals first":
        for code in ("JPY", "KWD"):
            assert open_pipeline(folder, code) == Money(6 * MINOR[code], code)
            assert open_pipeline(folder, code, "2026-01-20") == Money(6 * MINOR[code], code)
    assert rows(folder, "SELECT DISTINCT currency FROM deal ORDER BY 1") == [(code,) for code in sorted(CODES)]
    same_after_rebuild(folder)


def test_a_history_alone_is_in_the_workspaces_currency_which_is_said_once(tmp_path: Path) -> None:
    folder, path = tmp_path / "w", history(tmp_path / "OpportunityHistory.csv")
    app = build()
    report = app.call(None, "init", {"folder": str(folder), "from": str(path)}).report
    said = [issue for issue in report.issues if issue.code == "currency_assumed"]
    assert len(said) == 1 and "USD" in said[0].what
    in_dollars = {"JPY": 500_000_000, "EUR": 500_000_050, "KWD": 500_000_025}
    assert present(folder) == {deal_id(n)[:15]: (in_dollars[CODES[n % 3]], "USD") for n in range(18)}
    assert rows(folder, "SELECT DISTINCT currency FROM deal") == [("USD",)]
    same_after_rebuild(folder)


def test_an_event_that_comes_after_the_deals_is_in_their_currency(tmp_path: Path, pin_now: Pin) -> None:
    """Two events of one deal in yen, after the import of the deals."""
    folder = tmp_path / "w"
    pin_now("2026-02-01T12:00:00+00:00")
    book(deals(tmp_path / "a" / "Opportunity.csv"))(folder)
    path = tmp_path / "b" / "OpportunityHistory.csv"
    path.parent.mkdir()
    path.write_text(
        "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate\n"
        f"008000000000098AAA,{deal_id(0)},Proposal,6000000,2026-12-01,2026-03-05T09:00:00.000Z\n"
        f"008000000000099AAA,{deal_id(0)},Negotiation,7000000,2026-12-01,2026-03-06T09:00:00.000Z\n",
        encoding="utf-8",
    )
    pin_now("2026-03-10T12:00:00+00:00")
    take_in(folder, path)
    assert present(folder) == own() | {deal_id(0)[:15]: (7_000_000, "JPY")}
    same_after_rebuild(folder)


WEEK = {"D1": ("JPY", "50000000"), "D2": ("KWD", "1250.5"), "D3": ("USD", "99.95"), "D4": ("JPY", "700")}
IN_MINOR = {"D1": (50_000_000, "JPY"), "D2": (1_250_500, "KWD"), "D3": (9_995, "USD"), "D4": (700, "JPY")}


def week(path: Path, coded: bool, changed: dict[str, str] | None = None, only: str = "") -> Path:
    """An export of a week, read by the same mapping as the last one."""
    head = "Deal ID,Deal Name,Stage,Amount,Close Date,Created Date" + (",Currency" if coded else "")
    lines = [head]
    for key, (code, amount) in WEEK.items():
        if not only or key in only:
            amount = (changed or {}).get(key, amount)
            lines.append(f"{key},Deal {key},Proposal,{amount},2026-12-01,2026-01-05" + (f",{code}" if coded else ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_export_that_lost_its_currency_column_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    book(week(tmp_path / "1" / "deals.csv", coded=True))(folder)
    before = everything(folder)
    assert present(folder) == IN_MINOR
    report = take_in(folder, week(tmp_path / "2" / "deals.csv", coded=False))
    assert report.changed == 0
    assert present(folder) == IN_MINOR and everything(folder) == before


def test_an_amount_that_changed_without_the_currency_column_is_in_the_deals_currency(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    book(week(tmp_path / "1" / "deals.csv", coded=True))(folder)
    new = {"D1": "60000000", "D2": "2000.75", "D3": "100"}
    report = take_in(folder, week(tmp_path / "2" / "deals.csv", False, new))
    assert report.changed
    (run,) = [row for row in saleswright.open(folder).check().rows if row["new"] == 0]
    assert (run["changed"], run["unchanged"], run["rejected"]) == (3, 1, 0)
    wanted = {"D1": (60_000_000, "JPY"), "D2": (2_000_750, "KWD"), "D3": (10_000, "USD"), "D4": (700, "JPY")}
    assert present(folder) == wanted
    same_after_rebuild(folder)
    # And with the column back, nothing is new.
    assert take_in(folder, week(tmp_path / "3" / "deals.csv", True, new)).changed == 0


def test_a_new_deal_without_the_column_is_in_the_workspaces_currency_until_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    book(week(tmp_path / "1" / "deals.csv", coded=True, only="D1 D3"))(folder)
    take_in(folder, week(tmp_path / "2" / "deals.csv", coded=False))
    # 1250.50 and 700 are read as dollars: no file has told otherwise.
    assert present(folder) == IN_MINOR | {"D2": (125_050, "USD"), "D4": (70_000, "USD")}
    assert take_in(folder, week(tmp_path / "3" / "deals.csv", coded=False)).changed == 0
    same_after_rebuild(folder)
    take_in(folder, week(tmp_path / "4" / "deals.csv", coded=True))
    assert present(folder) == IN_MINOR
    same_after_rebuild(folder)


def silent(given: Given) -> Source:
    """The file as one that tells no currency: its money is in parts of a unit."""
    return replace(given.source, assumed="USD")


@pytest.mark.parametrize("anchors", [(), ("created",), ("created", "closed"), ("closed",)])
def test_one_export_without_a_currency_is_made_the_same_way_alone_as_beside_others(anchors: tuple[str, ...]) -> None:
    made = {"line": 2, "deleted": False, "created": "2026-03-28", "qualified_fallback": None}
    kept = tuple(
        {**made, "id": key, "stage": stage, "amount": amount, "profit": profit,
         "created__at": START, "closed__at": datetime(2026, 3, 29)}
        for key, stage, amount, profit in (
            ("one", "won", 12_340_000, None), ("two", "talk", 50_000, 10_050), ("three", "lost", None, None),
        )
    )  # fmt: skip
    sets = ("stage", "amount", "created", "profit")
    given = Given(DEAL, 1, 0, "rows", sets, datetime(2026, 3, 30), kept, anchors)
    empty = Given(DEAL, 2, 0, "events", (), START, ())
    found = []
    for files in ([given], [given, empty]):
        con = opened(DEAL)
        loaded = []
        for file in files:
            table = f"given_{file.run}"
            con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({silent(file).query})")
            loaded.append((silent(file), table))
        fold(con, DEAL, loaded, STAGES)
        found.append(rectangles(con, DEAL))
    assert found[0] == found[1]
    assert {(r["amount"], r["profit"], r["currency"]) for r in found[0]["two"] if r["amount"]} == {(500, 100, "USD")}
    assert {r["currency"] for r in found[0]["three"]} == {None}


def test_changed_fields_told_apart_are_in_the_deals_currency(tmp_path: Path, pin_now: Pin) -> None:
    """A field history has no currency beside an amount, whatever else it holds."""
    folder = tmp_path / "w"
    pin_now("2026-02-01T12:00:00+00:00")
    book(deals(tmp_path / "a" / "Opportunity.csv"))(folder)
    lines = ["Id,OpportunityId,Field,OldValue,NewValue,CreatedDate"]
    for number in range(18):
        old, new = SIGNS[CODES[number % 3]], f"{number + 1}000"
        lines.append(f"017{number:012}AAA,{deal_id(number)},Amount,{old},{new},2026-03-05T09:00:00.000Z")
        lines.append(
            f"017{number + 50:012}AAA,{deal_id(number)},StageName,Proposal,Negotiation,2026-03-06T09:00:00.000Z"
        )
    path = tmp_path / "b" / "OpportunityFieldHistory.csv"
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pin_now("2026-04-10T12:00:00+00:00")
    take_in(folder, path)
    scale = {"JPY": 1, "EUR": 100, "KWD": 1000}
    wanted = {deal_id(n)[:15]: ((n + 1) * 1000 * scale[CODES[n % 3]], CODES[n % 3]) for n in range(18)}
    assert present(folder) == wanted
    assert then(folder, "2026-03-01 12:00:00") == own()
    assert take_in(folder, path).changed == 0
    same_after_rebuild(folder)


def test_the_export_without_the_column_taken_back_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    book(week(tmp_path / "1" / "deals.csv", coded=True))(folder)
    before = everything(folder)
    take_in(folder, week(tmp_path / "2" / "deals.csv", False, {"D1": "60000000"}))
    assert everything(folder) != before
    app = build()
    app.call(app.open_workspace(folder), "import undo", {"run": 2})
    assert everything(folder) == before


def test_a_printed_total_over_an_amount_without_a_currency_is_held_against_the_rows(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    book(week(tmp_path / "1" / "deals.csv", coded=True))(folder)
    path = week(tmp_path / "2" / "deals.csv", coded=False)
    path.write_text(path.read_text(encoding="utf-8") + "Grand Total,,,50002050.45,,\n", encoding="utf-8")
    report = take_in(folder, path)
    assert report.changed == 0 and present(folder) == IN_MINOR
    assert [Decimal(str(total["difference"])) for total in report.data["totals"]] == [0]  # type: ignore[attr-defined]
