"""What would a change do to the headline figures? The same record, with the new values laid over the old ones, measured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saleswright.history.engine import Reader, value_text
from saleswright.history.release import release_path
from saleswright.history.schema import Entity
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.change import ChangeRequest, Line, Shift
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.listed import FIRST

FIGURES = (*FIRST, "won_value")
# What follows from a stage in the record: whether it is open, and of what is decided the day.
DECIDED = ("won", "lost")


def preview(at: Snapshot, request: ChangeRequest) -> list[Shift]:
    """The headline figures before and after, under the proposer's own eyes; none where no line is a field they stand on."""
    views = overlay(at, request.lines)
    if not views or not isinstance(at.reader, Reader):
        return []
    found = metrics_in_force(at)
    reader = at.reader.over(release_path(at.workspace.state, at.release.number), views)
    try:
        after = Snapshot(**{name: getattr(at, name) for name in at.__dataclass_fields__} | {"reader": reader})
        return [made for name in FIGURES if name in found for made in _shift(at, after, name)]
    finally:
        reader.close()


def _shift(at: Snapshot, after: Snapshot, name: str) -> list[Shift]:
    try:
        one, other = (evaluate(eyes, ask(eyes, name)).total for eyes in (at, after))
    except Stop:
        return []  # a figure that this person, or this record, does not have
    label = one.label or one.name
    return [Shift(name, label, one.unit, _value(one), _value(other), one.ref, one.reason or other.reason)]


def _value(figure: Figure) -> Any:
    return figure.value


def overlay(at: Snapshot, lines: Sequence[Line]) -> list[str]:
    """Statements that lay these new values over the tables, for the versions that stand now."""
    by_table: dict[str, dict[str, dict[str, Any]]] = {}
    for line in lines:
        kind = at.schema.get(line.entity)
        if kind is not None and line.field in kind.by_name and not kind[line.field].personal:
            by_table.setdefault(line.entity, {}).setdefault(line.subject, {})[line.field] = line.new
    return [_view(at, at.schema[table], changes) for table, changes in by_table.items()]


def _view(at: Snapshot, kind: Entity, changes: Mapping[str, Mapping[str, Any]]) -> str:
    changed = list(dict.fromkeys(name for new in changes.values() for name in new))
    rows = []
    columns = list(changed)
    standing = _standings(at, changes) if kind.name == "deal" and "stage" in changed else {}
    if standing:
        columns += ["standing"] + (["closed"] if "closed" not in columns else [])
    for id_, new in changes.items():
        values = dict(new)
        if standing and "stage" in new:
            values["standing"] = standing.get(new["stage"], "open")
            if values["standing"] in DECIDED:
                values.setdefault("closed", new.get("closed") or new.get("expected_close") or at.day)
        cells = [part for name in columns for part in (value_text(name in values), _sql(values.get(name)))]
        rows.append(f"({value_text(id_)}, {', '.join(cells)})")
    heads = ", ".join(f"has_{place}, new_{place}" for place in range(len(columns)))
    types = dict(kind.columns)
    now = (
        f"d.valid_from <= {value_text(at.t)} AND d.valid_to > {value_text(at.t)} AND "
        f"d.known_from <= {value_text(at.k)} AND d.known_to > {value_text(at.k)}"
    )
    replaced = ", ".join(
        f'CASE WHEN c.has_{place} AND {now} THEN c.new_{place}::{types[name]} ELSE d."{name}" END AS "{name}"'
        for place, name in enumerate(columns)
    )
    # The file's own table, below the view of the same name.
    table = f'"{release_path(at.workspace.state, at.release.number).stem}".main."{kind.name}"'
    return (
        f'CREATE TEMP VIEW "{kind.name}" AS SELECT d.* REPLACE ({replaced}) FROM {table} d '
        f"LEFT JOIN (VALUES {', '.join(rows)}) c(id, {heads}) ON c.id = d.id"
    )


def _standings(at: Snapshot, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What a stage means, as the record itself has it: the standing that most of its versions have."""
    stages = sorted({str(new["stage"]) for new in changes.values() if new.get("stage")})
    sql = "SELECT stage, mode(standing) FROM deal WHERE list_contains($stages::VARCHAR[], stage) GROUP BY stage"
    return {str(stage): str(meant) for stage, meant in at.reader.rows(sql, {"stages": stages})}


def _sql(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value.minor) if isinstance(value, Money) else value_text(value)
