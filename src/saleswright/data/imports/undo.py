"""How is an import taken back? By a new run that withdraws it: nothing is deleted, the rest is made again without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saleswright.data.imports.definitions import keep, put_back, with_proposed
from saleswright.data.imports.publish import write_manifest
from saleswright.data.imports.replay import meta_of, standing_sources, usable
from saleswright.history import engine, projected
from saleswright.history.changes import Source
from saleswright.history.facts import first_export, quoted
from saleswright.history.release import Publisher, definitions_hash, manifest, publisher, run_folder
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did, or would do: the run, whether it was withdrawn or brought back, and who builds on it.

    restored: definitions the run had changed, put back; edited: those somebody has edited since, which stay.
    """

    run: int
    target: int
    back: bool
    ids: int
    later: tuple[int, ...]
    published: bool
    restored: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()


def undo(workspace: Workspace, target: int, dry: bool) -> Undone:
    """Withdraw run `target`, or bring it back when `target` is itself an undo. Stop when it does not stand."""
    entities, stages = usable(workspace)
    with publisher(workspace.state, entities, stages, workspace.zone, rehearsal=dry) as p:
        base = p.base
        if base is None or target not in base.used:
            known = ", ".join(map(str, base.used)) if base else "none yet"
            raise Stop(
                Issue(f"run {target}", "there is no such import", "so there is nothing to take back", f"runs: {known}"),
                exit_code=USAGE,
            )
        content = manifest(workspace.state, target)
        # An undo always speaks of the import itself, and says which way it went.
        subject = int(content["withdraws"]) if content["kind"] == "undo" else target
        back = content["kind"] == "undo" and not content["back"]
        stands = subject in base.runs
        if stands == back:
            raise Stop(
                Issue(
                    f"run {target}",
                    "it already stands again" if back else "it has been taken back already",
                    "so there is nothing to do",
                    "saleswright check lists the runs that stand",
                ),
                exit_code=USAGE,
            )
        runs = tuple(sorted({*base.runs, subject})) if back else tuple(r for r in base.runs if r != subject)
        fresh = base.definitions != definitions_hash(workspace)
        p.begin(fresh)
        restored, edited = map(tuple, put_back(p.work, workspace.root, run_folder(workspace.state, subject), back))
        if restored:
            # What a definition says, it says of every run.
            fresh, workspace = True, with_proposed(workspace, p.work)
            entities, stages = p.entities, p.stages = usable(workspace)
        everything = standing_sources(workspace, sorted({*base.runs, subject}), entities, stages)
        ids, later = _touch(p, everything, subject)
        if dry:
            return Undone(p.run, subject, back, ids, later, False, restored, edited)
        standing = {name: [s for s in sources if s.run_id in runs] for name, sources in everything.items()}
        names = (
            everything
            if fresh
            else [n for n, sources in everything.items() if any(s.run_id == subject for s in sources)]
        )
        for name in names:
            # Another export is the first now, and its dates are trusted in all it told.
            whole = fresh or first_export(everything[name]) == subject
            p.refold(name, standing[name], only="" if whole else f"touched_{name}")
        engine.barrier("folded")
        write_manifest(
            p.work / "run",
            {
                "run": p.run,
                "kind": "undo",
                "withdraws": subject,
                "back": back,
                "at": clock.now().isoformat(),
                "files": [],
            },
        )
        keep(p.work, workspace.root)
        meta = meta_of(workspace, standing)
        p.finish(runs, (*base.used, p.run), definitions_hash(workspace), meta, workspace.currency)
        return Undone(p.run, subject, back, ids, later, True, restored, edited)


def _touch(p: Publisher, everything: dict[str, list[Source]], subject: int) -> tuple[int, tuple[int, ...]]:
    """Temp tables touched_<entity> with the ids the run speaks of; (how many, later runs that speak of them too)."""
    total, later = 0, set()
    for name, sources in everything.items():
        mine = [s for s in sources if s.run_id == subject]
        if not mine:
            continue
        union = " UNION ".join(f"SELECT id FROM ({s.query})" for s in mine)
        p.con.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(f'touched_{name}')} AS {union}")
        row = p.con.execute(f"SELECT count(*) FROM {quoted(f'touched_{name}')}").fetchone()
        total += int(row[0]) if row else 0
        for other in sources:
            if other.run_id > subject and other.run_id not in later:
                hit = p.con.execute(
                    f"SELECT count(*) FROM ({other.query}) WHERE id IN (SELECT id FROM {quoted(f'touched_{name}')})"
                ).fetchone()
                if hit and hit[0]:
                    later.add(other.run_id)
    return total, tuple(sorted(later))


def rebuild(workspace: Workspace, tell: Callable[[str], None] = lambda text: None) -> tuple[int, tuple[int, ...]]:
    """Make the whole history again from raw rows and today's definitions: (new release number, runs that stand)."""
    entities, stages = usable(workspace)
    with publisher(workspace.state, entities, stages, workspace.zone) as p:
        runs: Sequence[int] = p.base.runs if p.base else ()
        if p.base is None:
            raise Stop(
                Issue(
                    "the history",
                    "nothing has been imported yet",
                    "so there is nothing to make again",
                    "saleswright import PATH",
                ),
                exit_code=USAGE,
            )
        p.begin(fresh=True)
        standing = standing_sources(workspace, runs, entities, stages)
        for name, sources in standing.items():
            tell(f"making {name.replace('_', ' ')} again")
            p.refold(name, sources)
        meta = meta_of(workspace, standing)
        release = p.finish(runs, p.base.used, definitions_hash(workspace), meta, workspace.currency)
    tell("making what was said here again")
    projected.rebuild(workspace)
    return release.number, release.runs


def runs_table(workspace: Workspace, used: Sequence[int], standing: Sequence[int]) -> list[tuple[Any, ...]]:
    """(run, when, what, rows read, new, changed, unchanged, rejected, stands) of every run."""
    rows: list[tuple[Any, ...]] = []
    for run in used:
        content = manifest(workspace.state, run)
        files = content.get("files", [])
        if content["kind"] == "undo":
            what = f"{'brought back' if content.get('back') else 'took back'} run {content['withdraws']}"
        else:
            what = ", ".join(f["name"] for f in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        counts = [sum(f.get(k, 0) for f in files) for k in ("read", "new", "changed", "unchanged", "rejected")]
        rows.append(
            (run, content["at"], what, *counts, "yes" if run in standing or content["kind"] == "undo" else "taken back")
        )
    return rows
