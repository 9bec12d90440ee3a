"""How is a question said to Spark? The words of DuckDB put into Spark's, in this one place.

Expressions are compiled for Spark by Ibis (`compiled.py`). What is written by hand, or composed of compiled texts, is
DuckDB's SQL and is translated here. Every difference that would pass in silence has a line of its own, and a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from saleswright.history.schema import standard

if TYPE_CHECKING:
    from sqlglot import exp

_KINDS = ((bool, ""), (datetime, "TIMESTAMP_NTZ"), (date, "DATE"), (list, "ARRAY<STRING>"), (tuple, "ARRAY<STRING>"))


def kinds(params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(name, Spark type) of the values that are handed over as text and become what they are in the query."""
    return tuple(
        (name, next((sql for kind, sql in _KINDS if isinstance(value, kind)), "")) for name, value in params.items()
    )


def argument(value: Any) -> Any:
    """A bound value as Spark takes it: instants and days as text, which no zone of any machine touches."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    return value


def bound(name: str, kind: str) -> exp.Expression:
    """A named parameter of a Spark query, of the type it is to have."""
    from sqlglot import exp

    marker = exp.Placeholder(this=name)
    return exp.cast(marker, exp.DataType.build(kind, dialect="spark")) if kind else marker


@lru_cache(maxsize=512)
def translated(sql: str, typed: tuple[tuple[str, str], ...]) -> str:
    """DuckDB's SQL in Spark's words. Parameters keep their names."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, dialect="duckdb")
    types = dict(typed)
    tree = _with_types(tree, types)

    def word(node: exp.Expression) -> exp.Expression:
        if isinstance(node, (exp.Placeholder, exp.Parameter)) and node.name:
            return bound(node.name, types.get(node.name, ""))
        if isinstance(node, exp.ArgMax):
            # DuckDB passes over rows without a value; Spark would answer that there is none.
            told = exp.func("max_by", node.this, node.expression)
            return exp.Filter(
                this=told, expression=exp.Where(this=exp.Is(this=node.this.copy(), expression=exp.null()).not_())
            )
        return node

    return str(tree.transform(word).sql(dialect="spark"))


def _with_types(tree: Any, types: Mapping[str, str]) -> Any:
    return tree
