"""Does what a person wrote into a mapping hold when the next file has changed? And is the file still read right?"""

from __future__ import annotations

from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.kernel.report import Report
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from tests.workspaces import book

HEAD = "Opportunity ID,Opportunity Name,Opportunity Owner,Stage,Created Date,Close Date,Amount\n"


def rows(count: int = 20, name: str = "Deal", amount: str = "{n}00.50") -> list[str]:
    return [
        f"D{n:03},{name} {n},Ann,{('Closed Won', 'Closed Lost', 'Proposal')[n % 3]},2026-01-{n % 27 + 1:02},"
        f"2026-02-{n % 27 + 1:02},{amount.format(n=n + 1)}"
        for n in range(count)
    ]


def write(path: Path, lines: list[str], head: str = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def take_in(folder: Path, path: Path, **more: object) -> Report:
    app = build()
    return app.call(app.open_workspace(folder), "import", {"path": str(path), **more}).report


def mapping(folder: Path, name: str = "deals") -> Path:
    return folder / f"definitions/mappings/{name}.yaml"


def edit(folder: Path, old: str, new: str, name: str = "deals") -> None:
    path = mapping(folder, name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    build().call(build().open_workspace(folder), "rebuild", {})


def won(folder: Path, currency: str = "EUR") -> object:
    return saleswright.open(folder).currency(currency).measure("won_value", where=[f"currency={currency}"]).value


def start(tmp_path: Path) -> Path:
    """A workspace whose mapping a person has edited: euros, a stage read otherwise, a comment."""
    book(write(tmp_path / "deals.csv", rows()))(tmp_path / "w")
    edit(tmp_path / "w", "currency: USD", "currency: EUR")
    edit(tmp_path / "w", "kind: mapping", "# agreed with finance\nkind: mapping")
    return tmp_path / "w"


def test_a_renamed_column_keeps_what_was_decided(tmp_path: Path) -> None:
    folder = start(tmp_path)
    before = won(folder)
    head = HEAD.replace("Opportunity Name", "Deal Title")
    report = take_in(folder, write(tmp_path / "deals.csv", rows(), head))
    assert won(folder) == before and report.changed == 0


def test_a_new_column_that_sets_something_new_is_read_and_the_text_stays(tmp_path: Path) -> None:
    folder = start(tmp_path)
    head = HEAD.replace("Amount", "Amount,Lead Source,Mood")
    report = take_in(folder, write(tmp_path / "deals.csv", [f"{row},Web,well" for row in rows()], head))
    assert report.changed == 20
    text = mapping(folder).read_text(encoding="utf-8")
    assert "# agreed with finance" in text and "currency: EUR" in text and "Lead Source: source" in text
    assert saleswright.open(folder).measure("won_deals", by="source").rows[0]["source"] == "Web"


def test_an_answer_changes_what_it_answers_and_nothing_else(tmp_path: Path) -> None:
    head = HEAD.replace("Amount", "ARR,TCV")
    lines = [f"{row},{(n + 1) * 1000}.25" for n, row in enumerate(rows())]
    book(write(tmp_path / "deals.csv", lines, head))(tmp_path / "w")
    folder = tmp_path / "w"
    edit(folder, "currency: USD", "currency: EUR")
    edit(folder, "kind: mapping", "# agreed with finance\nkind: mapping")
    write(tmp_path / "both/deals.csv", lines, head)
    write(tmp_path / "both/spend.csv", ["2026-01-01,Events,100", "2026-02-01,Events,200"], "Month,Channel,Amount\n")
    take_in(folder, tmp_path / "both")
    edit(folder, "currency: USD", "currency: GBP", "spend")
    spend = mapping(folder, "spend").read_text(encoding="utf-8")
    asked = take_in(folder, tmp_path / "both", dry_run=True)
    tcv = sum((n + 1) * 100_000 + 25 for n in range(0, 20, 3))
    arr = sum((n + 1) * 10_000 + 50 for n in range(0, 20, 3))
    assert won(folder) in (Money(tcv, "EUR"), Money(arr, "EUR")), asked.data["questions"]
    for answer, cents in (("ARR", arr), ("TCV", tcv)):
        take_in(folder, tmp_path / "both", answer=[f"amount_meaning={answer}"])
        assert won(folder) == Money(cents, "EUR")
        text = mapping(folder).read_text(encoding="utf-8")
        assert "# agreed with finance" in text and "currency: EUR" in text
        assert mapping(folder, "spend").read_text(encoding="utf-8") == spend


def test_taking_back_an_answer_puts_the_mapping_back(tmp_path: Path) -> None:
    head = HEAD.replace("Amount", "ARR,TCV")
    path = write(tmp_path / "deals.csv", [f"{row},{(n + 1) * 1000}.25" for n, row in enumerate(rows())], head)
    book(path)(tmp_path / "w")
    folder = tmp_path / "w"
    before, text = won(folder, "USD"), mapping(folder).read_text(encoding="utf-8")
    run = take_in(folder, path, answer=["amount_meaning=ARR"]).data["run"]
    after, new = won(folder, "USD"), mapping(folder).read_text(encoding="utf-8")
    assert after != before and new != text
    app = build()
    undone = app.call(app.open_workspace(folder), "import undo", {"run": run}).report
    assert won(folder, "USD") == before and mapping(folder).read_text(encoding="utf-8") == text
    app.call(app.open_workspace(folder), "import undo", {"run": undone.data["run"]})
    assert won(folder, "USD") == after and mapping(folder).read_text(encoding="utf-8") == new
    app.call(app.open_workspace(folder), "rebuild", {})
    assert won(folder, "USD") == after


def test_mended_rows_are_read_by_the_mapping_that_gave_them_back(tmp_path: Path) -> None:
    accounts = [f"A{n},Company {n}" for n in range(5)]
    write(tmp_path / "all/Account.csv", accounts, "Id,Name\n")
    bad = rows()
    bad[3] = bad[3].replace("400.50", "4oo.50")
    write(
        tmp_path / "all/Opportunity.csv", bad, HEAD.replace("Opportunity ID", "Id").replace("Opportunity Name", "Name")
    )
    book(tmp_path / "all")(tmp_path / "w")
    folder = tmp_path / "w"
    (given,) = (folder / ".saleswright/raw").rglob("rejected*.csv")
    mended = tmp_path / "mended.csv"
    mended.write_text(given.read_text(encoding="utf-8").replace("4oo.50", "400.50"), encoding="utf-8")
    report = take_in(folder, mended)
    assert report.changed == 1
    totals = [saleswright.open(folder).measure(name).value for name in ("won_deals", "lost_deals", "open_deals")]
    assert sum(int(str(value)) for value in totals) == 20
    assert not any("two columns cannot share a name" in issue.why for issue in report.issues)


def test_the_same_columns_with_another_meaning_are_told_by_their_names(tmp_path: Path) -> None:
    head = HEAD.replace("Opportunity ID", "Id")
    write(tmp_path / "all/deals_eu.csv", rows(), head)
    write(tmp_path / "all/deals_us.csv", [row.replace("D0", "U0") for row in rows()], head)
    book(tmp_path / "all")(tmp_path / "w")
    folder = tmp_path / "w"
    edit(folder, "currency: USD", "currency: EUR", "deals_eu")
    dollars, euros = won(folder, "USD"), won(folder)
    take_in(folder, write(tmp_path / "deals_us_w12.csv", [row.replace("D0", "U0") for row in rows(22)], head))
    assert won(folder) == euros and won(folder, "USD") != dollars


def test_a_source_that_turns_its_decimal_mark_is_read_anew(tmp_path: Path) -> None:
    folder = start(tmp_path)
    before = won(folder)
    lines = [row.rpartition(",")[0] + ',"' + row.rpartition(",")[2].replace(".", ",") + '"' for row in rows()]
    report = take_in(folder, write(tmp_path / "deals.csv", lines))
    assert report.changed == 0 and won(folder) == before


def test_an_unknown_answer_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = start(tmp_path)
    text = mapping(folder).read_text(encoding="utf-8")
    for answer in ("amount_meening=ACV", "date_order=ddmmyy", "deal_type=perhaps"):
        with pytest.raises(Stop):
            take_in(folder, tmp_path / "deals.csv", answer=[answer])
    assert mapping(folder).read_text(encoding="utf-8") == text
