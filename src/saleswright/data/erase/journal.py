"""How does a person leave the audit log? Bodies that name them go, what is left of them is told by the record of the erasure.

The chain holds a salted hash of every body and no body, so it verifies afterwards as it did before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from saleswright.data.erase.subject import ERASED, Subject
from saleswright.data.erase.tables import in_place
from saleswright.kernel.journal import chain
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import CONFLICT, Issue, Stop

_CHAIN = ("record", "detail", "erased", "about")
_PATIENCE = 20.0
_OLD_NEW = ("old", "new", "label")
_LED, _GONE = 303, 410
"""Of an answer: the browser was sent on to an address; what was answered is gone."""


def told(con: Any, subject: Subject, write: bool, erasure: int = 0) -> tuple[Counter[str], dict[int, bytes]]:
    """Take the subject out of the tables of a journal: ({table: rows told otherwise}, {record: what is left of its body}).

    erasure: the number of the record that says so. A record's own line in the chain can never be changed: those that
    name the subject there are counted under "chain".
    """
    from sqlalchemy import MetaData, String, delete, insert, select, update

    tables = MetaData()
    tables.reflect(con)
    counts: Counter[str] = Counter()
    left: dict[int, bytes] = {}
    found = tables.tables
    for name, table in sorted(found.items()):
        texts = [column for column in table.c if isinstance(column.type, String)]
        keys = list(table.primary_key.columns)
        if name in _CHAIN or not texts or not keys or name == "alembic_version":
            continue
        for row in con.execute(select(*keys, *[c for c in table.c if c not in keys])).mappings().all():
            new = _row(name, dict(row), [c.name for c in texts], subject)
            if new:
                counts[name] += 1
                if write:
                    which = [column == row[column.name] for column in keys]
                    con.execute(update(table).where(*which).values(new))
    if write and "answered" in found:
        _unanswered(con, found["answered"])
    if "detail" not in found:
        return counts, left
    detail, record = found["detail"], found["record"]
    for seq, body in con.execute(select(detail.c.seq, detail.c.body).where(detail.c.body.is_not(None))):
        if (new_body := _body(bytes(body), subject)) is not None:
            left[seq] = new_body
    earlier = found.get("erased")
    if earlier is not None:
        for seq, body in con.execute(select(earlier.c.seq, earlier.c.body)).all():
            if (new_body := _body(bytes(body), subject)) is not None:
                left[seq] = new_body
    counts["record"] = len(left)

    counts["chain"] = sum(subject.named_in(one) for (one,) in con.execute(select(record.c.subject)))
    if write:
        for seq, new_body in left.items():
            con.execute(update(detail).where(detail.c.seq == seq).values(body=None, salt=b""))
            if earlier is None:
                continue
            con.execute(delete(earlier).where(earlier.c.seq == seq))
            if erasure:  # a copy has no record of this erasure, so nothing would prove what is left
                con.execute(insert(earlier).values(seq=seq, erasure=erasure, body=new_body))
    return +counts, left


def _unanswered(con: Any, answered: Any) -> None:
    """Empty what keyed sendings were answered: pages and programs spell a name in more ways than can be looked for.

    The keys stay, so that nothing is done twice; who sends again learns that it was done, and where that is told.
    """
    from saleswright.kernel.envelope import refusal

    what, why = "what this was answered is not kept any more", "it was done, and somebody has been erased since"
    gone = refusal("", Stop(Issue("idempotency-key", what, why, "saleswright audit show", code="answer-erased")))
    led = answered.c.status == _LED
    con.execute(answered.update().where(led, answered.c.answer.contains("%", autoescape=True) | answered.c.answer.contains("?"))
                .values(answer="/"))  # fmt: skip
    con.execute(answered.update().where(~led).values(status=_GONE, answer=json.dumps(gone)))


def digest(body: bytes) -> str:
    """What proves that a rest is the one the erasure left."""
    return hashlib.sha256(body).hexdigest()


def _body(body: bytes, subject: Subject) -> bytes | None:
    """A body without the subject; None when it does not tell of them."""
    text = body.decode()
    if not subject.named_in(text) and not any(one in text for one in subject.ids) and "\\" not in text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        new = subject.clean(text)
        return None if new == text else new.encode()
    new = subject.plain(found)
    return None if new == found else chain.canonical(new)


def _row(table: str, row: dict[str, Any], texts: list[str], subject: Subject) -> dict[str, Any]:
    """What a row of a table says otherwise without the subject; empty when it does not tell of them."""
    new: dict[str, Any] = {}
    for name in texts:
        if isinstance(value := row[name], str) and (said := _text(value, subject)) != value:
            new[name] = said
    if table == "actor":
        # The chain is bound to a salted hash of the name: it verifies while neither is there.
        named = new or row.get("name") in subject.own
        return {"name": None, "salt": b""} if named else {}
    if table == "line" and row.get("subject") in subject.ids and row.get("field") in _hidden(subject, row):
        new |= {name: _nothing(row[name]) for name in _OLD_NEW if name in row and row[name] != _nothing(row[name])}
    if table == "line" and new:
        # The key is a bare hash of the values: a short value could be guessed from it.
        new["key"] = f"{ERASED}{row.get('request')}-{row.get('n')}"
    return new


def changes(table: str, row: Mapping[str, Any], columns: Sequence[str], subject: Subject) -> bool:
    """Would these columns of a row say otherwise without the subject?"""
    new = _row(table, dict(row), [name for name in columns if name != "subject"], subject)
    return any(name in new for name in columns)


def _nothing(value: str) -> str:
    """An emptied value, in the form that the column keeps values in."""
    try:
        json.loads(value)
    except ValueError:
        return ""
    return "null"


def _hidden(subject: Subject, row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(subject.fields.get(str(row.get("entity", "")), ()))


def _text(value: str, subject: Subject) -> str:
    """A text, or JSON kept as one."""
    if value.startswith(("{", "[", '"')):
        try:
            found = json.loads(value)
        except ValueError:
            return subject.clean(value)
        new = subject.plain(found)
        return value if new == found else chain.canonical(new).decode()
    return subject.clean(value)


def swept(path: Path) -> None:
    """Leave nothing of what was deleted in a SQLite file or in its log. Stop (conflict) while somebody reads in it."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as con:
        con.execute("PRAGMA secure_delete = ON")
        barrier("erase-before-vacuum")
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                con.execute("VACUUM")
                busy = con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError:
                busy = 1
            if not busy:
                return
            if time.monotonic() > until:
                raise Stop(
                    Issue("the audit log", "another program reads in it for very long",
                          "so what was deleted could not be swept from the disk yet",
                          "run the same command again: it finishes what it began"),
                    exit_code=CONFLICT,
                )  # fmt: skip
            time.sleep(0.05)


def swept_server(journal: Any) -> None:
    """The same on a database server: its tables are written anew. Its own logs and backups are its keeper's."""
    from sqlalchemy import inspect, text

    names = inspect(journal.engine).get_table_names()
    with journal.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
        for name in names:
            con.execute(text(f'VACUUM FULL "{name}"'))


def lines(path: Path, subject: Subject, write: bool) -> int:
    """A database's tables as JSON lines, as they lie in a backup: rows told otherwise."""
    changed, out = 0, []
    with path.open(encoding="utf-8") as rows:
        for text in rows:
            found = json.loads(text)
            new = _lines_row(found["table"], found["row"], subject)
            changed += bool(new)
            out.append(
                json.dumps({**found, "row": {**found["row"], **new}}, ensure_ascii=False) + "\n" if new else text
            )
    if changed and write:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text("".join(out), encoding="utf-8")
        in_place(fresh, path)
    return changed


def _lines_row(table: str, row: dict[str, Any], subject: Subject) -> dict[str, Any]:
    if table in ("detail", "erased"):
        kept = row["body"] and base64.b64decode(row["body"]["base64"])
        left = _body(kept, subject) if kept else None
        if left is None:
            return {}
        if table == "erased":
            return {"body": {"base64": base64.b64encode(left).decode()}}
        return {"body": None, "salt": {"base64": ""}}
    if table in _CHAIN:
        return {}
    new = _row(table, row, [name for name, value in row.items() if isinstance(value, str)], subject)
    return {name: {"base64": ""} if value == b"" else value for name, value in new.items()}


def loose(path: Path, subject: Subject, write: bool) -> int:
    """Any other SQLite file of ours, such as the copy made before a migration or in a backup: rows told otherwise."""
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as con:
            counts, _ = told(con, subject, write)
    finally:
        engine.dispose()
    if write and counts:
        swept(path)
    return sum(counts.values())
