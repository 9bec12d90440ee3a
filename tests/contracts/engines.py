"""The same record for two engines, what one was asked and answered, and the same asked of the other."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from saleswright.history.compiled import Text
from saleswright.history.engine import Rows
from saleswright.history.schema import Field, entities
from saleswright.history.spark import QUIET, SparkReader
from saleswright.history.spark_text import argument, kinds, translated
from saleswright.kernel.workspace import Workspace
from tests.conftest import NIGHTLY
from tests.history.made import export, publish

# A Java that lives for a minute: its first compiler only, and one collector without threads.
BRIEF = " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
ZONE = "America/New_York"
# Nights with 23 and 25 hours, month ends, a leap day, and a day of the far future.
NIGHTS = [
    date(2026, 3, 8),
    date(2025, 11, 2),
    date(2024, 2, 29),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 3, 31),
]
CUSTOM = [
    ("deal", Field("tier", "text", dimension=True, custom=True)),
    ("deal", Field("seats", "int", custom=True)),
    ("account", Field("nps", "number", custom=True)),
]
WORDS = {
    "stage": ["talk", "demo", "offer", "won", "lost"],
    "type": ["New", "Renewal", "Expansion", "new business"],
    "currency": ["EUR", "USD", "JPY"],
    "status": ["open", "Held", "not started", "Completed", "converted", "active", "cancelled", "qualified"],
    "team": ["West", "East", "Süd", "O'Neil \\ Co $day :day"],
    "tier": ["gold", "", "ä", "${x}"],
    "kind": ["call", "meeting", "email"],
    "direction": ["in", "out"],
    "channel": ["web", "events"],
    "forecast_category": ["commit", "best case", "pipeline"],
}


def hard(space: Workspace, seed: int = 7, size: int = 160) -> None:
    """Publish a record of every entity: nulls everywhere, three currencies of which one has no rate, nights of other lengths."""
    draw = random.Random(seed)
    schema = entities(CUSTOM)
    ids = {
        name: [f"{name}_crm_{n}" for n in range(12 if name in ("person", "team", "product") else size)]
        for name in schema
    }
    files = []
    for run in (1, 2):
        for name, entity in schema.items():
            if name == "rate":
                continue
            some = ids[name] if run == 1 else draw.sample(ids[name], len(ids[name]) // 3)
            rows = [
                {"id": one, **{f.name: _value(f, draw, ids, n) for f in entity.plain}} for n, one in enumerate(some)
            ]
            files.append(export(name, run, rows, anchors=entity.anchors, kinds=schema))
    days = [{"id": f"rate_{n}", "currency": "USD", "base": "EUR", "starts": date(2024, 1 + n, 1), "rate": 1.1 + n / 97}
            for n in range(12)]  # fmt: skip
    files.append(export("rate", 1, days, kinds=schema))
    publish(space, files, CUSTOM)


def _value(field: Field, draw: random.Random, ids: Mapping[str, Sequence[str]], n: int) -> Any:
    if draw.random() < 0.12 and field.name not in ("created", "stage"):
        return None
    if field.ref:
        return draw.choice(ids[field.ref]) if field.ref in ids else None
    if field.name in WORDS:
        return draw.choice(WORDS[field.name])
    day = draw.choice(NIGHTS) if draw.random() < 0.3 else date(2024, 1, 1) + timedelta(draw.randrange(820))
    if field.sql == "DATE":
        return day
    if field.sql == "TIMESTAMP":
        at = datetime(day.year, day.month, day.day, draw.randrange(24), draw.randrange(60), 59, 999_999, ZoneInfo(ZONE))
        return at.astimezone(UTC).replace(tzinfo=None)
    if field.sql in ("BIGINT", "INTEGER"):
        return draw.choice([0, 1, -3, 5, 12, 250_001, 1_000_050, 999_999_999_99])
    if field.sql == "DOUBLE":
        return draw.choice([0.0, 0.125, 0.5, 1.0, 17.25, -2.5])
    if field.sql == "BOOLEAN":
        return draw.random() < 0.5
    return f"{field.name} {n % 5}"


@dataclass(frozen=True)
class Asked:
    """A question that DuckDB was asked, and its answer; `of` says whose it is."""

    of: str
    sql: str
    params: dict[str, Any]
    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def shape(self) -> tuple[Any, ...]:
        """Questions of one shape can be asked together: the same columns, holding the same."""
        return self.names, tuple(frozenset(type(v).__name__ for v in column) for column in zip(*self.rows, strict=True))


@dataclass
class Recording:
    """A reader that writes down what it was asked and what it answered."""

    reader: Rows
    of: str = ""
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    same: Counter[str] = field(default_factory=Counter)

    def __hash__(self) -> int:
        return id(self)

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.table(sql, params)[1]

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        names, rows = self.reader.table(sql, params)
        key = (str(sql), repr(sorted((params or {}).items())))
        # One text with other values each day of a year is one question; what a past day says is a second.
        if key not in self.asked and (NIGHTLY or self.same[str(sql)] < 2):
            self.same[str(sql)] += 1
            self.asked[key] = Asked(self.of, sql, dict(params or {}), tuple(names), rows)
        return names, rows

    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.reader.columns(sql, params)

    def close(self) -> None:
        self.reader.close()


def differences(spark: SparkReader, asked: Iterable[Asked], together: int = 5) -> list[str]:
    """What Spark answers otherwise, of questions that DuckDB has answered; those of one shape are asked together."""
    shapes: dict[tuple[Any, ...], list[Asked]] = defaultdict(list)
    for one in asked:
        shapes[one.shape].append(one)
    found = []
    for alike in shapes.values():
        for start in range(0, len(alike), together):
            some = alike[start : start + together]
            for one, rows in zip(some, _together(spark, some), strict=True):
                mine, theirs = ordered(map(paired, one.rows)), ordered(map(paired, rows))
                if len(mine) != len(theirs):
                    found.append(f"{one.of}: {len(mine)} rows, Spark has {len(theirs)}\n{one.sql}")
                elif wrong := next(((a, b) for a, b in zip(mine, theirs, strict=True) if not same(a, b)), None):
                    found.append(f"{one.of}: {wrong[0]}, Spark has {wrong[1]}\n{one.sql}")
    return found


def _together(spark: SparkReader, some: Sequence[Asked]) -> list[list[tuple[Any, ...]]]:
    texts, values = [], {}
    for n, one in enumerate(some):
        typed = kinds(one.params)
        text = one.sql.spark(typed) if isinstance(one.sql, Text) else translated(one.sql, typed, spark.schema)
        names = "|".join(one.params) or "-"
        apart = re.sub(rf":({names})\b", rf":q{n}_\1", text)
        texts.append(f"SELECT {n} AS which, * FROM ({apart})")
        values |= {f"q{n}_{name}": argument(value) for name, value in one.params.items()}
    answers: list[list[tuple[Any, ...]]] = [[] for _ in some]
    for row in spark.session.sql(" UNION ALL ".join(texts), args=values or None).collect():
        answers[row[0]].append(tuple(row[1:]))
    return answers


def paired(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with its lists, which belong together place by place, in order; an engine may bring them in any.

    A list of nothing is None: the one engine says so, the other says that it is empty.
    """
    places = [place for place, value in enumerate(row) if isinstance(value, list)]
    if not places:
        return row
    columns = list(zip(*sorted(zip(*(row[place] for place in places), strict=True)), strict=True))
    held = dict(zip(places, map(list, columns), strict=True)) if columns else dict.fromkeys(places)
    return tuple(held.get(place, value) for place, value in enumerate(row))


def same(mine: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Equal in value and type; floats within a part in a thousand million."""
    return len(mine) == len(theirs) and all(map(_same, mine, theirs))


def _same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a == b or abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    return bool(a == b)


def ordered(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows in an order that two engines share."""

    def rank(row: tuple[Any, ...]) -> tuple[Any, ...]:
        # Floats last: two that are nearly equal must not change the order.
        return (
            *((v is None, str(v)) for v in row if not isinstance(v, float)),
            *(v for v in row if isinstance(v, float)),
        )

    return sorted(rows, key=rank)


def settings(folder: Path, export_to: Path | None = None) -> None:
    """Write the settings of a workspace in New York; those that read an export say so.

    Making Java of a query takes longer than to answer it over a few hundred rows: that is left to the nightly run.
    """
    spark = f"""
engine = "spark"
export = "{export_to}"
[spark]
"spark.master" = "local[2]"
"spark.sql.shuffle.partitions" = 2
"spark.sql.adaptive.enabled" = false
"spark.driver.memory" = "1g"
"spark.sql.codegen.wholeStage" = {str(NIGHTLY).lower()}
"spark.sql.codegen.factoryMode" = "{"FALLBACK" if NIGHTLY else "NO_CODEGEN"}"
"spark.driver.extraJavaOptions" = "{QUIET["spark.driver.extraJavaOptions"]}{"" if NIGHTLY else BRIEF}"
"""
    text = f'format = 1\nname = "hard"\ncurrency = "EUR"\nzone = "{ZONE}"\n'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saleswright.toml").write_text(text + (spark if export_to else ""), encoding="utf-8")
