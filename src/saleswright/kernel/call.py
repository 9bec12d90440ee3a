"""How does a face make a call? Always through here, so that every face gives the same number to the same question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from saleswright.kernel.action import Action
from saleswright.kernel.change import ChangeRequest, Place, Shift, Standing
from saleswright.kernel.chapter import Chapter, Page
from saleswright.kernel.effects.adapter import Adapter
from saleswright.kernel.journal import written
from saleswright.kernel.journal.noted import REHEARSAL, noted
from saleswright.kernel.policy import COMPANY, Policy, refused
from saleswright.kernel.report import Report
from saleswright.kernel.workspace import Workspace, find
from saleswright.lib.issue import USAGE, Issue, Stop, unknown


@dataclass(frozen=True, slots=True)
class Ambient:
    """What stands round every call on every face. Empty texts mean the default: now, all that is known, own scope."""

    actor: str = ""
    as_of: str = ""
    known: str = ""
    scope: str = ""
    snap: str = ""
    currency: str = ""


class Context(Protocol):
    """What an action that reads is handed: a frozen view of the record under an actor's policy."""

    @property
    def workspace(self) -> Workspace: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def as_of_text(self) -> str: ...
    @property
    def known_text(self) -> str: ...
    @property
    def snap(self) -> str: ...
    @property
    def currency(self) -> str: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What an action that writes is handed: the workspace, who asks, and a place to tell progress.

    tell: a line about what goes on now. step: (done, of how many), so that a face can say a rate and the time left.
    """

    workspace: Workspace | None
    policy: Policy
    app: App
    tell: Callable[[str], None] = lambda text: None
    step: Callable[[int, int], None] = lambda done, total: None

    @property
    def here(self) -> Workspace:
        """The workspace, for actions that cannot do without one."""
        if self.workspace is None:
            find(Path.cwd())
        assert self.workspace is not None
        return self.workspace


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished call: the report, and the moment, state and scope it was made under."""

    action: Action
    args: Mapping[str, Any]
    report: Report
    as_of: str = ""
    known: str = ""
    snap: str = ""
    scope: str = COMPANY


@dataclass(frozen=True)
class App:
    """The composed product: chapters in reading order, how to open a workspace, how to open a context on it."""

    chapters: tuple[Chapter, ...]
    open_workspace: Callable[[Path], Workspace]
    open_context: Callable[[Workspace, Ambient], Context]
    before: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    # The ways out, by name.
    adapters: Mapping[str, Adapter] = field(default_factory=dict)
    # What fields hold now, many at once, as far as the policy lets see.
    current: Callable[[Workspace, Policy, Sequence[Place]], Standing] | None = None
    # What a request would do to the headline figures.
    preview: Callable[[Context, ChangeRequest], Sequence[Shift]] | None = None
    # Writes an authored event in an open transaction: (writing, type, fields, removed, workspace) -> its record's number.
    author: Callable[..., int] | None = None
    # What runs beside a server or in `work`, each until its event is set: (app, workspace, stop).
    background: tuple[Callable[[App, Workspace, threading.Event], None], ...] = ()

    @cached_property
    def actions(self) -> dict[str, Action]:
        return {action.name: action for chapter in self.chapters for action in chapter.actions}

    @property
    def pages(self) -> list[tuple[Chapter, Page]]:
        found = [(chapter, page) for chapter in self.chapters for page in chapter.pages]
        return sorted(found, key=lambda pair: pair[1].order)

    def action(self, name: str) -> Action:
        """The action of that name. Stop (usage) with the nearest names."""
        found = self.actions.get(name)
        if found is None:
            raise Stop(unknown("command", name, sorted(self.actions)), exit_code=USAGE)
        return found

    def call(
        self,
        workspace: Workspace | None,
        name: str,
        args: Mapping[str, Any],
        ambient: Ambient = Ambient(),
        tell: Callable[[str], None] = lambda text: None,
        context: Context | None = None,
        step: Callable[[int, int], None] = lambda done, total: None,
    ) -> Outcome:
        """Run an action. `workspace` may be None only for actions that make one. Raises Stop for refusals.

        `context`: an already opened one to use (a server keeps them); it is not closed here.
        """
        action = self.action(name)
        if action.effect == "propose":
            _refuse_idle(action, ambient, ("as_of", "known", "snap"))
            return self._propose(workspace, action, args, ambient, context)
        if action.effect == "apply":
            _refuse_idle(action, ambient, ("as_of", "known", "scope", "snap", "currency"))
            policy = workspace.policy(ambient.actor) if workspace else Policy("me")
            if (policy.scope != COMPANY or policy.hidden) and not action.judges:
                # What is written is decided on all fields and rows: who may not see them cannot judge it.
                raise refused(policy.actor, action.name)
            if workspace is None and not action.alone:
                workspace = self.open_workspace(find(Path.cwd()))
            desk = Desk(workspace, policy, self, tell, step)
            values = action.read(args, desk)
            before = written()
            report = noted(desk, action, values, action.run(desk, **values), before)
            return Outcome(action, values, report, scope=policy.scope)
        return self._ask(workspace, action, args, ambient, context, lambda opened, report, values: report)

    def _propose(
        self,
        workspace: Workspace | None,
        action: Action,
        args: Mapping[str, Any],
        ambient: Ambient,
        context: Context | None,
    ) -> Outcome:
        """A request made of the record and put through the door, or only shown when `dry_run` is among the arguments."""
        from saleswright.kernel.door.submit import submit

        def then(opened: Context, made: ChangeRequest | Report, values: Mapping[str, Any]) -> Report:
            if isinstance(made, Report):
                return made  # there was nothing to propose, and it says why
            asked = replace(made, action=made.action or action.name)
            return submit(self, opened, asked, dry_run=bool(values.get(REHEARSAL)))

        return self._ask(workspace, action, args, ambient, context, then)

    def _ask(
        self,
        workspace: Workspace | None,
        action: Action,
        args: Mapping[str, Any],
        ambient: Ambient,
        context: Context | None,
        then: Callable[[Context, Any, Mapping[str, Any]], Report],
    ) -> Outcome:
        if workspace is None:
            workspace = self.open_workspace(find(Path.cwd()))
        opened = context or self.open_context(workspace, ambient)
        try:
            values = action.read(args, opened)
            report = then(opened, action.run(opened, **values), values)
            return Outcome(
                action, values, report, opened.as_of_text, opened.known_text, opened.snap, opened.policy.scope
            )
        finally:
            if context is None:
                opened.close()


def _refuse_idle(action: Action, ambient: Ambient, names: tuple[str, ...]) -> None:
    """Stop (usage) where something was asked for that a change, which is always about now, would pass over."""
    idle = [name for name in names if getattr(ambient, name)]
    if idle:
        flag = f"--{idle[0].replace('_', '-')}"
        why = "so it would be passed over in silence"
        raise Stop(Issue(flag, f"it means nothing to {action.name}", why, "leave it out"), exit_code=USAGE)
