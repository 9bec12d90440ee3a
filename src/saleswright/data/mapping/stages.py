"""What does each stage mean? Declared in the workspace, or proposed from the stages' own names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from saleswright.data.mapping.headers import synonyms
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


def propose_stages(values: Iterable[tuple[str, int]]) -> tuple[dict[str, Any], list[Issue]]:
    """(body of a stages definition, issues) for stages with their numbers of rows, told by their names in several
    languages. A name that tells nothing is open and qualified, and one issue lists all such."""
    words = synonyms()["stages"]
    stages: dict[str, Any] = {}
    untold: list[str] = []
    for stage, _ in values:
        name = str(stage).strip()
        meaning = _meaning(name, words)
        if meaning is None:
            untold.append(name)
        early = meaning == "early"
        stages[name] = (
            {"standing": "open", "qualified": False} if early else meaning if meaning in STANDINGS else "open"
        )
    issues = []
    if untold:
        issues.append(
            Issue(
                "",
                f"stages whose names tell nothing: {', '.join(untold)}",
                "they count as open and qualified",
                "write won, lost or disqualified after those that end a deal",
                level="warning",
                code="stages_untold",
            )
        )
    standings = {v if isinstance(v, str) else v["standing"] for v in stages.values()}
    if stages and "won" not in standings:
        how = "write won after the stage that ends a sale well"
        issues.append(Issue("", "no stage is won", "so every win rate is empty", how, "warning", "no_won_stage"))
    return {"stages": stages}, issues


def _meaning(stage: str, words: dict[str, list[str]]) -> str | None:
    """won, lost, disqualified, early, open or None. Whole words decide, in this order: disqualified before lost."""
    plain = " " + " ".join(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stage).casefold())) + " "
    for meaning in ("disqualified", "lost", "won", "early", "open"):
        if any(f" {word} " in plain for word in words[meaning]):
            return meaning
    return None


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
