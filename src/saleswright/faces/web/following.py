"""Where does a command lead in a browser? The same next step, as a link, where the web has it."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from saleswright.faces.cli import arguments
from saleswright.faces.web import ask
from saleswright.faces.words import label
from saleswright.kernel.call import App
from saleswright.lib.issue import Stop


class Step(NamedTuple):
    """What can be done next: its words, where it is done, and the action's name."""

    words: str
    address: str
    action: str


def step(app: App, command: str) -> Step | None:
    """The page on which a command line is asked or done; None where there is none."""
    try:
        given = shlex.split(command)
        if not given or given[0] != "saleswright":
            return None
        name, rest = arguments.split(given[1:], app.actions)
        action = app.actions[name]
        line = arguments.read(action, rest)
    except (Stop, ValueError, KeyError):
        return None
    if action.alone or (action.effect != "read" and not action.verb):
        return None
    flags = {param.name: param.flag for param in action.params}
    query = [
        (flags[key], "=".join(item) if isinstance(item, tuple) else str(item))
        for key, value in line.given.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return Step(action.title or label(action.name), ask.address(f"/a/{action.slug}", query), action.name)
