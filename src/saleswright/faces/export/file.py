"""Into which file does an answer go? Its ending says the form; it is written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from saleswright.faces.cli import sheet
from saleswright.faces.export import CALLED, FORMS, about, write
from saleswright.kernel.call import Outcome
from saleswright.kernel.envelope import envelope
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop, nearest

ENDINGS = ("xlsx", "pptx", "pdf", "md", "csv", "json")


def form_of(path: Path) -> str:
    """The form that the file's ending asks for. Stop (usage) for an ending nobody writes, or a folder that is not there."""
    ending = path.suffix.removeprefix(".").casefold()
    if ending not in ENDINGS:
        said = f"'.{ending}' is no form an answer can be written in" if ending else "the name has no ending"
        close = nearest(ending, ENDINGS) if ending else []
        hint = f"did you mean .{close[0]}? " if close else ""
        known = ", ".join(f".{one}" for one in ENDINGS)
        raise Stop(
            Issue(path.name, said, "the ending says the form", f"{hint}one of {known}", code="usage"), exit_code=USAGE
        )
    if not path.parent.is_dir():
        why = "so nothing was written"
        raise Stop(
            Issue(str(path), "there is no such folder", why, "make the folder first", code="usage"), exit_code=USAGE
        )
    if path.is_dir():
        raise Stop(Issue(str(path), "this is a folder", "", "name a file in it", code="usage"), exit_code=USAGE)
    return ending


def to_file(outcome: Outcome, path: Path, workspace: str, currency: str) -> str:
    """Write the answer into the file and say what was written. Stop when it cannot be; the file is then as it was."""
    form = form_of(path)
    if form in FORMS:
        body = write(outcome.report, form, about(outcome, workspace, currency))
    elif form == "json":
        body = (json.dumps(envelope(outcome), ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()
    else:
        # With a mark, for spreadsheets guess the encoding wrong without.
        text, left = sheet.of_report(outcome.report)
        body = text.encode("utf-8-sig")
    _place(path, body)
    said = f"wrote {path}: {CALLED.get(form, form.upper())}, {len(body):,} bytes"
    return f"{said}; not in this file: {', '.join(left)}" if form == "csv" and left else said


def _place(path: Path, body: bytes) -> None:
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".", suffix=".part", delete=False) as out:
            temporary = out.name
            out.write(body)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        why = "so the file is as it was before"
        said = Issue(str(path), f"it could not be written: {error.strerror}", why, "another folder, or more space")
        raise Stop(said, exit_code=FAILURE) from None
