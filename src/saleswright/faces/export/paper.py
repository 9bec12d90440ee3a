"""A report on paper: A4, one page where it fits, bars drawn as vectors, set by Typst without a network.

Everything that is shown goes to the template as data (JSON); the template's text is fixed and holds no word of an answer.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import typst

from saleswright.faces import words
from saleswright.faces.export import HOW_TO_OPEN, About
from saleswright.faces.export.contents import (
    Rows,
    behind,
    clean,
    figures,
    heads_and_cells,
    laid,
    notes,
    references,
    rest,
    stamp,
    tints,
    title_of,
)
from saleswright.faces.stairs import CUT, stairs
from saleswright.kernel.report import Bridge, Figure, Flows, Link, Report, Series, Table

TEMPLATE = Path(__file__).parent / "paper.typ"
_MOST_ROWS = 400
_MOST_REFERENCES = 200
_SHORT = 12
_NARROW = 16
_LABEL = 30
_LONG_WORD = re.compile(r"\S{24}(?=\S)")


def write(report: Report, about: About) -> bytes:
    """The PDF's bytes, the same for the same answer on the same fonts."""
    return bytes(_compiled(report, about, "pdf"))


def pictures(report: Report, about: About, dots: int = 80) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    made = _compiled(report, about, "png", dots)
    return [bytes(one) for one in made] if isinstance(made, list) else [bytes(made)]


def _compiled(report: Report, about: About, form: str, dots: int = 80) -> Any:
    data = json.dumps(content(report, about), ensure_ascii=False)
    options: dict[str, Any] = {"ppi": float(dots)} if form == "png" else {}
    compiled: Any = typst.compile
    return compiled(
        TEMPLATE.read_bytes(),
        root=str(TEMPLATE.parent),
        format=form,
        sys_inputs={"data": data},
        timestamp=int(stamp(about).timestamp()),
        **options,
    )


def content(report: Report, about: About) -> dict[str, Any]:
    """What the template sets: texts in words, lengths as shares of the page."""
    blocks = [_block(block) for block in laid(report)]
    opened = list(references(report))
    more = len(opened) - _MOST_REFERENCES
    # A page that is handed on says how its numbers are opened; a long list of references would bury it.
    shown = [{"where": _t(where), "ref": _pieces(clean(figure.ref))} for where, figure in opened[:_MOST_REFERENCES]]
    return {
        "title": _t(report.title),
        "lede": _t(report.lede),
        "tiles": [_tile(figure) for figure in figures(report)],
        "parts": _paired(blocks),
        "notes": [{"kind": kind, "text": _t(line)} for kind, line in notes(report)],
        "foot": _t(about.foot),
        "asked": [[_t(name), _t(value)] for name, value in about.lines() if name not in ("Workspace", "As of")],
        "references": shown,
        "more": f"and {more:,} more: they are in the workbook and in the web app" if more > 0 else "",
        "open": HOW_TO_OPEN,
        "wide": any(len(block.get("heads", ())) > 7 for block in blocks),
    }


def _tile(figure: Figure) -> dict[str, str]:
    value = words.figure(figure, "short") if figure.value is not None else words.NOTHING
    said = words.likely_range(figure, "short")
    under = f"likely {said}" if said else behind(figure)
    if figure.value is None:
        under = words.cannot_say(figure.reason)
    return {
        "label": _t(words.label(figure.name, figure.label)),
        "value": _t(value),
        "under": _t(under),
    }


def _block(block: Rows) -> dict[str, Any]:
    head = {"title": _t(title_of(block))}
    if isinstance(block, Bridge) and (bars := _steps(block)):
        return {**head, **bars, "kind": "bars"}
    if isinstance(block, Series) and (bars := _points([(p.label, p.figure, "total") for p in block.points])):
        return {**head, **bars, "kind": "bars"}
    if isinstance(block, Flows) and (bars := _points([(_way(n), n.figure, _tone(n.tone)) for n in block.links])):
        return {**head, **bars, "kind": "bars"}
    heads, rows = heads_and_cells(block, "short")
    kept = rows[:_MOST_ROWS]
    foot = " ".join(line for line in (rest(block, _MOST_ROWS), getattr(block, "footer", "")) if line)
    return {
        **head,
        "kind": "table",
        "heads": [_t(one.text) for one in heads],
        "numbers": [one.number for one in heads],
        "rows": [[_t(cell) for cell in row] for row in kept],
        "tints": tints(block)[:_MOST_ROWS],
        "widths": _filled([_width([one.text, *(row[place] for row in kept)]) for place, one in enumerate(heads)]),
        "foot": _t(foot),
        "short": 0 < len(kept) <= _SHORT and len(heads) <= 4,
        "sum": isinstance(block, Table) and bool(kept) and kept[-1][0].casefold() in ("all", "total", "sum"),
    }


def _width(texts: list[str]) -> int:
    """How much of what is left of the width a column asks for, by its longest text; 0: as wide as its texts are."""
    longest = max(map(len, texts), default=0)
    return 0 if longest <= _NARROW else min(42, longest)


def _filled(widths: list[int]) -> list[int]:
    """One column takes what the others leave, so that a table is as wide as the page."""
    return widths if any(widths) else [1, *widths[1:]]


def _steps(bridge: Bridge) -> dict[str, Any] | None:
    """A bridge as lying bars: from where to where, in shares of the width."""
    drawn = stairs(bridge)
    high = max((bar.upper for bar in drawn.bars), default=0.0)
    span = high - drawn.foot
    if not drawn.bars or span <= 0:
        return None
    bars = []
    for bar in drawn.bars:
        step = bar.step
        said = words.figure(step.figure, "short") if bar.end else words.change(step.figure.value, bridge.unit)
        count = step.figure.n if step.events is None else step.events
        bars.append(
            {
                "label": _t(step.label),
                "value": _t(said),
                "count": "" if count is None or bridge.unit == "count" else f"{count:,}",
                "from": max(0.0, (bar.lower - drawn.foot) / span),
                "to": max(0.0, (bar.upper - drawn.foot) / span),
                "level": max(0.0, (bar.level - drawn.foot) / span),
                "tone": "total" if bar.end else _tone(step.tone),
                "end": bar.end,
                "cut": bar.end and drawn.cut,
            }
        )
    return {"bars": bars, "said": CUT if drawn.cut else "", "joined": True, "long": _long(bars)}


def _way(link: Link) -> str:
    return f"{link.source} \u2192 {link.target}"


def _points(points: list[tuple[str, Figure, str]]) -> dict[str, Any] | None:
    """Figures by name as lying bars; none where a value is missing or below nothing, for then a table says it better."""
    sizes = [words.size(figure.value) for _, figure, _ in points]
    if not sizes or max(sizes) <= 0 or min(sizes) < 0 or len(sizes) > 60:
        return None
    bars = [
        {
            "label": _t(label),
            "value": _t(words.figure(figure, "short")),
            "count": "" if figure.n is None or figure.unit == "count" else f"n {figure.n:,}",
            "from": 0.0,
            "to": size / max(sizes),
            "level": 0.0,
            "tone": tone,
            "end": False,
            "cut": False,
        }
        for (label, figure, tone), size in zip(points, sizes, strict=True)
    ]
    return {"bars": bars, "said": "", "joined": False, "long": _long(bars)}


def _long(bars: list[dict[str, Any]]) -> bool:
    """Would the labels leave the bars no room?"""
    return max(len(bar["label"]) for bar in bars) > _LABEL


def _tone(tone: str) -> str:
    return {"won": "won", "lost": "lost", "good": "up", "bad": "down"}.get(tone, "plain")


def _paired(blocks: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Blocks line by line: two short tables stand side by side."""
    found: list[list[dict[str, Any]]] = []
    for block in blocks:
        last = found[-1] if found else []
        if block.get("short") and len(last) == 1 and last[0].get("short") and _fit(last[0], block):
            last.append(block)
        else:
            found.append([block])
    return found


def _fit(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(sum(block["widths"]) <= 32 for block in (one, other))


def _pieces(ref: str) -> list[str]:
    """A reference in the parts between which a line may break, so that nothing is put into what somebody copies."""
    return re.findall(r"[^;]{1,90};?", ref)


def _t(given: str) -> str:
    """Text as it is set: clean, and a word longer than a line may break."""
    return _LONG_WORD.sub(lambda m: m[0] + "\u200b", clean(given))
