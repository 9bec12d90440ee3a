"""How do changes come into a CRM that nothing is connected to? As a file in `out/` that a person hands to it.

One file for the lines of one decision, written whole or not at all. Its name holds the effect's key, so whether it was
written can always be asked.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saleswright.kernel.effects.adapter import Arrived, Later, Outgoing, Promise
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.neutral import neutral

FOLDER = "out"
COLUMNS = ("entity", "id", "field", "old", "new", "reason", "request")


class Changes:
    """The way out "csv"."""

    name = "csv"
    promise: Promise = "ask"
    groups = True

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        return "" if outgoing.payload.get("lines") else "there is no line in it"

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        """Write the file, on the disk before it has its name. One that is there already says the same, under this key."""
        path = _path(workspace, outgoing)
        body = text(outgoing.payload, outgoing.request).encode()
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            barrier("changes-written")
            beside.replace(path)
            barrier("changes-named")
            # What writers that were killed left of this very file.
            for part in path.parent.glob(f".{path.name}.*"):
                part.unlink(missing_ok=True)
            _settle(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise Later(f"{FOLDER}/{path.name} could not be written: {error.strerror}") from None
        return Arrived(f"{FOLDER}/{path.name}", f"in {FOLDER}/{path.name}")

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        path = _path(workspace, outgoing)
        return Arrived(f"{FOLDER}/{path.name}", f"in {FOLDER}/{path.name}") if path.is_file() else None


def text(payload: Mapping[str, Any], request: int | None) -> str:
    """The file: one line for each change, in which no cell acts as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in payload["lines"]:
        source = _source(line)
        ids = [_theirs(written(line[name]), source) for name in ("subject", "old", "new")]
        cells = [line["entity"], ids[0], line["field"], ids[1], ids[2], line.get("reason", ""), request]
        writer.writerow([neutral(written(one)) for one in cells])
    return out.getvalue()


def _source(line: Mapping[str, Any]) -> str:
    """Where the record comes from: crm of deal_crm_006; empty for an id that does not say it."""
    parts = str(line["subject"]).removeprefix(f"{line['entity']}_").split("_", 1)
    return parts[0] if len(parts) == 2 and str(line["subject"]).startswith(f"{line['entity']}_") else ""


def _theirs(text: str, source: str) -> str:
    """An id as its source has it: 006 for deal_crm_006, and 005 for person_crm_005 beside it."""
    from saleswright.history.schema import standard

    # Only where a table's name stands first: a text of a field may look much the same.
    found = re.fullmatch(rf"(?P<table>[a-z][a-z_]*?)_{re.escape(source)}_(?P<id>\S+)", text) if source else None
    return found["id"] if found and found["table"] in standard() else text


def written(value: Any) -> str:
    """A value of a change as text: money with its currency, nothing for what is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _path(workspace: Workspace, outgoing: Outgoing) -> Path:
    name = f"changes-{outgoing.request or 0}-{outgoing.planned}-{outgoing.key[:8]}.csv"
    return workspace.root / FOLDER / name


def _settle(folder: Path) -> None:
    """The folder's own list of names on the disk, too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
