"""Which definitions would an import leave behind? Written beside the work first, kept only when it is published."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from saleswright.history import engine
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.workspace import Workspace


def propose(work: Path, name: str, text: str) -> Definition:
    """Put a definition's text under the work folder and read it back as the workspace will."""
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    definitions, problems = read_definitions(path, name)
    if problems or not definitions:
        raise AssertionError(f"{name} was written unreadable: {problems}")
    return definitions[0]


def with_proposed(workspace: Workspace, work: Path) -> Workspace:
    """The workspace as it will be with the proposed definitions."""
    found: list[Definition] = []
    for path in sorted((work / "definitions").rglob("*.yaml")):
        definitions, _ = read_definitions(path, path.relative_to(work).as_posix())
        found += definitions
    files = {d.file for d in found}
    replaced = {(d.kind, d.name, d.start) for d in found}
    kept = [d for d in workspace.definitions if d.file not in files and (d.kind, d.name, d.start) not in replaced]
    return replace(workspace, definitions=(*kept, *found))


BEFORE, AFTER = "definitions-before", "definitions-after"


def remember(work: Path, root: Path, run: Path) -> None:
    """Keep in the run's folder how the definitions read that it changes, before and after, for an undo."""
    for path in sorted((work / "definitions").rglob("*.yaml")):
        name = path.relative_to(work)
        if not (root / name).exists():
            continue
        for folder, text in ((BEFORE, root / name), (AFTER, path)):
            target = run / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.read_text(encoding="utf-8"), encoding="utf-8")


def put_back(work: Path, root: Path, run: Path, back: bool) -> tuple[list[str], list[str]]:
    """Propose what a withdrawn run changed as it was before, or again as after when it is brought `back`: (names put
    back, names somebody has edited since, which stay)."""
    was, then = (AFTER, BEFORE) if not back else (BEFORE, AFTER)
    done: list[str] = []
    edited: list[str] = []
    for path in sorted((run / was).rglob("*.yaml")):
        name = path.relative_to(run / was).as_posix()
        now = root / name
        if now.exists() and now.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"):
            propose(work, name, (run / then / name).read_text(encoding="utf-8"))
            done.append(name)
        else:
            edited.append(name)
    return done, edited


def keep(work: Path, root: Path) -> None:
    """Move the proposed definitions into the workspace, each whole or not at all."""
    for path in sorted((work / "definitions").rglob("*.yaml")):
        target = root / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(target.name + ".new")
        fresh.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        engine.sync(fresh)
        os.replace(fresh, target)
    engine.barrier("definitions-kept")
