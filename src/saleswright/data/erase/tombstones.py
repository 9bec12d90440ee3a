"""Whom did we forget? Keyed hashes of addresses, numbers and records, so that nobody forgotten comes back in.

    .saleswright/erased.json    {"format": 1, "key": ..., "people": [{"at": ..., "hashes": [...], "records": [...]}]}

The file holds no name and no address. Without the key a hash tells nothing; with it one can only ask about an address
one already has, which is what keeps a suppressed address suppressed.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleswright.data.erase.subject import PERSONAL, Subject, keyed
from saleswright.history import engine
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace

FILE = "erased.json"
FORMAT = 1


@dataclass(frozen=True)
class Forgotten:
    """What is remembered of those who were forgotten: hashes of e-mail addresses and phones, and ids of records."""

    key: str
    people: tuple[dict[str, Any], ...] = ()

    @property
    def hashes(self) -> frozenset[str]:
        return frozenset(one for person in self.people for one in person["hashes"])

    @property
    def records(self) -> frozenset[str]:
        return frozenset(one for person in self.people for one in person["records"])

    def address(self, email: str) -> bool:
        """Was the person with this address forgotten?"""
        return keyed(self.key, "email", email) in self.hashes


def forgotten(state: Path) -> Forgotten | None:
    """Whom a workspace forgot; None when nobody."""
    try:
        content = json.loads((state / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Forgotten(str(content["key"]), tuple(content["people"]))


def erased(workspace: Workspace, email: str) -> bool:
    """Was the person with this e-mail address erased? What goes out asks this beside what is suppressed."""
    known = forgotten(workspace.state)
    return known is not None and known.address(email)


def key_of(state: Path) -> str:
    """The key of this workspace's hashes; a new one where nobody was forgotten yet."""
    known = forgotten(state)
    return known.key if known else secrets.token_hex(32)


def remember(state: Path, subject: Subject) -> None:
    """Note that a subject is being forgotten. The same subject again changes nothing."""
    known = forgotten(state) or Forgotten(subject.key)
    hashes = [keyed(known.key, "email", one) for one in subject.emails]
    records = [f"{kind}:{one}" for kind, one in subject.records if kind in PERSONAL]
    if set(hashes) <= known.hashes and set(records) <= known.records:
        return
    note = {"at": clock.now().isoformat(), "hashes": hashes, "records": records}
    write(state, Forgotten(known.key, (*known.people, note)))


def write(state: Path, known: Forgotten) -> None:
    """Keep whom we forgot, whole or not at all; nobody else on the machine may read the key."""
    state.mkdir(parents=True, exist_ok=True)
    fresh = state / f"{FILE}.new"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump({"format": FORMAT, "key": known.key, "people": list(known.people)}, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, state / FILE)
    engine.sync(state)
