"""What does each stage mean? Declared in the workspace, or proposed from the stages' own names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import duckdb

from saleswright.data.mapping.facts import Cells, skipped_sql
from saleswright.data.mapping.headers import synonyms
from saleswright.data.mapping.model import Mapping as Mapped
from saleswright.data.mapping.rule import Rule
from saleswright.data.read.sql import ident, text
from saleswright.history.changes import StageMap
from saleswright.history.schema import SQL_TYPES, Field, standard
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, unknown

STANDINGS = ("open", "won", "lost", "disqualified")
_SETTINGS = ("entity", "type", "unit", "dimension", "personal", "since")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_stages(workspace: Workspace) -> tuple[StageMap, list[Issue]]:
    """The stages declared by definitions of kind `stages`, a later definition over an earlier one, and every issue."""
    found: dict[str, tuple[str, bool]] = {}
    issues: list[Issue] = []
    for definition in workspace.all("stages"):
        stages = definition.body.get("stages")
        if not isinstance(stages, dict):
            why, how = "so every stage counts as open", "stages: {Won: won, Lost: lost}"
            issues.append(Issue(definition.where(), "no stages in it", why, how))
            continue
        for stage, given in stages.items():
            where = definition.where(f"stages.{stage}")
            meaning = given if isinstance(given, dict) else {"standing": given}
            known = ("standing", "qualified")
            issues += [unknown("option", str(k), known, where) for k in meaning if k not in known]
            standing = str(meaning.get("standing", "open"))
            if standing not in STANDINGS:
                issues.append(unknown("standing", standing, STANDINGS, where))
                continue
            found[str(stage).strip().casefold()] = standing, bool(meaning.get("qualified", standing != "disqualified"))
    return StageMap(found), issues


def propose_stages(
    values: Iterable[tuple[str, int]], told: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[Issue]]:
    """(body of a stages definition, issues) for stages with their numbers of rows, told by their names in several
    languages. A name that tells nothing is open and qualified, and one issue lists all such. `told`: stage -> standing,
    where the source itself says so; that goes before the name."""
    stages: dict[str, Any] = {}
    untold: list[str] = []
    names = list(dict.fromkeys(str(stage).strip() for stage, _ in values))
    told = {stage.strip().casefold(): standing for stage, standing in (told or {}).items()}
    # What comes before qualification by its name does so only where a later stage is called qualified.
    later = any("qualif" in name.casefold() and meaning(name) == "open" for name in names)
    for name in names:
        by_name, said = meaning(name), told.get(name.casefold(), "")
        if by_name is None and not said:
            untold.append(name)
        early = by_name == "early" or (by_name == "before" and later)
        if said in ("won", "lost") and not (said == "lost" and by_name == "disqualified"):
            stages[name] = said
        elif early and said in ("", "open"):
            stages[name] = {"standing": "open", "qualified": False}
        else:
            stages[name] = by_name if by_name in STANDINGS and said != "open" else "open"
    issues = []
    if untold:
        issues.append(
            Issue(
                "",
                f"stages whose names tell nothing: {', '.join(untold)}",
                "they count as open and qualified",
                "write won, lost or disqualified after those that end a deal, in definitions/stages.yaml",
                level="warning",
                code="stages_untold",
            )
        )
    standings = {v if isinstance(v, str) else v["standing"] for v in stages.values()}
    if stages and "won" not in standings:
        how = "write won after the stage that ends a sale well"
        issues.append(Issue("", "no stage is won", "so every win rate is empty", how, "warning", "no_won_stage"))
    return {"stages": stages}, issues


def meaning(stage: str) -> str | None:
    """won, lost, disqualified, early, before, open or None. Whole words decide, in this order: disqualified before lost."""
    words = _words()
    plain = _bare(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stage))
    for kind in ("disqualified", "lost", "won", "early", "before", "open"):
        if any(f" {word} " in plain for word in words[kind]):
            return kind
    return None


@cache
def _words() -> dict[str, list[str]]:
    return {kind: [_bare(word).strip() for word in words] for kind, words in synonyms()["stages"].items()}


def _bare(text: str) -> str:
    """The words without accents, one space around each."""
    base = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " " + " ".join(re.findall(r"[^\W_]+", base)) + " "


def stages_in(con: duckdb.DuckDBPyConnection, mapping: Mapped, table: str) -> dict[str, int]:
    """Every stage that a loaded table names under its mapping, with its rows: in its columns, as a changed field, in
    what a rule says outright, and by the columns of dates of entering one."""
    if mapping.entity != "deal":
        return {}
    headers = tuple(str(row[0]) for row in con.execute(f"DESCRIBE {ident(table)}").fetchall() if row[0] != "_line")
    cells = Cells(mapping, standard()["deal"], "UTC", "USD", headers)
    skipped = skipped_sql(mapping, headers)
    counted: Counter[str] = Counter()

    def count(value: str, where: str) -> None:
        query = f"SELECT {value} AS v, count(*) FROM {ident(table)} WHERE NOT {skipped} AND {where} GROUP BY v"
        for stage, rows in con.execute(query).fetchall():
            if stage:
                counted[str(stage)] += int(rows)

    if mapping.layout == "fields":
        for theirs, ours in mapping.names.items():
            rule = mapping.forms.get(theirs, Rule(()))
            for column in (mapping.value, mapping.old) if ours == "stage" else ():
                if cells.name(column) and cells.name(mapping.field):
                    count(cells.value(rule, cells.cell(column)), f"{cells.cell(mapping.field)} = {text(theirs)}")
        return dict(counted)
    said = [(c, r) for c, r in mapping.rules if "stage" in r.fields and cells.name(c)]
    first = [cells.value(rule, cells.cell(column)) for column, rule in said if rule.says]
    for column, rule in said:
        value = cells.value(rule, cells.cell(column))
        before = [] if rule.says else [f"{other} IS NULL" for other in first]
        count(value, " AND ".join(before) or "true")
    for column, stage in mapping.entered.items():
        if cells.name(column) and not counted[stage]:
            rows = con.execute(f"SELECT count({cells.cell(column)}) FROM {ident(table)}").fetchall()[0][0]
            counted[stage] += int(rows)
    return {stage: rows for stage, rows in counted.items() if rows}


def read_custom_fields(workspace: Workspace) -> tuple[list[tuple[str, Field]], list[Issue]]:
    """The workspace's own fields, definitions of kind `field` (entity, type, unit, dimension, personal, doc)."""
    found: list[tuple[str, Field]] = []
    issues: list[Issue] = []
    entities = standard()
    types = [*SQL_TYPES, *entities]
    for definition in workspace.all("field"):
        entity, kind = str(definition.body.get("entity", "")), str(definition.body.get("type", "text"))
        wrong = [unknown("setting", k, _SETTINGS, definition.where(k)) for k in definition.body if k not in _SETTINGS]
        if entity not in entities:
            wrong.append(unknown("entity", entity, entities, definition.where("entity")))
        elif definition.name in entities[entity].by_name:
            why = "so two fields would share a name"
            wrong.append(
                Issue(definition.where(), f"{entity} already has '{definition.name}'", why, "choose another name")
            )
        if kind not in types:
            wrong.append(unknown("type", kind, types, definition.where("type")))
        if not _NAME.fullmatch(definition.name):
            why = "it is the name of a column"
            wrong.append(
                Issue(definition.where(), f"'{definition.name}' cannot name a field", why, "small letters, digits, _")
            )
        issues += wrong
        if not wrong:
            body = definition.body
            field = Field(
                name=definition.name,
                type=kind,
                unit=str(body.get("unit") or ("currency" if kind == "money" else "")),
                personal=bool(body.get("personal", False)),
                since=str(body.get("since") or ""),
                dimension=bool(body.get("dimension", False)),
                meaning=definition.doc,
                custom=True,
            )
            found.append((entity, field))
    return found, issues
