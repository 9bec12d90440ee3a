"""A report is a table with lines around it: which of them are records, and what do the others say?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from saleswright.data.read import rows as told
from saleswright.data.read.apart import Apart
from saleswright.data.read.evidence import FileEvidence, Printed, no_rows, said_renamed, unique
from saleswright.data.read.header import Header, find, places, profile
from saleswright.data.read.kinds import empty
from saleswright.data.read.records import Record
from saleswright.data.read.rows import Rows, joined
from saleswright.data.read.sums import number
from saleswright.data.read.words import heading, record_count
from saleswright.lib.issue import Issue

Source = Callable[[], Iterable[Record]]
"""The rows of a file or a sheet, as often as they are asked for."""

_WHY = {
    told.TOTAL: "a sum of other rows",
    told.HEADER: "the header again",
    told.HEADING: "the heading of a group",
    told.PRINT: "a line about the report",
    told.SECOND: "another table below this one",
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which columns are kept, and which are filled down."""

    kept: list[int]
    names: tuple[str, ...]
    renamed: list[str]
    groups: list[int]
    headings: list[str]


def read_report(
    base: FileEvidence, source: Source, folder: Path, down: Mapping[int, int] | None = None
) -> FileEvidence:
    """The evidence with everything that stands around the records, which are set apart in `folder`.

    A text file that turns out to be plain comes back as it was, to be read as it is. `down` names columns that hold
    cells merged downwards, already filled, with the last line of them.
    """
    header = find(source())
    if header is None:
        lost = Issue(base.name, "no line of it can be a header or one of the rows", "so there is no table in it",
                     "export the table as CSV", code="no_table")  # fmt: skip
        said = lost if any(cells or reason for _, cells, _, reason in source()) else empty(base.name)
        return replace(base, issues=(*base.issues, said))
    text = base.kind == "text"
    merged = frozenset(place for place, last in (down or {}).items() if last > header.line)
    table = Rows(header, profile(source(), header), len(header.cells)).read(source())
    groups = table.groups(header.sorted)
    plain = header.line <= base.header_line and not groups and not merged
    if text and plain and not set(table.kinds) - {told.RECORD, told.BAD} and places(header.cells)[0] == 0:
        return replace(base, issues=(*base.issues, *_nameless(base, header, table)))
    plan = _plan(header, table, groups, merged)
    with Apart(folder) as apart:
        around = _write(source(), table, plan, apart, text)
    word = "line" if text else "row"
    issues = [issue for issue in base.issues if issue.code not in ("renamed", "no_rows")]
    issues += _nameless(base, header, table)
    issues += [said_renamed(base.name, plan.renamed)] if plan.renamed else []
    issues += [no_rows(base.name)] if not table.records else []
    if table.second:
        count = sum(1 for kind in table.kinds if kind == told.SECOND)
        where, what = f"{base.name}:{table.second}", f"another table seems to begin here, {count:,} {word}s of it"
        issues.append(
            Issue(where, what, "they are left out", "put it in a file or sheet of its own", "warning", "second_table")
        )
    names = [*plan.names]
    filled = [names[plan.kept.index(place)] for place in sorted({*groups, *merged}) if place in plan.kept]
    result = replace(
        base,
        rows=apart.rows,
        header=plan.names,
        header_line=header.line,
        ragged=apart.ragged,
        title=header.title,
        footer=tuple(around.footer),
        passed=tuple(around.passed),
        filled=(*filled, *names[len(plan.kept) :]),
        issues=tuple(issues),
        apart=folder,
    )
    result = replace(result, printed=tuple(_printed(table, plan, around.footer_lines)))
    return replace(result, notes=(*_first(base, result, apart), *_notes(result, table, word)))


@dataclass
class _Around:
    footer: list[str]
    footer_lines: list[tuple[int, str]]
    passed: list[tuple[int, str, str]]


def _plan(header: Header, table: Rows, groups: list[int], merged: frozenset[int]) -> _Plan:
    kept = [
        place
        for place, cell in enumerate(header.cells)
        if cell.strip() or table.fills[place] or (place in merged and table.fills[place])
    ]
    headings: list[str] = []
    own = {header.cells[place].strip().casefold() for place in kept}
    for index, kind in enumerate(table.kinds):
        if kind == told.HEADING:
            name, _, _ = heading(told.joined(table.loose[index][1]))
            place = places(table.loose[index][1])[0]
            in_own = place < len(header.cells) and header.cells[place].strip() and not table.fills[place]
            if name and not in_own and name.casefold() not in own and name not in headings:
                headings.append(name)
    names, renamed = unique([*(header.cells[place] for place in kept), *headings])
    # A column without a name is called after its place in the sheet, blank ones before it counted.
    return _Plan(kept, names, renamed, groups, headings)


def _write(source: Iterable[Record], table: Rows, plan: _Plan, apart: Apart, text: bool) -> _Around:
    around = _Around([], [], [])
    down: dict[int, str] = {}
    above = dict.fromkeys(plan.headings, "")
    width, index = table.width, -1
    for line, cells, raw, reason in source:
        if line <= table.header.line or not (reason or places(cells)):
            continue
        index += 1
        kind = table.kinds[index]
        if kind == told.BAD:
            apart.bad(line, raw, reason)
        elif kind == told.RECORD:
            if len(cells) < width if text else False:
                apart.row(line, cells, width, raw)
                continue
            if any(cells[width:]):
                apart.row(line, cells, width, raw)
                continue
            cells = _filled(cells, plan.groups, down)
            chosen = [cells[place] for place in plan.kept]
            apart.row(line, [*chosen, *above.values()], len(plan.names), raw)
        elif kind == told.FOOTER:
            around.footer.append(joined(cells))
            around.footer_lines.append((line, joined(cells)))
        else:
            around.passed.append((line, joined(cells), _WHY[kind]))
            if kind == told.HEADING:
                _head(cells, table, above, down)
    return around


def _filled(cells: list[str], groups: list[int], down: dict[int, str]) -> list[str]:
    """Group values stand in the first row of their group only; a new outer group begins new inner ones."""
    if not groups and not down:
        return cells
    cells = list(cells)
    for number_, place in enumerate(groups):
        if cells[place].strip():
            down[place] = cells[place]
            for inner in groups[number_ + 1 :]:
                down.pop(inner, None)
    for place, value in down.items():
        if not cells[place].strip():
            cells[place] = value
    return cells


def _head(cells: list[str], table: Rows, above: dict[str, str], down: dict[int, str]) -> None:
    place = places(cells)[0]
    name, text, _ = heading(joined(cells))
    if name in above:
        order = list(above)
        above[name] = text
        for inner in order[order.index(name) + 1 :]:
            above[inner] = ""
    elif place < table.width and table.header.cells[place].strip() and not table.fills[place]:
        own = table.header.cells[place].strip().casefold()
        down[place] = text if not name or name.casefold() == own else joined(cells)


def _printed(table: Rows, plan: _Plan, footer: list[tuple[int, str]]) -> list[Printed]:
    """The grand total: the last sums of the table, those of its last group left aside."""
    last = len(table.kinds)
    while last and table.kinds[last - 1] in (told.FOOTER, told.SECOND, told.PRINT):
        last -= 1
    block = []
    for total in reversed(table.totals):
        if total.index != last - 1:
            break
        block.append(total)
        last -= 1
    found: list[Printed] = []
    grand = False
    for total in reversed(block):
        first = total.first
        if first is None or first.kind != "measure":
            whole = total.covers == table.records or (first is not None and first.kind in ("grand", "total"))
            grand = whole and (first is None or first.kind != "sub" or len(table.totals) == len(block))
        if grand or (first and first.kind == "measure" and len(block) == 1):
            found += _shown(total, table, plan)
    for line, text in footer:
        if (count := record_count(text)) >= 0:
            found.append(Printed(text, "", str(count), line))
    return found


def _shown(total: told.Total, table: Rows, plan: _Plan) -> list[Printed]:
    text = joined([total.cells[place] for place in total.labels]) or "sum"
    found = []
    if any(each.count >= 0 for each in total.labels.values()):
        count = max(each.count for each in total.labels.values())
        found.append(Printed(text, "", str(count), total.line))
    measures = [each for each in total.labels.values() if each.kind == "measure"]
    numbers = [p for p in places(total.cells) if p not in total.labels and number(total.cells[p]) is not None]
    if measures and not measures[0].sums:
        if measures[0].counts and numbers:
            found.append(Printed(text, "", total.cells[numbers[0]].strip(), total.line))
        return found
    shown = [p for p in table.profile.marks if p < len(total.cells) and total.cells[p].strip() and p in plan.kept]
    right = [p for p in shown if table.sums.agrees(p, total.cells[p])]
    # Beside sums a total row may show averages; where nothing adds up all of it is told, to be looked into.
    for place in right or shown:
        column = plan.names[plan.kept.index(place)]
        found.append(Printed(text, column, total.cells[place].strip(), total.line))
    return found


def _nameless(base: FileEvidence, header: Header, table: Rows) -> list[Issue]:
    numbers = [
        place for place in table.profile.marks if place < table.width and number(header.cells[place]) is not None
    ]
    if not header.values or not numbers or len(numbers) * 2 < len(table.profile.marks):
        return []
    what = f"the first row looks like values, not names: {header.cells[numbers[0]].strip()}"
    return [
        Issue(f"{base.name}:{header.line}", what, "it was taken for the names of the columns",
              "write a row with names above it", "warning", "no_header")
    ]  # fmt: skip


def _first(base: FileEvidence, result: FileEvidence, apart: Apart) -> tuple[str, ...]:
    if base.kind != "text" or len(base.notes) < 2:
        return base.notes
    width = f"{len(result.header)} columns, {apart.rows:,} records"
    return (base.notes[0], f"{base.notes[1].split(':')[0]}: {base.lines:,} lines, {width}", *base.notes[2:])


def _notes(seen: FileEvidence, table: Rows, word: str) -> list[str]:
    notes = []
    if seen.title:
        notes.append(f"header found in {word} {seen.header_line} under a title of {_count(len(seen.title), word)}")
    elif seen.header_line > 1:
        notes.append(f"header found in {word} {seen.header_line}")
    if table.totals:
        grand = {p.line for p in seen.printed} & {t.line for t in table.totals}
        others = len(table.totals) - len(grand)
        sums = [t for t in table.totals if not (t.first and t.first.kind == "measure" and not t.first.sums)]
        agree = sum(1 for total in sums if total.covers)
        parts = [_count(others, "row") + " of subtotals"] if others else []
        parts += ["the grand total"] if grand else []
        notes.append(f"left out: {' and '.join(parts)}; {agree:,} of {len(sums):,} add up with the rows above")
    for kind, what in (
        (told.HEADER, "repeated header"),
        (told.HEADING, "group heading"),
        (told.PRINT, "line of print"),
    ):
        count = sum(1 for each in table.kinds if each == kind)
        if count:
            notes.append(f"left out: {_count(count, what)}")
    if seen.filled:
        notes.append(f"filled down from the first row of each group: {', '.join(seen.filled)}")
    if seen.footer:
        notes.append(f"footer: {_count(len(seen.footer), word)}")
    return notes


def _count(number_: int, word: str) -> str:
    return f"{number_:,} {word}{'' if number_ == 1 else 's'}"
