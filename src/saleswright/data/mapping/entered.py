"""Which columns say when a deal entered a stage? `Date entered "Discovery (Sales Pipeline)"` and what is like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess
from saleswright.data.mapping.headers import plain
from saleswright.data.mapping.lookups import Labels
from saleswright.data.mapping.proposal import Guess, column_of, values_of

_QUOTED = re.compile(r"[\"“”„«'‘]\s?(?P<stage>.+?)\s?[\"“”»'’](?:_\d+)?$")
_BEHIND = re.compile(r"\s*\([^()]*\)$")
_IN = r"entered|eingetreten|eintritt|eingang|entr[ée]e?|entrada|ingreso|inicio|binnenkomst|ingevoerd|reached|since"
_OUT = (
    r"exited|exit|left|verlassen|austritt|sortie|salida|verlaten|cumulative|kumulativ|time in|time spent|latest|"
    r"dur[ée]e|dauer|tijd"
)
_PLAIN = (
    re.compile(rf"(?:date|stage|phase)?\s*(?:{_IN})\s*(?:stage|phase|on|in)?\s*[:\-–]?\s*(?P<stage>.+)", re.I),
    re.compile(rf"(?P<stage>.+?)\s*[:\-–]?\s*(?:stage)?\s*(?:date)?\s*(?:{_IN})(?:\s+(?:date|on|at))?", re.I),
    re.compile(r"(?:stage|phase)?\s*[:\-–]?\s*(?P<stage>.+?)\s*(?:stage)?\s*(?:date|datum|on|at|since)", re.I),
)
_INTERNAL = re.compile(r"(?:propert(?:y|ies)_)?hs_(?:v2_)?date_entered_(?P<stage>\w+)", re.I)


def entered(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], labels: Labels
) -> tuple[dict[str, str], list[ColumnGuess]]:
    """(column -> stage, what to say of each) for a list of deals with a column of dates for each stage."""
    stage = column_of(body, "stage")
    known = _stages(con, start, body, stage) if stage in start.evidence.header else []
    pipelines = _pipelines(start.evidence.header, known)
    used = {c for c, given in body["columns"].items() if given is not None}
    found: dict[str, str] = {}
    for header, seen in start.seen.by_name.items():
        if header in used or not (seen.kind in ("date", "moment") or seen.kind == "empty"):
            continue
        name = _named(header, known, labels)
        name = next((name.removesuffix(p) for p in pipelines if name.endswith(p) and name not in known), name)
        # Nobody was there yet; a column that surely means it counts from the first date on.
        dated = seen.format in ("ymd", start.seen.dates) if seen.kind != "empty" else _sure(header)
        if name and dated:
            found[header] = name
    if len(found) < 2 and not any(_sure(h) for h in found):
        return {}, []
    said = []
    for header, name in found.items():
        seen = start.seen.by_name[header]
        words = f"{seen.filled:,} deals entered {name}" if seen.filled else f"no deal has entered {name} yet"
        said.append(ColumnGuess(header, (f"entered {name}",), words, seen))
    return found, said


def _pipelines(headers: Sequence[str], known: list[str]) -> list[str]:
    """What columns put behind a stage to name its pipeline, where the stage column writes the stage alone."""
    found: dict[str, None] = {}
    for header in headers:
        quoted = _QUOTED.search(header)
        behind = _BEHIND.search(quoted["stage"]) if quoted else None
        if quoted and behind and quoted["stage"] not in known and _known(quoted["stage"], known):
            found[behind[0]] = None
    return list(found)


def _sure(header: str) -> bool:
    return bool(_INTERNAL.fullmatch(header) or (_QUOTED.search(header) and re.search(_IN, header, re.I)))


def _stages(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], stage: str) -> list[str]:
    given = body["columns"].get(stage)
    values = given.get("values", {}) if isinstance(given, dict) else {}
    return list(dict.fromkeys(values.get(v, v) for v, _ in values_of(con, start.table, stage)))


def _named(header: str, known: list[str], labels: Labels) -> str:
    """The stage a header speaks of, in the spelling of the stage column where that has it."""
    internal = _INTERNAL.fullmatch(header)
    if internal:
        key = internal["stage"]
        return _known(labels.stages.get(key, ""), known) or _known(key, known) or _by_plain(key, known, labels)
    quoted = _QUOTED.search(header)
    if quoted:
        before = header[: quoted.start()]
        if re.search(_OUT, before, re.I) or not re.search(_IN, before, re.I):
            return ""
        return _known(quoted["stage"], known) or quoted["stage"].strip()
    if re.match(rf".*\b(?:{_OUT})\b", header, re.I):
        return ""
    text = re.sub(r"_\d+$", "", header).replace("_", " ").strip()
    for pattern in _PLAIN:
        told = pattern.fullmatch(text)
        if told and (name := _known(told["stage"], known)):
            return name
    return ""


def _known(text: str, known: list[str]) -> str:
    """The stage of the list that the text means: as it is, without its pipeline, or with the one it stands for."""
    by_plain: dict[str, list[str]] = {}
    for name in known:
        by_plain.setdefault(plain(name), []).append(name)
    bare = _BEHIND.sub("", text)
    for wanted in dict.fromkeys((plain(text), plain(bare))):
        if wanted and wanted in by_plain:
            return by_plain[wanted][0]
    within = [name for name in known if plain(_BEHIND.sub("", name)) == plain(text)]
    return within[0] if len(within) == 1 and text else ""


def _by_plain(key: str, known: list[str], labels: Labels) -> str:
    for stage, label in labels.stages.items():
        if plain(stage) == plain(key):
            return _known(label, known) or label
    return next((name for name in known if plain(name) == plain(key)), "")
