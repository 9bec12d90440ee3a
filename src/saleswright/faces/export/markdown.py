"""A report as Markdown, for a repository, a chat or a wiki. Text from outside stays text: no table, tag or link of its own."""

from __future__ import annotations

import re

from saleswright.faces import words
from saleswright.faces.export import HOW_TO_OPEN, About
from saleswright.faces.export.contents import (
    behind,
    clean,
    figures,
    heads_and_cells,
    laid,
    notes,
    references,
    rest,
    title_of,
    value_of,
)
from saleswright.kernel.report import Report

_SIGNS = re.compile(r"([\\`*_\[\]|~$^])")
_STARTS = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|file|data|javascript|vbscript|mailto|xmpp|www)(?=[:.])([:.])")
_MARKS = {"note": "", "warning": "Mind: ", "check": "Checked: "}


def write(report: Report, about: About) -> bytes:
    """The whole report as UTF-8 Markdown, ended with one line break."""
    parts = [f"# {text(report.title)}"]
    if report.lede:
        parts.append(text(report.lede))
    if alone := figures(report):
        heads = ["Figure", "Value", "Behind it"]
        parts.append(_table(heads, [[words.label(f.name, f.label), value_of(f), behind(f)] for f in alone], [1]))
    for block in laid(report):
        heads_, rows = heads_and_cells(block)
        numbers = [place for place, head in enumerate(heads_) if head.number]
        drawn = _table([head.text for head in heads_], rows, numbers) if rows else "(no rows)"
        parts += [f"## {text(title_of(block))}", drawn]
        parts += [text(line) for line in (rest(block), getattr(block, "footer", "")) if line]
    if told := notes(report):
        parts.append("\n".join(f"- {_MARKS.get(kind, '')}{text(line)}" for kind, line in told))
    parts.append("## What this stands on")
    parts.append(
        "\n".join(f"- {text(name)}: {text(value)}" for name, value in about.lines()) or "- nothing more is known"
    )
    if opened := list(references(report)):
        parts.append(f"Open a number: `{HOW_TO_OPEN}`.")
        parts.append("\n".join(f"- {text(where)}: {_code(figure.ref)}" for where, figure in opened))
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def text(given: str) -> str:
    """Text as text: what would be a table's border, a tag, a link, a heading or a list is written out."""
    plain = clean(given).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _ADDRESS.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", plain)).replace("@", "&#64;")
    return _STARTS.sub(lambda m: f"{m[1]}\\{m[2]}" if not m[2].isdigit() else f"{m[1]}{m[2]}\\", plain)


def _code(given: str) -> str:
    inside = clean(given)
    fence = "`" * (max((len(run) for run in re.findall("`+", inside)), default=0) + 1)
    return f"{fence}{inside}{fence}" if len(fence) == 1 else f"{fence} {inside} {fence}"


def _table(heads: list[str], rows: list[list[str]], numbers: list[int]) -> str:
    rule = ["---:" if place in numbers else "---" for place in range(len(heads))]
    drawn = [" | ".join(text(cell) for cell in row) for row in (heads, *rows)]
    return "\n".join(f"| {line} |" for line in (drawn[0], " | ".join(rule), *drawn[1:]))
