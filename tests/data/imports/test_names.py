"""Do owners and accounts named in words join the records that came in earlier with ids of their own?"""

from __future__ import annotations

from pathlib import Path

import saleswright
from saleswright.app import build
from saleswright.kernel.report import Report
from tests.workspaces import book

USERS = """User ID,Full Name,Team
0058W000001AAAAQA0,Ann Able,West
0058W000001BBBBQA1,Bob Best,East
0058W000001CCCCQA2,Twin Name,West
0058W000001DDDDQA3,Twin Name,East
"""
DEALS = """Opportunity ID,Opportunity Name,Opportunity Owner,Stage,Created Date,Close Date,Amount
D1,Alpha,Ann Able,Closed Won,2026-01-05,2026-03-05,100.50
D2,Beta,bob best,Closed Won,2026-01-05,2026-03-06,200.00
D3,Gamma,Cid Cool,Closed Won,2026-02-05,2026-03-24,300.00
D4,Delta,Twin Name,Closed Won,2026-02-05,2026-03-24,300.00
"""


def take_in(folder: Path, path: Path) -> Report:
    app = build()
    return app.call(app.open_workspace(folder), "import", {"path": str(path)}).report


def teams(folder: Path) -> dict[object, object]:
    answer = saleswright.open(folder).measure("won_deals", by="team")
    return {row["team"]: row["n"] for row in answer.rows}


def test_a_name_means_the_only_record_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    book(tmp_path / "users.csv")(tmp_path / "w")
    take_in(tmp_path / "w", tmp_path / "deals.csv")
    # Cid is on no list, and two people are called Twin: neither is guessed.
    assert teams(tmp_path / "w") == {"West": 1, "East": 1, "(none)": 2}
    mapping = (tmp_path / "w/definitions/mappings/deals.yaml").read_text(encoding="utf-8")
    assert "Ann Able: 0058W000001AAAAQA0" in mapping and "Twin" not in mapping
    assert take_in(tmp_path / "w", tmp_path / "deals.csv").changed == 0
    build().call(build().open_workspace(tmp_path / "w"), "rebuild", {})
    assert teams(tmp_path / "w") == {"West": 1, "East": 1, "(none)": 2}
