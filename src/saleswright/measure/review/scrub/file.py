"""How does the value come back into the CRM? As a file in the CRM's own layout: record ids and proposed values.

The headings are those of the source's own export, read from the mapping that brought it in. Only columns that some
proposal fills are in it; in a row without a proposal for a column stands what the record says now, so nothing is blanked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Cell, Column, Table
from saleswright.lib.money import Money, exponent
from saleswright.measure.review.scrub.model import Suspect
from saleswright.measure.review.scrub.record import AS_OF, rows

# Our field, and what a mapping may set instead of it.
STANDS_IN = {"expected_close": ("expected_close", "close"), "closed": ("closed", "close")}
SIMPLE = {"field", "dates", "decimal", "values", "unit", "currency"}
# What a spreadsheet takes for a formula; an export writes an apostrophe before it, which would come back into the CRM.
RUNS = tuple("=+-@＝＋－＠")
WRITTEN = {
    "ymd": "{0:04}-{1:02}-{2:02}", "dmy": "{2:02}/{1:02}/{0:04}", "mdy": "{1:02}/{2:02}/{0:04}",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How one source's export of deals is written: column and form by our field, the id column."""

    source: str
    id: str
    columns: Mapping[str, tuple[str, Mapping[str, Any]]]
    dates: str = "ymd"
    decimal: str = "."


@dataclass(frozen=True)
class FixFile:
    """The file of one source. solved: the findings, as (record id, rule), that are gone once it is in.

    lacking: fields that no column of the source's export sets. unsafe: deals that are not in it, for a text of theirs would
    run as a formula in a spreadsheet and so cannot be written back as it is.
    """

    layout: Layout
    table: Table
    values: int
    solved: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()


def layouts(at: Snapshot) -> dict[str, Layout]:
    """By source, how its deals are written: the mapping of deals, one row each, that sets most of what can be fixed."""
    found: dict[str, Layout] = {}
    for definition in at.workspace.all("mapping", at.day):
        body = definition.body
        if (
            body.get("entity") != "deal"
            or body.get("layout", "rows") != "rows"
            or not isinstance(body.get("columns"), Mapping)
        ):
            continue
        made = _layout(definition)
        best = found.get(made.source)
        if made.id and (best is None or len(made.columns) > len(best.columns)):
            found[made.source] = made
    return found


def _layout(definition: Definition) -> Layout:
    body = definition.body
    reading = body.get("read") if isinstance(body.get("read"), Mapping) else {}
    assert isinstance(reading, Mapping)
    columns: dict[str, tuple[str, Mapping[str, Any]]] = {}
    key = ""
    apart: set[str] = set()
    for column, given in body["columns"].items():
        form = given if isinstance(given, Mapping) else {"field": given}
        # A column that sets something only for some rows, or two things at once, cannot be written back.
        if not isinstance(form.get("field"), str) or set(form) - SIMPLE:
            items = given if isinstance(given, list) else [given]
            apart |= {str(one["field"]) for one in items if isinstance(one, Mapping) and "field" in one}
            continue
        if form["field"] == "id":
            key = str(column)
        else:
            columns.setdefault(form["field"], (str(column), form))
    if "stage" in apart or ("closed" in apart and not {"closed", "close"} & columns.keys()):
        # Such as a status beside the stage: whether a deal is lost is said in a column of which the other rows are not known.
        columns.pop("stage", None)
    return Layout(
        str(body.get("source", "crm")), key, columns,
        str(reading.get("dates", "ymd")), str(reading.get("decimal", ".")),
    )  # fmt: skip


def fix_files(at: Snapshot, suspects: Iterable[Suspect]) -> list[FixFile]:
    """One file for each source that has proposals for deals, the largest first."""
    by_source: dict[str, list[Suspect]] = {}
    for one in suspects:
        if one.entity == "deal":
            by_source.setdefault(one.id.split("_", 2)[1], []).append(one)
    known = layouts(at)
    files = [_file(at, known[source], mine) for source, mine in by_source.items() if source in known]
    files = [one for one in files if one.values]
    return sorted(files, key=lambda one: (-one.values, one.layout.source))


def _file(at: Snapshot, layout: Layout, suspects: list[Suspect]) -> FixFile:
    where = {name: _shown(at, layout, name) for one in suspects for name in (fix.field for fix in one.fixes)}
    lacking = tuple(sorted(name for name, held in where.items() if held is None and _proposed(suspects, name)))
    wanted = dict.fromkeys(
        fix.field for one in suspects for fix in one.fixes if fix.new is not None and where[fix.field]
    )
    if "stage" in wanted and "closed" in layout.columns:
        # A deal that is closed needs its day where the source keeps it apart from the day it is expected.
        wanted["closed"] = None
        where["closed"] = layout.columns["closed"]
    heads: dict[str, list[str]] = {}
    for name in wanted:
        held = where[name]
        if held:
            heads.setdefault(held[0], []).append(name)

    def carries(names: list[str]) -> str:
        """Whose present value a column has: the day of a deal, open or decided, is one where the source has one column."""
        held = where[names[0]]
        return "expected_close" if held and held[1].get("field") == "close" else names[0]

    now = present(at, [one.id for one in suspects], list(dict.fromkeys([*wanted, *map(carries, heads.values())])))
    made: list[tuple[Cell, ...]] = []
    solved: list[tuple[str, str]] = []
    carried: set[tuple[str, str]] = set()
    unsafe: list[str] = []
    values = 0
    for one in suspects:
        fixes = {fix.field: fix for fix in one.fixes if fix.new is not None and where[fix.field]}
        closing = any(fix.field == "stage" and fix.new is not None for fix in one.fixes)
        if not fixes or (closing and "stage" not in fixes):
            continue
        line: list[Cell] = [one.key]
        for names in heads.values():
            name = next((n for n in names if n in fixes), carries(names))
            value = fixes[name].new if name in fixes else now.get(one.id, {}).get(name)
            if name == "closed" and "stage" in fixes:
                value = at.day
            line.append(_written(layout, name, value))
        if any(isinstance(cell, str) and cell.strip()[:1] in RUNS for cell in line if cell):
            unsafe.append(one.key)
            continue
        values += len(fixes)
        made.append(tuple(line))
        carried |= {(one.key, name) for name in fixes}
    for one in suspects:
        solved += [(one.key, finding.rule) for finding in one.findings if finding.by and set(finding.by) <= carried]
    columns = (Column(layout.id, layout.id), *(Column(head, head) for head in heads))
    return FixFile(
        layout,
        Table("fixes", columns, tuple(made), f"The fix file for {layout.source}"),
        values,
        tuple(solved),
        lacking,
    )


def _shown(at: Snapshot, layout: Layout, name: str) -> tuple[str, Mapping[str, Any]] | None:
    """The column that sets a field; none where the actor may not see all that stands in it, for it is carried along."""
    held = _column(layout, name)
    if held is None:
        return None
    told = ("expected_close", "closed") if held[1].get("field") == "close" else (name,)
    return held if all(at.policy.field_allowed("deal", one) for one in told) else None


def _proposed(suspects: Iterable[Suspect], name: str) -> bool:
    return any(fix.field == name and fix.new is not None for one in suspects for fix in one.fixes)


def _column(layout: Layout, name: str) -> tuple[str, Mapping[str, Any]] | None:
    return next((layout.columns[one] for one in STANDS_IN.get(name, (name,)) if one in layout.columns), None)


def present(at: Snapshot, ids: list[str], names: list[str]) -> dict[str, dict[str, Cell]]:
    """What the record says now of these fields of deals, by our id; of a decided deal the close date is when it was."""
    names = [name for name in names if at.policy.field_allowed("deal", name)]
    plain = [name for name in names if name in at.schema["deal"].by_name and not at.schema["deal"][name].personal]
    found: dict[str, dict[str, Cell]] = {one: {} for one in ids}
    closed = "CASE WHEN standing = 'open' THEN expected_close ELSE coalesce(closed, expected_close) END"
    closed = closed if at.policy.field_allowed("deal", "closed") else "expected_close"
    columns = "".join(f", {closed}" if name == "expected_close" else f', "{name}"' for name in [*plain, "currency"])
    sql = f"SELECT id{columns} FROM deal WHERE {AS_OF} AND list_contains($ids::VARCHAR[], id)"
    for id_, *values in rows(at, sql, ids=ids):
        held = dict(zip(plain, values, strict=False))
        if held.get("amount") is not None:
            held["amount"] = Money(held["amount"], values[-1] or at.currency)
        found[id_] = held
    if "next_step" in names:
        sql = (
            "SELECT id, arg_max(coalesce(value, ''), valid_from) FROM personal WHERE entity = 'deal' AND field = 'next_step' AND "
            "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND "
            "list_contains($ids::VARCHAR[], id) GROUP BY id"
        )
        for id_, text in rows(at, sql, ids=ids):
            found[id_]["next_step"] = text or None
    return found


def _written(layout: Layout, name: str, value: Cell) -> Cell:
    """A value in the form the source's own export has it."""
    held = _column(layout, name)
    form: Mapping[str, Any] = held[1] if held else {}
    if value is None:
        return None
    if isinstance(value, date):
        order = str(form.get("dates") or layout.dates)
        return WRITTEN.get(order, WRITTEN["ymd"]).format(value.year, value.month, value.day)
    if isinstance(value, Money):
        places = exponent(value.currency)
        scaled = Decimal(value.minor).scaleb(-places) / {"thousand": 1_000, "million": 1_000_000}.get(
            str(form.get("unit")), 1
        )
        text = f"{value.minor}" if form.get("unit") == "minor" else f"{scaled:f}"
        return text.replace(".", ",") if str(form.get("decimal") or layout.decimal) == "," else text
    swapped = form.get("values")
    if isinstance(swapped, Mapping):
        back = {str(ours): str(theirs) for theirs, ours in swapped.items()}
        return back.get(str(value), str(value))
    if isinstance(value, str) and value.startswith(("person_", "account_")) and value.count("_") >= 2:
        return value.split("_", 2)[2]
    return value
