"""What may this person see of what was asked? Requests under their own eyes, for the commands and the pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from saleswright.kernel.change import Place
from saleswright.kernel.door.expire import expire
from saleswright.kernel.door.similar import Similar, similar
from saleswright.kernel.door.told import Told
from saleswright.kernel.door.told import told as whole
from saleswright.kernel.door.waiting import Seen, Waiting, as_seen, proposed, waiting
from saleswright.kernel.journal import open_journal
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace
from saleswright.run.approvals.current import current


class Eyes(Protocol):
    """Who looks at which workspace: an opened record, or a desk."""

    @property
    def workspace(self) -> Workspace | None: ...
    @property
    def policy(self) -> Policy: ...


@dataclass(frozen=True, slots=True)
class Inbox:
    """waiting: what this person may decide now. mine: what they asked for, the newest first."""

    waiting: tuple[Waiting, ...] = ()
    mine: tuple[Told, ...] = ()


def inbox(at: Eyes) -> Inbox:
    """What waits for this person and what became of what they asked for; what has expired is written down first."""
    workspace = _of(at)
    expire(workspace)
    journal = open_journal(workspace, create=False)
    if journal is None:
        return Inbox()
    with journal.read() as con:
        mine = tuple(proposed(con, at.policy.actor))
        return Inbox(waiting(con, workspace, at.policy, seen(workspace, at.policy)), mine)


def told(at: Eyes, id_: int) -> Told | None:
    """A request as far as this person may see it; None where there is none, or none of it is theirs to see."""
    workspace = _of(at)
    journal = open_journal(workspace, create=False)
    if journal is None:
        return None
    expire(workspace)
    with journal.read() as con:
        found = whole(con, id_)
    return as_seen(at.policy, found, seen(workspace, at.policy)) if found else None


def alike(at: Eyes, request: Told) -> Similar:
    """How the like of it was decided before, as far as this person may see it."""
    workspace = _of(at)
    journal = open_journal(workspace, create=False)
    if journal is None:
        return Similar(0, 0, ())
    with journal.read() as con:
        found = similar(con, request)
    whole_company = at.policy.shape == "company" and not at.policy.hidden
    return found if whole_company else replace(found, last=())


def seen(workspace: Workspace, policy: Policy) -> Seen:
    """Which places a person sees, asked of the record."""

    def ask(places: Sequence[Place]) -> Collection[Place]:
        return current(workspace, policy, places).values

    return ask


def _of(at: Eyes) -> Workspace:
    assert at.workspace is not None
    return at.workspace
