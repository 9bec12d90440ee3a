"""How is the journal read and written? Many readers, one writer at a time, every transaction whole or not at all."""

from __future__ import annotations

import atexit
import os
import sqlite3
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from shutil import copyfile
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.journal.held import held, reading
from saleswright.kernel.journal.moment import asked_once, one_moment
from saleswright.kernel.journal.place import FILE, SETTING, address, file_of
from saleswright.kernel.journal.statements import DETAIL, EVENTS, KNOWN, LAST, RECORD
from saleswright.kernel.journal.trouble import BUSY_MS, busy, said, told
from saleswright.kernel.journal.turn import turn
from saleswright.kernel.journal.via import via
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import USAGE, Issue, Stop

ADVISORY = 0x53574A4C
"""The lock under which PostgreSQL gives records their numbers: one writer at a time, so that there are no gaps."""

KEPT_OPEN = 16
"""Journals that a process keeps open; a server has one, a test run has thousands."""

_opened: OrderedDict[str, Journal] = OrderedDict()
_opening = threading.Lock()
_thread = threading.local()


def position(workspace: Workspace) -> int:
    """The record of the last event that figures may stand on; 0 before the first.

    Asked before every answer, so a SQLite file is asked without SQLAlchemy, whose import alone takes a quarter of a second.
    """
    if workspace.journal:
        found = open_journal(workspace, create=False)
        return found.position() if found else 0
    path = workspace.state / FILE
    if not path.exists():
        return 0
    try:
        return _events(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.OperationalError as error:
        if not any(word in str(error) for word in ("unable to open", "readonly")):
            raise told(error) or error from None
    except sqlite3.DatabaseError as error:
        raise told(error) or error from None
    # Who may not write here cannot read along with a writer either: the file is read as it lies, in another place.
    with tempfile.TemporaryDirectory() as place:
        try:
            for end in ("", "-wal"):
                with suppress(FileNotFoundError):
                    copyfile(f"{path}{end}", Path(place) / f"{FILE}{end}")
            return _events((Path(place) / FILE).as_uri())
        except (OSError, sqlite3.DatabaseError) as error:
            raise told(error) or error from None


def _events(uri: str) -> int:
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000)) as con:
        row = con.execute("SELECT value FROM about WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def open_journal(workspace: Workspace, create: bool = True) -> Journal | None:
    """The journal of a workspace, made when there is none; None where there is none and none is to be made.

    Stop when it cannot be opened: no driver, no answer, no leave, or tables of a newer version.
    """
    url = address(workspace)
    with _opening:
        kept = _opened.get(url)
        if kept is not None and asked_once(("there", url), kept.there):
            _opened.move_to_end(url)
            return kept
        found = Journal.opened(url, workspace.state, create)
        if found is not None:
            _opened[url] = found
            while len(_opened) > KEPT_OPEN:
                _opened.popitem(last=False)[1].close()
        return found


def let_go(workspace: Workspace | None = None) -> None:
    """Close what this process keeps open of a workspace's journal (of all when none is named): before its folder moves."""
    with _opening:
        for url in list(_opened) if workspace is None else [address(workspace)]:
            kept = _opened.pop(url, None)
            if kept is not None:
                kept.close()


def _forget() -> None:
    global _opening
    _opened.clear()
    _opening = threading.Lock()


atexit.register(let_go)
# A SQLite connection must not be carried into a forked process, not even to be closed there.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=let_go, after_in_child=_forget)


def written() -> int:
    """How many records this thread has written so far, in whatever journal: two readings tell whether a call wrote any."""
    return int(getattr(_thread, "written", 0))


@dataclass
class Writing:
    """One transaction that changes something: `con` for rows, `record` for what proves it. `at`: its moment."""

    con: Any
    journal: Journal
    actor: str
    actor_id: int
    at: int
    seq: int
    hash: bytes
    after: list[Any] = field(default_factory=list)
    proof: str = ""

    def record(self, act: str, subject: str, body: Mapping[str, Any] | None = None, event: str = "") -> int:
        """Write one record of a state change; gives its number.

        act: a verb in the past ("decided"). subject: what it is about, an id such as "request:17", never a person's
        name or address. body: everything else, canonical JSON kept beside the chain; "via" is added to it for what came
        over a face that is worth knowing. event: the type of an authored event, whose table figures may stand on.
        """
        from saleswright.kernel.journal import chain

        self.seq += 1
        told = {**(body or {}), "via": via()} if via() and not event else body or {}
        salt, text = token_bytes(16), chain.canonical(told)
        committed = chain.commitment(salt, text)
        content = chain.record_bytes(self.seq, self.at, self.actor_id, self.proof, act, subject, event, committed)
        self.hash = chain.link(self.hash, content)
        said = {"seq": self.seq, "at": self.at, "actor": self.actor_id, "act": act, "subject": subject}
        RECORD(self.con, **said, bytes=content, hash=self.hash)
        DETAIL(self.con, seq=self.seq, event=event, salt=salt, body=text)
        if event:
            EVENTS(self.con, upto=str(self.seq))
        _thread.written = written() + 1
        return self.seq

    def who(self, name: str) -> int:
        """The number of an actor, given out at first sight."""
        return self.known(name)[0]

    def known(self, name: str) -> tuple[int, str]:
        """The number of an actor, and what the chain holds of the name."""
        from sqlalchemy import insert

        from saleswright.kernel.journal import chain
        from saleswright.kernel.journal.tables import actor

        found = KNOWN(self.con, name=name).first()
        if found is not None:
            return int(found.id), str(found.proof)
        salt = token_bytes(16)
        proof = chain.commitment(salt, name.encode())
        made = self.con.execute(insert(actor).values(name=name, salt=salt, proof=proof))
        return int(made.inserted_primary_key[0]), proof


class Journal:
    """An opened journal; any thread may use it."""

    def __init__(self, url: str, state: Path, writable: bool = True) -> None:
        """Use `open_journal`; this makes nothing and looks at nothing."""
        from sqlalchemy import create_engine, event
        from sqlalchemy.exc import ArgumentError
        from sqlalchemy.pool import QueuePool

        self.url = url
        self.state = state
        self.sqlite = url.startswith("sqlite")
        self.file = file_of(url) if self.sqlite else None
        self.writable = writable
        self._queue = threading.Lock()
        self._writer = 0
        self._made = 0
        pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 8, "poolclass": QueuePool}
        if self.sqlite:
            self.engine = create_engine("sqlite://", creator=self._connect, hide_parameters=True, **pool)
            event.listen(self.engine, "begin", _begin)
        else:
            try:
                self.engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, **pool)
            except (ArgumentError, ValueError):
                what, why = "this is no address of a database", "so nothing that is done can be written down"
                how = "postgresql://user:password@host:5432/name; write / in a password as %2F, @ as %40"
                raise Stop(Issue(SETTING, what, why, how), exit_code=USAGE) from None
            event.listen(self.engine, "connect", _waits)

    @classmethod
    def opened(cls, url: str, state: Path, create: bool = True) -> Journal | None:
        """A journal whose tables are there and of this version; None where there is none and none is to be made."""
        file = file_of(url) if url.startswith("sqlite") else None
        if file is None:
            made = cls(url, state)
        else:
            if not file.exists():
                if not create:
                    return None
                from saleswright.kernel.journal.making import make_file

                try:
                    with said(url):
                        make_file(file)
                except OSError as error:
                    raise told(error) or error from None
            made = cls(url, state, os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
            made._made = file.stat().st_ino
        return made if made._ready(create) else None

    def there(self) -> bool:
        """Is it still the file that was opened?"""
        if self.file is None:
            return True
        try:
            return self.file.stat().st_ino == self._made
        except OSError:
            return False

    def close(self) -> None:
        """Let the connections go that nobody uses at this moment."""
        self.engine.dispose()

    def position(self) -> int:
        """The record of the last event that figures may stand on."""
        from sqlalchemy import select

        from saleswright.kernel.journal.tables import about

        with self.read() as con:
            return int(con.execute(select(about.c.value).where(about.c.name == "events")).scalar() or 0)

    @contextmanager
    def read(self) -> Iterator[Any]:
        """A connection that sees one state of the journal, whatever is written meanwhile.

        Inside a held call (held.py) it also sees what that call wrote.
        """
        mine = reading(self)
        if mine is not None:
            yield mine
            return
        with said(self.url), self.engine.connect() as con:
            if not self.sqlite:
                con = con.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with con.begin():
                yield con

    @contextmanager
    def write(self, actor: str) -> Iterator[Writing]:
        """One transaction: committed whole at the end, or nothing of it after an error.

        Stop when it is busy for very long, full, or not to be written by this person. Inside a held call (held.py) it is
        a part of that call's transaction, and committed with it.
        """
        mine = held()
        with self._alone(actor) if mine is None else mine.join(self, actor, self._alone) as writing:
            yield writing

    @contextmanager
    def _alone(self, actor: str) -> Iterator[Writing]:
        from sqlalchemy import select

        from saleswright.kernel.journal import chain
        from saleswright.kernel.journal.tables import about

        with self._turn(), said(self.url), self._writes() as con, one_moment():
            last = con.exec_driver_sql(LAST).first()
            moment = int(clock.now().timestamp() * 1_000_000)
            if last is None:
                name = con.execute(select(about.c.value).where(about.c.name == "id")).scalar_one()
                seq, before, at = 0, chain.genesis(name), moment
            else:
                # A clock that went back does not turn the order of what we did.
                seq, before, at = last.seq, bytes(last.hash), max(moment, last.at + 1)
            writing = Writing(con, self, actor, 0, at, seq, before)
            writing.actor_id, writing.proof = writing.known(actor)
            yield writing
            barrier("before-commit")
        barrier("after-commit")
        for step in writing.after:
            step()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Writers of this process wait for each other here, then the process for the others: in a file, or in PostgreSQL."""
        if self._writer == threading.get_ident():
            raise RuntimeError("a write inside a write of the same thread would wait for itself")
        if not self._queue.acquire(timeout=BUSY_MS / 1000):
            raise busy()
        self._writer = threading.get_ident()
        try:
            if self.file is None:
                yield
                return
            with turn(self.file.with_suffix(".lock"), BUSY_MS / 1000) as mine:
                if not mine:
                    raise busy()
                yield
        finally:
            self._writer = 0
            self._queue.release()

    @contextmanager
    def _writes(self) -> Iterator[Any]:
        from sqlalchemy import text

        with self.engine.connect().execution_options(writes=True) as con:
            if not self.sqlite:
                # What was written while one waited for the lock has to be seen, whatever the server's own default is.
                con = con.execution_options(isolation_level="READ COMMITTED")
            with con.begin():
                if not self.sqlite:
                    con.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY})"))
                yield con

    def _ready(self, create: bool) -> bool:
        """Are the tables there, of this version? Older ones are brought up to date; in an empty database they are made."""
        from saleswright.kernel.journal import migrate

        with said(self.url):
            with self.engine.connect() as con, con.begin():
                found = migrate.version(con)
                empty = found is None and not self.sqlite
            if found == migrate.HEAD:
                return True
            if empty and not create:
                return False
            with self._writes() as con:
                if empty and migrate.version(con) is None:
                    from saleswright.kernel.journal.making import make_tables

                    make_tables(con)
                else:
                    migrate.bring_up(con, self.state, self.file)
        return True

    def _connect(self) -> sqlite3.Connection:
        assert self.file is not None
        mode = "rw" if self.writable else "ro"
        # We begin transactions ourselves: a write has to take its lock before it reads.
        con = sqlite3.connect(
            f"{self.file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        pragmas = [f"busy_timeout = {BUSY_MS}", "synchronous = FULL", "foreign_keys = ON"]
        if self.writable:
            pragmas.append("journal_mode = WAL")  # a file that was restored from a backup is not yet
        for pragma in pragmas:
            con.execute(f"PRAGMA {pragma}")
        return con


def _begin(con: Any) -> None:
    writes = bool(con.get_execution_options().get("writes"))
    # Who only reads cannot write by mistake: without the lock taken before, that would fail as soon as others write.
    con.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    con.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _waits(connection: Any, _: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.commit()
