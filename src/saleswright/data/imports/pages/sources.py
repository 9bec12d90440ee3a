"""What was brought in so far, and where are new files dropped? The page of sources, and the account of one import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.data.imports.pages import inbox
from saleswright.history.release import current, manifest, run_folder
from saleswright.history.snapshot import open_snapshot
from saleswright.history.tiers import TIERS, Data, tier
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.chapter import Sent
from saleswright.lib.issue import USAGE, Issue, Stop

_COUNTS = ("read", "new", "changed", "unchanged", "rejected")
NOTES = {
    "cancelled": "Nothing was written. The files you dropped are gone from here.",
    "same": "Nothing new in these files: the record is as it was, so nothing was written.",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it is listed: an import, or the taking back of one. `undo` is the run to name to turn it round."""

    number: int
    at: datetime
    kind: str
    what: str
    counts: Mapping[str, int]
    files: tuple[Mapping[str, Any], ...]
    stands: bool
    subject: int
    back: bool

    @property
    def undo(self) -> bool:
        """Can it be taken back, or brought back, as the record stands?"""
        return self.kind == "import" and self.stands


def runs(state: Path) -> list[Run]:
    """Every run, the newest first."""
    release = current(state)
    return [_run(state, number, release.runs) for number in reversed(release.used)] if release else []


def _run(state: Path, number: int, standing: tuple[int, ...]) -> Run:
    content = manifest(state, number)
    files = tuple(content.get("files", ()))
    undo = content["kind"] == "undo"
    subject = int(content["withdraws"]) if undo else number
    back = bool(content.get("back"))
    what = ", ".join(str(f["name"]) for f in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    if undo:
        what = f"Import {subject} {'brought back' if back else 'taken back'}"
    counts = {key: sum(int(f.get(key, 0)) for f in files) for key in _COUNTS}
    stands = subject in standing
    return Run(
        number, datetime.fromisoformat(content["at"]), content["kind"], what, counts, files, stands, subject, back
    )


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of sources.html. What was dropped more than a day ago is forgotten on the way."""
    inbox.sweep(desk.here)
    return {
        "runs": runs(desk.here.state),
        "tiers": TIERS,
        "data": _data(desk),
        "notes": [text for key, text in NOTES.items() if args.get(key)],
        "sample": desk.here.sample,
    }


def _data(desk: Desk) -> Data | None:
    """What the record as it stands can tell; None before there is one."""
    if current(desk.here.state) is None:
        return None
    at = open_snapshot(desk.here, Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor))
    try:
        return tier(at)
    finally:
        at.close()


def post(desk: Desk, args: Mapping[str, str], sent: Sent) -> str:
    """The files are on the disk: on to their own page."""
    if sent.folder is None or not any(sent.folder.iterdir()):
        if sent.folder is not None:
            inbox.find(desk.here, sent.folder.parent.name).remove()
        raise Stop(
            Issue(
                "what was dropped",
                "no file came, or only empty ones",
                "so there is nothing to read",
                "choose one or more files, or paste rows from a spreadsheet",
                code="no-file",
            ),
            exit_code=USAGE,
        )
    return f"/data/import/{sent.folder.parent.name}"


def run_page(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of run.html. Stop for a run that never was."""
    found = _found(desk, args["run"])
    repairs = [(f["name"], *repair) for f in found.files for repair in f.get("repairs", ())]
    assumed = [(f["name"], text) for f in found.files for text in f.get("assumed", ())]
    listed = runs(desk.here.state)
    return {
        "title": f"Import {found.number}" if found.kind == "import" else found.what,
        "run": found,
        "done": args.get("done", ""),
        "repairs": repairs,
        "assumed": assumed,
        "later": [run for run in listed if run.kind == "undo" and run.subject == found.number],
        "rejecting": [f for f in found.files if f.get("rejected") and f.get("rejects")],
    }


def run_rejected(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The rejected rows of a committed import, as they were given back."""
    found = _found(desk, args["run"])
    file = next((f for f in found.files if str(f["number"]) == args["file"]), None)
    name = str(file.get("rejects", "")) if file else ""
    path = run_folder(desk.here.state, found.number) / name
    if not name or not path.is_file():
        raise Stop(
            Issue(
                args["file"],
                "there are no rejected rows of that file",
                "",
                "see the import's page",
                code="unknown_file",
            ),
            exit_code=USAGE,
        )
    return {"name": name, "body": path.read_bytes()}


def _found(desk: Desk, text: str) -> Run:
    release = current(desk.here.state)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if release is None or number not in release.used:
        raise Stop(
            Issue(
                f"import {text}"[:80], "there is no such import", "", "all of them: /data/import", code="unknown_run"
            ),
            exit_code=USAGE,
        )
    return _run(desk.here.state, number, release.runs)
