"""Contradictions between tables are found wherever they are planted, with their counts, and nowhere else."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.history.agreement import Disagreement, disagreements
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient

ONE = timedelta(days=1)
TODAY = date(2026, 6, 30)
Pin = Callable[[str], datetime]
Tables = dict[str, list[dict[str, Any]]]


def clean(seed: int) -> Tables:
    """A company whose tables agree: who is flagged as gone holds nothing, and an event tells of it."""
    rng = random.Random(seed)
    tables: Tables = {"accounts": [], "subscriptions": [], "churn_events": [], "usage": [], "tickets": []}
    for number in range(rng.randint(40, 80)):
        account, signed = f"A{number}", date(2024, 1, 1) + ONE * rng.randrange(300)
        starts, gone = signed + ONE * rng.randrange(20), rng.random() < 0.3
        ends = starts + ONE * rng.randint(60, 300) if gone else None
        back = gone and rng.random() < 0.3
        tables["accounts"].append(
            {
                "account_id": account,
                "account_name": f"Company {number}",
                "signup_date": signed,
                "churn_flag": gone and not back,
            }
        )
        held = [(f"S{number}", starts, ends)] + ([(f"R{number}", ends + 50 * ONE, None)] if back and ends else [])
        for name, first, last in held:
            tables["subscriptions"].append(
                {
                    "subscription_id": name,
                    "account_id": account,
                    "start_date": first,
                    "end_date": last,
                    "mrr_amount": 100,
                }
            )
            for _ in range(rng.randint(1, 6)):
                on = first + ONE * rng.randrange(((last or TODAY) - first).days + 1)
                tables["usage"].append(
                    {
                        "usage_id": f"U{len(tables['usage'])}",
                        "subscription_id": name,
                        "usage_date": on,
                        "feature_name": "x",
                    }
                )
        if ends:
            tables["churn_events"].append({"churn_event_id": f"C{number}", "account_id": account, "churn_date": ends})
        for _ in range(rng.randint(0, 3)):
            on = signed + ONE * rng.randrange(200)
            tables["tickets"].append(
                {
                    "ticket_id": f"T{len(tables['tickets'])}",
                    "account_id": account,
                    "submitted_at": on,
                    "closed_at": on + 2 * ONE,
                }
            )
    return tables


def planted(tables: Tables, seed: int) -> dict[str, int]:
    """Break the agreement in every way, each so often as drawn: what must be counted."""
    rng = random.Random(seed)
    accounts = {row["account_id"]: row for row in tables["accounts"]}
    subs = {row["subscription_id"]: row for row in tables["subscriptions"]}
    running = {row["account_id"] for row in subs.values() if row["end_date"] is None}
    went = {row["account_id"] for row in tables["churn_events"]}
    of_sub = {row["usage_id"]: row for row in tables["usage"]}
    found = {}
    # Flag some that never went, and take the flag from some that did.
    flag = rng.sample(sorted(running - went), rng.randint(1, 5))
    for account in flag:
        accounts[account]["churn_flag"] = True
    gone = [name for name, row in accounts.items() if row["churn_flag"] and name in went]
    unflag = rng.sample(gone, rng.randint(1, min(4, len(gone))))
    for account in unflag:
        accounts[account]["churn_flag"] = False
    found["flag_and_subscription"] = len(flag)
    found["flag_without_event"] = len(flag)
    # Those that came back are not flagged either, and rightly; with the others they are all that the events tell of.
    found["event_without_flag"] = sum(not accounts[name]["churn_flag"] for name in went)
    early = rng.sample(sorted(of_sub), rng.randint(1, 12))
    for usage in early:
        of_sub[usage]["usage_date"] = subs[of_sub[usage]["subscription_id"]]["start_date"] - ONE * rng.randint(1, 90)
    found["usage_before_subscription"] = len(early)
    ended = [u for u, row in of_sub.items() if u not in early and subs[row["subscription_id"]]["end_date"]]
    late = rng.sample(ended, rng.randint(1, min(6, len(ended))))
    for usage in late:
        of_sub[usage]["usage_date"] = subs[of_sub[usage]["subscription_id"]]["end_date"] + ONE * rng.randint(1, 30)
    found["usage_after_subscription"] = len(late)
    twice = rng.sample(tables["usage"], rng.randint(1, 5))
    tables["usage"] += [row | {"feature_name": "y"} for row in twice]
    found["usage_twice"] = len(twice)
    for row in twice:
        found["usage_before_subscription"] += row["usage_id"] in early
        found["usage_after_subscription"] += row["usage_id"] in late
    tickets = rng.sample(tables["tickets"], rng.randint(1, 8))
    for row in tickets:
        row["submitted_at"] = accounts[row["account_id"]]["signup_date"] - ONE * rng.randint(1, 30)
    found["ticket_before_account"] = len(tickets)
    order = rng.sample([row for row in tables["tickets"] if row not in tickets], rng.randint(1, 4))
    for row in order:
        row["closed_at"] = row["submitted_at"] - ONE
    found["ticket_order"] = len(order)
    return found


def told(tables: Tables, place: Path) -> dict[str, Disagreement]:
    """The findings over these tables, imported as anybody would."""
    (place / "export").mkdir(parents=True)
    for name, rows in tables.items():
        with (place / "export" / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)
    app = build()
    app.call(None, "init", {"folder": str(place / "w"), "from": str(place / "export")})
    at = open_snapshot(app.open_workspace(place / "w"), Ambient(as_of="2025-03-31"))
    found = {one.name: one for one in disagreements(at)}
    at.close()
    return found


@pytest.mark.parametrize("seed", [3, 29])
def test_clean_tables_are_silent_and_planted_contradictions_are_counted(
    seed: int, tmp_path: Path, pin_now: Pin
) -> None:
    pin_now("2026-06-30T12:00:00+00:00")
    tables = clean(seed)
    before = told(tables, tmp_path / "clean")
    assert len(before) >= 8 and not [one for one in before.values() if one.count]
    wanted = planted(tables, seed)
    after = told(tables, tmp_path / "planted")
    assert {name: one.count for name, one in after.items() if one.count} == wanted


def test_without_the_tables_nothing_is_said(tmp_path: Path) -> None:
    tables = clean(5)
    assert set(told({"subscriptions": tables["subscriptions"]}, tmp_path)) == {"subscription_order"}
