"""How does the journal prove itself? Each record's bytes are hashed together with the hash before it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from saleswright.kernel.envelope import plain

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """One form of plain data, always the same: keys sorted, nothing between, UTF-8."""
    return _encode(plain(value)).encode(
        errors="backslashreplace"
    )  # half a character, as untrusted text may hold, has no UTF-8


def commitment(salt: bytes, content: bytes) -> str:
    """What the chain holds of a body or a name: nobody can tell it from this once salt and content are gone."""
    return hashlib.sha256(salt + content).hexdigest()


def record_bytes(seq: int, at: int, actor: int, who: str, act: str, subject: str, event: str, body: str) -> bytes:
    """What is hashed and kept of a record. who, body: the commitments of the actor's name and of the body."""
    return canonical([seq, at, actor, who, act, subject, event, body])


def link(before: bytes, record: bytes) -> bytes:
    """The hash of a record behind the one before it (32 bytes)."""
    return hashlib.sha256(before + record).digest()


def genesis(journal_id: str) -> bytes:
    """What the first record is hashed behind: no two journals begin alike."""
    return hashlib.sha256(f"saleswright journal {journal_id}".encode()).digest()
