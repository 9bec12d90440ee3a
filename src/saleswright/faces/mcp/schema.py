"""What may a tool be given, and what does it give? JSON Schemas made of the registry and this workspace's live choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.faces.mcp.safe import clean
from saleswright.kernel.action import Action, Choice, Param
from saleswright.lib.issue import Stop

ENUM = 48
"""Up to how many choices stand in the schema; of more some are named, and a wrong one is answered with the nearest."""

_NAMED = 24
_NAME_LONG = 120

AMBIENT: Mapping[str, str] = {
    "as_of": "the moment the numbers are for, such as 2026-03-31; else now",
    "known": "only what the source had recorded by then",
    "scope": "a narrower circle of rows, such as team:West",
    "currency": "the currency of amounts, such as EUR",
}
"""What stands round every question, as arguments of its tool."""

_KINDS: Mapping[str, dict[str, Any]] = {
    "flag": {"type": "boolean"},
    "int": {"type": "integer"},
    "words": {"type": "array", "items": {"type": "string"}},
    "pairs": {"type": "array", "items": {"type": "string", "pattern": "="}},
}
_KIND_WORDS = {
    "path": "The rows themselves as CSV text with line breaks; files of this machine are not read.",
}


def argument(param: Param) -> str:
    """What a parameter is called in a tool: as in Python, without the underscore that keeps off a keyword."""
    return param.name.strip("_")


def ambient(action: Action) -> list[str]:
    """The arguments round this action. One the action declares itself is the action's own."""
    own = {argument(param) for param in action.params}
    return [key for key in AMBIENT if key not in own] if action.effect == "read" else []


def of_arguments(action: Action, context: Any) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments. Without a context (there is no record yet) the choices are left open."""
    properties = {argument(param): _param(param, context) for param in action.params}
    properties |= {key: {"type": "string", "description": AMBIENT[key]} for key in ambient(action)}
    required = [argument(param) for param in action.params if param.required]
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": required} if required else {})


def _param(param: Param, context: Any) -> dict[str, Any]:
    kind = param.arg.kind
    made: dict[str, Any] = dict(_KINDS.get(kind, {"type": "string"}))
    said = [param.arg.help.strip().rstrip(".") + "." if param.arg.help else "", _KIND_WORDS.get(kind, "")]
    choices = live(param, context)
    if choices and kind == "choice" and param.arg.closed and len(choices) <= ENUM:
        made["enum"] = [choice.value for choice in choices]
        labelled = [f"{c.value}: {clean(c.label, _NAME_LONG)}" for c in choices if c.label and c.label != c.value]
        said.append("; ".join(labelled[:_NAMED]) + "." if labelled else "")
    elif choices:
        shown = ", ".join(clean(choice.value, _NAME_LONG) for choice in choices[:_NAMED])
        more = (
            f" and {len(choices) - _NAMED} more; a wrong one is answered with the nearest" if choices[_NAMED:] else ""
        )
        said.append(f"One of: {shown}{more}." if kind == "choice" else f"Such as: {shown}{more}.")
    if not param.required and param.default not in (None, "", ()):
        made["default"] = param.default
    text = " ".join(part for part in said if part)
    return made | ({"description": text} if text else {})


def live(param: Param, context: Any) -> list[Choice]:
    """The choices there are now, for this actor; none where they cannot be told yet."""
    if param.arg.choices is None or context is None:
        return []
    try:
        return list(param.arg.choices(context))
    except Stop:
        return []
