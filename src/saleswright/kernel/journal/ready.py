"""How is a statement run that is run for every change? Written once as an expression, turned into SQL once for each kind of
database, and handed to the driver as text with its values: putting it together anew takes many times as long as running it.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any


class Ready:
    """A statement with named values. Call it with a connection and the values; lists ("in") are not among them."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._known: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}
        self._row: Any = None

    def __call__(self, con: Any, **values: Any) -> Any:
        """Run it; gives the result, whose rows have the columns' names."""
        text, names, fixed = self._known.get(con.dialect.name) or self._written(con)
        if fixed:
            values = {**fixed, **values}
        given = values if names is None else tuple([values[name] for name in names])
        if con.dialect.name != "sqlite":
            return con.exec_driver_sql(text, given)
        # The driver's own cursor, in the transaction that the connection began: a quarter of the way through SQLAlchemy.
        try:
            cursor = con.connection.dbapi_connection.execute(text, given)
        except sqlite3.IntegrityError as error:
            from sqlalchemy.exc import IntegrityError

            # Without the values, which may be anybody's words.
            raise IntegrityError(text, None, error) from None
        if cursor.description is None:
            return Done([], cursor.rowcount)
        if self._row is None:
            columns = [str(column[0]) for column in cursor.description]
            row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
            self._row = row._make
        made = self._row
        return Done([made(row) for row in cursor.fetchall()], cursor.rowcount)

    def _written(self, con: Any) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        made = self._make().compile(dialect=con.dialect)
        names = tuple(made.positiontup) if made.positional else None
        fixed = {name: value for name, value in made.params.items() if value is not None}
        self._known[con.dialect.name] = str(made), names, fixed
        return self._known[con.dialect.name]


def plainly(con: Any, text: str) -> None:
    """Run a text without values that gives nothing."""
    if con.dialect.name == "sqlite":
        con.connection.dbapi_connection.execute(text)
    else:
        con.exec_driver_sql(text)


class Done:
    """What a statement gave: all its rows, which are few, and how many it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:
        """The first row; None where there is none."""
        return self._rows[0] if self._rows else None
