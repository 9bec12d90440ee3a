"""For which rows does a test of a rule hold? The words of the metrics' tests as the SQL of one row.

The metrics compile the same words to Ibis (measure/metrics/query.py); a law holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saleswright.history.engine import value_text
from saleswright.measure.metrics.conditions import Test

_SIGNS = {"above": ">", "before": "<", "to": "<", "after": ">", "from": ">="}


# Days that move with the as-of day and so are bound as it is; those of a period asked for have no meaning here.
NAMED = {"as_of": "$day"} | {name: f"$day_{name}" for name in ("this_quarter", "next_quarter", "quarter_after")}


def texts(test: Test, columns: Mapping[str, str]) -> Test:
    """A checked test in which numbers listed for a text field are texts, as they are meant."""
    return {field: _text(wanted) if columns.get(field) == "VARCHAR" else wanted for field, wanted in test.items()}


def _text(wanted: Any) -> Any:
    if isinstance(wanted, (list, tuple)):
        return [str(one) for one in wanted]
    if isinstance(wanted, Mapping):
        return {operator: _text(value) if operator == "not" else value for operator, value in wanted.items()}
    return wanted


def condition(test: Test, column: Callable[[str], str]) -> str:
    """The SQL of a checked test; `column` gives the SQL of a field. Nothing told is never a yes."""
    return (
        " AND ".join(f"coalesce({_one(column(field), wanted, column)}, false)" for field, wanted in test.items())
        or "true"
    )


def _one(field: str, wanted: Any, column: Callable[[str], str]) -> str:
    if isinstance(wanted, Mapping):
        return " AND ".join(f"({_operator(field, str(op), value, column)})" for op, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return f"{field} IN ({', '.join(value_text(one) for one in wanted)})"
    return f"{field} = {value_text(wanted)}"


def _operator(field: str, operator: str, value: Any, column: Callable[[str], str]) -> str:
    if operator == "not":
        return f"NOT coalesce({_one(field, value, column)}, false)"
    if operator == "has":
        words = value if isinstance(value, (list, tuple)) else [value]
        return " OR ".join(f"contains(lower({field}), {value_text(str(word).lower())})" for word in words)
    if operator == "is":
        return f"{field} IS {'NULL' if value == 'missing' else 'NOT NULL'}"
    if operator == "older":
        return f"{field}::DATE < $day - {int(value)}"
    if operator == "same":
        return f"{field}::DATE = {column(str(value))}::DATE"
    if operator == "within":
        other = f"{column(str(value['of']))}::DATE"
        return f"{field}::DATE >= {other} AND {field}::DATE <= {other} + {int(value['days'])}"
    sign = _SIGNS[operator]
    if operator == "above":
        return f"{field} {sign} {value_text(value)}"
    return f"{field}::DATE {sign} {NAMED.get(value) or value_text(value)}"
