"""A proposal as text that a person reads and edits: what is read back, with the evidence beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from saleswright.data.mapping.guess import Guess
from saleswright.data.mapping.model import KEYS

_WIDTH = 34
_LONGEST = 1000


def mapping_yaml(guess: Guess) -> str:
    """The mapping of a recognised file as YAML. Raises ValueError for a file that was not recognised."""
    if guess.definition is None:
        raise ValueError(f"{guess.evidence.name} was not recognised")
    definition = guess.definition
    said = {column.header: column.said for column in guess.columns}
    lines = [f"# {note}" for note in (*guess.evidence.notes, guess.said) if note]
    lines += ["kind: mapping", f"name: {scalar(definition.name)}", f"doc: {scalar(definition.doc)}"]
    rows = {(repair.column, repair.value): repair.rows for repair in guess.repairs}
    for key in KEYS:
        if key not in definition.body:
            continue
        value = definition.body[key]
        if key == "columns":
            lines.append("columns:")
            # YAML ends a key after a thousand letters; a column that is not used need not be named.
            named = {
                c: v for c, v in value.items() if v is not None or len(c) * 10 < _LONGEST or len(scalar(c)) < _LONGEST
            }
            lines += [_beside(f"  {scalar(c)}: {flow(v)}", said.get(c, "")) for c, v in named.items()]
        elif key == "repairs":
            lines.append("repairs:  # read as the value on the right; remove a line to take it back")
            for column, table in value.items():
                lines.append(f"  {scalar(column)}:")
                for old, new in table.items():
                    count = rows.get((column, old))
                    lines.append(_beside(f"    {scalar(old)}: {scalar(new)}", f"{count:,} rows" if count else ""))
        elif key == "fixed":
            lines.append(_beside(f"fixed: {flow(value)}", "these dates are trusted for facts before the import"))
        else:
            lines.append(f"{key}: {flow(value)}")
    return "\n".join(lines) + "\n"


def stages_yaml(body: Mapping[str, Any], name: str = "sales", rows: Mapping[str, int] | None = None) -> str:
    """A stages definition as YAML; `rows` are the numbers of rows in each stage."""
    lines = [
        "kind: stages",
        f"name: {scalar(name)}",
        "doc: What each stage means (open, won, lost or disqualified).",
        "stages:",
    ]
    for stage, meaning in body["stages"].items():
        count = (rows or {}).get(stage)
        lines.append(_beside(f"  {scalar(stage)}: {flow(meaning)}", f"{count:,} rows" if count else ""))
    return "\n".join(lines) + "\n"


def scalar(value: object) -> str:
    """One value on one line, quoted where YAML would read it as something else."""
    written: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=2**31, default_style=None if _simple(value) else '"'
    )
    return written.removesuffix("\n").removesuffix("\n...")


def flow(value: object) -> str:
    """A value on one line: {a: 1}, [a, b] or a scalar."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return "null" if value is None else scalar(value)


def _simple(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return (
        value.isprintable()
        and any(char.isalnum() for char in value)
        and not set(value) & set("[]{},#\n")
        and yaml.safe_load(yaml.safe_dump(value)) == value
    )


def _beside(line: str, comment: str) -> str:
    comment = " ".join(char for char in comment.split() if char.isprintable())
    return f"{line.ljust(_WIDTH)}  # {comment}" if comment else line
