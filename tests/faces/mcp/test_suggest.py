"""A change that a tool suggests goes through the door: a person decides it, and the log says that it came over tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from saleswright.app import build
from saleswright.faces.mcp.calls import Calls
from saleswright.kernel.journal import open_journal
from tests.faces.mcp.client import Tools, text
from tests.faces.mcp.conftest import GRANTS

APP = build()


def bodies(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every record with what it is about, in order."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import detail, record

    journal = open_journal(APP.open_workspace(folder))
    assert journal is not None
    with journal.read() as con:
        asked = select(record.c.act, detail.c.body).where(record.c.seq == detail.c.seq).order_by(record.c.seq)
        return [(act, json.loads(body)) for act, body in con.execute(asked)]


def suggestion(tools: Calls, n: int, amount: str) -> dict[str, Any]:
    """A change of the amount of the n-th record that was won."""
    blocks = tools.call("explain", {"ref": "won_value"}).envelope["data"]["blocks"]
    rows = next(block for block in blocks if block.get("name") == "rows")["rows"]
    return {"entity": "deal", "record": rows[n][0], "change": {"amount": amount}, "because": "the buyer said so"}


def test_what_is_suggested_waits_for_a_person_and_says_where_it_came_from(company: Path, over_stdio: Tools) -> None:
    asked = suggestion(Calls(APP, company), 0, "999.00")
    seen = over_stdio.envelope("propose", **asked, dry_run=True)
    assert seen["data"]["changed"] == 0 and not [act for act, _ in bodies(company) if act == "proposed"]
    made = over_stdio.envelope("propose", **asked)
    assert made["data"]["state"] == "open" and made["data"]["changed"] == 1
    again = over_stdio.envelope("propose", **asked)
    assert again["data"]["request"] == made["data"]["request"] and again["data"]["changed"] == 0, (
        "the same again is the one"
    )
    proposed = [body for act, body in bodies(company) if act == "proposed"]
    assert [body["via"] for body in proposed] == ["tools"]
    for name in ("decide", "withdraw"):
        refused = over_stdio.call(name, request=[str(made["data"]["request"])], verdict="yes")
        assert refused.is_error and "is not offered" in text(refused)
    assert not [act for act, _ in bodies(company) if act.startswith("decided")]
    waits = over_stdio.envelope("inbox")
    assert str(made["data"]["request"]) in json.dumps(waits["data"]["blocks"])
    hidden = Calls(APP, company, "west").call("propose", {**asked, "because": "mine"})
    assert hidden.refused or hidden.envelope["data"]["changed"] == 0, "not a row of west's"


def test_to_decide_is_a_tool_only_for_whom_it_is_granted(company: Path) -> None:
    grants = company / "definitions/access.yaml"
    grants.write_text(GRANTS.replace("[kpi reviewed]", "[decide]"), encoding="utf-8")
    try:
        chief = Calls(APP, company, "chief")
        (tool,) = [tool for tool in chief.tools() if tool.action.effect == "apply"]
        assert tool.name == "decide" and "decide" not in [tool.name for tool in Calls(APP, company, "").tools()]
        made = Calls(APP, company).call("propose", suggestion(chief, 1, "998.00")).envelope["data"]
        told = chief.call("decide", {"request": [str(made["request"])], "verdict": "no", "because": "not so"})
        assert not told.refused, told.text
        (act, body) = bodies(company)[-1]
        assert act.startswith("decided") and body["via"] == "tools"
    finally:
        grants.write_text(GRANTS, encoding="utf-8")
