"""Is the data fit to stand on? How fresh, how complete, what was left out, what was repaired, what is still assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saleswright.data.imports.quality import NOW
from saleswright.history.release import manifest, run_folder
from saleswright.history.snapshot import Snapshot
from saleswright.lib.zone import local_date


@dataclass(frozen=True, slots=True)
class Fresh:
    """The last import that spoke of a kind of record: its files, and how many days ago it was."""

    entity: str
    files: str
    run: int
    at: datetime
    days: int
    rows: int


@dataclass(frozen=True, slots=True)
class Filled:
    """How many of the deals that should have a field do have it, and what lacks when it is empty."""

    field: str
    among: str
    filled: int
    of: int
    matters: str


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows an import gave back: how many, and where they lie, mended or not."""

    run: int
    file: str
    rows: int
    path: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was taken because a file does not tell; `code` and `taken` for a question somebody can still answer."""

    run: int
    file: str
    text: str
    code: str = ""
    taken: str = ""


# Field, which deals should have it, what lacks without it.
_FIELDS = (
    ("owner", "open", "standing = 'open'", "no person's figures hold the deal"),
    ("account", "open", "standing = 'open'", "nothing can be said of the customer"),
    ("amount", "open", "standing = 'open'", "open pipeline does not count the deal"),
    ("expected_close", "open", "standing = 'open'", "the deal is due in no period"),
    ("last_activity", "open", "standing = 'open'", "nobody can say whether it is alive"),
    ("type", "open", "standing = 'open'", "renewals cannot be told from new business"),
    ("qualified", "all", "true", "age and cycle run from the created date"),
    ("closed", "decided", "standing IN ('won', 'lost')", "the deal falls into no period"),
    ("amount", "won", "standing = 'won'", "the deal stays out of deal size"),
    ("lost_reason", "lost", "standing = 'lost'", "losses cannot be told apart"),
)


def completeness(at: Snapshot) -> list[Filled]:
    """How complete are the fields that figures stand on, as of then?"""
    tests = []
    for field, _, among, _ in _FIELDS:
        has = "qualified_by = 'field'" if field == "qualified" else f"{field} IS NOT NULL"
        tests += [f"count(*) FILTER (WHERE {among} AND {has})", f"count(*) FILTER (WHERE {among})"]
    row = at.reader.rows(f"SELECT {', '.join(tests)} FROM deal WHERE {NOW}", at.clocks())[0]
    return [
        Filled(field.replace("_", " "), among, int(row[2 * i]), int(row[2 * i + 1]), matters)
        for i, (field, among, _, matters) in enumerate(_FIELDS)
    ]


def standing_imports(at: Snapshot) -> list[dict[str, Any]]:
    """The manifests of the imports that stand, the newest first."""
    found = [manifest(at.workspace.state, run) for run in sorted(at.release.runs, reverse=True)]
    return [content for content in found if content["kind"] == "import"]


def freshness(at: Snapshot) -> list[Fresh]:
    """For each kind of record, the last import that spoke of it; the stalest first."""
    found: dict[str, Fresh] = {}
    for content in standing_imports(at):
        when = datetime.fromisoformat(content["at"])
        day = local_date(when.replace(tzinfo=None), at.workspace.zone)
        for entity in dict.fromkeys(f["entity"] for f in content["files"]):
            files = [f for f in content["files"] if f["entity"] == entity]
            names = ", ".join(f["name"] for f in files)
            rows = sum(f["read"] for f in files)
            found.setdefault(entity, Fresh(entity, names, content["run"], when, (at.day - day).days, rows))
    return sorted(found.values(), key=lambda one: (-one.days, one.entity))


def given_back(at: Snapshot) -> list[Rejects]:
    """The files of rejected rows of the imports that stand."""
    return [
        Rejects(
            content["run"], f["name"], f["rejected"], str(run_folder(at.workspace.state, content["run"]) / f["rejects"])
        )
        for content in standing_imports(at)
        for f in content["files"]
        if f["rejected"] and f.get("rejects")
    ]


def repaired(at: Snapshot) -> list[tuple[int, str, str, str, str, int]]:
    """(run, file, column, written, read as, rows) of every near miss that was made to join."""
    return [
        (content["run"], f["name"], *map(str, repair[:3]), int(repair[3]))
        for content in standing_imports(at)
        for f in content["files"]
        for repair in f.get("repairs", ())
    ]


def assumed(at: Snapshot) -> list[Assumed]:
    """What the last import by each mapping took for want of knowledge: open questions first."""
    found: list[Assumed] = []
    seen: set[str] = set()
    for content in standing_imports(at):
        for f in content["files"]:
            if f["mapping"] in seen:
                continue
            # Only an import that proposed the mapping says what it took; later ones just read by it.
            if not f.get("guessed"):
                continue
            seen.add(f["mapping"])
            asked = [
                Assumed(content["run"], f["name"], q["text"], q["code"], q["taken"]) for q in f.get("questions", ())
            ]
            taken = [Assumed(content["run"], f["name"], text) for text in f.get("assumed", ())]
            found += [*asked, *taken]
    return sorted(found, key=lambda one: not one.code)
