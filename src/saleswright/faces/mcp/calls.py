"""How does a tool's call become an action's? The same gateway as every face, as one actor, under the policy in force now."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saleswright.faces.mcp import offered, schema, told
from saleswright.faces.mcp.budget import Budget
from saleswright.faces.mcp.safe import clean, counted, safe
from saleswright.kernel.action import Action, Param
from saleswright.kernel.call import Ambient, App, Desk
from saleswright.kernel.envelope import envelope, refusal
from saleswright.kernel.journal.via import came
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, NOT_ALLOWED, USAGE, Issue, Stop, unknown

log = logging.getLogger("saleswright.tools")


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool gives back: the envelope, the same in words, and whether it is a refusal."""

    envelope: Mapping[str, Any]
    text: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as it is listed."""

    name: str
    action: Action
    arguments: Mapping[str, Any]


@dataclass
class Calls:
    """The tools of one workspace for one actor. Its text is read again at every call: access and grants hold at once."""

    app: App
    root: Path
    actor: str = ""
    budget: Budget = field(default_factory=Budget)

    def tools(self) -> list[Tool]:
        """Every tool with the live choices of its arguments."""
        workspace = self.app.open_workspace(self.root)
        policy = workspace.policy(self.actor)
        found = offered.offered(self.app, workspace, self.actor)
        with self._context(workspace) as context:
            desk = Desk(workspace, policy, self.app)
            return [
                Tool(name, action, schema.of_arguments(action, desk if action.effect == "apply" else context))
                for name, action in found.items()
            ]

    def arguments(self, name: str) -> Mapping[str, Any] | None:
        """The shape of one tool's arguments without choices; None for a name that is no tool."""
        workspace = self.app.open_workspace(self.root)
        action = offered.offered(self.app, workspace, self.actor).get(name)
        return schema.of_arguments(action, None) if action else None

    def call(self, name: str, arguments: Mapping[str, Any]) -> Told:
        """Make the call. What cannot be done is told in words, never raised; of our own errors only a reference."""
        action: Action | None = None
        try:
            self.budget.take()
            workspace = self.app.open_workspace(self.root)
            workspace.policy(self.actor)
            action = offered.find(self.app, workspace, self.actor, name)
            given, around = _split(action, arguments)
            with came("tools"):
                outcome = self.app.call(workspace, action.name, given, Ambient(actor=self.actor, **around))
            made = safe(envelope(outcome))
            self.budget.give(counted(made))
            return Told(made, told.of_outcome(outcome, around.get("currency", "")))
        except Stop as stop:
            return _refused(action.name if action else clean(name, 80), stop)
        except Exception as error:
            reference = f"e{secrets.token_hex(4)}"
            log.error("call of %r failed, reference %s", clean(name, 80), reference, exc_info=error)
            what = f"this failed here, as {reference}"
            issue = Issue(clean(name, 80), what, "it is a fault of the program", "its own log says more", code="broken")
            return _refused(action.name if action else "", Stop(issue, exit_code=FAILURE))

    @contextmanager
    def _context(self, workspace: Workspace) -> Iterator[Any]:
        try:
            context = self.app.open_context(workspace, Ambient(actor=self.actor))
        except Stop:
            yield None
            return
        try:
            yield context
        finally:
            context.close()


def _refused(action: str, stop: Stop) -> Told:
    return Told(safe(refusal(action, stop)), "\n".join(told.of_issues(stop.issues)), refused=True)


def _split(action: Action, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The action's own arguments by name, and those that stand round the call. Stop (usage) with everything wrong."""
    known = {schema.argument(param): param for param in action.params}
    round_ = schema.ambient(action)
    given: dict[str, Any] = {}
    around: dict[str, str] = {}
    issues: list[Issue] = []
    for key, raw in arguments.items():
        if raw is None:
            continue
        if key in round_:
            issues += [] if isinstance(raw, str) else [_shape(key, raw, "text")]
            around[key] = str(raw).strip()
        elif key in known:
            value, issue = _value(known[key], key, raw)
            issues += issue
            given[known[key].name] = value
        else:
            issues.append(unknown("argument", clean(key, 80), [*known, *round_], where=offered.tool_name(action)))
    if issues:
        denied = any(issue.code == "no-paths" for issue in issues)
        raise Stop(*issues, exit_code=NOT_ALLOWED if denied else USAGE)
    return given, around


def _value(param: Param, key: str, raw: Any) -> tuple[Any, list[Issue]]:
    kind = param.arg.kind
    if kind in ("words", "pairs"):
        if kind == "pairs" and isinstance(raw, Mapping):
            raw = [f"{name}={value}" for name, value in raw.items()]
        items = raw if isinstance(raw, list) else [raw]
        wrong = [item for item in items if isinstance(item, (dict, list)) or item is None]
        return [str(item) for item in items], [_shape(key, wrong[0], "a list of texts")] if wrong else []
    if isinstance(raw, (dict, list)):
        return None, [_shape(key, raw, "one value")]
    if kind == "int" and (isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer())):
        return None, [_shape(key, raw, "a whole number")]
    if kind == "path" and "\n" not in str(raw).strip():
        return None, [_no_files(key)]
    return raw, []


def _shape(key: str, raw: Any, wanted: str) -> Issue:
    return Issue(key, f"'{clean(str(raw), 80)}' is not {wanted}", "", f"give {wanted}", code="usage")


def _no_files(key: str) -> Issue:
    return Issue(
        key,
        "a tool reads no files of the machine it runs on",
        "so a path means nothing here, whether there is such a file or not",
        "give the rows themselves, with line breaks, or name the path on the command line",
        code="no-paths",
    )
