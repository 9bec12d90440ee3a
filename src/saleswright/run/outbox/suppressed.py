"""Who is not to be written to? Addresses, domains and people that authored events of kind `suppression` name.

Asked inside the claim, over its own connection, so that nobody who opted out before the claim is written to after it. Only
hashes of addresses are kept, so that the list outlives the erasure of a person.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

EVENT = "suppression"


def hashed(address: str) -> str:
    """What is kept of an address (64 hex digits): capitals, width and spaces make no difference."""
    return hashlib.sha256(normal(address).encode()).hexdigest()


def normal(address: str) -> str:
    """One spelling of an address."""
    return unicodedata.normalize("NFKC", address).strip().casefold().rstrip(".")


def values(address: str, person: str = "") -> set[tuple[str, str]]:
    """Everything under which an address may be on the list: itself, without a tag (ann+news@), its domain and those above."""
    plain = normal(address)
    local, _, domain = plain.rpartition("@")
    found = {("address", hashed(plain)), ("address", hashed(f"{local.partition('+')[0]}@{domain}"))}
    labels = domain.split(".")
    found |= {("domain", ".".join(labels[start:])) for start in range(len(labels))}
    return found | ({("person", person)} if person else set())


class Suppressed:
    """The list as it stands, read on from where it was read to."""

    def __init__(self) -> None:
        self._journal = ""
        self._seq = 0
        self._days: dict[tuple[str, str], tuple[str, str]] = {}

    def why(self, con: Any, address: str, person: str, day: date) -> str:
        """Why this address must not be written to on that day; empty when it may."""
        self._read(con)
        for value in sorted(values(address, person)):
            since, until = self._days.get(value, ("9", ""))
            if since <= day.isoformat() and (not until or day.isoformat() <= until):
                return f"the {value[0]} is not to be written to"
        return ""

    def _read(self, con: Any) -> None:
        from sqlalchemy import func, select

        from saleswright.kernel.journal.tables import about, detail, erased

        journal = str(con.execute(select(about.c.value).where(about.c.name == "id")).scalar())
        last = int(con.execute(select(func.max(detail.c.seq)).where(detail.c.event == EVENT)).scalar() or 0)
        if journal != self._journal or last < self._seq:
            self._journal, self._seq, self._days = journal, 0, {}
        if last == self._seq:
            return
        # Of an erased person what is left still says that they are not to be written to.
        body = func.coalesce(erased.c.body, detail.c.body).label("body")
        both = detail.outerjoin(erased, erased.c.seq == detail.c.seq)
        new = select(body).select_from(both).where(detail.c.event == EVENT, detail.c.seq > self._seq)
        for row in con.execute(new.order_by(detail.c.seq)):
            if row.body is not None:
                self._take(json.loads(bytes(row.body)))
        self._seq = last

    def _take(self, body: Mapping[str, Any]) -> None:
        value = str(body.get("value", ""))
        key = (str(body.get("kind", "")), normal(value) if body.get("kind") == "domain" else value)
        if body.get("removed"):
            self._days.pop(key, None)
        else:
            self._days[key] = (str(body.get("since", "")), str(body.get("until") or ""))
