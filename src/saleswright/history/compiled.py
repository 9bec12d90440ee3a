"""How is an expression asked twice without thinking twice? Compiled once to text with named parameters, kept on disk.

A warm call reads the text and runs it on DuckDB; Ibis is imported only when the text is missing. The same question is
compiled in Spark's words when a reader on Spark asks for them.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from saleswright.kernel.definition import digest

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kinds = tuple[tuple[str, str], ...]
# Raised whenever the meaning of a compiled expression changes with the engine's own code.
CONVENTIONS = 9


@cache
def versions() -> str:
    """What compiled text depends on beside the definition."""
    from importlib.metadata import version

    return f"{CONVENTIONS}/{version('saleswright')}/{version('ibis-framework')}/{duckdb.__version__}"


Dialect = Literal["duckdb", "spark"]
_memory: dict[tuple[Path, str], str] = {}


class Text(str):
    """The text of a question in DuckDB's words, which knows how to say itself in Spark's."""

    __slots__ = ("_ask",)
    _ask: Callable[[Kinds], str]

    def spark(self, kinds: Kinds) -> str:
        """The same expression in Spark's words. kinds: the types of the parameters that are handed over as text."""
        return self._ask(kinds)


def compiled(folder: Path, question: Any, build: Callable[[], ir.Table]) -> Text:
    """The SQL for a question (plain data that says it whole), from memory, from `folder`, or built now."""
    text = Text(_kept(folder, question, build, "duckdb"))
    text._ask = lambda kinds: _kept(folder, question, build, "spark", kinds)
    return text


def key_of(question: Any, dialect: Dialect, kinds: Kinds = ()) -> str:
    """What the text of a question is kept under: the whole question, what compiles it, and in whose words."""
    return digest([question, versions(), *([dialect, kinds] if dialect != "duckdb" else [])], 20)


def _kept(folder: Path, question: Any, build: Callable[[], ir.Table], dialect: Dialect, kinds: Kinds = ()) -> str:
    key = key_of(question, dialect, kinds)
    found = _memory.get((folder, key))
    if found is not None:
        return found
    path = folder / f"{key}.json"
    try:
        sql = str(json.loads(path.read_text(encoding="utf-8"))["sql"])
    except (OSError, ValueError, KeyError):
        sql = compile_text(build(), dialect, kinds)
        keep_json(path, {"question": question, "sql": sql})
    _memory[(folder, key)] = sql
    return sql


def keep_json(path: Path, content: dict[str, Any]) -> None:
    """Put a small file into the state folder, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as out:
            json.dump(content, out, default=str)
        os.replace(out.name, path)
    except OSError:
        # A workspace that cannot be written to still answers; it only compiles again next time.
        return


def compile_text(expression: ir.Table, dialect: Dialect = "duckdb", kinds: Kinds = ()) -> str:
    """The SQL of an expression, its sentinels replaced by named parameters."""
    import ibis
    import sqlglot
    from sqlglot import exp

    from saleswright.history.rows import COUNTS, DAYS, MOMENTS
    from saleswright.history.spark_text import bound

    spark = dialect == "spark"
    page = expression.op()
    if spark and isinstance(page, ibis.expr.operations.Limit):
        # Ibis would number the rows instead of passing over some, and show their numbers.
        inner = compile_text(page.parent.to_expr(), dialect, kinds)
        whole: Any = sqlglot.parse_one(inner, dialect=dialect)
        return str(whole.limit(bound("page_size", "")).offset(bound("page_start", "")).sql(dialect=dialect))
    written = "pyspark" if spark else dialect
    # Loading the engine sets its options, without which no number with a fraction can be written.
    if spark:
        getattr(ibis, written)
    tree = sqlglot.parse_one(str(ibis.to_sql(expression, dialect=written)), dialect=dialect)
    days = {(d.year, d.month, d.day): name for name, d in DAYS.items()}
    moments = {(m.year, m.month, m.day): name for name, m in MOMENTS.items()}
    said = {m.isoformat(): name for name, m in MOMENTS.items()}
    counts = {str(value): name for name, value in COUNTS.items()}
    types = dict(kinds)

    def numbers(node: exp.Expression) -> tuple[int, ...]:
        return tuple(int(float(n.name)) for n in node.find_all(exp.Literal))[:3]

    def bind(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Array) and len(node.expressions) == 1:
            inner = node.expressions[0]
            if isinstance(inner, exp.Literal) and inner.is_string and (m := re.fullmatch(r"__(\w+)__", inner.name)):
                if spark:
                    return bound(m[1], "ARRAY<STRING>")
                return exp.Cast(this=_named(m[1]), to=exp.DataType.build("VARCHAR[]", dialect="duckdb"))
        if isinstance(node, exp.Literal):
            if node.is_string and (m := re.fullmatch(r"__(\w+?)__", node.name)):
                return _named(m[1])
            if not node.is_string and node.name in counts:
                return _named(counts[node.name])
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.name in said:
            return _named(said[node.this.name])
        if spark and isinstance(node, (exp.DateTrunc, exp.TimestampTrunc)):
            # Of a day, and so a day: Spark would make an instant of it.
            return exp.cast(node.copy(), "DATE")
        sql_name = node.sql_name().upper() if isinstance(node, exp.Func) else ""
        if isinstance(node, exp.Anonymous):
            sql_name = node.name.upper()
        if ("DATE" in sql_name and "FROM" in sql_name) or sql_name == "MAKE_DATE":
            name = days.get(numbers(node))  # type: ignore[arg-type]
            if name:
                return _named(name)
        if ("TIMESTAMP" in sql_name and "FROM" in sql_name) or sql_name == "MAKE_TIMESTAMP":
            name = moments.get(numbers(node))  # type: ignore[arg-type]
            if name:
                return _named(name)
        return node

    def _named(name: str) -> exp.Expression:
        return bound(name, types.get(name, "")) if spark else exp.Placeholder(this=name)

    return str(tree.transform(bind).sql(dialect=dialect))
