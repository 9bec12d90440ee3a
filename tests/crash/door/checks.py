"""What must hold of a journal after whatever happened to its writers? Read with plain SQLite and plain Python."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from saleswright.kernel.journal import chain
from tests.crash.door.ways import Taken

Row = dict[str, Any]
# What an effect's state makes of the lines it carries out.
LINE = {
    "planned": {"open"},
    "approved": {"approved"},
    "claimed": {"approved"},
    "sending": {"approved"},
    "confirmed": {"applied"},
    "resolved": {"applied"},
    "failed": {"failed"},
    "in_doubt": {"in_doubt"},
    "cancelled": {"refused", "withdrawn", "expired", "moved"},
}
# What ends a line without its being applied; a request of such lines alone stands where the first of these says.
ENDED = ("refused", "moved", "expired", "withdrawn")
ENDING = ("decided", "decided by approval", "withdrawn", "expired")
NAMES = ("about", "actor", "record", "detail", "request", "line", "decision", "effect")
QUIET = {"confirmed", "resolved", "failed", "in_doubt", "cancelled"}


def tables(root: Path, journal: str = "") -> dict[str, list[Row]]:
    """Every row of the journal of a workspace: its file, or the database of that address."""
    if journal:
        return _served(journal)
    file = root / ".saleswright" / "journal.sqlite"
    if not file.exists():
        return {name: [] for name in NAMES}
    with closing(sqlite3.connect(file)) as con:
        con.row_factory = sqlite3.Row
        assert con.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert con.execute("PRAGMA foreign_key_check").fetchall() == []
        return {name: [dict(row) for row in con.execute(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in NAMES}


def _served(journal: str) -> dict[str, list[Row]]:
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(journal, row_factory=dict_row) as con:
        if con.execute("SELECT to_regclass('record') AS there").fetchone() == {"there": None}:
            return {name: [] for name in NAMES}
        return {name: list(con.execute(f"SELECT * FROM {name} ORDER BY 1, 2")) for name in NAMES}


def chained(found: Mapping[str, list[Row]]) -> None:
    """The chain verifies from its beginning, without a gap, over what the columns say."""
    about = {row["name"]: row["value"] for row in found["about"]}
    if not about:
        assert not found["record"]
        return
    details = {row["seq"]: row for row in found["detail"]}
    actors = {row["id"]: row for row in found["actor"]}
    before, at = chain.genesis(about["id"]), 0
    for seq, row in enumerate(found["record"], 1):
        detail = details.pop(row["seq"])
        committed = chain.commitment(detail["salt"], detail["body"])
        who = actors[row["actor"]]
        assert who["proof"] == chain.commitment(who["salt"], who["name"].encode())
        content = chain.record_bytes(
            seq, row["at"], row["actor"], who["proof"], row["act"], row["subject"], detail["event"], committed
        )
        before = chain.link(before, content)
        assert (row["seq"], row["bytes"], row["hash"]) == (seq, content, before)
        assert row["at"] >= at
        at = row["at"]
    assert not details, "details without a record"
    events = max((row["seq"] for row in found["detail"] if row["event"]), default=0)
    assert int(about["events"]) == events


def recorded(found: Mapping[str, list[Row]]) -> None:
    """Each effect stands where its records say, one record for each step, and each step begins where the last ended."""
    bodies = {row["seq"]: json.loads(row["body"]) for row in found["detail"] if row["body"] is not None}
    stood: dict[str, str] = {}
    for row in found["record"]:
        if row["act"].startswith("effect ") and row["subject"].startswith("effect:"):
            after = row["act"].removeprefix("effect ").replace(" ", "_")
            before = bodies[row["seq"]].get("from")
            assert stood.get(row["subject"]) == before, (row, before, stood.get(row["subject"]))
            stood[row["subject"]] = after
    assert stood == {f"effect:{row['id']}": row["state"] for row in found["effect"]}
    # A request has one record of its beginning, and one of its end where it has come to one.
    ends = Counter(row["subject"] for row in found["record"] if row["act"] in ENDING)
    begun = Counter(row["subject"] for row in found["record"] if row["act"] == "proposed")
    for row in found["request"]:
        name = f"request:{row['id']}"
        assert begun[name] == 1, (name, begun[name])
        assert ends[name] >= (row["state"] != "open"), (name, row["state"])
    assert len(begun) == len(found["request"])


def consistent(found: Mapping[str, list[Row]]) -> None:
    """Requests, lines and effects tell one story."""
    effects = {}
    for row in found["effect"]:
        for n in [row["n"]] if row["n"] else [line["n"] for line in json.loads(row["payload"]).get("lines", [])]:
            effects[(row["request"], n)] = row
    for line in found["line"]:
        place = (line["request"], line["n"])
        if line["state"] not in ("open", "approved", "applied", "withdrawn"):
            assert line["said"], (place, line["state"], "says no why")
        effect = effects.get(place)
        if effect is None:
            # Out of date as it came in, planned once it is decided, or applied in the journal itself.
            adapter = next(row["adapter"] for row in found["request"] if row["id"] == line["request"])
            assert line["state"] in ENDED or adapter in ("journal", "csv"), (place, line["state"])
            continue
        assert line["state"] in LINE[effect["state"]], (place, line["state"], effect["state"])
        assert effect["lease"] is not None or effect["state"] not in ("claimed", "sending"), dict(effect)
        if effect["state"] in ("failed", "in_doubt", "cancelled"):
            assert effect["said"], dict(effect)
    decided = {(row["request"], row["verdict"]) for row in found["decision"]}
    for row in found["request"]:
        lines = {line["state"] for line in found["line"] if line["request"] == row["id"]}
        if "open" in lines:
            clear = "open"
        elif lines - set(ENDED):
            clear = "approved"
        else:
            clear = "expired" if "expired" in lines else next(state for state in ENDED if state in lines)
        # What was approved stays so, whatever moved before it could go out.
        assert row["state"] in (clear, "approved"), (row, lines)
        assert row["state"] != "approved" or (row["id"], "yes") in decided, row
        assert "refused" not in lines or (row["id"], "no") in decided, row


def arrived(found: Mapping[str, list[Row]], took: Iterable[Taken]) -> Counter[str]:
    """Nothing lost, nothing doubled, by what the providers hold. Counts the effects by how they ended."""
    by_key: Counter[str] = Counter()
    by_change: Counter[tuple[str, ...]] = Counter()
    for one in took:
        by_key[one.key] += 1
        by_change.update((one.side, *change) for change in one.changes)
    ends: Counter[str] = Counter()
    known = set()
    for effect in found["effect"]:
        mine = {key for key in by_key if effect["key"].startswith(key)}
        known |= mine
        times = sum(by_key[key] for key in mine)
        told = (effect["adapter"], effect["state"], times, effect["said"])
        assert times <= 1, ("doubled", told)
        if effect["state"] == "confirmed":
            assert times == 1, ("said to be sent, and is not there", told)
        elif effect["state"] in ("failed", "cancelled", "planned", "approved", "claimed"):
            assert times == 0, ("said not to be sent, and is there", told)
        ends[effect["state"]] += 1
    assert all(times == 1 for times in by_change.values()), [k for k, times in by_change.items() if times > 1]
    assert set(by_key) == known, "something went out that nobody planned"
    return ends


def quiet(found: Mapping[str, list[Row]]) -> None:
    """Nothing is left that a worker could still do."""
    left = [(row["adapter"], row["state"], row["said"]) for row in found["effect"] if row["state"] not in QUIET]
    assert not left, left
