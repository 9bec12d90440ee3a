"""A small company that calls: Vic leads Eve (West: Ann, Bob) and Max (East: Cleo, Dan). Told anew in August: Bob is in the
East, Dan has left, and Ann's quota is another."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.journal import let_go
from saleswright.kernel.report import Report
from saleswright.lib.money import Money
from saleswright.measure.forecast.calls.sheet import Row, Sheet, sheet
from tests.workspaces import copied

TOLD, ANEW = "2026-07-01T08:00:00+00:00", "2026-08-18T08:00:00+00:00"
APP = build()
WEST = [("u1", "Ann", "West", "u5"), ("u2", "Bob", "West", "u5"), ("u5", "Eve", "West", "u7")]
EAST = [("u3", "Cleo", "East", "u6"), ("u4", "Dan", "East", "u6"), ("u6", "Max", "East", "u7"), ("u7", "Vic", "", "")]
ASKED = {"u1": 100_000, "u2": 200_000, "u3": 50_000, "u4": 80_000}
WON = {"u1": 30_000, "u2": 10_000, "u3": 20_000, "u4": 5_000}
# Before the quarter and in it, as another program kept them: two of the managers called before.
KEPT = [("u5", "2026-06-01", "2026Q2", 111), ("u6", "2026-06-01", "2026Q2", 222)]

Rows = Sequence[Mapping[str, object]]


def write(path: Path, rows: Rows) -> None:
    """A table as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def people(moved: bool) -> Rows:
    """Who is there; `moved`: after the re-organisation."""
    rows: list[dict[str, object]] = [
        {"id": id_, "name": name, "team": team, "manager": boss, "active": "true", "role": "Rep"}
        for id_, name, team, boss in (*WEST, *EAST)
    ]
    if moved:
        rows[1] |= {"team": "East", "manager": "u6"}
        rows[4] |= {"active": "false"}
    return rows


def deals() -> Rows:
    """One won and two open deals of each rep: one that a person put into commit, one that nobody put into a category."""
    common = {"created": "2026-05-02", "qualified": "2026-05-05", "currency": "USD", "expected_close": "2026-09-10"}
    rows: list[dict[str, object]] = []
    for owner, won in WON.items():
        rows += [
            {"id": f"w{owner}", "owner": owner, "stage": "Won", "closed": "2026-07-01", "amount": won, **common},
            {
                "id": f"o{owner}",
                "owner": owner,
                "stage": "Proposal",
                "amount": 20_000,
                "forecast_category": "Commit",
                **common,
            },
            {"id": f"s{owner}", "owner": owner, "stage": "Negotiation", "amount": 7_000, **common},
        ]
    rows.append(
        {"id": "p1", "owner": "u1", "stage": "Negotiation", "amount": 900, "forecast_category": "Pipeline", **common}
    )
    return rows


def quotas(anns: int) -> Rows:
    """What is asked in the third quarter."""
    span = {"starts": "2026-07-01", "ends": "2026-10-01", "currency": "USD"}
    return [{"id": f"q{u}", "person": u, "amount": anns if u == "u1" else a, **span} for u, a in ASKED.items()]


def made(place: Path) -> Path:
    """The workspace, told twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", TOLD)
        write(place / "one" / "users.csv", people(moved=False))
        write(place / "one" / "quotas.csv", quotas(ASKED["u1"]))
        write(place / "one" / "deals.csv", deals())
        kept = [
            {
                "user_id": u,
                "call_date": day,
                "period": period,
                "category": "Commit",
                "amount": amount,
                "currency": "USD",
            }
            for u, day, period, amount in KEPT
        ]
        write(place / "one" / "forecast_calls.csv", kept)
        APP.call(None, "init", {"folder": str(place / "w"), "from": str(place / "one")})
    let_go()
    return place / "w"


def told_anew(folder: Path, when: str = ANEW) -> None:
    """The re-organisation, the leaver and the changed quota are imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", when)
        write(folder.parent / "two" / "users.csv", people(moved=True))
        write(folder.parent / "two" / "quotas.csv", quotas(150_000))
        assert (
            APP.call(APP.open_workspace(folder), "import", {"path": str(folder.parent / "two")}).report.exit_code == 0
        )


def call(folder: Path, when: str, amount: int | str, about: str, actor: str = "", **more: str) -> Report:
    """Somebody calls at a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", f"{when}+00:00")
        args: dict[str, Any] = {"period": "2026Q3", "category": "commit", "amount": str(amount), "about": about, **more}
        return APP.call(APP.open_workspace(folder), "forecast submit", args, Ambient(actor=actor)).report


def at(folder: Path, day: str, actor: str = "") -> Snapshot:
    """The record as of a day."""
    found = APP.open_context(APP.open_workspace(folder), Ambient(as_of=day, actor=actor))
    assert isinstance(found, Snapshot)
    return found


def on(folder: Path, day: str, actor: str = "") -> Sheet:
    """The call sheet of the third quarter as of a day."""
    return sheet(at(folder, day, actor), "2026Q3", with_model=False)


def row(found: Sheet, name: str) -> Row:
    """Somebody's line."""
    return next(one for one in found.rows if one.name == name)


def usd(amount: float) -> Money:
    """Dollars."""
    return Money(round(amount * 100), "USD")


def define(folder: Path, text: str, file: str = "calls.yaml") -> None:
    """A definition of the workspace's own."""
    (folder / "definitions" / file).write_text(text, encoding="utf-8")


def copies(base: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may change."""
    let_go()
    yield copied(base.parent, tmp_path / "c") / "w"
    let_go()
