"""How far was the log, and who vouches for it? A head is the last record's number, hash and moment, signed.

Kept where whoever may change the log cannot reach (a file at the auditor's, a mail, a repository), it shows a tail that
was cut off, a log that was written anew, and a log that is another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from saleswright.data.audit.log import moment
from saleswright.data.audit.verify import Proof
from saleswright.kernel import clock
from saleswright.kernel.call import App
from saleswright.kernel.journal import chain, open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop

SCHEMA = "saleswright/head/1"
KEY = "SALESWRIGHT_AUDIT_KEY"
KEY_FILE = "audit.key"
KEPT = "heads.jsonl"
OFTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Head:
    """log: its id. seq, hash, at: of its last record. signed: when. key, signature: Ed25519, hex digits."""

    log: str
    seq: int
    hash: str
    at: str
    signed: str
    key: str
    signature: str = ""
    schema: str = SCHEMA

    def content(self) -> bytes:
        """What is signed: everything but the signature."""
        return chain.canonical({k: v for k, v in asdict(self).items() if k != "signature"})

    def text(self) -> str:
        """The head as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    def sound(self) -> bool:
        """Was exactly this signed by the key it names?"""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key)).verify(
                bytes.fromhex(self.signature), self.content()
            )
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True


def sign(workspace: Workspace, con: Any) -> Head:
    """A signed head of the log as this connection sees it."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import about, record

    name = str(con.execute(select(about.c.value).where(about.c.name == "id")).scalar_one())
    last = con.execute(select(record.c.seq, record.c.at, record.c.hash).order_by(record.c.seq.desc()).limit(1)).first()
    key = _private(workspace)
    now = clock.now().isoformat(timespec="seconds")
    seq, at, end = (last.seq, moment(last.at).isoformat(), last.hash) if last else (0, now, chain.genesis(name))
    head = Head(name, seq, bytes(end).hex(), at, now, key.public_key().public_bytes_raw().hex())
    return Head(**{**asdict(head), "signature": key.sign(head.content()).hex()})


def public(workspace: Workspace) -> str:
    """The public key of this workspace, hex digits; empty before the first head was signed."""
    if not os.environ.get(KEY) and not (workspace.state / KEY_FILE).exists():
        return ""
    return str(_private(workspace).public_key().public_bytes_raw().hex())


def _private(workspace: Workspace) -> Any:
    """The key: what SALESWRIGHT_AUDIT_KEY names (a PEM file, or the PEM itself), else one in the state folder, made now."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    given = os.environ.get(KEY, "")
    path = workspace.state / KEY_FILE
    if not given and not path.exists():
        made = Ed25519PrivateKey.generate()
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            suppress(FileExistsError),
            os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out,
        ):
            out.write(made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    try:
        pem = given.encode() if "PRIVATE KEY" in given else Path(given or path).read_bytes()
        found = form.load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or "it is no private key in PEM without a password"
        what, then = f"the key that signs cannot be read: {why}", "so nobody can be shown how far the log was"
        where = KEY if given else f".saleswright/{KEY_FILE}"
        raise Stop(Issue(where, what, then, "openssl genpkey -algorithm ed25519 makes one"), exit_code=USAGE) from None
    if not isinstance(found, Ed25519PrivateKey):
        what, then = "the key that signs is of another kind than Ed25519", "so heads cannot be signed with it"
        raise Stop(Issue(KEY, what, then, "openssl genpkey -algorithm ed25519 makes one"), exit_code=USAGE)
    return found


def read(path: Path) -> Head:
    """A head from a file: one alone, or the last line of an exported log. Stop when there is none in it."""
    try:
        last = ""
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                last = line if line.strip() else last
        return _parsed(last)
    except OSError as error:
        what, why = f"cannot be read: {error.strerror}", "so there is nothing to hold the log against"
        raise Stop(
            Issue(str(path), what, why, "a file that audit head or audit export wrote"), exit_code=USAGE
        ) from None
    except (ValueError, TypeError):
        what, why = "holds no signed head in its last line", "so there is nothing to hold the log against"
        raise Stop(
            Issue(str(path), what, why, "a file that audit head or audit export wrote"), exit_code=USAGE
        ) from None


def _parsed(line: str) -> Head:
    found = json.loads(line)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not isinstance(found.get("seq"), int):
        raise ValueError("no head")
    head = Head(**found)
    datetime.fromisoformat(head.signed)
    return head


def kept(workspace: Workspace) -> list[Head]:
    """The heads this workspace has kept itself, the oldest first. Lines that are no heads are passed over."""
    path = workspace.state / KEPT
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        with suppress(ValueError, TypeError):
            found.append(_parsed(line))
    return found


def keep_one(workspace: Workspace) -> bool:
    """Keep a signed head beside the log when there is something new and the last one is an hour old. Was one kept?"""
    journal = open_journal(workspace, create=False)
    if journal is None or not journal.writable:
        return False
    held = kept(workspace)
    if held and clock.now() - datetime.fromisoformat(held[-1].signed) < OFTEN:
        return False
    with journal.read() as con:
        head = sign(workspace, con)
    if head.seq == 0 or (held and held[-1].seq == head.seq):
        return False
    with (workspace.state / KEPT).open("a", encoding="utf-8") as out:
        out.write(head.text() + "\n")
    return True


def keep(app: App, workspace: Workspace, stop: Event) -> None:
    """Beside a server or a worker: a head an hour, while something is done. Trouble waits for the next hour."""
    while True:
        with suppress(Stop, OSError):
            keep_one(workspace)
        if stop.wait(OFTEN.total_seconds() / 12):
            return


def against(proof: Proof, heads: Iterable[Head], own: str = "", where: str = "") -> list[Issue]:
    """What does not agree between signed heads and the log? own: the key they should be signed with, if known."""
    found = []
    for head in heads:
        what = _disagreement(proof, head, own)
        if what:
            name = where or f"the head of record {head.seq}, signed {head.signed}"
            why, how = (
                "so the log is not what it was then",
                "saleswright restore, from a backup that agrees with the head",
            )
            found.append(Issue(name, what, why, how, code="integrity"))
    return found


def _disagreement(proof: Proof, head: Head, own: str) -> str:
    if not head.sound():
        return "the signature does not fit: the head was changed after it was signed"
    if own and head.key != own:
        return f"it was signed with another key ({head.key[:16]}...) than this workspace's ({own[:16]}...)"
    if head.log != proof.journal:
        return f"it is of another log ({head.log[:16]}...) than this workspace's ({proof.journal[:16]}...)"
    if proof.broken is None and head.seq > proof.records:
        many = head.seq - proof.records
        gone = "the last record is" if many == 1 else f"the last {many} records are"
        return f"{gone} gone: the log ends at {proof.records}, and was at {head.seq}"
    there = proof.hashes.get(head.seq)
    if there is not None and bytes(there).hex() != head.hash:
        return f"record {head.seq} is another one than was signed: the log was written anew"
    return ""
