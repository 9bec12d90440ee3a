"""Which stages do the files name that nobody has declared? Proposed where their names, or the files, tell; else said."""

from __future__ import annotations

from collections import Counter

from saleswright.data.imports.definitions import propose
from saleswright.data.imports.files import FileRun
from saleswright.data.mapping.stages import meaning, propose_stages, stages_in
from saleswright.data.mapping.write import scalar, stages_yaml
from saleswright.history.release import Publisher
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue


def declare_stages(
    p: Publisher,
    workspace: Workspace,
    files: list[FileRun],
    standings: dict[str, str],
    declared: set[str],
    issues: list[Issue],
) -> list[str]:
    """Declare the stages nobody has declared yet: all of them in the first import, later those whose names tell. The
    rest count as open and qualified, which is said."""
    counted: Counter[str] = Counter()
    for file in files:
        if file.mapping is not None:
            counted.update(stages_in(p.con, file.mapping, file.table))
    new = {stage: rows for stage, rows in sorted(counted.items()) if stage.strip().casefold() not in declared}
    if not new:
        return []
    first = not workspace.all("stages")
    if not first:
        said = {stage.strip().casefold() for stage in standings}
        untold = {s: n for s, n in new.items() if s.strip().casefold() not in said and meaning(s) is None}
        issues += _undeclared(untold)
        new = {stage: rows for stage, rows in new.items() if stage not in untold}
        if not new:
            return []
    body, problems = propose_stages(sorted(new.items()), standings)
    issues += problems if first else []
    number = len(workspace.all("stages")) + 1
    name = "definitions/stages.yaml" if first else f"definitions/stages_{number}.yaml"
    text = stages_yaml(body, rows=new) if first else stages_yaml(body, f"stages_{number}", new)
    propose(p.work, name, text)
    if not first:
        shown = ", ".join(f"{s} is {v if isinstance(v, str) else v['standing']}" for s, v in body["stages"].items())
        what = f"stages not declared before: {shown}"
        issues.append(Issue(name, what, "as their names or the file tell", "edit it and rebuild", "note", "new_stages"))
    return [name]


def _undeclared(new: dict[str, int]) -> list[Issue]:
    if not new:
        return []
    return [
        Issue(
            "definitions/stages.yaml",
            f"stages it does not name: {', '.join(f'{stage} ({rows:,} rows)' for stage, rows in new.items())}",
            "so deals in them count as open and qualified",
            f"add a line such as {scalar(next(iter(new)))}: open, then saleswright rebuild",
            level="warning",
            code="undeclared-stage",
        )
    ]
