"""Which actions are tools, and for whom? What reads and what suggests, always; what writes only where it is granted by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.kernel.action import Action
from saleswright.kernel.call import App
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import NOT_ALLOWED, Issue, Stop, unknown

KIND = "tools"
"""The kind of definition that grants: its name is the actor's, its `apply` lists the actions."""

_KEYS = ("apply",)
NOBODY = "me"
"""What the person at the machine is called, who has no access definition."""


def tool_name(action: Action) -> str:
    """The name of an action's tool: "kpi path" -> kpi_path."""
    return action.slug.replace("-", "_")


def grantable(action: Action) -> bool:
    """May it be granted at all? Only what a person may do from a page too: no server, no file, no new workspace."""
    files = any(param.arg.kind == "path" for param in action.params)
    return action.effect == "apply" and bool(action.verb) and not action.alone and not files


def offered(app: App, workspace: Workspace, actor: str) -> dict[str, Action]:
    """The tools of this actor by name, in reading order."""
    granted = _granted(app, workspace, actor)
    actions = app.actions.values()
    return {tool_name(a): a for a in actions if a.effect in ("read", "propose") or a.name in granted}


def find(app: App, workspace: Workspace, actor: str, name: str) -> Action:
    """The action behind a tool. Stop with the nearest names, or with what an action that writes would need."""
    tools = offered(app, workspace, actor)
    if name in tools:
        return tools[name]
    held = next((a for a in app.actions.values() if tool_name(a) == name), None)
    if held is None:
        raise Stop(unknown("tool", name[:80], sorted(tools)))
    raise Stop(
        Issue(
            name,
            "this writes at once, and is not offered here",
            "what a tool changes is suggested first, and decided by a person",
            "ask a person to do it"
            + (f", or to grant it in a definition of kind {KIND}" if grantable(held) else " from the command line"),
            code="not-offered",
        ),
        exit_code=NOT_ALLOWED,
    )


def issues(app: App, workspace: Workspace) -> list[Issue]:
    """Everything that is wrong with the grants."""
    return [issue for item in workspace.all(KIND) for issue in (*shape(item), *misnamed(app.actions, item))]


def shape(grant: Definition) -> list[Issue]:
    """What is wrong with a grant as it is written, whatever actions there are."""
    found = [unknown("setting", key, _KEYS, where=grant.where(key)) for key in grant.body if key not in _KEYS]
    if not isinstance(grant.body.get("apply"), list):
        what = f"apply of {grant.name} is not a list"
        found.append(Issue(grant.where("apply"), what, "so nothing is granted", "apply: [NAME OF A COMMAND]"))
    for other in grant.also:
        what = f"there are two grants for {grant.name}"
        found.append(Issue(other, what, "so nothing is granted", f"keep one of it and {grant.where()}"))
    return found


def schema() -> dict[str, Any]:
    """The JSON Schema of a grant."""
    words = "actions that write, offered as tools to the actor of this name"
    properties: dict[str, Any] = schema_properties(KIND, {"apply": ("array", words)})
    properties["apply"]["items"] = {"type": "string"}
    return {"type": "object", "required": ["kind", "name", "apply"], "properties": properties}


def _granted(app: App, workspace: Workspace, actor: str) -> set[str]:
    # In force now, whatever moment is asked about; a grant that cannot be read grants nothing.
    who = actor or workspace.defaults.get("actor", "") or NOBODY
    grant = workspace.get(KIND, who, workspace.today)
    if grant is None or shape(grant) or misnamed(app.actions, grant):
        return set()
    return set(map(str, _listed(grant.body)))


def misnamed(actions: Mapping[str, Action], grant: Definition) -> list[Issue]:
    """What a grant names that is no command, or none that can be granted."""
    found: list[Issue] = []
    able = sorted(name for name, action in actions.items() if grantable(action))
    for place, name in enumerate(_listed(grant.body)):
        action = actions.get(str(name))
        where = grant.where(f"apply.{place}")
        if action is None:
            found.append(unknown("command", str(name), able, where=where))
        elif not grantable(action):
            why = "it is for the command line only" if action.effect == "apply" else "it is a tool anyway"
            found.append(Issue(where, f"{name} cannot be granted", why, f"one of: {', '.join(able)}"))
    return found


def _listed(body: Mapping[str, Any]) -> list[Any]:
    given = body.get("apply")
    return given if isinstance(given, list) else []
