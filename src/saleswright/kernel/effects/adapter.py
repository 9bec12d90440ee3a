"""How does one effect reach the outside? An adapter says what the other side can promise, and sends one effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Stop, unknown

Promise = Literal["key", "ask", "neither"]
"""key: the other side takes our key and does one thing once. ask: it can be asked whether it has it. neither."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One effect as an adapter is handed it. `payload` is plain JSON data; `key` is the same at every attempt.

    request: the change request it carries out, None for a message without one. planned: the day it was planned (ISO, UTC),
    the same at every attempt.
    """

    key: str
    intent: str
    subject: str
    version: str
    payload: Mapping[str, Any]
    attempts: int
    request: int | None = None
    planned: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The other side has it; `outside_id` is its own name for it."""

    outside_id: str = ""
    said: str = ""


class Refused(Exception):
    """The other side will never take it as it is."""


class Later(Exception):
    """Nothing was taken, and it may be tried again; not before `after` seconds where the other side says so."""

    def __init__(self, said: str, after: float = 0.0) -> None:
        super().__init__(said)
        self.after = after


class Unknown(Exception):
    """Nobody can tell whether it was taken."""


class Adapter(Protocol):
    """One way out. `name` is what requests and policies call it.

    Two more may be there. `groups = True`: one effect carries all lines of a decision. `named(workspace, which)`: gives
    the adapter of one definition, for names such as "webhook:erp"; `which` is empty where a request names none.
    """

    @property
    def name(self) -> str: ...
    @property
    def promise(self) -> Promise: ...
    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        """Why it must not go out at all (suppressed, not permitted ...), asked inside the claim; empty when it may.

        con: the connection of the claim, for what is counted or looked up there. Raises Later for what must only wait,
        such as quiet hours.
        """
        ...

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        """Send it. Raises Refused (or Stop, where nothing went out), Later or Unknown; any other error is an Unknown.

        It has to end within half a minute, for then others may take it that this worker is gone.
        """
        ...

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        """Has the other side got it? None when it has not. Only called where the promise is "ask"."""
        ...


def way_out(adapters: Mapping[str, Adapter], workspace: Workspace, name: str) -> Adapter:
    """The adapter of that name, "webhook:erp" being the one that the definition `erp` says. Stop (usage) for none."""
    found = adapters.get(name)
    kind, _, which = name.partition(":")
    if found is None and which:
        found = adapters.get(kind)
    if found is None:
        raise Stop(unknown("way out", name, sorted(adapters)), exit_code=USAGE)
    named = getattr(found, "named", None)
    made: Adapter = named(workspace, which) if named else found
    return made


def promise_of(adapters: Mapping[str, Adapter], workspace: Workspace, name: str) -> Promise:
    """What a way out promises; nothing where it is not there any more."""
    try:
        return way_out(adapters, workspace, name).promise
    except Stop:
        return "neither"


def groups(adapters: Mapping[str, Adapter], name: str) -> bool:
    """Does one effect of this way out carry all lines of a decision?"""
    return bool(getattr(adapters.get(name.partition(":")[0]), "groups", False))
