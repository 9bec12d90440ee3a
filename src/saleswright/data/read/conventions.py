"""Which conventions does a file keep? Order of dates and decimal mark, where one column decides for others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from saleswright.data.read import forms
from saleswright.lib.issue import Issue

Kind = Literal["empty", "date", "moment", "number", "bool", "currency", "email", "text"]
WHOLE = "whole numbers"


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """What was seen in one column.

    `format` is the order of a date (see `forms.ORDERS`), the decimal mark of a number, or empty; `evidence` is the
    sentence behind it. `distinct` is exact for dates, numbers and truths, near for long text; `unreadable` counts
    distinct values that are not of the kind. `percent` tells a % sign, `currencies` the codes or signs beside numbers
    (`signed`: beside all of them), `last` a day so far off (year 3000 and after) that it stands for no end.
    """

    kind: Kind
    format: str = ""
    evidence: str = ""
    samples: tuple[str, ...] = ()
    distinct: int = 0
    empty: int = 0
    unreadable: int = 0
    rows: int = 0
    percent: bool = False
    zoned: bool = False
    timed: bool = False
    currencies: tuple[str, ...] = ()
    undecided: bool = False
    over_one: bool = False
    last: str = ""
    signed: bool = False

    @property
    def filled(self) -> int:
        """Rows with a value."""
        return self.rows - self.empty


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a table, the conventions they share, and what had to be assumed."""

    by_name: dict[str, ColumnEvidence]
    dates: str = "ymd"
    decimal: str = "."
    issues: tuple[Issue, ...] = ()


def order_of_dates(
    columns: dict[str, ColumnEvidence], delimiter: str, decimal: str, where: str
) -> tuple[str, list[Issue]]:
    """The order of the file's dates; a column that does not tell follows the others, else what the file is like."""
    votes: Counter[str] = Counter()
    for seen in columns.values():
        if seen.kind in ("date", "moment") and not seen.undecided:
            votes[seen.format] += seen.distinct
    undecided = {h: seen for h, seen in columns.items() if seen.undecided and seen.kind in ("date", "moment")}
    numeric = [order for order, _ in votes.most_common() if order in ("dmy", "mdy")]
    order = votes.most_common(1)[0][0] if votes else "ymd"
    if not undecided:
        return order, []
    if numeric:
        because, assumed, level = "the other dates of this file say so", numeric[0], "note"
    elif delimiter == ";" or decimal == ",":
        because, assumed, level = "the delimiter or the decimal comma says it is European", "dmy", "warning"
    elif any("am/pm" in seen.currencies for seen in undecided.values()):
        because, assumed, level = "its times are written with am and pm", "mdy", "warning"
    else:
        because, assumed, level = "nothing in the file says otherwise", "dmy", "warning"
    other = "mdy" if assumed == "dmy" else "dmy"
    return assumed, [
        Issue(
            where,
            f"{', '.join(undecided)}: {next(iter(undecided.values())).samples[0]} can be read day first or month first",
            f"read {forms.ORDERS[assumed]}, because {because}",
            f"if that is wrong write dates: {other} in the mapping",
            level=level,  # type: ignore[arg-type]
            code="date_order_assumed",
        )
    ]


def decimal_mark(columns: dict[str, ColumnEvidence], delimiter: str, where: str) -> tuple[str, list[Issue]]:
    """The decimal mark of the file, by the columns that tell."""
    votes: Counter[str] = Counter()
    for seen in columns.values():
        if seen.kind == "number" and not seen.undecided and not seen.evidence.startswith(WHOLE):
            votes[seen.format] += seen.distinct
    undecided = {h: seen for h, seen in columns.items() if seen.undecided and seen.kind == "number"}
    mark = votes.most_common(1)[0][0] if votes else ""
    if not undecided:
        return mark or ".", []
    seen = next(iter(undecided.values()))
    if mark:
        because, level = "the other numbers of this file say so", "note"
    else:
        # 1,234 with a comma is thousands in English; 1.234 with a point is thousands where ; divides the values.
        mark = "," if delimiter == ";" and "1.234" in seen.evidence else "."
        because, level = "that is usual with this delimiter", "warning"
    other = "." if mark == "," else ","
    return mark, [
        Issue(
            where,
            f"{', '.join(undecided)}: {seen.samples[0]} can be read two ways",
            f"read with decimal {'comma' if mark == ',' else 'point'}, because {because}",
            f'if that is wrong write decimal: "{other}" in the mapping',
            level=level,  # type: ignore[arg-type]
            code="decimal_assumed",
        )
    ]
