"""What should not count: every planted kind is found, nothing ordinary is, and each figure before and after is recounted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import saleswright
from saleswright.demo.world import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure
from saleswright.lib.issue import CONFLICT, NOT_ALLOWED, USAGE, Stop
from tests.demo.truth import truth
from tests.measure.recount import NOW, TODAY, Row, made, table
from tests.workspaces import SEED, UNTIL

BULK = date(2026, 3, 14)


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def ordinary(seed: int, deals: int = 600) -> list[Row]:
    """Two years of an ordinary company: cycles of 20 to 90 days, losses on any day, open deals of every normal age."""
    chance = Random(seed)
    rows: list[Row] = []
    for number in range(deals):
        start = date(2024, 11, 1) + timedelta(days=chance.randrange(700))
        end = start + timedelta(days=chance.randint(20, 90))
        stage = chance.choice(["Won", "Lost", "Lost"]) if end < TODAY else "Negotiation"
        if stage == "Lost":
            end = start + timedelta(days=chance.randint(1, 120))
            end = min(end, TODAY - timedelta(days=1))
        rows.append(
            {
                "id": f"O{number:04}",
                "name": f"{chance.choice(NAMES)} {number}",
                "stage": stage,
                "type": "New Business",
                "created": start.isoformat(),
                "qualified": start.isoformat(),
                "closed": end.isoformat() if stage in ("Won", "Lost") else "",
                "expected_close": (TODAY + timedelta(days=chance.randint(-30, 90))).isoformat(),
                "amount": str(chance.randint(100, 9000)),
                "lost_reason": chance.choice(ORDINARY) if stage == "Lost" else "",
            }
        )
    return rows


NAMES = ("Contest Media", "Test Valley Water upgrade", "Attestation Group", "Acme", "Latest Fashions", "Protest Gear")
ORDINARY = ("Price", "Competitor", "No decision", "Failed technical test", "Duplicate functionality in house",
            "Our error in the offer", "Lost to an existing vendor", "Test phase too long")  # fmt: skip


def with_planted(rows: list[Row]) -> dict[str, set[str]]:
    """Plant every kind of junk into the rows; the ids by the finding's name."""
    planted: dict[str, set[str]] = {}

    def plant(kind: str, count: int, **fields: str | Callable[[int], str]) -> None:
        for number in range(count):
            told = {key: value(number) if callable(value) else value for key, value in fields.items()}
            row = {"id": f"{kind}-{number}", "name": f"Planted {number}", "type": "New Business", "amount": "50",
                   "created": "2026-02-01", "qualified": "2026-02-01"}  # fmt: skip
            rows.append(row | told)
            planted.setdefault(kind, set()).add(row["id"])

    def spread(number: int) -> str:
        return (date(2026, 4, 1) + timedelta(days=3 * number)).isoformat()

    plant("bulk_lost_2026_03_14", 90, stage="Lost", created="2025-05-01", qualified="2025-05-01", closed=str(BULK))
    reasons = ("Duplicate", "Dublette", "doublon", "Duplicate opportunity", "Duplicado / duplicada", "DUPE")
    plant("reason_duplicate", 24, stage="Lost", closed=spread, lost_reason=lambda n: reasons[n % len(reasons)])
    errors = ("Created in error", "Irrtümlich angelegt", "Créé par erreur", "Creado por error")
    plant("reason_error", 12, stage="Lost", closed=spread, lost_reason=lambda n: errors[n % len(errors)])
    plant("reason_test", 4, stage="Lost", closed=spread, lost_reason="Test")
    names = ("Test", "TEST - Acme", "test deal 3", "Acme (test)", "asdf")
    plant("test_names_2026_11_22", 5, stage="Negotiation", created="2026-10-01", qualified="2026-10-01",
          name=lambda n: names[n])  # fmt: skip
    plant("lost_same_day", 15, stage="Lost", created=spread, qualified=spread, closed=spread)
    plant("lost_in_future", 6, stage="Lost", created="2026-10-01", qualified="2026-10-01", closed="2027-02-01")
    plant("zombies", 20, stage="Negotiation", created="2024-12-01", qualified="2024-12-01", amount="77.5")
    return planted


def findings(book: Book) -> dict[str, dict[str, object]]:
    answer = table(book, "junk", "treatments")
    rows = table(book, "junk", "findings").rows
    heads = [column.name for column in table(book, "junk", "findings").columns]
    names = [str(row[2]).split()[-1] for row in answer.rows]
    return {name: dict(zip(heads, row, strict=True)) for name, row in zip(names, rows, strict=True)}


def has_findings(book: Book) -> bool:
    return any(getattr(block, "name", "") == "findings" for block in book.junk().report.blocks)


@pytest.fixture(scope="module")
def bent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row], dict[str, set[str]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        rows = ordinary(3)
        planted = with_planted(rows)
        place = tmp_path_factory.mktemp("bent")
        made(place, rows)
        return place / "w", rows, planted


def won_of(rows: list[Row], left_out: set[str]) -> tuple[int, int]:
    decided = [row for row in rows if row["stage"] in ("Won", "Lost") and row["id"] not in left_out]
    return sum(row["stage"] == "Won" for row in decided), len(decided)


def test_all_that_was_planted_is_found_and_nothing_else(bent: tuple[Path, list[Row], dict[str, set[str]]]) -> None:
    folder, rows, planted = bent
    book = saleswright.open(folder)
    found = findings(book)
    assert set(found) == set(planted)
    before = won_of(rows, set())
    for name, ids in planted.items():
        told = found[name]
        same_day = {row["id"] for row in rows if row["stage"] == "Lost" and row["closed"] == str(BULK)}
        ids = same_day if name.startswith("bulk") else ids
        amount = told["amount"]
        assert told["deals"] == len(ids), name
        assert isinstance(amount, Figure) and amount.value is not None
        assert amount.value.minor == sum(round(float(r["amount"]) * 100) for r in rows if r["id"] in ids)  # type: ignore[union-attr]
        now, then = told["win_rate"], told["win_rate_kept"]
        assert isinstance(now, Figure) and isinstance(then, Figure)
        assert now.of == before and then.of == won_of(rows, ids), name
        assert not then.ref, "nobody decided so yet, so there is nothing to open"
        opened, kept = told["open_pipeline"], told["open_pipeline_kept"]
        assert isinstance(opened, Figure) and isinstance(kept, Figure)
        still = [r for r in rows if r["stage"] == "Negotiation"]
        assert (opened.n, kept.n) == (len(still), sum(r["id"] not in ids for r in still)), name


@pytest.mark.parametrize("seed", [1, 2])
def test_an_ordinary_company_has_nothing_to_leave_out(seed: int, tmp_path: Path) -> None:
    book = made(tmp_path, ordinary(seed))
    assert not has_findings(book)
    assert book.junk().report.lede.startswith("Nothing")


def test_old_but_normal_is_no_zombie(tmp_path: Path) -> None:
    """The edge itself: three times the cycle is not yet too long, a day more is."""
    rows = ordinary(5)
    ages = sorted(
        (date.fromisoformat(r["closed"]) - date.fromisoformat(r["created"])).days for r in rows if r["stage"] == "Won"
    )
    longest = ages[-(-95 * len(ages) // 100) - 1]
    for number, days in enumerate((2 * longest, 3 * longest - 1, 3 * longest, 3 * longest + 1)):
        start = (TODAY - timedelta(days=days)).isoformat()
        rows.append({"id": f"E{number}", "name": "Acme", "stage": "Negotiation", "type": "New Business",
                     "created": start, "qualified": start, "amount": "10"})  # fmt: skip
    found = findings(made(tmp_path, rows))
    assert set(found) == {"zombies"} and found["zombies"]["deals"] == 1


def test_a_busy_day_of_young_deals_is_no_clean_up(tmp_path: Path) -> None:
    rows = ordinary(6)
    for number in range(90):
        rows.append({"id": f"Y{number}", "name": "Acme", "stage": "Lost", "type": "New Business", "amount": "10",
                     "created": "2026-03-04", "qualified": "2026-03-04", "closed": str(BULK)})  # fmt: skip
    assert not has_findings(made(tmp_path, rows))


def test_untouched_deals_tell_a_clean_up_where_no_age_does(tmp_path: Path) -> None:
    rows = ordinary(6)
    for number in range(90):
        rows.append({"id": f"Y{number}", "name": "Acme", "stage": "Lost", "type": "New Business", "amount": "10",
                     "created": "2026-01-20", "qualified": "2026-01-20", "closed": str(BULK),
                     "last_activity": "2026-01-25"})  # fmt: skip
    found = findings(made(tmp_path, rows))
    assert set(found) == {"bulk_lost_2026_03_14"} and "90 had not been touched" in str(found.popitem()[1]["evidence"])


def test_a_monthly_habit_of_cleaning_is_no_event(tmp_path: Path) -> None:
    """Forty old losses on the last day of every month: it bends no single day, so no day is taken out."""
    rows = ordinary(7, 200)
    for month in range(1, 11):
        day = date(2026, month + 1, 1) - timedelta(days=1)
        for number in range(40):
            rows.append({"id": f"M{month}-{number}", "name": "Acme", "stage": "Lost", "type": "New Business",
                         "amount": "10", "created": "2025-06-01", "qualified": "2025-06-01",
                         "closed": str(day)})  # fmt: skip
    assert not has_findings(made(tmp_path, rows))


def test_where_sales_are_made_in_a_day_a_loss_in_a_day_is_no_junk(tmp_path: Path) -> None:
    chance = Random(2)
    rows: list[Row] = []
    for number in range(200):
        start = (date(2026, 1, 1) + timedelta(days=chance.randrange(300))).isoformat()
        rows.append({"id": f"S{number}", "name": "Shop", "stage": chance.choice(["Won", "Lost"]), "type": "New Business",
                     "created": start, "qualified": start, "closed": start, "amount": "10"})  # fmt: skip
    assert not has_findings(made(tmp_path, rows))


def test_the_planted_zombies_of_the_sample_company_exactly(sample: Book) -> None:
    found = findings(sample)
    planted = truth(build(SEED, UNTIL)).zombies
    assert set(found) == {"zombies"} and found["zombies"]["deals"] == len(planted) == 60
    rule = table(sample, "junk", "rules").rows[0][1]
    assert "kind: leave_out" in str(rule) and "metrics: [open_pipeline]" in str(rule)


def test_keeping_one_leaves_it_out_from_today_on(tmp_path: Path) -> None:
    rows = ordinary(8)
    planted = with_planted(rows)
    book = made(tmp_path, rows)
    told = findings(book)
    yesterday = [book.as_of("2026-11-21").measure(name).figures[0] for name in ("win_rate", "open_pipeline")]
    answer = book.junk_keep(name="zombies").report
    assert answer.changed == 1 and (book.workspace.root / str(answer.data["file"])).is_file()
    book.junk_keep(name="reason_duplicate")
    again = saleswright.open(book.workspace.root)
    assert set(findings(again)) == set(told) - {"zombies", "reason_duplicate"}
    assert again.measure("win_rate").figures[0].of == won_of(rows, planted["reason_duplicate"])
    kept = told["zombies"]["open_pipeline_kept"]
    assert isinstance(kept, Figure) and again.measure("open_pipeline").value == kept.value
    assert [again.as_of("2026-11-21").measure(n).figures[0] for n in ("win_rate", "open_pipeline")] == yesterday
    names = [str(row[0]) for row in table(again, "junk", "kept").rows]
    assert names == ["reason_duplicate", "zombies"]
    for name, code in (("zombies", CONFLICT), ("zombis", USAGE), ("../zombies", USAGE)):
        with pytest.raises(Stop) as stop:
            again.junk_keep(name=name)
        assert stop.value.exit_code == code, name
    (book.workspace.root / "definitions/leave_out/zombies.yaml").unlink()
    (book.workspace.root / "definitions/leave_out/reason_duplicate.yaml").unlink()
    assert saleswright.open(book.workspace.root).measure("win_rate").figures[0].of == won_of(rows, set())


def test_only_who_sees_the_whole_record_may_look(bent: tuple[Path, list[Row], dict[str, set[str]]]) -> None:
    with pytest.raises(Stop) as stop:
        saleswright.open(bent[0]).scope("owner:x").junk()
    assert stop.value.exit_code == NOT_ALLOWED


def test_a_few_losses_of_a_day_are_no_finding(tmp_path: Path) -> None:
    def rows(lost: int, won: int) -> list[Row]:
        same = {"stage": "Lost", "created": "2026-03-02", "qualified": "2026-03-02", "closed": "2026-03-02"}
        slow = {"stage": "Won", "created": "2026-03-02", "qualified": "2026-03-02", "closed": "2026-05-02"}
        told = [*([same] * lost), *([slow] * won)]
        return [{"id": f"F{i}", "name": "Acme", "type": "New", "amount": "5"} | row for i, row in enumerate(told)]

    for place, lost, won, found in (("a", 1, 2, False), ("b", 4, 30, False), ("c", 6, 2, False), ("d", 5, 30, True)):
        (tmp_path / place).mkdir()
        assert has_findings(made(tmp_path / place, rows(lost, won))) is found, (lost, won)


def test_on_a_past_day_nothing_is_proposed_that_cannot_be_done(
    bent: tuple[Path, list[Row], dict[str, set[str]]],
) -> None:
    report = saleswright.open(bent[0]).as_of("2026-11-21").junk().report
    names = {getattr(block, "name", "") for block in report.blocks}
    assert "findings" in names and not names & {"treatments", "rules"}
    assert "kept as of today" in report.lede and not any("keep" in line for line in report.next)


def test_how_a_rule_is_taken_back_is_told_as_it_is(tmp_path: Path) -> None:
    """`to:` takes it back from a day on, and the days before keep their figures; the words say so."""
    rows = ordinary(9, 120) + [{"id": f"T{i}", "name": "Acme", "stage": "Lost", "type": "New", "created": "2026-01-02",
                                "qualified": "2026-01-02", "closed": "2026-02-02", "amount": "5",
                                "lost_reason": "Duplicate"} for i in range(3)]  # fmt: skip
    book = made(tmp_path, rows)
    before = book.measure("lost_deals").value
    text = str(book.junk_keep(name="reason_duplicate").report)
    assert "write to: and that day" in text and "past days too" in text
    path = book.workspace.root / "definitions/leave_out/reason_duplicate.yaml"
    path.write_text(path.read_text().replace("from: 2026-11-22", "from: 2026-11-10\nto: 2026-11-22"), encoding="utf-8")
    again = saleswright.open(book.workspace.root)
    assert again.measure("lost_deals").value == before
    assert again.as_of("2026-11-21").measure("lost_deals").value == before - 3
