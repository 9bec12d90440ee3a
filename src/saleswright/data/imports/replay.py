"""What stands in the record, read again from raw? Sources of the runs that stand, through today's mappings."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from datetime import datetime

from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.project import project
from saleswright.data.mapping.stages import read_custom_fields, read_stages
from saleswright.history.changes import Source, StageMap
from saleswright.history.release import manifest, run_folder
from saleswright.history.schema import Entity, entities
from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop


def context_of(workspace: Workspace) -> tuple[dict[str, Entity], StageMap]:
    """The entities with the workspace's custom fields, and its stage map."""
    return entities(read_custom_fields(workspace)), read_stages(workspace)


def sources_of(workspace: Workspace, run: int, known: Map[str, Entity], stages: StageMap) -> list[Source]:
    """A run's sources over its raw segments. A mapping that is gone from the workspace is taken from the manifest."""
    content = manifest(workspace.state, run)
    at = datetime.fromisoformat(content["at"])
    folder = run_folder(workspace.state, run)
    found: list[Source] = []
    for file in content.get("files", ()):
        definition = workspace.get("mapping", file["mapping"]) or Definition("mapping", file["mapping"], file["body"])
        mapping, issues = Mapping.read(definition)
        if mapping is None:
            raise Stop(*issues)
        segment = folder / f"{file['number']}-{file['entity']}.parquet"
        path = str(segment).replace("'", "''")
        found.append(
            project(
                mapping,
                known[mapping.entity],
                f"read_parquet('{path}')",
                run,
                file["number"],
                at,
                workspace.zone,
                workspace.currency,
                stages,
            )
        )
        gone = folder / f"{file['number']}-missing.parquet"
        if gone.exists():
            path = str(gone).replace("'", "''")
            query = f"SELECT id, 0::BIGINT AS line, true AS deleted FROM read_parquet('{path}')"
            found.append(Source(mapping.entity, run, 10_000 + file["number"], "rows", query, (), at))
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
