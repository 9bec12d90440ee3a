"""How is a command line read? The verb first, then its arguments as the registry declares them."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from saleswright.faces import words
from saleswright.kernel.action import Action, Param
from saleswright.lib.issue import USAGE, Issue, Stop, unknown


class Round(NamedTuple):
    """An option that stands round every call: its spellings, whether it takes a value, its help."""

    name: str
    flags: tuple[str, ...]
    help: str
    value: str = ""


ROUND = (
    Round("workspace", ("-w", "--workspace"), "The workspace folder; else this folder or one above it.", "DIR"),
    Round("as_of", ("--as-of",), "The moment the numbers are for, such as 2026-03-31.", "T"),
    Round("known", ("--known",), "Only what the source had recorded by then.", "T"),
    Round("actor", ("--as",), "Who asks, as named in the access definitions.", "ACTOR"),
    Round("scope", ("--scope",), "A narrower circle, such as team:West.", "SCOPE"),
    Round("snap", ("--snap",), "A kept state of the data, such as r12.j0.", "STATE"),
    Round("currency", ("--currency",), "The currency amounts are shown in.", "CODE"),
    Round("json", ("--json",), "Print the JSON envelope."),
    Round("csv", ("--csv",), "Print rows as CSV."),
    Round("to", ("--to",), "Write the answer into a file: .xlsx, .pptx, .pdf, .md, .csv or .json.", "FILE"),
    Round("no_color", ("--no-color",), "No colour; the NO_COLOR variable does the same."),
    Round("quiet", ("--quiet", "-q"), "Nothing on stderr but what went wrong."),
    Round("verbose", ("-v", "--verbose"), "Amounts to the cent, and what the call stood on."),
    Round("no_input", ("--no-input",), "Never ask; a question becomes an error that names the flag."),
    Round("help", ("-h", "--help"), "Show help and exit."),
    Round("version", ("--version",), "Show the version and exit."),
)
_BY_FLAG = {flag: option for option in ROUND for flag in option.flags}


@dataclass(frozen=True, slots=True)
class Line:
    """A command line that was understood: arguments of the action by name, and the options round it."""

    given: Mapping[str, Any] = field(default_factory=dict)
    round: Mapping[str, Any] = field(default_factory=dict)


def split(argv: Sequence[str], names: Iterable[str]) -> tuple[str, list[str]]:
    """Which command is it, and what is left of the line? The longest run of words that is a command's name wins.

    Options round the call may stand before the verb. Without any word the name is empty. Stop (usage) for an unknown
    command, with the nearest names.
    """
    known = {tuple(name.split()): name for name in names}
    start = _first_word(argv)
    if start is None:
        return "", list(argv)
    for size in range(max((len(key) for key in known), default=1), 0, -1):
        key = tuple(argv[start : start + size])
        if len(key) == size and key in known:
            return known[key], [*argv[:start], *argv[start + size :]]
    if argv[start].startswith("-"):
        raise Stop(unknown("option", argv[start], sorted(_BY_FLAG), where="saleswright"), exit_code=USAGE)
    word = argv[start]
    longer = [name for name in known.values() if name.startswith(f"{word} ")]
    if longer:
        raise Stop(
            Issue(
                "saleswright",
                f"'{word}' needs one more word",
                "several commands begin with it",
                "one of: " + ", ".join(sorted(longer)),
                code="unknown_command",
            ),
            exit_code=USAGE,
        )
    raise Stop(unknown("command", word, sorted(known.values()), where="saleswright"), exit_code=USAGE)


def asks_help(rest: Sequence[str]) -> bool:
    """Is help wanted rather than the call?"""
    return any(token in ("-h", "--help") for token in _until_end(rest)[0])


def read(action: Action, rest: Sequence[str]) -> Line:
    """The arguments on the line. Stop (usage) for what cannot be read.

    Whether a required argument is there and a value is good is asked of the action itself, which names all issues
    at once and in the same words on every face.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    for param in action.params:
        _declare(parser, param)
    for option in ambient(action):
        shape: dict[str, Any] = {"metavar": option.value} if option.value else {"action": "store_true"}
        parser.add_argument(*option.flags, dest=f"r_{option.name}", **shape)
    parser.add_argument("words", nargs="*")
    options, after = _until_end(rest)
    where = f"saleswright {action.name}"
    try:
        found, strange = parser.parse_known_intermixed_args(_joined(options, parser))
    except _Unreadable as error:
        message = str(error).removeprefix("argument ").replace(": ", " ", 1)
        message = message.replace("expected one argument", "needs a value")
        raise Stop(Issue(where, message, "", f"{where} --help", code="usage"), exit_code=USAGE) from None
    values = vars(found)
    placed, extra = _placed(action, [*values["words"], *after])
    issues = [_strange(where, token, action, parser) for token in strange if token.startswith("-")]
    if extra and not issues:
        told = f"more words than arguments: {words.listed(extra)}"
        issues.append(Issue(where, told, "", "put a value of several words in quotes", code="usage"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    typed = {param.name: values.get(f"a_{param.name}", placed.get(param.name)) for param in action.params}
    given = {name: value for name, value in typed.items() if value is not None}
    return Line(given, {key[2:]: value for key, value in values.items() if key.startswith("r_")})


def ambient(action: Action) -> list[Round]:
    """The options round this action. One the action declares itself is the action's own."""
    own = {param.flag for param in action.params if not param.required}
    return [o for o in ROUND if o.name != "help" and not any(flag.removeprefix("--") in own for flag in o.flags)]


def spelled(action: Action, args: Mapping[str, Any]) -> str:
    """The command line that makes this call."""
    line = ["saleswright", action.name]
    flags: list[str] = []
    for param in action.params:
        value = args.get(param.name)
        if value is None or value == param.default:
            continue
        values = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
        if param.arg.kind == "pairs":
            values = ["=".join(item) if isinstance(item, (list, tuple)) else str(item) for item in value]
        if param.required:
            line += [shlex.quote(item) for item in values]
        elif param.arg.kind == "flag":
            flags.append(f"--{param.flag}" if value else f"--no-{param.flag}")
        else:
            flags += [f"--{param.flag} {shlex.quote(item)}" for item in values]
    return " ".join([*line, *flags])


def example(action: Action) -> str:
    """The command line of the action's example; empty when it leaves out what only a workspace can give."""
    complete = all(action.example.get(param.name) for param in action.params if param.required)
    return spelled(action, action.example) if action.example and complete else ""


def _first_word(argv: Sequence[str]) -> int | None:
    index = 0
    while index < len(argv):
        token = argv[index]
        option = _BY_FLAG.get(token.partition("=")[0] if token.startswith("--") else token[:2])
        if not token.startswith("-") or option is None:
            return index
        takes_next = option.value and (token in option.flags)
        index += 2 if takes_next else 1
    return None


def metavar(param: Param) -> str:
    """How is the argument's value written in help?"""
    if param.required:
        return param.flag.upper() + ("..." if param.arg.kind in ("words", "pairs") else "")
    shown = {"pairs": "FIELD=VALUE", "int": "N", "path": "PATH"}.get(param.arg.kind, param.flag.upper())
    return shown + (" ..." if param.arg.kind in ("words", "pairs") else "")


class _Unreadable(Exception):
    """What the parser could not read."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Unreadable(message)

    @property
    def flags(self) -> dict[str, argparse.Action]:
        return self._option_string_actions


def _declare(parser: _Parser, param: Param) -> None:
    kind, flag, dest = param.arg.kind, f"--{param.flag}", f"a_{param.name}"
    if param.required:
        return
    if kind == "flag" and param.default:
        parser.add_argument(flag, dest=dest, action=argparse.BooleanOptionalAction)
    elif kind == "flag":
        parser.add_argument(flag, dest=dest, action="store_const", const=True)
    else:
        parser.add_argument(flag, dest=dest, action="append" if kind in ("words", "pairs") else "store")


def _until_end(rest: Sequence[str]) -> tuple[list[str], list[str]]:
    end = list(rest).index("--") if "--" in rest else len(rest)
    return list(rest[:end]), list(rest[end + 1 :])


def _joined(tokens: list[str], parser: _Parser) -> list[str]:
    # A value may begin with a minus, which the parser takes for an option unless it stands behind an equals sign.
    joined: list[str] = []
    index = 0
    while index < len(tokens):
        token, following = tokens[index], tokens[index + 1 : index + 2]
        option = parser.flags.get(token)
        if option is not None and option.nargs is None and following and following[0] not in parser.flags:
            joined.append(f"{option.option_strings[-1]}={following[0]}")
            index += 2
        else:
            joined.append(token)
            index += 1
    return joined


def _placed(action: Action, given: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Words without a flag go to the required arguments in order; a list takes all but what those after it need."""
    placed: dict[str, Any] = {}
    required = [param for param in action.params if param.required]
    for place, param in enumerate(required, 1):
        if given:
            if param.arg.kind in ("words", "pairs"):
                size = max(len(given) - (len(required) - place), 1)
                placed[param.name], given = given[:size], given[size:]
            else:
                placed[param.name], *given = given
    return placed, given


def _strange(where: str, token: str, action: Action, parser: _Parser) -> Issue:
    flag = token.partition("=")[0]
    required = [param for param in action.params if param.required]
    if any(flag == f"--{param.flag}" for param in required):
        line = " ".join([where, *(metavar(param) for param in required)])
        return Issue(where, f"{flag} is written without its name", "", line, code="unknown_option")
    return unknown("option", flag, [known for known in parser.flags if known.startswith("--")], where=where)
