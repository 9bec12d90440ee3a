"""What stands in the record, read again from raw? Sources of the runs that stand, through today's mappings."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from saleswright.data.mapping.beside import sources_beside
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.project import project
from saleswright.data.mapping.stages import read_custom_fields, read_stages
from saleswright.data.read.sql import text
from saleswright.history.changes import Source, StageMap
from saleswright.history.release import manifest, run_folder
from saleswright.history.schema import Entity, entities
from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.money import EXPONENTS

_FINEST = max(sorted(EXPONENTS), key=EXPONENTS.__getitem__)  # its minor units are those of `FINE`


def context_of(workspace: Workspace) -> tuple[dict[str, Entity], StageMap, list[Issue]]:
    """The entities with the workspace's custom fields, its stage map, and every issue in both."""
    custom, problems = read_custom_fields(workspace)
    stages, more = read_stages(workspace)
    return entities(custom), stages, [*problems, *more]


def usable(workspace: Workspace) -> tuple[dict[str, Entity], StageMap]:
    """The same, for work that cannot go on with a broken definition. Stop with all of them."""
    known, stages, issues = context_of(workspace)
    broken = [issue for issue in issues if issue.level == "error"]
    if broken:
        raise Stop(*broken)
    return known, stages


def source_of(
    workspace: Workspace,
    mapping: Mapping,
    known: Map[str, Entity],
    stages: StageMap,
    segment: str,
    headers: Sequence[str],
    run: int,
    number: int,
    at: datetime,
) -> Source:
    """A mapped segment as a source of facts."""

    def made(mapping: Mapping, currency: str) -> Source:
        return project(
            mapping,
            known[mapping.entity],
            segment,
            headers=headers,
            run_id=run,
            number=number,
            imported_at=at,
            zone=workspace.zone,
            currency=currency,
            stages=stages,
        )

    source = made(mapping, workspace.currency)
    if not _untold(mapping, known[mapping.entity], source):
        return source
    bare = {field: value for field, value in mapping.defaults.items() if field != "currency"}
    assumed = mapping.defaults.get("currency") or workspace.currency
    return replace(made(replace(mapping, defaults=bare), _FINEST), assumed=assumed)


def _untold(mapping: Mapping, entity: Entity, source: Source) -> bool:
    """Do the rows set money and not its currency? A changed field stands alone: its row never tells the currency."""
    money = {f.name for f in entity.fields if f.type == "money"}
    if "currency" not in entity.by_name or not money.intersection(source.sets):
        return False
    if source.layout != "fields" and "currency" in source.sets:
        return False
    rules = [*(rule for _, rule in mapping.rules), *mapping.forms.values()]
    # An amount in minor units, or with a currency of its own, is what it is in any currency.
    return not any(rule.unit == "minor" or rule.currency for rule in rules)


def beside(
    workspace: Workspace,
    source: Source,
    mapping: Mapping,
    known: Map[str, Entity],
    segment: str,
    headers: Sequence[str],
) -> list[Source]:
    """What the same rows say about others, or about other days."""
    currency = _FINEST if source.assumed else workspace.currency
    found = sources_beside(source, mapping, known, segment, headers, workspace.zone, currency)
    return [replace(s, assumed=source.assumed) if s.entity == source.entity else s for s in found]


def tombstones(entity: str, segment: str, run: int, number: int, at: datetime) -> Source:
    """The ids a declared full export no longer had: removed from then on, never lost."""
    query = f"SELECT id, 0::BIGINT AS line, true AS deleted FROM {segment}"
    return Source(entity, run, 10_000 + number, "rows", query, (), at)


def sources_of(workspace: Workspace, run: int, known: Map[str, Entity], stages: StageMap) -> list[Source]:
    """A run's sources over its raw segments. A mapping that is gone from the workspace is taken from the manifest."""
    content = manifest(workspace.state, run)
    at = datetime.fromisoformat(content["at"])
    folder = run_folder(workspace.state, run)
    found: list[Source] = []
    for file in content.get("files", ()):
        definition = workspace.get("mapping", file["mapping"]) or Definition("mapping", file["mapping"], file["body"])
        mapping, issues = read_mapping(definition, dict(known))
        if mapping is None:
            raise Stop(*(issue for issue in issues if issue.level == "error"))
        number = file["number"]
        path = folder / f"{number}-{file['entity']}.parquet"
        segment = f"read_parquet({text(str(path))})"
        source = source_of(workspace, mapping, known, stages, segment, file["headers"], run, number, at)
        found += [source, *beside(workspace, source, mapping, known, segment, file["headers"])]
        gone = folder / f"{number}-missing.parquet"
        if gone.exists():
            found.append(tombstones(mapping.entity, f"read_parquet({text(str(gone))})", run, number, at))
    return found


def standing_sources(
    workspace: Workspace, runs: Sequence[int], known: Map[str, Entity], stages: StageMap
) -> dict[str, list[Source]]:
    """Entity -> the sources of all runs that stand, oldest first."""
    found: dict[str, list[Source]] = {}
    for run in sorted(runs):
        for source in sources_of(workspace, run, known, stages):
            found.setdefault(source.entity, []).append(source)
    return found


def meta_of(workspace: Workspace, said: Map[str, Sequence[Source]]) -> dict[str, Any]:
    """What a release remembers of what it was made by: own fields, and how much of a past each entity's sources told."""
    custom, _ = read_custom_fields(workspace)
    told = {
        entity: {
            "rows": len({s.run_id for s in sources if s.layout == "rows" and s.number < 10_000}),
            "events": sum(s.layout == "events" for s in sources),
            "fields": sum(s.layout == "fields" for s in sources),
        }
        for entity, sources in said.items()
    }
    return {"custom": [(entity, asdict(f)) for entity, f in custom], "base": workspace.currency, "told": told}
