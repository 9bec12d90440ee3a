"""What came of the proposals: only values that changed since, exactly as proposed, are counted, at an assumed time each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.faces.cli import sheet
from saleswright.kernel.report import Figure, Note, Table
from saleswright.measure.review.scrub.saved import saved
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import deal, made, usual

MONDAY, WEDNESDAY, SUNDAY = "2026-11-16T12:00:00+00:00", "2026-11-18T12:00:00+00:00", "2026-11-22T12:00:00+00:00"


def test_minutes_saved_are_counted_honestly(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now(MONDAY)
    wrong = [deal(f"D{n}", Amount=str(5107 + 13 * n), Next_Step="", Next_Step_Date="") for n in range(6)] + [
        deal("P1", Close_Date="2026-11-09")
    ]
    folder = made(tmp_path, [*usual(), *wrong])
    report = build().call(saleswright.open(folder).workspace, "review fixes", {}).report
    text, _ = sheet.of_report(report)
    rows = list(csv.reader(io.StringIO(text)))
    assert sorted(rows[0]) == ["Close Date", "Next Step", "Opportunity ID"]
    assert len(rows) == 8

    pin_now(WEDNESDAY)
    step = rows[0].index("Next Step")
    by_key = {row[0]: row for row in rows[1:]}
    by_key["D0"][step] = "Somebody's own words"
    kept = [rows[0], *(row for key, row in by_key.items() if key != "D1")]
    out = io.StringIO()
    csv.writer(out).writerows(kept)
    (tmp_path / "deals.csv").write_text(out.getvalue(), encoding="utf-8")
    build().call(saleswright.open(folder).workspace, "import", {"path": str(tmp_path / "deals.csv")})

    pin_now(SUNDAY)
    at = opened(folder)
    what = saved(at)
    at.close()
    # Seven values were proposed; one was answered otherwise, one was left.
    assert (what.proposed, what.taken, what.seconds, what.minutes) == (7, 5, 20, 1.7)
    (folder / "definitions" / "typing.yaml").write_text(
        "kind: typing_time\nname: per_value\nfrom: 2026-11-20\nseconds: 60\n", encoding="utf-8"
    )
    report = build().call(saleswright.open(folder).workspace, "review follow", {}).report
    figure = next(block for block in report.blocks if isinstance(block, Figure))
    assert figure.value == 5.0 and figure.n == 5
    said = " ".join(block.text for block in report.blocks if isinstance(block, Note))
    assert "Of 7 values proposed on 2026-11-16, 5 stand in the record now exactly as proposed" in said
    assert "an assumption (definitions/typing.yaml:4" in said
    deals = next(block for block in report.blocks if isinstance(block, Table) and block.name == "deals")
    assert [row[1] for row in deals.rows] == ["D1", "P1"]


def test_before_there_was_a_record_nothing_is_claimed(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now(SUNDAY)
    folder = made(tmp_path, [*usual(), deal("D1", Next_Step="", Next_Step_Date="")])
    at = opened(folder)
    what = saved(at)
    at.close()
    assert what.taken is None and what.minutes is None and "2026-11-22" in what.reason and what.today == 1


def test_a_wrong_assumption_is_told(tmp_path: Path, pin_now: Callable[[str], datetime]) -> None:
    pin_now(SUNDAY)
    folder = made(tmp_path, [deal("D1")])
    (folder / "definitions" / "typing.yaml").write_text(
        "kind: typing_time\nname: per_value\nseconds: long\n", encoding="utf-8"
    )
    at = opened(folder)
    what = saved(at)
    at.close()
    assert what.seconds == 20 and "typing.yaml:3" in what.issues[0].where
