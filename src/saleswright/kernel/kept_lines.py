"""How is a dated line put behind the others of a definitions file, with nothing of the file lost?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from saleswright.lib.issue import Issue


def as_line(body: Mapping[str, Any]) -> str:
    """A definition as one line of a YAML list."""
    text = yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000)
    return f"- {text.strip()}\n"


def append(file: Path, shown: str, added: str, head: str, what: str) -> list[Issue]:
    """Put a line behind the others, comments and all, whole or not at all.

    shown: how the file is called in an issue. head: what a new file begins with. what: what its lines are, such as "marks".
    Gives the issues, and writes nothing, where the file is no list.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else head
    try:
        held = yaml.safe_load(text)
        whole = yaml.safe_load(_joined(text, added)) if held is None or isinstance(held, list) else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown}:{mark.line + 1}" if mark else shown
        unread = "this is not YAML, so nothing can be put behind it"
        return [Issue(where, unread, "nothing was written", "mend that line first")]
    if not isinstance(whole, list) or len(whole) != len(held or []) + 1:
        one = what.removesuffix("s")
        return [Issue(shown, f"this file is no list of {what}", "nothing was written", f"begin each {one} with '- '")]
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, delete=False, encoding="utf-8", newline="\n", suffix=".new"
    ) as out:
        out.write(_joined(text, added))
        out.flush()
        os.fsync(out.fileno())
    os.replace(out.name, file)
    return []


def _joined(text: str, added: str) -> str:
    return text + ("" if not text or text.endswith("\n") else "\n") + added
