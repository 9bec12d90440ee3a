"""Small workspaces whose history is published from hand-made files, without the importer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from saleswright.history.changes import StageMap
from saleswright.history.release import Publisher, Release, current, publisher
from saleswright.history.schema import Field, entities, standard
from saleswright.kernel.workspace import Workspace, load
from tests.history.reference import Given

NOON = datetime(2026, 3, 1, 12)
STAGES = StageMap({"won": ("won", True), "lost": ("lost", True)})


def workspace(root: Path, zone: str = "UTC", access: str = "") -> Workspace:
    """A workspace folder with nothing imported."""
    (root / "definitions").mkdir(parents=True, exist_ok=True)
    settings = f'format = 1\nname = "made"\ncurrency = "EUR"\nzone = "{zone}"\n'
    (root / "saleswright.toml").write_text(settings, encoding="utf-8")
    if access:
        (root / "definitions" / "access.yaml").write_text(access, encoding="utf-8")
    return load(root)


def export(entity: str, run: int, rows: Sequence[dict[str, Any]], *, at: datetime | None = None,
           anchors: tuple[str, ...] = (), number: int = 0, kinds: Any = None) -> Given:  # fmt: skip
    """An export of one entity: dicts with id and fields. Imported `run` days after the first day at noon."""
    sets = tuple(dict.fromkeys(name for row in rows for name in row if name != "id" and not name.endswith("__at")))
    lines = tuple({"line": n, "deleted": False, **row} for n, row in enumerate(rows, 2))
    known = (kinds or standard())[entity]
    return Given(known, run, number, "rows", sets, at or NOON + timedelta(days=run), lines, anchors)


def deal(number: int, **fields: Any) -> dict[str, Any]:
    """A deal's row, created on the first of March."""
    return {"id": f"deal_crm_{number}", "created": date(2026, 3, 1), "stage": "talk", "currency": "EUR", **fields}


def fill(p: Publisher, files: Sequence[Given]) -> None:
    """Make every entity of these files from scratch."""
    p.begin(fresh=True)
    for name in dict.fromkeys(file.entity.name for file in files):
        p.refold(name, [file.source for file in files if file.entity.name == name])


def publish(space: Workspace, files: Sequence[Given], custom: Sequence[tuple[str, Field]] = ()) -> Release:
    """Publish these files as the next release."""
    with publisher(space.state, entities(custom), STAGES, space.zone) as p:
        fill(p, files)
        runs = sorted({file.run for file in files})
        used = sorted({*(p.base.used if p.base else ()), *runs})
        meta = {"custom": [(entity, asdict(field)) for entity, field in custom], "base": space.currency}
        for run in runs:
            (space.state / "raw" / f"run-{run:06d}").mkdir(parents=True, exist_ok=True)
        return p.finish(runs, used, "made", meta, space.currency)


def pointer(space: Workspace) -> int:
    """The number of the release that holds, 0 before the first."""
    release = current(space.state)
    return release.number if release else 0
