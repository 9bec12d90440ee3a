"""How is the log handed to an auditor? As lines of JSON: what it is, every record of the chain, a signed head."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saleswright.data.audit import heads
from saleswright.data.audit.log import moment
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

SCHEMA = "saleswright/audit/1"


def lines(workspace: Workspace, con: Any, bodies: bool) -> Iterator[dict[str, Any]]:
    """The log, line by line; the head is of the same state of it.

    A record's `bytes` are its canonical text, `hash` is SHA-256 over the hash before it and these bytes; the first
    follows SHA-256 of "saleswright journal <id>". bodies: with names, and with what each record is about and the salt
    under which the chain holds it; without them nobody is named.
    """
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import actor, detail, record

    head = heads.sign(workspace, con)
    yield {"schema": SCHEMA, "log": head.log, "records": head.seq, "key": head.key, "bodies": bodies}
    names = {row.id: row.name for row in con.execute(select(actor))}
    asked = select(record, detail.c.event, detail.c.salt, detail.c.body).join(detail, detail.c.seq == record.c.seq)
    for row in con.execution_options(yield_per=2000).execute(asked.order_by(record.c.seq)):
        said: dict[str, Any] = {"seq": row.seq, "at": moment(row.at).isoformat(), "actor": row.actor, "act": row.act}
        said |= {"subject": row.subject, "event": row.event}
        if bodies:
            content = None if row.body is None else bytes(row.body).decode()
            said |= {"name": names.get(row.actor), "salt": bytes(row.salt).hex(), "body": content}
        yield {**said, "bytes": bytes(row.bytes).decode(), "hash": bytes(row.hash).hex()}
    yield json.loads(head.text())


def write(path: Path, content: Iterator[str]) -> int:
    """Write lines into a file that is not there yet, whole or not at all; gives how many. Stop (conflict) when it is."""
    if path.exists():
        what, why = "is there already", "what was handed over once is not written over"
        raise Stop(Issue(str(path), what, why, "another name"), exit_code=CONFLICT)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8") as out:
            many = sum(1 for line in content if out.write(line + "\n"))
        beside.replace(path)
    except OSError as error:
        what, why = f"cannot be written: {error.strerror}", "so nothing was handed over"
        raise Stop(Issue(str(path), what, why, "a file in a folder that is there"), exit_code=USAGE) from None
    finally:
        beside.unlink(missing_ok=True)
    return many
