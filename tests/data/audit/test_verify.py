"""A 1,000-record chain: every flip, delete, reorder, insert detected; a cut tail detected against the exported head."""

from __future__ import annotations

import random
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from saleswright.data.audit import heads
from saleswright.data.audit.verify import Proof, verify
from saleswright.kernel.journal import chain, let_go
from saleswright.kernel.workspace import Workspace
from tests.journals import KINDS, empty, opened

MANY = 1_000
ACTORS = ("Ann", "Ben O'Hara", 'Zoë "Z" Ü', "rule:stale")


def filled(workspace: Workspace, many: int = MANY) -> None:
    """A chain of records such as they occur, several to a transaction, some of them events."""
    journal, done = opened(workspace), 0
    while done < many:
        with journal.write(ACTORS[done % len(ACTORS)]) as w:
            for _ in range(min(done % 7 + 1, many - done)):
                done += 1
                body = {"n": done, "reason": 'näher \\ "dran"\n\u2028' * (done % 3)}
                w.record(("did", "decided", "sent")[done % 3], f"request:{done // 3}", body, "call" * (done % 5 == 0))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a chain of 1,000 records, closed."""
    workspace = empty(tmp_path_factory.mktemp("chain"))
    filled(workspace)
    let_go()
    return workspace.state / "journal.sqlite"


class Intruder:
    """Somebody who can write to the database itself."""

    def __init__(self, file: Path) -> None:
        self.raw = sqlite3.connect(file, isolation_level=None)
        self.execute, self.executemany = self.raw.execute, self.raw.executemany
        engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool)
        self._reading = engine.connect()
        self.execute("PRAGMA synchronous = OFF")
        self.execute("PRAGMA foreign_keys = OFF")

    def seen(self) -> Proof:
        """What a walk along the chain finds, also of what is not committed."""
        return verify(self._reading)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Changes that are taken back afterwards."""
        self.execute("BEGIN")
        yield
        assert self.raw.in_transaction, "the changes were gone before they were looked for"
        self.execute("ROLLBACK")

    def close(self) -> None:
        self._reading.close()
        self.raw.close()


@contextmanager
def tampered(original: Path, folder: Path) -> Iterator[Intruder]:
    """The file in another place, with an intruder in it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(original, folder / "journal.sqlite")
    with closing(Intruder(folder / "journal.sqlite")) as con:
        yield con


def proof(workspace: Workspace, wanted: tuple[int, ...] = ()) -> Proof:
    """What a walk along the chain finds."""
    with opened(workspace).read() as con:
        return verify(con, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_sound(kind: str, tmp_path: Path, journal_url: Callable[[str], str]) -> None:
    workspace = empty(tmp_path, journal_url(kind))
    filled(workspace, 300)
    found = proof(workspace, (1, 299))
    assert (found.broken, found.records, found.erased) == (None, 300, 0)
    assert set(found.hashes) == {0, 1, 299}


# Every column of a record and of what stands beside it.
FLIPS = {
    "record": ("seq", "at", "actor", "act", "subject", "bytes", "hash"),
    "detail": ("seq", "event", "salt", "body"),
}


def test_every_flip_is_detected(original: Path, tmp_path: Path, nightly: bool) -> None:
    """One bit, or one character, of any column of any record: the walk stops there, at the latest at the one after."""
    seed = secrets.randbelow(2**31)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    records = range(1, MANY + 1) if nightly else sorted(chance.sample(range(1, MANY + 1), 12))
    with tampered(original, tmp_path) as con:
        assert con.seen().broken is None
        for number in records:
            for table, columns in FLIPS.items():
                for column in columns:
                    with con.trying():
                        value = con.execute(f"SELECT {column} FROM {table} WHERE seq = ?", (number,)).fetchone()[0]
                        changed = _flipped(value, chance)
                        con.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE seq = ?", (changed, number))
                        found = con.seen()
                    assert found.broken is not None, (table, column, number, value, changed)
                    assert found.broken.seq in (number, 0) or column == "seq", (table, column, number, found.broken)


def _flipped(value: object, chance: random.Random) -> object:
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(0, 20))
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]
    assert isinstance(value, str)
    return f"{value}x" if not value else value[:-1] + chr(ord(value[-1]) ^ 1)


def test_every_delete_is_detected(original: Path, tmp_path: Path, nightly: bool) -> None:
    """A record, what it is about, or both: from the first to the last but one, which only a head can miss."""
    with tampered(original, tmp_path) as con:
        for number in range(1, MANY) if nightly else (1, 2, 500, MANY - 1):
            for tables in (("record",), ("detail",), ("record", "detail")):
                with con.trying():
                    for table in tables:
                        con.execute(f"DELETE FROM {table} WHERE seq = ?", (number,))
                    found = con.seen()
                assert found.broken is not None and found.broken.seq == number, (number, tables, found.broken)
        con.execute("DELETE FROM record WHERE seq BETWEEN 7 AND 9")
        con.execute("DELETE FROM detail WHERE seq BETWEEN 7 AND 9")
        found = con.seen()
        assert found.broken is not None and found.broken.seq == 7
        assert found.broken.what == "it is missing: 3 between 6 and 10" and found.records == 6


def test_every_reorder_is_detected(original: Path, tmp_path: Path, nightly: bool) -> None:
    """Two records that change places, with what stands beside them."""
    with tampered(original, tmp_path) as con:
        for one in range(1, MANY) if nightly else (1, 333, MANY - 1):
            for other in {one + 1, MANY}:
                with con.trying():
                    for table in ("record", "detail"):
                        swap = f"UPDATE {table} SET seq = ? WHERE seq = ?"
                        con.executemany(swap, [(-1, one), (one, other), (other, -1)])
                    found = con.seen()
                assert found.broken is not None and found.broken.seq == one, (one, other, found.broken)


def test_every_insert_is_detected(original: Path, tmp_path: Path, nightly: bool) -> None:
    """A record put in between, those after it moved up, its hash fitting the one before: the next one does not follow."""
    with tampered(original, tmp_path) as con:
        for number in range(1, MANY) if nightly else (1, 2, 500, MANY - 1):
            with con.trying():
                for table in ("record", "detail"):
                    con.execute(f"UPDATE {table} SET seq = -seq WHERE seq > ?", (number,))
                    con.execute(f"UPDATE {table} SET seq = 1 - seq WHERE seq < 0")
                before = con.execute("SELECT hash, at FROM record WHERE seq = ?", (number,)).fetchone()
                _forged(con, number + 1, *before)
                found = con.seen()
            assert found.broken is not None and found.broken.seq == number + 2, (number, found.broken)


def _forged(con: Intruder, number: int, before: bytes, at: int) -> bytes:
    """A record that nobody wrote, behind another one; gives its hash."""
    proof_ = con.execute("SELECT proof FROM actor WHERE id = 1").fetchone()[0]
    salt, body = b"s" * 16, b"{}"
    said = chain.record_bytes(number, at, 1, proof_, "did", "x", "", chain.commitment(salt, body))
    values = (number, at, 1, "did", "x", said, chain.link(before, said))
    con.execute(
        "INSERT OR REPLACE INTO record (seq, at, actor, act, subject, bytes, hash) VALUES (?,?,?,?,?,?,?)", values
    )
    con.execute("INSERT OR REPLACE INTO detail (seq, event, salt, body) VALUES (?, '', ?, ?)", (number, salt, body))
    return values[-1]


def test_what_stands_beside_the_chain_is_held_to_it(original: Path, tmp_path: Path) -> None:
    """Names, the log's own id, how far figures may stand, bodies that belong to nothing, values of another kind."""
    told = {
        "UPDATE actor SET name = 'Eve' WHERE id = 2": "name",
        "UPDATE actor SET name = 'Eve', proof = 'x' WHERE id = 2": "name",
        "UPDATE about SET value = 'x' WHERE name = 'id'": "hashed",
        "UPDATE about SET value = '7' WHERE name = 'events'": "stand on",
        "INSERT INTO detail (seq, event, salt, body) VALUES (5000, '', x'', NULL)": "no record",
        "UPDATE record SET bytes = 'text' WHERE seq = 5": "cannot be read",
        "UPDATE detail SET body = 'text' WHERE seq = 5": "cannot be read",
        "UPDATE record SET seq = 0 WHERE seq = 1": "number",
    }
    for number, (statement, words) in enumerate(told.items()):
        with tampered(original, tmp_path / str(number)) as con:
            con.execute(statement)
            found = con.seen()
        assert found.broken is not None and words in found.broken.what, (statement, found.broken)


def test_what_was_erased_leaves_the_chain_sound(original: Path, tmp_path: Path) -> None:
    """Bodies and names that are gone with their salts: the chain verifies, and says how many."""
    with tampered(original, tmp_path) as con:
        con.execute("UPDATE detail SET body = NULL, salt = x'' WHERE seq % 10 = 0")
        con.execute("UPDATE actor SET name = NULL, salt = x'' WHERE id = 3")
        found = con.seen()
        assert (found.broken, found.records, found.erased) == (None, MANY, MANY // 10)
        con.execute("UPDATE record SET act = 'x' WHERE seq = 10")
        assert con.seen().broken is not None


def test_a_cut_tail_is_detected_against_the_exported_head(original: Path, tmp_path: Path) -> None:
    """A chain alone cannot see it; so does a chain that was written anew from some record on."""
    folder = tmp_path / ".saleswright"
    workspace = empty(tmp_path)
    with tampered(original, folder):
        pass
    with opened(workspace).read() as con:
        head = heads.sign(workspace, con)
    let_go()
    own = heads.public(workspace)
    assert head.seq == MANY and head.sound() and own == head.key

    for many in (1, 10, MANY - 1, MANY):
        with tampered(original, folder) as con:
            for table in ("record", "detail"):
                con.execute(f"DELETE FROM {table} WHERE seq > ?", (MANY - many,))
            last = con.execute("SELECT max(seq) FROM detail WHERE event <> ''").fetchone()[0] or 0
            con.execute("UPDATE about SET value = ? WHERE name = 'events'", (str(last),))
        found = proof(workspace, (head.seq,))
        let_go()
        assert found.broken is None and found.records == MANY - many
        (issue,) = heads.against(found, [head], own)
        assert ("the last record is gone" if many == 1 else f"the last {many} records are gone") in issue.what

    with tampered(original, folder) as con:
        before, at = con.execute("SELECT hash, at FROM record WHERE seq = ?", (MANY - 3,)).fetchone()
        for number in range(MANY - 2, MANY + 1):
            before = _forged(con, number, before, at)
        last = con.execute("SELECT max(seq) FROM detail WHERE event <> ''").fetchone()[0]
        con.execute("UPDATE about SET value = ? WHERE name = 'events'", (str(last),))
    found = proof(workspace, (head.seq,))
    assert found.broken is None
    (issue,) = heads.against(found, [head], own)
    assert "another one than was signed" in issue.what


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_log_and_a_changed_head_are_detected(
    kind: str, tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    mine, theirs = (empty(tmp_path / name, journal_url(kind)) for name in ("mine", "theirs"))
    signed = {}
    for workspace in (mine, theirs):
        filled(workspace, 20)
        with opened(workspace).read() as con:
            signed[workspace.name] = heads.sign(workspace, con)
    found = proof(mine, (20,))
    own = heads.public(mine)
    assert heads.against(found, [signed["mine"]], own) == []
    assert "another key" in heads.against(found, [signed["theirs"]], own)[0].what
    assert "another log" in heads.against(found, [signed["theirs"]])[0].what
    for change in ({"seq": 19}, {"hash": "00" * 32}, {"at": "2020-01-01T00:00:00+00:00"}, {"signature": "00" * 64}):
        head = replace(signed["mine"], **change)
        assert "signature does not fit" in heads.against(found, [head], own)[0].what
    with opened(mine).write("Ann") as w:
        assert w.record("did", "x") == 21
        broken = text("UPDATE record SET act = 'undid' WHERE seq = 4")
        assert verify(w.con, (20,)).hashes[20].hex() == signed["mine"].hash
        w.con.execute(broken)
        assert verify(w.con).broken is not None
