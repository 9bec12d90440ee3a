"""Which rows of a grid are sums of other rows? Told by a word, or by the numbers: a row that equals a block beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import duckdb

from saleswright.data.mapping.headers import find, synonyms
from saleswright.data.mapping.periods import is_total
from saleswright.data.mapping.proposal import Guess
from saleswright.data.mapping.rule import exact
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue

_MOST = 4_000  # rows; a longer list is no grid that somebody keeps by hand
Numbers = tuple[Decimal | None, ...]


@dataclass
class Sums:
    """The rows that are sums: a `skip:` for the mapping, how many there are, and what was found in words."""

    skip: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    said: list[str] = field(default_factory=list)

    def issues(self, where: str) -> list[Issue]:
        """What was found, as notes."""
        return [
            Issue(where, what, "so they are not counted twice", level="note", code="sums_skipped") for what in self.said
        ]


@dataclass
class _Row:
    labels: tuple[str, ...]
    numbers: Numbers
    sum_of: str = ""


def sums(con: duckdb.DuckDBPyConnection, table: str, side: Sequence[str], cells: Sequence[str], start: Guess) -> Sums:
    """The rows of a grid that only add up others. `side` are the columns that name a row, `cells` those with numbers."""
    texts = [h for h in start.evidence.header if start.seen.by_name[h].kind == "text"]
    names = [h for h in side if h in texts] or texts[:1]
    if not names or start.seen.by_name[names[0]].rows > _MOST:
        return Sums()
    name, texts = names[0], list(dict.fromkeys([*names[:1], *texts]))
    mark = start.seen.decimal
    read = ", ".join(
        [*(clean(ident(h)) for h in texts), *(forms.decimal_sql(f"({clean(ident(h))})", mark) for h in cells)]
    )
    rows = [
        _Row(tuple(str(v or "") for v in found[: len(texts)]), tuple(_decimal(v) for v in found[len(texts) :]))
        for found in con.execute(f"SELECT {read} FROM {ident(table)} ORDER BY _line").fetchall()
    ]
    done = Sums()
    _by_word(rows, texts, done)
    manager = next((i for i, h in enumerate(texts) if i and find([h], synonyms()["grids"]["manager"])), 0)
    _by_manager(rows, manager)
    _by_block(rows)
    found = [row for row in rows if row.sum_of and row.labels[0]]
    taken = Counter(row.labels[0].casefold() for row in rows if row.labels[0])
    added = [row.labels[0] for row in found if taken[row.labels[0].casefold()] == 1]
    if added:
        done.skip.setdefault(name, []).extend(exact(added))
        kinds = Counter(row.sum_of for row in found)
        shown = ", ".join(added[:4]) + (f" and {len(added) - 4} more" if len(added) > 4 else "")
        done.said.append(f"{len(added):,} rows are the sum of the rows of {kinds.most_common(1)[0][0]}: {shown}")
    done.count += len(added)
    return done


def _by_word(rows: list[_Row], texts: list[str], done: Sums) -> None:
    said = []
    for row in rows:
        for place, label in enumerate(row.labels):
            if is_total(label):
                row.sum_of = ""
                done.count += 1
                said.append(label)
                pattern = exact([label])[0]
                if pattern not in done.skip.setdefault(texts[place], []):
                    done.skip[texts[place]].append(pattern)
                row.labels = ("",) * len(row.labels)
                break
    if said:
        shown = ", ".join(list(dict.fromkeys(said))[:4])
        done.said.append(f"{len(said):,} rows are totals by their names: {shown}")


def _by_manager(rows: list[_Row], manager: int) -> None:
    """A row whose name is in the manager column of others, and whose number is the sum of theirs."""
    if not manager:
        return
    teams: dict[str, list[_Row]] = {}
    for row in rows:
        if row.labels[0] and row.labels[manager]:
            teams.setdefault(row.labels[manager].casefold(), []).append(row)
    # From the bottom up: a leader's number is the sum of reps, or of managers whose number is the sum of theirs.
    for _ in range(4):
        for row in rows:
            under = [r for r in teams.get(row.labels[0].casefold(), []) if r is not row] if row.labels[0] else []
            if (
                len(under) >= 1
                and not row.sum_of
                and _equal(row.numbers, _added(under))
                and len(_some(row.numbers)) >= 1
            ):
                row.sum_of = "their people"


def _by_block(rows: list[_Row]) -> None:
    """A row that equals the two or more rows right above it or right below it, month by month."""
    plain_rows = [row for row in rows if row.labels[0]]
    for place, row in enumerate(plain_rows):
        if row.sum_of or len(_some(row.numbers)) < 1 or not any(_some(row.numbers)):
            continue
        for step in (-1, 1):
            total: list[Decimal] = [Decimal(0)] * len(row.numbers)
            count, at = 0, place + step
            while 0 <= at < len(plain_rows) and count < 200:
                other = plain_rows[at]
                at += step
                if other.sum_of:
                    if step == -1 and count:
                        continue
                    if step == 1 and count:
                        break
                    continue
                total = [t + (n or 0) for t, n in zip(total, other.numbers, strict=True)]
                count += 1
                if count >= 2 and _equal(row.numbers, tuple(total)) and len(_some(row.numbers)) >= 2:
                    row.sum_of = "the rows above" if step == -1 else "the rows below"
                    break
            if row.sum_of:
                break


def _added(rows: Sequence[_Row]) -> Numbers:
    return tuple(
        sum((n or Decimal(0) for n in column), Decimal(0)) for column in zip(*(r.numbers for r in rows), strict=True)
    )


def _equal(one: Numbers, other: Numbers) -> bool:
    return all((a or Decimal(0)) == (b or Decimal(0)) for a, b in zip(one, other, strict=True)) and any(one)


def _some(numbers: Numbers) -> list[Decimal]:
    return [n for n in numbers if n is not None]


def _decimal(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
