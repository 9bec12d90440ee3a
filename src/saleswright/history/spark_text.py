"""How is a question said to Spark? The words of DuckDB put into Spark's, in this one place.

Expressions are compiled for Spark by Ibis (`compiled.py`). What is written by hand, or composed of compiled texts, is
DuckDB's SQL and is translated here. Every difference that would pass in silence has a rule of its own below, and a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

Kinds = tuple[tuple[str, str], ...]
# (table, (column, DuckDB type)...) of every table that a text may name.
Schema = tuple[tuple[str, Kinds], ...]
_KINDS = ((bool, ""), (datetime, "TIMESTAMP_NTZ"), (date, "DATE"), (list, "ARRAY<STRING>"), (tuple, "ARRAY<STRING>"))


def kinds(params: Mapping[str, Any]) -> Kinds:
    """(name, Spark type) of the values that are handed over as text and become what they are in the query."""
    found = (
        (name, next((sql for kind, sql in _KINDS if isinstance(value, kind)), "")) for name, value in params.items()
    )
    return tuple(sorted(found))


def argument(value: Any) -> Any:
    """A bound value as Spark takes it: instants and days as text, which no machine's zone touches."""
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
def translated(sql: str, typed: Kinds, schema: Schema) -> str:
    """DuckDB's SQL in Spark's words. Parameters keep their names; columns without one may get another."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    types = dict(typed)
    tables: dict[str, object] = {table: dict(columns) for table, columns in schema}

    def value(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Placeholder) and node.name:
            return bound(node.name, types.get(node.name, ""))
        if isinstance(node, exp.Anonymous) and node.name.lower() == "local_day":
            return exp.cast(node, "DATE")
        return node

    tree: Any = sqlglot.parse_one(sql, dialect="duckdb").transform(value)
    # What is a day and what a number is told by the tables.
    tree = qualify(
        tree, schema=tables, dialect="duckdb", quote_identifiers=False, identify=False, validate_qualify_columns=False
    )
    tree = annotate_types(tree, schema=tables, dialect="duckdb")
    # From the leaves up: what a word is made of has been put into Spark's words before.
    for node in reversed(list(tree.walk())):
        said = _word(node)
        if said is not node:
            node.replace(said)
    return str(tree.sql(dialect="spark"))


def _word(node: exp.Expression) -> exp.Expression:
    from sqlglot import exp

    if isinstance(node, exp.Sub) and _is(node.this, exp.DType.DATE) and _is(node.expression, exp.DType.DATE):
        # Days apart are a number; Spark would answer with an interval.
        return exp.cast(exp.Anonymous(this="datediff", expressions=[node.this, node.expression]), "BIGINT")
    if (
        isinstance(node, exp.Cast)
        and _is(node, *exp.DataType.INTEGER_TYPES)
        and _is(node.this, *exp.DataType.REAL_TYPES)
    ):
        # DuckDB rounds, half to even; Spark would cut.
        return exp.cast(exp.Anonymous(this="bround", expressions=[node.this]), node.to)
    if isinstance(node, exp.PercentileDisc):
        order = exp.Order(expressions=[exp.Ordered(this=node.this)])
        found = exp.WithinGroup(
            this=exp.Anonymous(this="percentile_disc", expressions=[node.expression]), expression=order
        )
        # Spark answers with a float, whatever it was asked of.
        return found if _is(node.this, *exp.DataType.REAL_TYPES) else exp.cast(found, "BIGINT")
    if isinstance(node, (exp.ArgMax, exp.ArgMin, exp.AnyValue)) and not isinstance(node.parent, exp.Filter):
        # DuckDB passes over rows without a value; Spark would answer that there is none.
        test = exp.Where(this=node.this.copy().is_(exp.null()).not_())
        return exp.Filter(this=node.copy(), expression=test)
    if isinstance(node, exp.RegexpReplace):
        return _replaced(node)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "hash":
        # Only ever told apart and put into an order by it; the order is another than DuckDB's.
        return exp.Anonymous(this="xxhash64", expressions=node.expressions)
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.UBIGINT:
        return exp.cast(node.this, "BIGINT")
    if isinstance(node, exp.RegexpFullMatch):
        pattern = exp.Literal.string(rf"\A(?:{node.expression.name})\z")
        return exp.RegexpLike(this=node.this, expression=pattern)
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    if isinstance(node, exp.Select) and node.args.get("qualify"):
        # What is chosen by a figure of the groups is chosen by its name: the sums over all groups are made before.
        for told in node.selects:
            for same in [
                one for one in node.args["qualify"].walk() if isinstance(told, exp.Alias) and one == told.this
            ]:
                same.replace(exp.column(told.alias))
    return node


def _replaced(node: exp.RegexpReplace) -> exp.Expression:
    """Java's patterns: all matches are replaced, and $ is also the place before a last line break."""
    from sqlglot import exp

    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        raise ValueError("a pattern is written down, never computed")
    text = pattern.name
    everywhere = "g" in (node.args["modifiers"].name if node.args.get("modifiers") else "")
    if not (everywhere or text.startswith("^") or text.endswith("$")):
        raise ValueError(f"{text}: only the first match would be replaced, which Spark cannot")
    if text.endswith("$"):
        text = text[:-1] + r"\z"
    parts = [node.this, exp.Literal.string(text), node.args.get("replacement") or exp.Literal.string("")]
    return exp.Anonymous(this="regexp_replace", expressions=parts)


def _is(node: exp.Expression, *kinds: Any) -> bool:
    return node.type is not None and node.type.this in kinds
