"""What does a second export mean? What it covers is told by its rows; what is absent stays, unless it is the whole."""

from __future__ import annotations

from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.kernel.report import Report
from tests.workspaces import book

HEAD = "Opportunity ID,Opportunity Name,Account Name,Opportunity Owner,Team,Stage,Created Date,Close Date,Amount\n"
TEAMS = {"West": ("Ann", "Bob"), "East": ("Cid", "Dee"), "North": ("Eve",)}


def rows() -> list[dict[str, str]]:
    found = []
    for n in range(120):
        team = list(TEAMS)[n % 3]
        stage = ("Proposal", "Won", "Lost", "Negotiation")[n % 4]
        found.append(
            {
                "id": f"D{n:03}",
                "name": f"Deal {n}",
                "account": f"Company {n % 17}",
                "owner": TEAMS[team][n % len(TEAMS[team])],
                "team": team,
                "stage": stage,
                "created": f"2026-01-{1 + n % 28:02}",
                "close": f"2026-{4 + n % 8:02}-{1 + n % 27:02}",
                "amount": str(100 * (n + 1)),
            }
        )
    return found


def write(path: Path, deals: list[dict[str, str]], head: str = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(",".join(deal.values()) + "\n" for deal in deals), encoding="utf-8")
    return path


def take_in(folder: Path, path: Path, **more: object) -> Report:
    app = build()
    return app.call(app.open_workspace(folder), "import", {"path": str(path), **more}).report


def count(folder: Path) -> object:
    book = saleswright.open(folder)
    return [book.measure(name).value for name in ("open_deals", "won_deals", "lost_deals")]


def first(tmp_path: Path) -> Path:
    book(write(tmp_path / "all.csv", rows()))(tmp_path / "w")
    return tmp_path / "w"


def scopes(report: Report) -> list[dict[str, object]]:
    found = report.data["scopes"]
    assert isinstance(found, list)
    return found


def test_exports_with_different_filters_never_remove_and_say_their_filter(tmp_path: Path) -> None:
    folder = first(tmp_path)
    before = count(folder)
    filters = {
        "team West": ("team West", lambda d: d["team"] == "West"),
        "close date": ("close dates from 2026-04-01", lambda d: d["close"] < "2026-07"),
        "open": ("outcome open", lambda d: d["stage"] in ("Proposal", "Negotiation")),
        "owner": ("owner Cid", lambda d: d["owner"] == "Cid"),
    }
    for name, (words, keep) in filters.items():
        kept = [deal for deal in rows() if keep(deal)]
        report = take_in(folder, write(tmp_path / f"{name}.csv", kept))
        assert report.changed == 0 and count(folder) == before
        (told,) = scopes(report)
        assert (told["held"], told["absent"]) == (len(kept), 120 - len(kept))
        assert any(str(said).startswith(words) for said in told["filters"]), told  # type: ignore[attr-defined]


def test_two_filters_at_once_are_both_found(tmp_path: Path) -> None:
    folder = first(tmp_path)
    kept = [deal for deal in rows() if deal["team"] == "East" and deal["close"] >= "2026-08"]
    (told,) = scopes(take_in(folder, write(tmp_path / "some.csv", kept)))
    said = " and ".join(told["filters"])  # type: ignore[arg-type]
    assert "team East" in said and "close dates from 2026-08" in said


def test_rows_that_lack_without_a_reason_are_said_to_lack_without_one(tmp_path: Path) -> None:
    folder = first(tmp_path)
    kept = [deal for n, deal in enumerate(rows()) if n % 7]
    report = take_in(folder, write(tmp_path / "some.csv", kept))
    (told,) = scopes(report)
    assert told["absent"] == 120 - len(kept) and told["filters"] == []
    assert any("stay as they are. No filter by team" in getattr(b, "text", "") for b in report.blocks)


def test_a_declared_full_export_removes_what_it_lacks_and_undo_brings_it_back(tmp_path: Path) -> None:
    folder = first(tmp_path)
    before = count(folder)
    kept = [deal for deal in rows() if deal["team"] != "North"]
    report = take_in(folder, write(tmp_path / "kept.csv", kept), whole=True)
    gone = [deal for deal in rows() if deal["team"] == "North"]
    assert report.changed == len(gone)
    assert count(folder) == [
        sum(d["stage"] in ("Proposal", "Negotiation") for d in kept),
        sum(d["stage"] == "Won" for d in kept),
        sum(d["stage"] == "Lost" for d in kept),
    ]
    app = build()
    app.call(app.open_workspace(folder), "import undo", {"run": report.data["run"]})
    assert count(folder) == before


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    folder = first(tmp_path)
    report = take_in(folder, tmp_path / "all.csv")
    assert report.changed == 0 and report.data["run"] is None


def differences(report: Report) -> list[tuple[str, str]]:
    found = report.data["differences"]
    assert isinstance(found, list)
    return [(one["kind"], one["text"]) for one in found]


def test_renamed_moved_new_and_gone_columns_are_said_and_read_on(tmp_path: Path) -> None:
    folder = first(tmp_path)
    head = "Opportunity Name,Opportunity ID,Account Name,Opportunity Owner,Sales Stage,Created Date,Close Date,Amount,Mood\n"
    moved = [
        {k: deal[k] for k in ("name", "id", "account", "owner", "stage", "created", "close", "amount")}
        | {"mood": "well"}
        for deal in rows()
    ]
    report = take_in(folder, write(tmp_path / "all.csv", moved, head))
    told = differences(report)
    assert ("renamed", "'Stage' is now 'Sales Stage': both are read as stage") in told
    assert any(kind == "new column" and "'Mood'" in text for kind, text in told)
    assert any(kind == "gone column" and "'Team'" in text and "team stays as it was" in text for kind, text in told)
    assert any(kind == "moved" for kind, _ in told)
    assert report.changed == 0, "the same facts under other names are no change"


def test_new_stages_and_owners_are_said_with_their_rows(tmp_path: Path) -> None:
    folder = first(tmp_path)
    changed = rows()
    for deal in changed[:5]:
        deal["stage"] = "Verbal yes"
    for deal in changed[5:8]:
        deal["owner"] = "Zoe"
    report = take_in(folder, write(tmp_path / "next.csv", changed))
    told = differences(report)
    assert ("new value", "stage not seen before: Verbal yes (5 rows)") in told
    assert ("new owner", "owner not seen before: Zoe (3 rows)") in told
    assert report.changed == 8


def test_stages_first_seen_later_mean_what_their_names_tell(tmp_path: Path) -> None:
    folder = first(tmp_path)
    changed = rows()
    for deal in changed:
        deal["stage"] = {"Won": "Closed Won", "Lost": "Closed Lost", "Negotiation": "Flurry"}.get(
            deal["stage"], deal["stage"]
        )
    report = take_in(folder, write(tmp_path / "next.csv", changed))
    assert count(folder) == [60, 30, 30]
    assert "Closed Won: won" in (folder / "definitions/stages_2.yaml").read_text(encoding="utf-8")
    untold = [issue for issue in report.issues if issue.code == "undeclared-stage"]
    assert len(untold) == 1 and "Flurry (30 rows)" in untold[0].what and "Closed" not in untold[0].what


def test_two_files_of_one_whole_table_are_told_of_together(tmp_path: Path) -> None:
    folder = first(tmp_path)
    west = [deal for deal in rows() if deal["team"] == "West"]
    east = [deal for deal in rows() if deal["team"] == "East"]
    write(tmp_path / "parts/a.csv", west)
    write(tmp_path / "parts/b.csv", east)
    report = take_in(folder, tmp_path / "parts", whole=True)
    (told,) = scopes(report)
    assert (told["file"], told["absent"]) == ("a.csv, b.csv", 40) and report.changed == 40
    texts = [getattr(block, "text", "") for block in report.blocks]
    assert any("40 deals that are not in it any more are removed" in text for text in texts)
    assert not any("stay as they are" in text or "With --whole" in text for text in texts)


def test_a_rejected_row_is_not_absent(tmp_path: Path) -> None:
    folder = first(tmp_path)
    changed = rows()
    changed[0]["amount"] = "1oo"
    (told,) = scopes(take_in(folder, write(tmp_path / "all.csv", changed)))
    assert (told["held"], told["absent"]) == (120, 0)
