"""The words of a test mean one thing: as a metric asks them and as a check of the review does."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import duckdb
import ibis
import pytest

from saleswright.history.compiled import compile_text
from saleswright.kernel.definition import Definition
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.metrics import due
from saleswright.measure.metrics.conditions import OPERATORS, check
from saleswright.measure.metrics.passing import passes
from saleswright.measure.review.scrub.conditions import NAMED, condition, texts

DAY = date(2026, 11, 22)
COLUMNS = {
    "id": "BIGINT", "stage": "VARCHAR", "type": "VARCHAR", "amount": "BIGINT", "chance": "DOUBLE", "created": "DATE",
    "closed": "DATE", "touched": "TIMESTAMP", "live": "BOOLEAN",
}  # fmt: skip
IBIS = {"BIGINT": "int64", "VARCHAR": "string", "DOUBLE": "float64", "DATE": "date", "TIMESTAMP": "timestamp(6)",
        "BOOLEAN": "boolean"}  # fmt: skip
WORDS = ["Won", "won", "Renewal 7", "7", "It's", "", "50% off", "a_b"]
DAYS = [DAY + timedelta(days=n) for n in (-400, -60, -53, -52, -51, -1, 0, 1, 39, 40, 129, 130)]


def drawn_value(rng: Random, kind: str) -> Any:
    if kind == "VARCHAR":
        return rng.choice(WORDS)
    if kind == "DATE":
        return rng.choice(DAYS)
    if kind == "TIMESTAMP":
        return datetime.combine(rng.choice(DAYS), datetime.min.time()) + timedelta(hours=rng.choice([0, 0, 13]))
    if kind == "BOOLEAN":
        return rng.random() < 0.5
    return rng.randint(-2, 9) if kind == "BIGINT" else rng.choice([0.0, 0.5, 7.0, -1.5])


def drawn_test(rng: Random, kind: str, deep: int = 0) -> Any:
    """What may be asked of a field of this type."""
    ways = ["value", "list", "is"] + ([] if deep > 1 else ["not"])
    ways += {"VARCHAR": ["has"], "BIGINT": ["above"], "DOUBLE": ["above"], "BOOLEAN": []}.get(
        kind, ["day", "older", "same", "within"]
    )
    way = rng.choice(ways)
    day = rng.choice([*DAYS, *NAMED])
    plain = drawn_value(rng, "DATE" if kind == "TIMESTAMP" else kind)
    listed = [7 if kind == "VARCHAR" and rng.random() < 0.3 else drawn_value(rng, "DATE" if kind == "TIMESTAMP" else kind)
              for _ in range(rng.randint(1, 3))]  # fmt: skip
    return {
        "value": plain, "list": listed, "is": {"is": rng.choice(["missing", "known"])}, "has": {"has": rng.choice([*WORDS[:5], 7])},
        "above": {"above": rng.choice([0, 3, 2.5])}, "older": {"older": rng.choice([0, 1, 52, 365])},
        "same": {"same": rng.choice(["created", "closed", "touched"])},
        "within": {"within": {"of": rng.choice(["created", "closed", "touched"]), "days": rng.choice([0, 1, 90])}},
        "day": {rng.choice(["before", "after", "from", "to"]): day, **({"after": DAYS[0]} if rng.random() < 0.3 else {})},
        "not": {"not": None if way != "not" else drawn_test(rng, kind, deep + 1)},
    }[way]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_metric_and_a_check_pass_the_same_rows(seed: int) -> None:
    rng = Random(seed)
    con = duckdb.connect()
    con.execute("CREATE MACRO local_day(t) AS (t)::DATE")  # as a release of a workspace in UTC has it
    con.execute(f"CREATE TABLE rows ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    for id_ in range(150):
        row = [None if rng.random() < 0.25 else drawn_value(rng, kind) for kind in list(COLUMNS.values())[1:]]
        con.execute(f"INSERT INTO rows VALUES ({', '.join('?' * len(COLUMNS))})", [id_, *row])
    table = ibis.table({name: IBIS[kind] for name, kind in COLUMNS.items()}, name="rows")
    calendar = FiscalCalendar()
    named = due.days(DAY, calendar, calendar.containing("quarter", DAY))
    bound = {"day": DAY, **{f"day_{name}": on for name, on in named.items()}}
    some = 0
    for _ in range(40):
        fields = rng.sample([name for name in COLUMNS if name != "id"], rng.randint(1, 3))
        test = {field: drawn_test(rng, COLUMNS[field]) for field in fields}
        definition = Definition("check", "drawn", {"when": test})
        assert not check(definition, "when", test, COLUMNS), test
        asked = compile_text(table.filter(passes(table, test)).select("id"))
        said = f"SELECT id FROM rows WHERE {condition(texts(test, COLUMNS), lambda name: name)}"
        one, other = (
            {
                row[0]
                for row in con.execute(sql, {name: bound[name] for name in set(re.findall(r"\$(\w+)", sql))}).fetchall()
            }
            for sql in (asked, said)
        )
        assert one == other, (test, asked, said)
        some += bool(one)
    assert some > 5


def test_every_operator_is_drawn() -> None:
    rng, seen = Random(1), set()

    def operators(wanted: Any) -> None:
        if isinstance(wanted, dict):
            for name, value in wanted.items():
                seen.add(name)
                if name != "within":
                    operators(value)

    for _ in range(3000):
        operators(drawn_test(rng, rng.choice(list(COLUMNS.values()))))
    assert seen == OPERATORS.keys()
