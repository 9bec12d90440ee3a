"""What can this program do? The first page of help, made from the registry."""

from __future__ import annotations

import typing

from saleswright.faces.cli.arguments import ROUND, example, metavar
from saleswright.kernel.action import Action, Param
from saleswright.kernel.call import App
from saleswright.kernel.chapter import Group


def contents(app: App) -> str:
    """Every command by group with one line each, the options round them, and where to begin."""
    lines = ["saleswright: sales operations as code", "", "usage: saleswright COMMAND [ARGUMENTS] [OPTIONS]"]
    groups: dict[str, list[tuple[str, str]]] = {group: [] for group in typing.get_args(Group)}
    for chapter in app.chapters:
        shown = [(action.name, action.summary) for action in chapter.actions]
        groups.setdefault(chapter.group, []).extend(shown)
    width = max((len(name) for group in groups.values() for name, _ in group), default=0) + 2
    for group, commands in groups.items():
        if commands:
            lines += ["", group, *(f"  {name:{width}}{summary}" for name, summary in commands)]
    lines += _listed("Options of every command", [(_spelling(o.flags, o.value), o.help) for o in ROUND])
    lines += ["", "More on one command: saleswright COMMAND --help"]
    return "\n".join(lines)


def usage(action: Action) -> str:
    """How is this command written, in one line?"""
    required = [metavar(param) for param in action.params if param.required]
    return " ".join(["saleswright", action.name, *required, "[OPTIONS]"])


def command(action: Action) -> str:
    """What does this command do, and what does it take?"""
    required = [(metavar(param), param.arg.help) for param in action.params if param.required]
    optional = [(_flag(param), _defaulted(param)) for param in action.params if not param.required]
    lines = [f"usage: {usage(action)}", "", action.doc]
    lines += _listed("Arguments", required) + _listed("Options", optional)
    if shown := example(action):
        lines += ["", "Example", f"  {shown}"]
    lines += ["", "Options of every command: saleswright --help"]
    return "\n".join(lines)


def _listed(title: str, items: list[tuple[str, str]]) -> list[str]:
    width = max((len(spelling) for spelling, _ in items), default=0) + 2
    return ["", title, *(f"  {spelling:{width}}{words}".rstrip() for spelling, words in items)] if items else []


def _spelling(flags: tuple[str, ...], value: str) -> str:
    return ", ".join(flags) + (f" {value}" if value else "")


def _flag(param: Param) -> str:
    if param.arg.kind == "flag":
        return f"--{param.flag} / --no-{param.flag}" if param.default else f"--{param.flag}"
    return f"--{param.flag} {metavar(param)}"


def _defaulted(param: Param) -> str:
    help_ = param.arg.help
    shown = param.default not in (None, "", (), []) and param.arg.kind != "flag"
    return f"{help_} [default: {param.default}]".strip() if shown else help_
