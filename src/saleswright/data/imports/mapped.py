"""Which mapping reads which file? The workspace's own where its glob fits, else a proposal, written down to be edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from saleswright.data.imports.definitions import propose, with_proposed
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.names import Names, names_on_record
from saleswright.data.imports.replay import usable
from saleswright.data.imports.told import Told
from saleswright.data.mapping.dates import date_ok
from saleswright.data.mapping.guess import Facts, Guess, guess
from saleswright.data.mapping.model import Mapping, read_mapping, read_mappings
from saleswright.data.mapping.named import MOST, by_name
from saleswright.data.mapping.proposal import proposed
from saleswright.data.mapping.repairs import Repair, known_keys, near_misses
from saleswright.data.mapping.stages import meaning, propose_stages, stages_in
from saleswright.data.mapping.write import mapping_yaml, scalar, stages_yaml
from saleswright.data.read.sql import clean, ident
from saleswright.history.facts import FOREVER, quoted
from saleswright.history.release import Publisher, manifest
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue

_LOOK, _ENOUGH = 1_000, 10  # rows looked at, and values without which nothing is said
_NAMED = 1_000_000  # records; among more than that no near miss is looked for
FIXES = ("_line", "_column", "_reason", "_fix")


def map_files(p: Publisher, workspace: Workspace, files: list[FileRun], issues: list[Issue], told: Told) -> list[str]:
    """Give every file its mapping, and the workspace its first stage map; the names of definitions proposed."""
    written: list[str] = []
    # A stage map comes first: an event log's activities are stages only where the map says so.
    known, stages = usable(workspace)
    own, problems = read_mappings(workspace, known)
    issues += problems
    choices: dict[str, dict[str, str]] = {}
    standings: dict[str, str] = {}
    renewed: dict[str, Mapping] = {}
    for file in files:
        mapping, lacking = _fitting(p, own, file)
        if mapping is None:
            continue
        broken = any(issue.level == "error" for issue in lacking) or _unreadable(p, mapping, file)
        if told.about(file.name) or broken or _renamed(mapping, file):
            # Read anew, but what was decided about the columns that are still there stays decided.
            choices[file.name] = _decided(mapping, file) | dict(told.choices.get(file.name, {}))
            if told.about(file.name):
                renewed[file.name] = mapping
            continue
        issues += lacking
        file.mapping = mapping
    new = [file for file in files if file.mapping is None]
    if new:
        made_of = {file.name: choices.get(file.name, dict(told.choices.get(file.name, {}))) for file in new}
        facts = Facts(
            workspace.currency,
            stages,
            known,
            taken=_taken(p, workspace),
            answers=told.answers,
            choices=made_of,
            fiscal_start=workspace.calendar.start_month,
        )
        for file, made in zip(new, guess([(f.evidence, f.table) for f in new], p.con, facts), strict=True):
            issues += made.issues
            if made.definition is None:
                continue
            name = f"definitions/mappings/{made.definition.name}.yaml"
            before = renewed.get(file.name)
            if before is not None:
                name = before.definition.file
                body = {**made.definition.body, "file": before.file}
                made = replace(proposed(made, before.name, body, facts), issues=made.issues)
            file.mapping, problems = read_mapping(propose(p.work, name, mapping_yaml(made)), known)
            issues += problems
            file.guessed, file.columns, file.questions = _evidence(made), made.columns, made.questions
            standings |= made.standings
            file.assumed = tuple(issue for issue in made.issues if issue.level == "warning")
            written.append(name)
    return written + _stages(p, workspace, files, standings, set(stages.stages), issues)


def _fitting(p: Publisher, own: list[Mapping], file: FileRun) -> tuple[Mapping | None, list[Issue]]:
    """The workspace's mapping for a file, and what the file lacks of it: one meant for its name, the one that lacks
    least; else one whose columns are exactly the file's, for exports change their names every week."""
    meant = [(mapping, mapping.missing(file.evidence.header)) for mapping in own if mapping.reads(file.name)]
    if meant:
        unread = {m.name: len(meant) > 1 and _unreadable(p, m, file) for m, _ in meant}
        return min(meant, key=lambda f: (any(i.level == "error" for i in f[1]), unread[f[0].name], len(f[1])))
    for mapping in own:
        lacking = mapping.missing(file.evidence.header)
        if not lacking and (file.mended or _columns(mapping) == set(file.evidence.header)):
            file.like = mapping.name
            return mapping, lacking
    return None, []


def _unreadable(p: Publisher, mapping: Mapping, file: FileRun) -> bool:
    """Are most dates of a column in another order than the mapping says? Then the source has changed its ways."""
    if file.mended:
        return False
    for column, rule in mapping.rules:
        kinds = {"close" if f == "close" else p.entities[mapping.entity][f].type for f in rule.fields if f != "id"}
        if column not in file.evidence.header or not kinds & {"date", "moment", "close"}:
            continue
        ok = date_ok("v", rule.dates or mapping.dates)
        row = p.con.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {ok}) FROM"
            f" (SELECT {clean(ident(column))} AS v FROM {file.table} LIMIT {_LOOK}) WHERE v IS NOT NULL"
        ).fetchone()
        if row and row[0] >= _ENOUGH and row[1] * 2 < row[0]:
            return True
    return False


def _columns(mapping: Mapping) -> set[str]:
    """Every column a mapping names, used or not."""
    single = (mapping.at, mapping.recorded, mapping.field, mapping.value, mapping.old, mapping.deleted)
    return {*mapping.definition.body.get("columns", {}), *mapping.entered, *filter(None, single)}


def _renamed(mapping: Mapping, file: FileRun) -> bool:
    """Has the file lost a column that set something, and got one the mapping never saw? Then they may be the same."""
    have = set(file.evidence.header)
    return any(c not in have for c, _ in mapping.rules) and bool(have - _columns(mapping) - set(FIXES))


def _decided(mapping: Mapping, file: FileRun) -> dict[str, str]:
    """Column -> field, as the mapping has it, for the columns the file still has."""
    have = set(file.evidence.header)
    single = {c: rule.fields[0] for c, rule in mapping.rules if c in have and len(rule.fields) == 1}
    unused = {c: "" for c, given in mapping.definition.body.get("columns", {}).items() if given is None and c in have}
    return {**unused, **single}


def _taken(p: Publisher, workspace: Workspace) -> frozenset[str]:
    """Names of mappings that a proposal may not take: the workspace's own, and those earlier imports were read by."""
    files = {path.stem for path in (workspace.root / "definitions").rglob("*.yaml")}
    used = {file["mapping"] for run in (p.base.used if p.base else ()) for file in manifest(p.state, run)["files"]}
    return frozenset({d.name for d in workspace.all("mapping")} | files | used)


def _evidence(made: Guess) -> tuple[str, ...]:
    found = [made.said] if made.said else []
    return (*found, *(f"{column.header}: {column.said}" for column in made.columns if column.said))


def _stages(
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


def _mappings(files: Iterable[FileRun]) -> list[Mapping]:
    return [file.mapping for file in files if file.mapping is not None]


def repair(p: Publisher, workspace: Workspace, files: list[FileRun]) -> list[str]:
    """Near-miss joins become visible lines of the mapping, never silent edits; the names of definitions changed."""
    known, _ = usable(with_proposed(workspace, p.work))
    targets: dict[str, set[str]] = {}
    # Only what some file refers to is looked up: millions of deal ids would fill the memory for nothing.
    named = {
        known[m.entity][f].ref
        for m in _mappings(files)
        for _, rule in m.rules
        for f in rule.fields
        if f in known[m.entity].by_name
    }
    for file in files:
        if file.mapping is not None and file.mapping.entity in named and file.read <= _NAMED:
            keys = known_keys(p.con, file.mapping, known[file.mapping.entity], file.table)
            targets.setdefault(file.mapping.entity, set()).update(keys)
    for name in [n for n in known if n in named and known[n].by_name.get("name") and not p.is_empty(n)]:
        if known[name]["name"].personal:
            continue
        sql = f"SELECT DISTINCT name FROM {quoted(name)} WHERE valid_to = {FOREVER} AND name IS NOT NULL"
        if name in targets or name in ("account", "product"):
            targets.setdefault(name, set()).update(row[0] for row in p.con.execute(sql).fetchall())
    written: list[str] = []
    on_record: dict[str, tuple[Names, dict[str, set[str]]]] = {}
    for file in files:
        mapping = file.mapping
        if mapping is None:
            continue
        found = near_misses(p.con, mapping, known[mapping.entity], file.table, targets)
        if file.read <= _NAMED and not file.mended:
            lists, ids = on_record.setdefault(mapping.source, names_on_record(p, named, mapping.source))
            there = {(r.column, r.value) for r in found} | {
                (c, v) for c, table in mapping.repairs.items() for v in table
            }
            named_here = by_name(p.con, mapping, file.table, Facts(workspace.currency, entities=known), lists, ids)
            new = [r for r in named_here if (r.column, r.value) not in there]
            found += new if len(new) <= MOST else []
        if not found:
            continue
        file.repairs = found
        name = mapping.definition.file
        file.mapping, _ = read_mapping(propose(p.work, name, _with_repairs(p, workspace, mapping, found)), known)
        written.append(name)
    return written


def _with_repairs(p: Publisher, workspace: Workspace, mapping: Mapping, found: list[Repair]) -> str:
    """The mapping's own text with the new lines under repairs:, everything else as it stands."""
    name = mapping.definition.file
    path = p.work / name if (p.work / name).exists() else workspace.root / name
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    place = mapping.definition.lines
    for column in dict.fromkeys(r.column for r in found):
        wanted = [f"    {scalar(r.value)}: {scalar(r.target)}" for r in found if r.column == column]
        at = next((i for i, line in enumerate(lines) if line.startswith("repairs:")), -1)
        inside = place.get(f"repairs.{column}")
        if inside is not None and lines[inside - 1].rstrip().endswith(":"):
            lines[inside:inside] = wanted
        elif at >= 0 and lines[at].partition("#")[0].rstrip() == "repairs:":
            lines[at + 1 : at + 1] = [f"  {scalar(column)}:", *wanted]
        else:
            lines += [
                "repairs:  # values read as another; remove a line and rebuild to take it back",
                f"  {scalar(column)}:",
                *wanted,
            ]
    return "\n".join(lines) + "\n"
