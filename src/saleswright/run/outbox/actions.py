"""The actions of the outbox: work on it, list it, and settle what needs a person."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Desk
from saleswright.kernel.effects import settle
from saleswright.kernel.effects.states import FACE
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.policy import COMPANY, refused
from saleswright.kernel.report import Column, Note, Report, Table
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.run.outbox.listed import ORDER, counts, listed

_DONE = {"effect confirmed": "sent", "effect failed": "failed", "effect in doubt": "unconfirmed"}


def _states(context: Any) -> list[Choice]:
    return [Choice(word) for word in ORDER]


def _verdicts(context: Any) -> list[Choice]:
    return [
        Choice("happened", doc="it had arrived"),
        Choice("not", doc="it had not, so it is sent again"),
        Choice("give-up", doc="it is not to be sent any more"),
    ]


@action(effect="apply", title="Work")
def work(
    desk: Desk,
    once: Annotated[bool, Arg("flag", "do what is due now, and end")] = False,
    seconds: Annotated[int, Arg("int", "end after so many seconds; 0 goes on until Ctrl-C")] = 0,
) -> Report:
    """Send what was agreed to, and run what is scheduled, as a server does beside its pages.

    Any number of servers and workers may share a workspace: each thing is done by one of them.
    """
    if seconds < 0 or (once and seconds):
        what = "--once ends by itself" if once else f"{seconds} seconds are not a time"
        raise Stop(Issue("--seconds", what, "", "one of --once and --seconds 60"), exit_code=USAGE)
    if once:
        before = _last(desk)
        stop = threading.Event()
        stop.set()
        for loop in desk.app.background:
            loop(desk.app, desk.here, stop)
        return _worked(desk, before)

    def after() -> None:
        stop = threading.Event()
        threads = [
            threading.Thread(target=loop, args=(desk.app, desk.here, stop), name="work", daemon=True)
            for loop in desk.app.background
        ]
        for one in threads:
            one.start()
        try:
            stop.wait(seconds or None)
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()
            for one in threads:
                one.join(30)

    until = f"for {seconds} seconds" if seconds else "until Ctrl-C"
    return Report("Working", [Note(f"What is due goes out, {until}.")], after=after, data={"seconds": seconds})


def _said(counted: Mapping[str, int]) -> str:
    found = [f"{count:,} {word}" for word, count in counted.items() if count]
    return f"{', '.join(found)}." if found else ""


def _last(desk: Desk) -> int:
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import record

    journal = open_journal(desk.here, create=False)
    if journal is None:
        return 0
    with journal.read() as con:
        return int(con.execute(select(func.max(record.c.seq))).scalar() or 0)


def _worked(desk: Desk, before: int) -> Report:
    """What was done since that record, and what is left."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import record

    done: Counter[str] = Counter()
    if journal := open_journal(desk.here, create=False):
        asked = select(record.c.act, func.count()).where(record.c.seq > before).group_by(record.c.act)
        with journal.read() as con:
            done.update({_DONE[act]: count for act, count in con.execute(asked) if act in _DONE})
    left = counts(desk.here)
    rows = tuple((word, done[word], left[word]) for word in ("sent", "unconfirmed", "failed", "waiting"))
    columns = (Column("state", "State"), Column("now", "Just now", "count"), Column("all", "In all", "count"))
    lede = _said({word: count for word, count, _ in rows}) or "Nothing was due."
    next_ = ("effects list --state unconfirmed",) if left["unconfirmed"] else ()
    data: dict[str, object] = {"done": dict(done), "left": dict(left)}
    return Report(
        "What went out?", [Table("work", columns, rows)], lede=lede, next=next_, data=data, changed=sum(done.values())
    )


@action(effect="read", name="effects list", title="What goes out")
def effects_list(
    at: Any,
    state: Annotated[str, Arg("choice", "only those in this state", choices=_states)] = "",
) -> Report:
    """List what is waiting to go out, what was sent, what is unconfirmed, and what failed, with its age."""
    if at.policy.scope != COMPANY or at.policy.hidden:
        # What goes out names things of the whole company.
        raise refused(at.policy.actor, "effects list")
    found, all_ = listed(at.workspace, state), counts(at.workspace)
    columns = (
        Column("id", "Effect", "count"),
        Column("state", "State"),
        Column("what", "What"),
        Column("way", "By"),
        Column("request", "Request", "count"),
        Column("tries", "Tries", "count"),
        Column("age", "Age", "hours"),
        Column("changed", "Since", "moment"),
        Column("said", "What was said"),
        Column("key", "Key"),
    )
    rows = tuple((e.id, e.state, e.what, e.way, e.request, e.tries, e.age, e.changed, e.said, e.key) for e in found)
    total = all_[state] if state else sum(all_.values())
    lede = _said({word: all_[word] for word in ORDER}) or "Nothing was agreed to that goes out."
    next_ = tuple(f"effects resolve {e.id} happened|not|give-up --because ..." for e in found if e.settle)[:3]
    return Report("What goes out?", [Table("effects", columns, rows, total=total)], lede=lede, next=next_)


@action(effect="apply", name="effects retry", title="Try again")
def effects_retry(
    desk: Desk,
    effect: Annotated[int, Arg("int", "the number of a failed effect")],
) -> Report:
    """Send a failed effect again, under the same key."""
    state = settle.retry(_journal(desk, effect), desk.policy.actor, effect)
    return Report("Tried again", [Note(f"Effect {effect} is {FACE[state]}.")], next=("work --once",), changed=1)


@action(effect="apply", name="effects resolve", title="Say what happened")
def effects_resolve(
    desk: Desk,
    effect: Annotated[int, Arg("int", "the number of an effect that is unconfirmed")],
    verdict: Annotated[str, Arg("choice", "happened, not, or give-up", choices=_verdicts)],
    because: Annotated[str, Arg("text", "how you know")] = "",
) -> Report:
    """Say whether an unconfirmed effect had arrived. One that had not is sent again, or given up."""
    if not because.strip():
        why = "whoever reads it later has to know how it was found out"
        raise Stop(Issue("--because", "it says nothing", why, '--because "it is in the mailbox"'), exit_code=USAGE)
    state = settle.resolve(_journal(desk, effect), desk.policy.actor, effect, verdict, because.strip())
    return Report("Settled", [Note(f"Effect {effect} is {FACE[state]}.")], next=("effects list",), changed=1)


@action(effect="apply", name="effects stop", title="Call off")
def effects_stop(
    desk: Desk,
    effect: Annotated[int, Arg("int", "the number of an effect that is waiting")],
    because: Annotated[str, Arg("text", "why it is not to go out")] = "",
) -> Report:
    """Call off what was agreed to and has not gone out yet. What a worker has in hand cannot be called back."""
    if not because.strip():
        why = "whoever agreed to it has to know why nothing happened"
        raise Stop(Issue("--because", "it says nothing", why, '--because "the customer called"'), exit_code=USAGE)
    settle.call_off(_journal(desk, effect), desk.policy.actor, effect, because.strip())
    return Report("Called off", [Note(f"Effect {effect} does not go out.")], next=("effects list",), changed=1)


def _journal(desk: Desk, effect: int) -> Journal:
    found = open_journal(desk.here, create=False)
    if found is None:
        raise Stop(
            Issue(f"effect {effect}", "there is no such effect", "", "saleswright effects list"), exit_code=USAGE
        )
    return found
