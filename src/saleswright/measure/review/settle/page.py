"""The page where a spreadsheet is dropped beside our number, and the page that explains the gap to whoever has its link."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from saleswright.history.release import current
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.chapter import Page, Sent
from saleswright.kernel.report import Bridge, Figure, Note, Table
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.asked import metrics_in_force
from saleswright.measure.review.settle.choose import ADDS, Pairs
from saleswright.measure.review.settle.kept import incoming, keep, name_of, sweep
from saleswright.measure.review.settle.report import SIDES, report
from saleswright.measure.review.settle.settled import settle

SHOWN = 200
"""Rows of one table on the page; all of them are in its CSV and JSON."""
_OWN = ("metric", "period", "where")
_PAIRS = re.compile(r"[,;]\s*(?=[\w.-]+=)")


def drop(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of the page with the form: what may be disputed. What was kept too long is forgotten on the way."""
    sweep(desk.here)
    metrics: list[tuple[str, str]] = []
    if current(desk.here.state) is not None:
        at = open_snapshot(desk.here, Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor))
        try:
            metrics = _metrics(at)
        finally:
            at.close()
    return {"settled": None, "metrics": metrics}


def takes(desk: Desk) -> Path:
    """A folder that nobody can guess, for what is dropped."""
    folder = incoming(desk.here) / secrets.token_urlsafe(24)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def post(desk: Desk, args: Mapping[str, str], sent: Sent) -> str:
    """Keep what was dropped under the hash of its content, and go on to its explanation.

    Stop (usage) when no file came, or several: one spreadsheet is one dispute.
    """
    folder = sent.folder
    try:
        files = sorted(p for p in folder.iterdir() if p.is_file() and not p.is_symlink()) if folder else []
        if len(files) != 1:
            what = "several files came" if files else "no file came, or only an empty one"
            raise Stop(Issue("what was dropped", what, "one spreadsheet is one dispute", "drop one file, or paste rows",
                             code="no-file"), exit_code=USAGE)  # fmt: skip
        key = keep(desk.here, files[0])
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    asked = [(name, value) for name in _OWN if (value := sent.one(name).strip())]
    return f"/review/settle/{key}" + (f"?{urlencode(asked)}" if asked else "")


def explained(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of the page of one dispute: under the reader's own access, whoever dropped the file."""
    wrong = [unknown("argument", name, _OWN, where="address") for name in args if name not in (*_OWN, "file")]
    if wrong:
        raise Stop(*wrong, exit_code=USAGE)
    key = args["file"]
    name = name_of(at.workspace, key)
    made = settle(at, key, args.get("metric", ""), args.get("period", ""), pairs(args.get("where", "")))
    told = report(made)
    asked = made.ours.asked
    return {
        "title": told.title,
        "settled": name,
        "lede": told.lede,
        "figures": [block for block in told.blocks if isinstance(block, Figure)],
        "bridge": next((block for block in told.blocks if isinstance(block, Bridge)), None),
        "tables": [t for block in told.blocks if isinstance(block, Table) for t in _shown(block)],
        "notes": [block for block in told.blocks if isinstance(block, Note) and block.kind != "check"],
        "checks": [*(b.text for b in told.blocks if isinstance(b, Note) and b.kind == "check"), *told.footer],
        "issues": told.issues,
        "next": told.next,
        "fields": _fields(at, asked.metric.name, args.get("period") or str(asked.period), args.get("where", "")),
        "query": [("theirs", key), ("metric", asked.metric.name), ("period", str(asked.period)),
                  *(("where", f"{field}={value}") for field, value in pairs(args.get("where", "")))],
    }  # fmt: skip


def _shown(table: Table) -> list[Table]:
    """A table as the page shows it: one for each side, the first rows of each, the rest counted."""
    some = [table]
    if table.name == "rows":
        some = []
        for side, (word, title) in SIDES.items():
            # Only their rows have a line of theirs.
            kept = [i for i, c in enumerate(table.columns) if c.name != "side" and (c.name != "line" or side != "ours")]
            rows = tuple(tuple(row[i] for i in kept) for row in table.rows if row[0] == word)
            if rows:
                some.append(Table(side, tuple(table.columns[i] for i in kept), rows, title))
    return [replace(t, rows=t.rows[:SHOWN], total=len(t.rows)) if len(t.rows) > SHOWN else t for t in some]


def pairs(text: str) -> Pairs:
    """Filters as they are typed: region=EMEA, team=West. Stop (usage) for a part without an equals sign."""
    found = []
    for part in _PAIRS.split(text.strip()) if text.strip() else ():
        field, mark, value = part.partition("=")
        if not mark:
            raise Stop(Issue("where", f"'{part}' has no =", "a filter is field=value", "such as region=Central"),
                       exit_code=USAGE)  # fmt: skip
        found.append((field.strip(), value.strip()))
    return tuple(found)


def _metrics(at: Snapshot) -> list[tuple[str, str]]:
    return [(m.name, m.label) for m in metrics_in_force(at).values() if m.shape in ADDS]


def _fields(at: Snapshot, metric: str, period: str, where: str) -> list[dict[str, Any]]:
    return [
        {"name": "metric", "label": "Our number", "value": metric, "choices": _metrics(at), "required": True},
        {"name": "period", "label": "Period", "value": period},
        {"name": "where", "label": "Only", "value": where, "none": "region=EMEA"},
    ]


PAGES = (
    Page("/review/settle", "Settle a dispute", "settle.html", drop, "Measure", policy="writes", alone=True, post=post,
         takes=takes),
    Page("/review/settle/{file}", "Settle a dispute", "settle.html", explained, "Measure"),
)  # fmt: skip
