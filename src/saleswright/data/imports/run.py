"""How does a file become history? Read whole, checked whole, then published at once or not at all.

Nothing is written before everything was checked. A crash anywhere leaves the record as it was; the next run needs no
hand work. rows read = new + changed + unchanged + rejected, for every file, or the run stops as a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from saleswright.data.imports.compare import compare, missing
from saleswright.data.imports.contradictions import contradictions
from saleswright.data.imports.definitions import with_proposed
from saleswright.data.imports.differences import differences
from saleswright.data.imports.done import ImportRun
from saleswright.data.imports.files import FileRun, files_of
from saleswright.data.imports.keep_out import keep_out
from saleswright.data.imports.mapped import map_files, repair
from saleswright.data.imports.publish import Earlier, publish
from saleswright.data.imports.rejected import give_back, reject, unquoted
from saleswright.data.imports.replay import beside, source_of, standing_sources, usable
from saleswright.data.imports.scope import scopes
from saleswright.data.imports.told import Told
from saleswright.data.imports.totals import totals
from saleswright.data.mapping.facts import skipped_sql
from saleswright.data.mapping.questions import checked as answers_checked
from saleswright.data.read.table import load, ragged
from saleswright.data.read.tables import tables
from saleswright.history import engine
from saleswright.history.fold import create
from saleswright.history.release import Publisher, definitions_hash, publisher
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop
from saleswright.lib.zone import local_date

Tell = Callable[[str], None]
Step = Callable[[int, int], None]
_LARGE = 512 << 20  # bytes of text; above that the import keeps to little memory
# How far each part of the work brings an import, out of a hundred: measured on a large export, near enough for a bar.
_READ, _MAPPED, _CHECKED, _COMPARED, _DONE = 30, 45, 60, 75, 100


@dataclass
class Pace:
    """Tells how many rows are done, as each part of the work ends, so that a face can say a rate and the time left."""

    step: Step
    rows: int = 0

    def at(self, share: int) -> None:
        """`share` of a hundred is done."""
        if self.rows:
            self.step(self.rows * share // _DONE, self.rows)


@dataclass(frozen=True)
class Checked:
    """An import that was checked whole and not yet written: what stood before, and the workspace as it would be."""

    p: Publisher
    done: ImportRun
    earlier: Earlier
    after: Workspace
    fresh: bool


def import_path(
    workspace: Workspace,
    path: Path,
    dry: bool,
    tell: Tell,
    reload: Callable[[], Workspace],
    told: Told = Told(),
    step: Step = lambda done, rows: None,
) -> ImportRun:
    """Import a file or a folder. Stop with every issue when nothing of it can be used."""
    pace = Pace(step)
    with checked(workspace, path, dry, tell, told, pace) as c:
        rejected = any(file.rejected for file in c.done.mapped)
        settled = any(file.answered for file in c.done.mapped)
        kept = c.done.changed or rejected or settled or (c.fresh and c.p.base is not None)
        if not dry and (kept or _seen_again(workspace, c)):
            tell("writing history")
            publish(c.p, workspace, c.done, c.earlier, reload)
            pace.at(_DONE)
        return c.done


def _seen_again(workspace: Workspace, c: Checked) -> bool:
    """Were deals of the record looked at again on a later day, and nothing had changed? That is worth knowing too."""
    if c.p.base is None:
        return False
    last = datetime.fromisoformat(c.p.base.at).astimezone(UTC).replace(tzinfo=None)
    now = clock.now().astimezone(UTC).replace(tzinfo=None)
    later = local_date(now, workspace.zone) > local_date(last, workspace.zone)
    return later and any(
        file.source is not None
        and (file.source.entity, file.source.layout) == ("deal", "rows")
        and file.outcome.unchanged > 0
        for file in c.done.mapped
    )


@contextmanager
def checked(workspace: Workspace, path: Path, rehearsal: bool, tell: Tell, told: Told, pace: Pace) -> Iterator[Checked]:
    """Everything up to the writing, under the publisher's lock: read, mapped, checked, compared."""
    paths, skipped = files_of(path)
    entities, stages = usable(workspace)
    with publisher(workspace.state, entities, stages, workspace.zone, rehearsal=rehearsal) as p:
        fresh = p.base is None or p.base.definitions != definitions_hash(workspace)
        p.begin(fresh)
        done = ImportRun(p.run, [], [], [], skipped, rehearsal)
        _read(p, done, paths, tell, pace)
        wrong = answers_checked(told.answers, (header for file in done.files for header in file.evidence.header))
        if wrong:
            raise Stop(*wrong, exit_code=USAGE)
        done.written += map_files(p, workspace, done.files, done.issues, told)
        if not done.mapped:
            nothing = Issue(
                "import", "no file could be understood", "so nothing was imported", "map its columns by hand"
            )
            raise Stop(*(done.issues or [nothing]), exit_code=FAILURE)
        done.written += repair(p, workspace, done.mapped)
        done.issues += keep_out(p, workspace, done.mapped)
        pace.at(_MAPPED)
        after = with_proposed(workspace, p.work)
        # A definition that stood before and now reads otherwise changes what earlier runs said too.
        fresh = fresh or any((workspace.root / name).exists() for name in done.written)
        earlier = _compare(p, after, done, fresh, told, tell, pace)
        yield Checked(p, done, earlier, after, fresh)


def _read(p: Publisher, done: ImportRun, paths: Sequence[Path], tell: Tell, pace: Pace) -> None:
    """Every table of every file, loaded as text."""
    scratch = p.work / "read"
    scratch.mkdir()
    if sum(_unpacked(path) for path in paths) > _LARGE:
        engine.lean(p.con)
    for path in paths:
        tell(f"reading {path.name}")
        for evidence in tables(path, scratch):
            mended = {"_reason", "_fix"} <= set(evidence.header)
            done.issues += [issue for issue in evidence.issues if not (mended and issue.code == "renamed")]
            if any(issue.level == "error" for issue in evidence.issues):
                done.skipped.append(f"{evidence.name}: not readable")
                continue
            number = len(done.files)
            rows = load(p.con, evidence, f"raw_{number}")
            rows += len(ragged(p.con, f"raw_{number}"))
            file = FileRun(evidence, f"raw_{number}", number, rows)
            if mended:
                file.mended, file.table = True, unquoted(p, file)
            done.files.append(file)
            pace.rows += rows
    engine.barrier("read")
    pace.at(_READ)


def _unpacked(path: Path) -> int:
    """About how many bytes of text a file holds; packed forms are taken to hold six times their size."""
    size = path.stat().st_size if path.is_file() else 0
    return size if path.suffix.lower() in (".csv", ".tsv", ".txt") else size * 6


def _compare(
    p: Publisher, after: Workspace, done: ImportRun, fresh: bool, told: Told, tell: Tell, pace: Pace
) -> Earlier:
    """Check every row and compare it with the record; returns what stood before, by entity."""
    p.entities, p.stages = usable(after)
    for entity in p.entities.values():
        create(p.con, entity)
    now = clock.now()
    ids: dict[int, str] = {}
    for file in done.mapped:
        assert file.mapping is not None
        headers = file.evidence.header
        skipped = f"SELECT count(*) FROM {file.table} WHERE {skipped_sql(file.mapping, headers)}"
        file.passed = int(p.con.execute(skipped).fetchall()[0][0]) if file.mapping.skip else 0
        file.read -= file.passed
        reject(p, after, file, done.issues)
        source = source_of(after, file.mapping, p.entities, p.stages, file.good, headers, p.run, file.number, now)
        # A rejected row is in the file all the same, and so is its record.
        every = (
            source
            if not file.rejected
            else source_of(after, file.mapping, p.entities, p.stages, file.table, headers, p.run, file.number, now)
        )
        ids[file.number] = every.query
        # A mended file of rejected rows is never the whole of anything.
        file.source = replace(source, full=(source.full or told.whole) and not file.mended)
        file.beside = beside(after, file.source, file.mapping, p.entities, file.good, headers)
    give_back(p, done.mapped)
    pace.at(_CHECKED)
    tell("comparing with the record")
    earlier = standing_sources(after, p.base.runs if p.base else (), p.entities, p.stages)
    if fresh:
        for name, sources in earlier.items():
            p.refold(name, sources)
    for file in done.mapped:
        assert file.source is not None and file.mapping is not None
        loaded = p.load(file.source)
        file.outcome = compare(p, file.source, loaded, earlier.get(file.source.entity, []))
        # A row that tells nothing (a history row of a field nobody mapped) leaves the record as it was.
        silent = file.read - file.rejected - file.outcome.new - file.outcome.changed - file.outcome.unchanged
        file.outcome = replace(file.outcome, unchanged=file.outcome.unchanged + max(silent, 0))
        o = file.outcome
        if o.new + o.changed + o.unchanged + file.rejected != file.read:
            raise AssertionError(f"{file.name}: {file.read} read, but {o} and {file.rejected} rejected")
    done.issues += contradictions(p, done.mapped)
    _removed(p, done)
    for file in done.mapped:
        done.totals += totals(p.con, file)
        done.differences += differences(p, file)
    done.scopes = scopes(p, done.mapped, ids)
    pace.at(_COMPARED)
    return earlier


def _removed(p: Publisher, done: ImportRun) -> None:
    """What declared full exports no longer have. A file with rejected rows proves nothing to be gone."""
    full: dict[tuple[str, str], list[FileRun]] = {}
    for file in done.mapped:
        if file.source and file.mapping and file.source.full and file.source.layout == "rows":
            full.setdefault((file.mapping.entity, file.mapping.source), []).append(file)
    for (_, origin), files in full.items():
        rejecting = [file.name for file in files if file.rejected]
        if rejecting:
            what = "a full export with rejected rows: nothing is taken to be gone"
            done.issues.append(
                Issue(
                    ", ".join(rejecting),
                    what,
                    "a rejected row may be the one that seems to lack",
                    "mend the rows and import the file again",
                    level="warning",
                )
            )
            continue
        sources = [file.source for file in files if file.source]
        table, count = missing(p, sources, [p.load(source) for source in sources], origin)
        if count:
            files[0].missing = table
            files[0].outcome = replace(files[0].outcome, removed=count)
