"""A small record for the review's page: what a team with hostile names would have imported."""

from __future__ import annotations

import csv
from pathlib import Path

from saleswright.app import build
from tests.faces.web.hostile import PAYLOADS

HEAD = "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date,Created Date,Opportunity Owner,Team"
TEAMS = ("Team East", "Team West", "Team North")


def record(folder: Path) -> Path:
    """The workspace of a small company with hostile names: ninety deals, six reps, three teams, a grant for one of them."""
    export = folder / "export"
    export.mkdir()
    with (export / "deals.csv").open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD.split(","))
        for i in range(90):
            stage = ("Closed Won", "Closed Lost", "Proposal")[i % 3]
            close = f"2026-{i % 10 + 1:02}-12" if i % 3 < 2 else ("2026-12-10", "2026-10-02")[i % 2]
            name = PAYLOADS[i % len(PAYLOADS)].replace("\u2028", "").replace("\u2029", "")
            rows.writerow([f"0068W{i:010}", name, name, stage, f"{1000 + 10 * i}.50", close, f"2026-01-{i % 28 + 1:02}",
                           f"Rep {i % 6}", TEAMS[i % 3]])  # fmt: skip
    build().call(None, "init", {"folder": str(folder / "ws"), "from": str(export)})
    (folder / "ws" / "definitions" / "access.yaml").write_text(
        "- {kind: access, name: rob, scope: 'team:Team West'}\n- {kind: access, name: ann, scope: company}\n"
    )
    return folder / "ws"
