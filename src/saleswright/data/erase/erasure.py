"""How is a person forgotten everywhere, and how is it proved? Looked up, told, then done in steps that can be done again.

    paper of what is begun -> hashes that keep them out -> raw rows -> states of the record -> exports -> all other files
    -> backups -> the user's own files (only when asked) -> the audit log, with the record of it -> the paper goes

Every step looks for what is left before it does anything, so that the same command after a crash finishes the work.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saleswright.data.backup import places
from saleswright.data.erase import everywhere, pending
from saleswright.data.erase import journal as log
from saleswright.data.erase.everywhere import Place
from saleswright.data.erase.find import People, everybody, find
from saleswright.data.erase.subject import Subject
from saleswright.data.erase.tombstones import Forgotten, remember
from saleswright.data.erase.under_way import Erasing, begin, disk_said, done, keeping, under_way
from saleswright.data.imports.replay import usable
from saleswright.history import engine
from saleswright.history.release import publisher
from saleswright.kernel import clock
from saleswright.kernel.call import Desk
from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.place import FILE as JOURNAL
from saleswright.kernel.workspace import Workspace


@dataclass
class Erased:
    """What was found, or done: whom, where and how much; the user's own files; what nobody can take back or reach."""

    subject: Subject
    places: list[Place]
    notes: list[str]
    own: list[Path]
    beyond: list[str]
    written: bool = False
    resumed: bool = False
    files: bool = False

    @property
    def found(self) -> int:
        return sum(place.found for place in self.places)


def look(desk: Desk, text: str) -> Erased:
    """Where a person is told of. Nothing is written, and nobody has to wait."""
    here = desk.here
    begun = under_way(here.state)
    with closing(People(here)) as people:
        subject, notes = (begun.subject, []) if begun else find(people, text)
    with tempfile.TemporaryDirectory(prefix="saleswright-") as folder:
        scratch = Path(folder)
        places_ = [*everywhere.history(here, subject, False, desk.tell, scratch)]
        places_ += everywhere.state_files(here, subject, False, desk.tell, scratch)
        places_ += _backups(desk, subject, False)
        own = list(everywhere.own_files(here, subject, False, scratch))
    found = Erased(subject, places_, notes, own, _beyond(here), resumed=begun is not None)
    if (journal := open_journal(here, create=False)) is not None:
        with journal.read() as con:
            counts, _ = log.told(con, subject, False)
            if n := pending.found(con, subject):
                found.places.append(Place("what waits to go out", n, "changes", "would be called off"))
        found.places += _log_places(counts, found)
    return found


def erase(desk: Desk, text: str, because: str, files: bool) -> Erased:
    """Forget a person. Finishes first what an earlier command began and could not finish."""
    here = desk.here
    halfway = "so the erasure is not finished"
    again_ = "make room, then give the same command again: it finishes what it began"
    with keeping(here.state), disk_said(halfway, again_), _publishing(here) as p:
        begun = under_way(here.state)
        notes: list[str] = []
        if begun is None:
            with closing(People(here)) as people:
                subject, notes = find(people, text)
            begun = Erasing(secrets.token_hex(8), subject, because, clock.now().isoformat(), files)
            begin(here.state, begun)
            engine.barrier("erase-begun")
            return _go(desk, begun, p, notes, False)
        return _go(desk, replace(begun, files=begun.files or files), p, notes, True)


def again(desk: Desk, workspace: Workspace, known: Forgotten) -> list[Erased]:
    """Forget once more whom another workspace forgot, as after a backup from before it was restored."""
    found = []
    with closing(People(workspace)) as people:
        subjects = everybody(people, known)
    here = replace(desk, workspace=workspace)
    for subject in subjects:
        with keeping(workspace.state), _publishing(workspace) as p:
            why = "erased before, in the workspace this was a backup of"
            begun = Erasing(secrets.token_hex(8), subject, why, clock.now().isoformat(), False)
            begin(workspace.state, begun)
            found.append(_go(here, begun, p, [], False))
    return found


@contextmanager
def _publishing(here: Workspace) -> Iterator[Any]:
    known, stages = usable(here)
    with publisher(here.state, known, stages, here.zone) as p:
        (p.work / "run").mkdir(parents=True)
        yield p


def _go(desk: Desk, begun: Erasing, p: Any, notes: list[str], resumed: bool) -> Erased:
    here, subject, tell = desk.here, begun.subject, desk.tell
    scratch = p.work / "erase"
    remember(here.state, subject)
    engine.barrier("erase-remembered")
    places_ = list(everywhere.history(here, subject, True, tell, scratch, p.place))
    places_ += everywhere.state_files(here, subject, True, tell, scratch)
    engine.barrier("erase-files")
    places_ += _backups(desk, subject, True)
    engine.barrier("erase-backups")
    own = list(everywhere.own_files(here, subject, begun.files, scratch))
    done_ = Erased(subject, places_, notes, own, _beyond(here), True, resumed, begun.files)
    _in_log(desk, begun, done_)
    return done_


def _in_log(desk: Desk, begun: Erasing, done_: Erased) -> None:
    """The audit log without the person, and the record that says so, in one transaction; then no trace on the disk."""
    journal = open_journal(desk.here)
    assert journal is not None
    subject = begun.subject
    with journal.write(subject.clean(desk.policy.actor)) as w:
        if not _recorded(w.con, begun.id):
            if n := pending.call_off(w, subject):
                done_.places.append(Place("what waited to go out", n, "changes", "called off"))
            # The record stands before what it is about is changed: its number is what the changed rows point to.
            _, left = log.told(w.con, subject, False)
            body = {
                "erasure": begun.id,
                "because": subject.clean(begun.because),
                "records": sorted(left),
                "left": {str(seq): log.digest(body) for seq, body in left.items()},
                "where": {place.name: place.found for place in done_.places if place.found},
            }
            seq = w.record("erased", subject.said, body)
            counts, _ = log.told(w.con, subject, True, seq)
            done_.places += _log_places(counts, done_)
        engine.barrier("erase-before-commit")
        # In a call that is one transaction with others, the end of it comes later.
        w.after.append(lambda: _swept(desk.here, journal))


def _swept(here: Workspace, journal: Any) -> None:
    """Leave no trace on the disk, and strike out the paper."""
    journal.close()
    if journal.file is not None:
        log.swept(journal.file)
    else:
        log.swept_server(journal)
    everywhere.clear(here.state)
    engine.barrier("erase-logged")
    done(here.state)


def _recorded(con: Any, id_: str) -> bool:
    """Was this erasure written down before a crash?"""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import detail, erased, record

    # The words of an erasure may have been erased themselves; what is left of them holds its id.
    both = record.join(detail, detail.c.seq == record.c.seq).outerjoin(erased, erased.c.seq == record.c.seq)
    rows = select(func.coalesce(erased.c.body, detail.c.body)).select_from(both).where(record.c.act == "erased")
    return any(body is not None and id_ in bytes(body).decode() for (body,) in con.execute(rows))


def _log_places(counts: Any, done_: Erased) -> list[Place]:
    if chained := counts.pop("chain", 0):
        done_.beyond.append(f"{chained} lines of the audit log's chain name the person; the chain cannot be rewritten")
    return [Place("the audit log", sum(counts.values()), "records")]


def _backups(desk: Desk, subject: Subject, write: bool) -> list[Place]:
    """Every backup we made that can be reached, told without the person and sealed anew."""
    found, gone = 0, []
    desk.tell("going through the backups")
    if write:
        places.sweep(desk.here)
    for folder in places.known(desk.here):
        if not places.whole(folder):
            gone.append(str(folder))
            continue
        inner = desk.app.open_workspace(places.inside(folder))
        scratch = inner.state / "work" / "erase"
        if write:
            places.unseal(folder)
        with tempfile.TemporaryDirectory(prefix="saleswright-") as aside:
            space = scratch if write else Path(aside)
            rows = sum(place.found for place in everywhere.history(inner, subject, write, _silent, space))
            rows += sum(place.found for place in everywhere.state_files(inner, subject, write, _silent, space))
            rows += sum(1 for _ in everywhere.own_files(inner, subject, write, space))
            rows += _backed_up_log(inner, subject, write)
        if write:
            remember(inner.state, subject)
            everywhere.clear(inner.state)
            places.seal(folder)
        engine.barrier("erase-backup")
        found += rows > 0
    note = f"out of reach: {', '.join(gone)}; they are told without the person when they are restored" if gone else ""
    return [Place("backups", found, "backups", note)]


def _backed_up_log(inner: Workspace, subject: Subject, write: bool) -> int:
    path = inner.state / JOURNAL
    return log.loose(path, subject, write) if path.exists() else 0


def _silent(text: str) -> None:
    """What goes on inside a backup is not told."""


def _beyond(here: Workspace) -> list[str]:
    """What no erasure reaches, said plainly."""
    found = []
    if (here.root / ".git").exists():
        found.append("the history of your own files in git: rewrite it there if they named the person")
    if here.journal:
        found.append("logs and backups of the database server that keeps the audit log")
    found.append("copies that were taken out: downloads, mails, files outside this folder, the system they came from")
    return found
