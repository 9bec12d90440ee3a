"""What ran, and what is due? Who takes a run writes it into the journal first, so that nobody takes it twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from saleswright.kernel.journal import Journal, Writing
from saleswright.run.schedules.schedule import Named, Schedule, own_name

LEASE = timedelta(seconds=120)
"""How long a run counts as alive without a sign of life; who runs it gives one every third of it."""

LATE = timedelta(minutes=5)
"""Later than this after its time a run is one that was missed, and `catch_up` says what becomes of it."""

ATTEMPTS = 3
"""How often a question is asked again whose run broke off."""

Reads = Callable[[Schedule], bool]
"""Does what runs by this text only ask?"""

_KEPT = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that is ours to make: by which text, for which moment, in whose hands."""

    text: Schedule
    due: datetime
    worker: str
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Ran:
    """A run as it stands: state seen, running, done, failed, unconfirmed or missed."""

    schedule: str
    due: datetime
    state: str
    said: str
    kept: str
    by_hand: bool
    ended: datetime | None


def claim(journal: Journal, named: Named, now: datetime, worker: str, reads: Reads) -> Claimed | None:
    """The run that is due, now ours; None when nothing is due or another one has it.

    Of several that are due only the latest is made, the others are written down as missed. A run that broke off is made
    again when its text only `reads`; otherwise nobody knows how far it came, and it is left so.
    """
    with journal.read() as con:
        if not _waits(con, named, now):
            return None
    with journal.write(own_name(named.name)) as w:
        running = _running(w.con, named.name)
        if running is not None:
            if running.lease > micros(now):
                return None
            again = _broken(w, named, running, now, worker, reads)
            if again is not None:
                return again
        last = _last(w.con, named.name)
        if last is None or last.version != named.version:
            _seen(w, named, now if last is None else max(now, moment(last.due) + _MICRO))
            return None
        pending = named.dues(moment(last.due), now)
        return _take(w, named, pending, now, worker) if pending else None


def claim_by_hand(journal: Journal, text: Schedule, now: datetime, worker: str) -> Claimed | None:
    """A run of its own, now; None when one is under way."""
    with journal.write(own_name(text.name)) as w:
        running = _running(w.con, text.name)
        if running is not None and running.lease > micros(now):
            return None
        if running is not None:
            _end(w, text.name, running.due, "unconfirmed", "it broke off, and nobody knows how far it came")
        due = moment(w.at)
        _insert(w, text.name, [_row(due, "running", now, worker, "")])
        w.record("schedule begun", _subject(text.name), {"due": due.isoformat(), "by_hand": True})
        return Claimed(text, due, worker)


def alive(journal: Journal, claimed: Claimed, now: datetime) -> bool:
    """A sign of life: the lease runs anew. False when the run is no longer ours."""
    with journal.write(own_name(claimed.text.name)) as w:
        return bool(_update(w, claimed, lease=micros(now + LEASE)))


def end(
    journal: Journal,
    claimed: Claimed,
    now: datetime,
    state: str,
    said: str,
    kept: str = "",
    mails: Sequence[Mapping[str, str]] = (),
) -> int | None:
    """How it ended; gives the record's number, None when the run was no longer ours to end.

    mails: what is to go out with it, in the same transaction: the same run never sends one twice.
    """
    from saleswright.kernel.effects import plan, send_now

    with journal.write(own_name(claimed.text.name)) as w:
        if not _update(w, claimed, state=state, said=said, kept=kept, ended=micros(now), lease=None):
            return None
        for n, mail in enumerate(mails):
            version = f"{claimed.due.isoformat()}/{n}"
            send_now(w, plan(w, None, None, claimed.text.by, "report", _subject(claimed.text.name), version, mail))
        body = {"due": claimed.due.isoformat(), "said": said, "kept": kept, "mails": len(mails)}
        return w.record(f"schedule {state}", _subject(claimed.text.name), body)


def last_runs(con: Any, name: str, many: int = 1) -> list[Ran]:
    """The latest runs, the newest first, missed ones among them."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import scheduled

    chosen = (scheduled.c.schedule == name) & (scheduled.c.state != "seen")
    rows = con.execute(select(scheduled).where(chosen).order_by(scheduled.c.due.desc()).limit(many)).all()
    return [
        Ran(
            row.schedule,
            moment(row.due),
            row.state,
            row.said,
            row.kept,
            not row.version,
            moment(row.ended) if row.ended else None,
        )
        for row in rows
    ]


def micros(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - _EPOCH) // _MICRO


def moment(at: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return _EPOCH + at * _MICRO


def _waits(con: Any, named: Named, now: datetime) -> bool:
    """Is there anything to write? Asked of a plain read, for nearly always there is not."""
    running = _running(con, named.name)
    if running is not None:
        return bool(running.lease <= micros(now))
    last = _last(con, named.name)
    return last is None or last.version != named.version or bool(named.dues(moment(last.due), now))


def _take(
    w: Writing, named: Named, pending: list[tuple[datetime, Schedule]], now: datetime, worker: str
) -> Claimed | None:
    due, text = pending[-1]
    makes = text.catch_up == "once" or now - due <= LATE
    missed = [d for d, _ in (pending[:-1] if makes else pending)]
    rows = [_row(d, "missed", None, None, named.version) for d in missed[-_KEPT:]]
    rows += [_row(due, "running", now, worker, named.version)] if makes else []
    _insert(w, named.name, rows)
    body = {"due": due.isoformat(), "missed": len(missed)} if makes else {"missed": len(missed)}
    w.record("schedule begun" if makes else "schedule missed", _subject(named.name), body)
    return Claimed(text, due, worker) if makes else None


def _broken(w: Writing, named: Named, running: Any, now: datetime, worker: str, reads: Reads) -> Claimed | None:
    due = moment(running.due)
    text = next((t for d, t in named.dues(due - _MICRO, due) if d == due), None)
    asks = text is not None and reads(text)
    if asks and text is not None and running.attempts < ATTEMPTS:
        again = Claimed(text, due, worker, running.attempts + 1)
        from saleswright.kernel.journal.tables import scheduled

        same = (scheduled.c.schedule == named.name) & (scheduled.c.due == running.due)
        values = {"lease": micros(now + LEASE), "worker": worker, "attempts": again.attempts}
        w.con.execute(scheduled.update().where(same).values(values))
        body = {"due": due.isoformat(), "attempt": again.attempts}
        w.record("schedule begun again", _subject(named.name), body)
        return again
    tried = f"it broke off {running.attempts} times" if asks else "it broke off, and nobody knows how far it came"
    _end(w, named.name, running.due, "failed" if asks else "unconfirmed", tried)
    return None


def _end(w: Writing, name: str, due: int, state: str, said: str) -> None:
    from saleswright.kernel.journal.tables import scheduled

    same = (scheduled.c.schedule == name) & (scheduled.c.due == due)
    w.con.execute(scheduled.update().where(same).values(state=state, said=said, lease=None, ended=w.at))
    w.record(f"schedule {state}", _subject(name), {"due": moment(due).isoformat(), "said": said})


def _seen(w: Writing, named: Named, at: datetime) -> None:
    # What was due before a text was there, or was another one, is none of its business.
    _insert(w, named.name, [_row(at, "seen", None, None, named.version)])
    w.record("schedule seen", _subject(named.name), {"version": named.version})


def _row(due: datetime, state: str, began: datetime | None, worker: str | None, version: str) -> dict[str, Any]:
    return {
        "due": micros(due),
        "state": state,
        "lease": micros(began + LEASE) if began else None,
        "worker": worker,
        "began": micros(began) if began else None,
        "attempts": 1 if began else 0,
        "version": version,
    }


def _insert(w: Writing, name: str, rows: list[dict[str, Any]]) -> None:
    from sqlalchemy import insert

    from saleswright.kernel.journal.tables import scheduled

    if rows:
        w.con.execute(insert(scheduled), [{"schedule": name, "said": "", "kept": ""} | row for row in rows])


def _update(w: Writing, claimed: Claimed, **values: Any) -> int:
    from saleswright.kernel.journal.tables import scheduled

    ours = (
        (scheduled.c.schedule == claimed.text.name)
        & (scheduled.c.due == micros(claimed.due))
        & (scheduled.c.worker == claimed.worker)
        & (scheduled.c.state == "running")
    )
    return int(w.con.execute(scheduled.update().where(ours).values(**values)).rowcount)


def _running(con: Any, name: str) -> Any:
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import scheduled

    chosen = (scheduled.c.schedule == name) & (scheduled.c.state == "running")
    return con.execute(select(scheduled).where(chosen).order_by(scheduled.c.due).limit(1)).first()


def _last(con: Any, name: str) -> Any:
    """The latest run that the calendar brought; those made by hand do not count."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import scheduled

    chosen = (scheduled.c.schedule == name) & (scheduled.c.version != "")
    return con.execute(select(scheduled).where(chosen).order_by(scheduled.c.due.desc()).limit(1)).first()


def _subject(name: str) -> str:
    return f"schedule:{name}"
