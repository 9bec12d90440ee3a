"""What can be asked or done? One registry of typed actions; every face walks it and knows no chapter.

The first parameter of an action is injected by the call; the others are its interface: flags, form fields, JSON
Schema. Their annotations carry an `Arg`, which knows the words of help and the live choices.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from saleswright.lib.issue import USAGE, Issue, Stop, unknown

Effect = Literal["read", "propose", "apply"]
Kind = Literal["text", "path", "flag", "int", "choice", "pairs", "period", "words"]


# Half a character, and the one that no database takes in a text.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_MARK = "\N{REPLACEMENT CHARACTER}"


class Choice(NamedTuple):
    """One thing an argument may be: the value, and words for people."""

    value: str
    label: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Arg:
    """What a face needs to ask for an argument. `choices(context)` is live; `closed` refuses anything else.

    Kinds: text, path, flag (true or false), int, choice (one of `choices`), period (text a Period is read from),
    words (a list of texts), pairs (a list of "field=value").
    """

    kind: Kind = "text"
    help: str = ""
    choices: Callable[[Any], Iterable[Choice]] | None = None
    what: str = ""
    closed: bool = True


class Missing:
    """Marks a parameter without a default."""


@dataclass(frozen=True, slots=True)
class Param:
    """One argument of an action as every face sees it."""

    name: str
    arg: Arg
    default: Any = Missing

    @property
    def required(self) -> bool:
        return self.default is Missing

    @property
    def flag(self) -> str:
        """The spelling on a command line and in a URL: as_of -> as-of, by -> by, format_ -> format."""
        return self.name.strip("_").replace("_", "-")


@dataclass(frozen=True, slots=True)
class Action:
    """A verb with typed arguments and an effect. `name` may be two words ("import undo").

    recorded: that it was done is written down; not so of what makes but a copy for others.
    alone: it works without a workspace, for it makes one or looks at the machine. verb: of an action that changes
    something, the word on its button in a browser; without one it is done from the command line only. back: how it is
    taken back, said before it is done. judges: it looks itself at what its caller may do, so who sees less than the
    company may call it too.
    """

    name: str
    effect: Effect
    run: Callable[..., Any]
    params: tuple[Param, ...]
    doc: str
    example: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    recorded: bool = True
    alone: bool = False
    verb: str = ""
    back: str = ""
    judges: bool = False

    @property
    def summary(self) -> str:
        return self.doc.strip().split("\n", 1)[0]

    @property
    def slug(self) -> str:
        """The address on the web: "import undo" -> "import-undo"."""
        return self.name.replace(" ", "-")

    def read(self, given: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Arguments as the function takes them, from whatever a face was handed. All issues at once."""
        issues: list[Issue] = []
        known = {p.name: p for p in self.params} | {p.flag: p for p in self.params}
        values: dict[str, Any] = {}
        for key, raw in given.items():
            param = known.get(key)
            if param is None:
                issues.append(unknown("argument", key, [p.flag for p in self.params], where=self.name))
            elif raw is not None and raw != "":
                value, issue = _read(param, raw, context)
                values[param.name] = value
                issues.extend(issue)
        for param in self.params:
            if param.name not in values:
                if param.required:
                    issues.append(
                        Issue(
                            self.name,
                            f"{param.flag} is missing",
                            f"{param.arg.help or 'it is needed'}",
                            _hint(param, context),
                            code="missing-argument",
                        )
                    )
                else:
                    values[param.name] = param.default
        if issues:
            raise Stop(*issues, exit_code=USAGE)
        return values


def action(
    effect: Effect,
    example: Mapping[str, Any] | None = None,
    name: str = "",
    title: str = "",
    recorded: bool = True,
    alone: bool = False,
    verb: str = "",
    back: str = "",
    judges: bool = False,
) -> Callable[[Callable[..., Any]], Action]:
    """Make an action of a function. Its docstring is the help, its signature the interface."""

    def make(function: Callable[..., Any]) -> Action:
        hints = typing.get_type_hints(function, include_extras=True)
        params = []
        for index, (key, parameter) in enumerate(inspect.signature(function).parameters.items()):
            if index == 0:
                continue
            arg = next((m for m in getattr(hints[key], "__metadata__", ()) if isinstance(m, Arg)), Arg())
            default = Missing if parameter.default is inspect.Parameter.empty else parameter.default
            params.append(Param(key, arg, default))
        return Action(
            name=name or function.__name__.strip("_").replace("_", " "),
            effect=effect,
            run=function,
            params=tuple(params),
            doc=inspect.getdoc(function) or "",
            example=example or {},
            title=title,
            recorded=recorded,
            alone=alone,
            verb=verb,
            back=back,
            judges=judges,
        )

    return make


def _hint(param: Param, context: Any) -> str:
    if param.arg.choices is None:
        return f"give {param.flag}"
    values = [choice.value for choice in param.arg.choices(context)]
    return f"one of: {', '.join(values[:20])}" if values else f"give {param.flag}"


def _read(param: Param, raw: Any, context: Any) -> tuple[Any, list[Issue]]:
    kind = param.arg.kind
    if kind == "flag":
        return (raw if isinstance(raw, bool) else str(raw).lower() in ("1", "true", "yes", "on")), []
    if kind == "int":
        try:
            return int(raw), []
        except (TypeError, ValueError):
            return None, [Issue(param.flag, f"'{raw}' is not a whole number", "", f"such as {param.flag} 7")]
    if kind in ("words", "pairs"):
        items = [_NO_TEXT.sub(_MARK, str(item)) for item in ([raw] if isinstance(raw, str) else raw)]
        if kind == "pairs":
            wrong = [item for item in items if "=" not in item]
            if wrong:
                return None, [
                    Issue(param.flag, f"'{wrong[0]}' has no =", "a filter is field=value", "such as region=Central")
                ]
            return tuple((f.strip(), v.strip()) for f, _, v in (item.partition("=") for item in items)), []
        return tuple(items), []
    text = str(raw).strip()
    if kind != "path":
        text = _NO_TEXT.sub(_MARK, text)
    if kind == "choice" and param.arg.choices is not None and param.arg.closed:
        choices = {choice.value for choice in param.arg.choices(context)}
        if text not in choices:
            return None, [unknown(param.arg.what or param.flag, text, sorted(choices), where=param.flag)]
    return text, []
