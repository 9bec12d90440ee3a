"""Which mapping reads which file? The workspace's own where it fits, else a proposal, written down to be edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from saleswright.data.imports.amend import amended_text, answered, chosen, widened
from saleswright.data.imports.definitions import propose, with_proposed
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.fit import Fit, columns_of, fit
from saleswright.data.imports.names import Names, names_on_record
from saleswright.data.imports.replay import usable
from saleswright.data.imports.stages import declare_stages
from saleswright.data.imports.told import Told
from saleswright.data.mapping.guess import Facts, Guess, guess
from saleswright.data.mapping.model import Mapping, read_mapping, read_mappings
from saleswright.data.mapping.named import MOST, by_name
from saleswright.data.mapping.repairs import Repair, known_keys, near_misses
from saleswright.data.mapping.stages import stages_in
from saleswright.data.mapping.write import mapping_yaml, scalar
from saleswright.history.facts import FOREVER, quoted
from saleswright.history.release import Publisher, manifest
from saleswright.history.schema import Entity
from saleswright.kernel.definition import read_definitions
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue

_NAMED = 1_000_000  # records; among more than that no near miss is looked for


def map_files(p: Publisher, workspace: Workspace, files: list[FileRun], issues: list[Issue], told: Told) -> list[str]:
    """Give every file its mapping, and the workspace the stages it has not declared; the names of definitions proposed.

    A mapping of the workspace reads what it fits. Where the file has changed, or an answer was given, a fresh guess says
    only what the mapping did not know.
    """
    # A stage map comes first: an event log's activities are stages only where the map says so.
    known, stages = usable(workspace)
    own, problems = read_mappings(workspace, known)
    issues += problems
    fits = {file.number: found for file in files if (found := fit(p, own, file)) is not None}
    declared = set(stages.stages)
    anew = [file for file in files if _ask_again(p, fits.get(file.number), file, told, declared)]
    facts = Facts(
        workspace.currency,
        stages,
        known,
        taken=_taken(p, workspace),
        answers=told.answers,
        choices=told.choices,
        fiscal_start=workspace.calendar.start_month,
    )
    made_of = dict(
        zip([f.number for f in anew], guess([(f.evidence, f.table) for f in anew], p.con, facts), strict=True)
    )
    before = _otherwise(p, [f for f in anew if f.number in fits and told.about(f.name)], facts)
    written: list[str] = []
    standings: dict[str, str] = {}
    for file in files:
        found, made = fits.get(file.number), made_of.get(file.number)
        if made is not None:
            standings |= made.standings
        if found is not None and _keeps(found, made, file):
            _by_own(workspace, p, told, file, found, made, before.get(file.number, []), known, issues, written)
            continue
        if made is None or made.definition is None:
            issues += made.issues if made else ()
            continue
        issues += made.issues
        name = f"definitions/mappings/{made.definition.name}.yaml"
        file.mapping, problems = read_mapping(propose(p.work, name, mapping_yaml(made)), known)
        issues += problems
        _guessed(file, made)
        written.append(name)
    return written + declare_stages(p, workspace, files, standings, declared, issues)


def _ask_again(p: Publisher, found: Fit | None, file: FileRun, told: Told, declared: set[str]) -> bool:
    """Is a fresh guess of the file worth its time?"""
    if file.mended and found is not None:
        return False
    if found is None or found.broken or found.turned or not found.named or told.about(file.name):
        return True
    if columns_of(found.mapping) != set(file.evidence.header):
        return True
    return any(stage.strip().casefold() not in declared for stage in stages_in(p.con, found.mapping, file.table))


def _keeps(found: Fit, made: Guess | None, file: FileRun) -> bool:
    """Does the workspace's mapping read the file? Not one that cannot tell its rows apart, nor one made for another kind
    of record, when only the columns are the same."""
    if found.broken:
        return False
    if made is None or made.mapping is None or found.named:
        return True
    return (made.mapping.entity, made.mapping.layout) == (found.mapping.entity, found.mapping.layout)


def _otherwise(p: Publisher, files: list[FileRun], facts: Facts) -> dict[int, list[Guess]]:
    """What would be guessed of each file with other answers: without any first, then with each option of the question
    that is answered. What the answers decide is where these differ."""
    if not files:
        return {}
    given = [(f.evidence, f.table) for f in files]
    plain = replace(facts, answers={}, choices={})
    rounds = [guess(given, p.con, plain)]
    asked = {q.code: q for made in rounds[0] for q in made.questions if q.code in facts.answers}
    for code, question in asked.items():
        rounds += [guess(given, p.con, replace(plain, answers={code: option.value})) for option in question.options]
    return {file.number: [made[place] for made in rounds] for place, file in enumerate(files)}


def _by_own(
    workspace: Workspace,
    p: Publisher,
    told: Told,
    file: FileRun,
    found: Fit,
    made: Guess | None,
    otherwise: list[Guess],
    known: dict[str, Entity],
    issues: list[Issue],
    written: list[str],
) -> None:
    """Read a file by the workspace's mapping, changed where the file or an answer asks for it."""
    mapping = file.mapping = found.mapping
    file.like = "" if found.named else mapping.name
    body = dict(mapping.definition.body)
    name = mapping.definition.file
    if made is not None and made.definition is not None:
        fresh = dict(made.definition.body)
        if otherwise:
            others = [dict(other.definition.body) for other in otherwise if other.definition is not None]
            body = answered(mapping, others, fresh)
            body = chosen(body, fresh, told.choices.get(file.name, {}))
            file.answered = any(q.code in told.answers for q in otherwise[0].questions)
            _guessed(file, made)
        wide = widened(
            replace(mapping, definition=replace(mapping.definition, body=body)),
            fresh,
            file.evidence.header,
            found.turned,
        )
        if wide is not None:
            body, same_file = wide
            name = name if same_file else f"definitions/mappings/{made.definition.name}.yaml"
    if body == dict(mapping.definition.body):
        issues += found.lacking
        return
    text = ""
    if name == mapping.definition.file:
        text = amended_text((workspace.root / name).read_text(encoding="utf-8"), mapping.definition.body, body)
        if not text and len(read_definitions(workspace.root / name, name)[0]) > 1:
            what = "the answer changes this mapping, which stands with others in one file"
            issues.append(
                Issue(name, what, "so it was left as it is", "write it by hand, or give it a file of its own")
            )
            return
    assert made is not None and made.definition is not None
    named = mapping.name if name == mapping.definition.file else made.definition.name
    changed = replace(made, definition=replace(made.definition, name=named, body=body))
    file.mapping, problems = read_mapping(propose(p.work, name, text or mapping_yaml(changed)), known)
    issues += problems
    written.append(name)
    new = [c for c in file.evidence.header if c not in columns_of(mapping)]
    if named == mapping.name:
        issues += found.lacking
    if new or found.turned:
        what = f"read as before, but for {', '.join(map(repr, [*new, *found.turned]))}"
        issues.append(Issue(file.name, what, "the file has changed", f"see {name}", level="note", code="amended"))


def _guessed(file: FileRun, made: Guess) -> None:
    file.guessed, file.columns, file.questions = _evidence(made), made.columns, made.questions
    file.assumed = tuple(issue for issue in made.issues if issue.level == "warning")


def _taken(p: Publisher, workspace: Workspace) -> frozenset[str]:
    """Names of mappings that a proposal may not take: the workspace's own, and those earlier imports were read by."""
    files = {path.stem for path in (workspace.root / "definitions").rglob("*.yaml")}
    used = {file["mapping"] for run in (p.base.used if p.base else ()) for file in manifest(p.state, run)["files"]}
    return frozenset({d.name for d in workspace.all("mapping")} | files | used)


def _evidence(made: Guess) -> tuple[str, ...]:
    found = [made.said] if made.said else []
    return (*found, *(f"{column.header}: {column.said}" for column in made.columns if column.said))


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
            if mapping.source not in on_record:
                on_record[mapping.source] = names_on_record(p, named, mapping.source)
            lists, ids = on_record[mapping.source]
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
