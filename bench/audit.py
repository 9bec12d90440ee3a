"""How fast is the audit log verified? The whole walk over stored bytes, against reading and hashing them by hand."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench.line import SEED, Line, alternate, median, seconds, spread
from saleswright.data.audit.verify import verify
from saleswright.kernel.journal import Journal, chain
from saleswright.kernel.journal.making import make_file

FULL, SMALL = 200_000, 5_000
LEAST = 100_000
ACTS = ("proposed", "decided", "claimed", "sent", "confirmed", "did")


def audit_verify(small: bool, place: Path) -> Line:
    """verify() on records such as decisions leave, each with a body of some 200 bytes."""
    many = SMALL if small else FULL
    file = place / f"audit-{many}.sqlite"
    if not file.exists():
        _fill(file, many)
    journal = Journal.opened(f"sqlite:///{file}", place)
    assert journal is not None
    ends: dict[str, bytes] = {}

    def ours() -> float:
        def work() -> None:
            with journal.read() as con:
                proof = verify(con)
            assert proof.broken is None and proof.records == many
            ends["ours"] = proof.hash

        return seconds(work)

    def by_hand() -> float:
        def work() -> None:
            with closing(sqlite3.connect(file)) as con:
                hash_ = chain.genesis(con.execute("SELECT value FROM about WHERE name = 'id'").fetchone()[0])
                for (content,) in con.execute("SELECT bytes FROM record ORDER BY seq"):
                    hash_ = sha256(hash_ + content).digest()
            ends["hand"] = hash_

        return seconds(work)

    mine, hand = alternate(ours, by_hand, runs=2 if small else 7)
    journal.close()
    assert ends["ours"] == ends["hand"]
    rate = many / median(mine)
    note = (
        f"{many:,} records, {rate:,.0f} a second; ours also holds columns, names, bodies and numbers to the chain; "
        f"{spread('ours', mine)}, {spread('by hand', hand)}"
    )
    return Line(
        "audit_verify", median(mine), median(hand), f">= {LEAST:,} records/s", rate >= LEAST, "s", len(mine), note
    )


def _fill(file: Path, many: int) -> None:
    make_file(file)
    chance = random.Random(SEED)
    with closing(sqlite3.connect(file, isolation_level=None)) as con:
        con.execute("PRAGMA synchronous = OFF")
        con.execute("BEGIN")
        hash_ = chain.genesis(con.execute("SELECT value FROM about WHERE name = 'id'").fetchone()[0])
        proofs = {}
        for number in range(1, 21):
            salt, name = chance.randbytes(16), f"Rep {number:02}"
            proofs[number] = chain.commitment(salt, name.encode())
            con.execute("INSERT INTO actor VALUES (?, ?, ?, ?)", (number, name, salt, proofs[number]))
        for seq in range(1, many + 1):
            actor, act, subject = chance.randrange(1, 21), chance.choice(ACTS), f"request:{seq // 4}"
            body = {"verdict": "yes", "reason": "as agreed on the call", "lines": [1, 2, 3], "snap": f"r12.j{seq}"}
            salt, text = chance.randbytes(16), chain.canonical({**body, "seen": {"figures": ["win_rate@3f2a"] * 5}})
            at, said = 1_790_000_000_000_000 + seq, chain.commitment(salt, text)
            content = chain.record_bytes(seq, at, actor, proofs[actor], act, subject, "", said)
            hash_ = chain.link(hash_, content)
            con.execute(
                "INSERT INTO record (seq, at, actor, act, subject, bytes, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (seq, at, actor, act, subject, content, hash_),
            )
            con.execute("INSERT INTO detail (seq, event, salt, body) VALUES (?, '', ?, ?)", (seq, salt, text))
        con.execute("COMMIT")
