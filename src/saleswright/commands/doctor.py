"""Is this machine, and this workspace, fit?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from datetime import datetime
from pathlib import Path

from saleswright.kernel import clock
from saleswright.kernel.action import action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Column, Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop


@action(effect="apply", alone=True, title="Doctor")
def doctor(desk: Desk) -> Report:
    """Look at the machine and the workspace: versions, disk, clock, chart bundle, state of the history and its size."""
    from importlib.metadata import version

    rows: list[tuple[str, str, str]] = []
    issues: list[Issue] = []
    rows.append(("Saleswright", version("saleswright"), "ok"))
    rows.append(("Python", platform.python_version(), "ok" if sys.version_info >= (3, 11) else "too old"))
    for name in ("duckdb", "ibis-framework", "sqlglot", "fastapi", "altair"):
        rows.append((name, version(name), "ok"))
    bundle = Path(__file__).parents[1] / "faces" / "web" / "static" / "vendor"
    made = any(bundle.glob("*.js")) if bundle.is_dir() else False
    rows.append(("chart bundle", "present" if made else "missing", "ok" if made else "charts show as tables"))
    if not made:
        issues.append(
            Issue(
                "the chart bundle",
                "it was not made",
                "so charts show as tables",
                "make setup, or install the wheel",
                level="warning",
            )
        )
    rows.append(
        ("clock", clock.now().isoformat(timespec="seconds"), "pinned" if os.environ.get("SALESWRIGHT_NOW") else "ok")
    )
    if desk.workspace is not None:
        issues += desk.workspace.issues
        rows += _workspace_rows(desk, issues)
    else:
        rows.append(("workspace", "none here", "saleswright init, or saleswright demo"))
    return Report(
        "Is everything fit?",
        [
            Table(
                "checks", (Column("what", "What"), Column("value", "Found"), Column("verdict", "Verdict")), tuple(rows)
            )
        ],
        issues=tuple(issues),
        changed=0,
        exit_code=1 if any(i.level == "error" for i in issues) else 0,
    )


def _workspace_rows(desk: Desk, issues: list[Issue]) -> list[tuple[str, str, str]]:
    from saleswright.data.backup import places
    from saleswright.data.erase import under_way
    from saleswright.history.release import current, definitions_hash

    workspace = desk.here
    state = workspace.state
    rows = [("workspace", workspace.name, "ok")]
    probe = state if state.exists() else workspace.root
    rows.append(
        (
            "may be written",
            "yes" if os.access(probe, os.W_OK) else "no",
            "ok" if os.access(probe, os.W_OK) else "imports will be refused",
        )
    )
    free = shutil.disk_usage(probe).free
    rows.append(("free disk", f"{free / 1e9:.1f} GB", "ok" if free > 1e9 else "little left"))
    rows += _log_rows(workspace, issues)
    rows.append(places.fitness(workspace))
    rows += under_way.fitness(workspace)
    release = current(state)
    if release is None:
        rows.append(("history", "nothing imported yet", "saleswright import PATH"))
        return rows
    fits = release.definitions == definitions_hash(workspace)
    rows.append(
        ("history version", str(release.number), "ok" if fits else "older than the definitions: saleswright rebuild")
    )
    for name in ("releases", "raw", "cache"):
        size = sum(p.stat().st_size for p in (state / name).rglob("*") if p.is_file())
        rows.append((f"{name} on disk", f"{size / 1e6:.1f} MB", "ok"))
    used = {int(p.name.removeprefix("run-")) for p in (state / "raw").glob("run-*")}
    lost = sorted(set(release.used) - used)
    if lost:
        issues.append(
            Issue(
                "raw rows",
                f"runs {', '.join(map(str, lost))} have no raw rows",
                "the history cannot be made again",
                "restore .saleswright/raw from a backup",
            )
        )
    return rows


def _log_rows(workspace: Workspace, issues: list[Issue]) -> list[tuple[str, str, str]]:
    """Where the activity log is, how long, how far it was signed, and whether the key that signs is there."""
    from saleswright.data.audit import heads, log
    from saleswright.kernel.journal import open_journal, shown

    try:
        found = open_journal(workspace, create=False)
        if found is None:
            return [("activity log", "nothing done yet that asks for a record", "ok")]
        with found.read() as con:
            many = log.count(con)
        key = heads.public(workspace)
    except Stop as stop:
        issues.extend(stop.issues)
        return [("activity log", "cannot be read", stop.issues[0].what)]
    where, size = shown(found.url).partition("@")[2] or "a database", ""
    if found.file is not None:
        sizes = [p.stat().st_size for p in found.file.parent.glob(f"{found.file.name}*") if p.is_file()]
        where, size = f".saleswright/{found.file.name}", f", {sum(sizes) / 1e6:.1f} MB"
    rows = [
        ("activity log", where, "ok" if found.writable else "may not be written"),
        ("records in it", f"{many:,}{size}", "ok"),
        ("key that signs it", f"{key[:16]}..." if key else "none yet", "ok" if key else "made with the first head"),
    ]
    held = heads.kept(workspace)
    if not held:
        rows.append(
            ("last signed head", "none kept", "saleswright serve keeps one an hour; audit head FILE writes one")
        )
        return rows
    last = held[-1]
    hours = (clock.now() - datetime.fromisoformat(last.signed)).total_seconds() / 3600
    behind = many - last.seq
    verdict = "ok" if behind >= 0 else "the log is shorter than it was: saleswright audit verify"
    if behind < 0:
        what, why = (
            f"it ends at record {many:,}, and was at {last.seq:,}",
            "so what was done then is not proved any more",
        )
        issues.append(Issue("the activity log", what, why, "saleswright audit verify", code="integrity"))
    rows.append(("last signed head", f"record {last.seq:,}, {hours:.1f} hours ago, {max(behind, 0):,} since", verdict))
    return rows
