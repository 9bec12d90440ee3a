"""Is the log what was written? Every record's bytes are hashed again, and everything beside the chain is held to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any

from saleswright.kernel.journal import chain

CHUNK = 20_000
_ROWS = """
SELECT r.seq, r.at, r.actor, r.act, r.subject, r.bytes, r.hash, d.event, d.salt, d.body
FROM record r LEFT JOIN detail d ON d.seq = r.seq
WHERE r.seq > :after ORDER BY r.seq LIMIT :many
"""
_TAIL = 67
"""Bytes at the end of a record that are the commitment of its body: "<64 digits>"]"""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first record that is not what was written; seq 0 where it is the log as a whole."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a walk along the whole chain found. erased: bodies that were erased on purpose. hash: of the last record.

    at: the last record's moment (microseconds since 1970). hashes: those of the records that were asked for.
    """

    journal: str
    records: int
    erased: int
    at: int
    hash: bytes
    broken: Broken | None = None
    hashes: Mapping[int, bytes] = field(default_factory=dict)


def verify(con: Any, wanted: Collection[int] = ()) -> Proof:
    """Walk the chain from its beginning until its end, or until the first record that is not what was written.

    wanted: numbers of records whose hashes are given back, to hold signed heads against. Held to the chain are: numbers
    without a gap, moments that never go back, columns equal to the bytes, and names and bodies where they are not erased.
    """
    from sqlalchemy import select, text

    from saleswright.kernel.journal.tables import about, actor

    named = {row.name: row.value for row in con.execute(select(about))}
    name = named.get("id", "")
    actors = {row.id: row for row in con.execute(select(actor))}
    proofs = {number: str(row.proof) for number, row in actors.items()}
    for number, row in actors.items():
        if row.name is not None and chain.commitment(bytes(row.salt), row.name.encode()) != row.proof:
            first = con.execute(text("SELECT min(seq) FROM record WHERE actor = :a"), {"a": number}).scalar() or 0
            what = "the name of who did it is not the one that was written"
            return Proof(name, 0, 0, 0, b"", Broken(first, what))
    before, seq, at, erased, event = chain.genesis(name), 0, -(2**63), 0, 0
    hashes: dict[int, bytes] = {0: before}
    said = ""
    sought = set(wanted)

    def stop(number: int, what: str) -> Proof:
        return Proof(name, seq, erased, at, before, Broken(number, what), hashes)

    after = -(2**62)
    while rows := con.execute(text(_ROWS), {"after": after, "many": CHUNK}).cursor.fetchall():
        after = rows[-1][0]
        for row in rows:
            number, when, who, act, subject, content, kept, kind, salt, body = row
            try:
                said = f'[{number},{when},{who},"{proofs.get(who)}",{quoted(act)},{quoted(subject)},{quoted(kind)},'
                # Nearly every record is right, so it is asked at once whether all is; what is wrong is found out after.
                right = (
                    number == seq + 1
                    and sha256(before + content).digest() == kept
                    and content[:-_TAIL] == said.encode(errors="backslashreplace")
                    and when >= at
                    and (body is None or sha256(salt + body).hexdigest().encode() == content[1 - _TAIL : -2])
                )
            except TypeError:
                right = False
            if not right:
                return stop(seq + 1 if number > seq + 1 else number, _wrong(row, seq, before, said))
            seq, at, before = number, when, kept
            if body is None:
                erased += 1
            if kind:
                event = seq
            if seq in sought:
                hashes[seq] = before
    loose = con.execute(text("SELECT count(*) FROM detail")).scalar() - seq
    if loose:
        return stop(0, f"{loose} bodies belong to no record")
    if named.get("events") != str(event):
        return stop(event, "the log says that another record is the last that figures stand on")
    return Proof(name, seq, erased, at, bytes(before), None, hashes)


@dataclass(frozen=True, slots=True)
class Erasures:
    """What the log's erasures say of it. altered: records of which something else is left than the erasure left of them.

    unsaid: records whose body is gone, or what was left of it, while no erasure in this log says so. That is how a log
    looks that comes from a backup which was told without somebody; and one from which somebody took a body away.
    """

    altered: tuple[int, ...] = ()
    unsaid: tuple[int, ...] = ()


def erasures(con: Any) -> Erasures:
    """Is what stands in place of erased bodies what their erasures left? Ask it of a log whose chain is sound."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import detail, erased, record

    rests = {row.seq: row for row in con.execute(select(erased))}
    # What an erasure said may itself have named somebody who was erased later: then its own rest is asked.
    body = func.coalesce(erased.c.body, detail.c.body).label("body")
    both = record.join(detail, detail.c.seq == record.c.seq).outerjoin(erased, erased.c.seq == record.c.seq)
    left: dict[int, dict[str, str]] = {}
    named: set[int] = set()
    for row in con.execute(select(record.c.seq, body).select_from(both).where(record.c.act == "erased")):
        told = json.loads(bytes(row.body)) if row.body is not None else {}
        left[row.seq] = told.get("left", {})
        named.update(map(int, told.get("records", ())))
    altered = [
        seq
        for seq, row in rests.items()
        if left.get(row.erasure, {}).get(str(seq)) != sha256(bytes(row.body)).hexdigest()
    ]
    gone = set(con.execute(select(detail.c.seq).where(detail.c.body.is_(None))).scalars())
    kept = {int(seq) for one in left.values() for seq in one}
    return Erasures(tuple(sorted(altered)), tuple(sorted((gone - named) | (kept - rests.keys()))))


def _wrong(row: Any, last: int, before: bytes, said: str) -> str:
    """What is wrong with a record that should follow `last`, in words."""
    seq, _, _, act, subject, content, kept, event, salt, body = row
    if seq != last + 1:
        many = seq - last - 1
        return f"it is missing: {many} between {last} and {seq}" if many > 0 else "its number is none of this log"
    if event is None:
        return "what it is about is missing"
    texts, raw = (act, subject, event), (content, kept, salt, body or b"")
    if not all(isinstance(one, str) for one in texts) or not all(isinstance(one, bytes) for one in raw):
        return "what stands in its place cannot be read"
    if sha256(before + content).digest() != kept:
        return "its bytes, or its place in the chain, are not what was hashed"
    if content[:-_TAIL] != said.encode(errors="backslashreplace"):
        return "its number, moment, actor, act, subject or type are not those of its bytes"
    if body is not None and sha256(salt + body).hexdigest().encode() != content[1 - _TAIL : -2]:
        return "what it is about is not what was written"
    return "it is earlier than the one before it"
