"""How does a face make a call? Always through here, so that every face gives the same number to the same question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from saleswright.kernel.action import Action
from saleswright.kernel.chapter import Chapter, Page
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

    @property
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
        if action.effect != "read":
            idle = [name for name in ("as_of", "known", "scope", "snap", "currency") if getattr(ambient, name)]
            if idle:
                flag = f"--{idle[0].replace('_', '-')}"
                raise Stop(
                    Issue(
                        flag,
                        f"it means nothing to {action.name}",
                        "so it would be passed over in silence",
                        "leave it out",
                    ),
                    exit_code=USAGE,
                )
            policy = workspace.policy(ambient.actor) if workspace else Policy("me")
            if policy.scope != COMPANY or policy.hidden:
                # What is written is decided on all fields and rows: who may not see them cannot judge it.
                raise refused(policy.actor, action.name)
            if workspace is None and not action.alone:
                workspace = self.open_workspace(find(Path.cwd()))
            desk = Desk(workspace, policy, self, tell, step)
            values = action.read(args, desk)
            return Outcome(action, values, action.run(desk, **values), scope=policy.scope)
        if workspace is None:
            workspace = self.open_workspace(find(Path.cwd()))
        opened = context or self.open_context(workspace, ambient)
        try:
            values = action.read(args, opened)
            report = action.run(opened, **values)
            return Outcome(
                action, values, report, opened.as_of_text, opened.known_text, opened.snap, opened.policy.scope
            )
        finally:
            if context is None:
                opened.close()
