"""Which tables are in this workbook? It is opened in a process of its own, which cannot take memory or time for long."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from saleswright.data.read.archive import refused
from saleswright.data.read.evidence import FileEvidence, Printed
from saleswright.lib.issue import Issue

MEMORY = 1 << 30
_SECONDS, _PER = 30, 10 << 20
_SHEET = "save the sheet as CSV (UTF-8) and import that"


def sheets(path: Path, folder: Path) -> list[FileEvidence]:
    """One evidence for each visible sheet that holds a table; rows lie under `folder`."""
    issue, ignored = refused(path)
    if issue:
        return [_bad(path, issue)]
    answer = _ask(path, folder, round(_SECONDS * max(path.stat().st_size / _PER, 1)))
    if "refused" in answer:
        issue = Issue(path.name, f"this workbook cannot be read: {answer['refused']}", "so it is left out", _SHEET,
                      code=answer["code"])  # fmt: skip
        return [_bad(path, issue)]
    found = [_evidence(path, each) for each in answer["tables"]]
    if not found:
        said = "; ".join(answer["notes"]) or "it has no sheets"
        issue = Issue(path.name, f"no sheet of this workbook holds a table: {said}", "so there is nothing to import",
                      "unhide the sheet with the table, or export it again", code="no_table")  # fmt: skip
        return [_bad(path, issue)]
    if len(found) == 1:
        found = [_renamed(found[0], path.name)]
    hidden = [note for note in answer["notes"] if note.startswith("hidden")]
    if hidden and not any(table.rows for table in found):
        issue = Issue(path.name, hidden[0], "only what is visible is read", "unhide the sheet with the table",
                      "warning", "hidden")  # fmt: skip
        found[0] = replace(found[0], issues=(*found[0].issues, issue))
    first = replace(found[0], notes=(*found[0].notes, *answer["notes"], *ignored))
    return [first, *found[1:]]


def _ask(path: Path, folder: Path, seconds: int) -> dict[str, Any]:
    # -P: a workspace must not be able to put modules of its own in the way.
    command = [sys.executable, "-P", "-m", "saleswright.data.read.sheets"]
    command += [str(path.absolute()), str(folder.absolute()), str(MEMORY), str(seconds)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        code = child.wait(seconds)
    except subprocess.TimeoutExpired:
        return {"refused": f"not done after {seconds} seconds", "code": "too_slow"}
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    try:
        answer: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Killed by a limit: memory asked for in vain ends the reader by a signal of its own.
        if code == -24:
            return {"refused": f"not done after {seconds} seconds", "code": "too_slow"}
        return {"refused": f"it needs more than {MEMORY >> 20:,} MB, or is damaged", "code": "too_large"}
    return answer


def _evidence(path: Path, said: dict[str, Any]) -> FileEvidence:
    issues = tuple(
        Issue(i["where"], i["what"], i["why"], i["try"], level=i["level"], code=i["code"]) for i in said.pop("issues")
    )
    said |= {key: tuple(said[key]) for key in ("header", "notes", "title", "footer", "filled")}
    said["passed"] = tuple((int(line), text, why) for line, text, why in said["passed"])
    said["printed"] = tuple(Printed(**each) for each in said["printed"])
    said["apart"] = Path(said["apart"])
    return FileEvidence(path, issues=issues, **said)


def _renamed(found: FileEvidence, name: str) -> FileEvidence:
    """The only table of a workbook goes by the name of the workbook."""
    issues = tuple(replace(issue, where=issue.where.replace(found.name, name, 1)) for issue in found.issues)
    return replace(found, name=name, issues=issues)


def _bad(path: Path, issue: Issue) -> FileEvidence:
    return FileEvidence(path, kind="sheet", issues=(issue,))
