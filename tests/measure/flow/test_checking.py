"""Does `saleswright check` say what is wrong with the definitions of the flow, all at once and with their lines?"""

from __future__ import annotations

from pathlib import Path

from saleswright.app import build

DEALS = "id,stage,owner,created,closed,amount,currency\n1,Closed Won,Ann,2026-01-05,2026-02-01,100,USD\n"
WRONG = """- {kind: aging_schedule, name: mine, cuts: [30, 20]}
- {kind: stuck, name: default, quantile: 7}
- {kind: fact_plan, name: q1, period: sometime}
"""


def test_check_reads_schedules_plans_and_thresholds(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "acme"), "from": str(tmp_path / "deals.csv")})
    (tmp_path / "acme/definitions/wrong.yaml").write_text(WRONG, encoding="utf-8")
    report = app.call(app.open_workspace(tmp_path / "acme"), "check", {}).report
    told = " ".join(f"{issue.where} {issue.what}" for issue in report.issues)
    for line in (1, 2, 3):
        assert f"definitions/wrong.yaml:{line}" in told, told
