"""Does every outcome meet the one schema, and does the schema refuse what it should?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from saleswright.kernel.call import Ambient
from saleswright.kernel.envelope import envelope, plain, refusal, schema
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.money import Money
from tests.faces import toy

VALIDATOR = jsonschema.Draft202012Validator(schema())


def answered(tmp_path: Path, name: str = "grow", **args: Any) -> dict[str, Any]:
    app = toy.build()
    given = args or dict(app.action(name).example)
    return envelope(app.call(app.open_workspace(toy.make(tmp_path)), name, given, Ambient()))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", ["grow", "explain", "import", "import undo"])
def test_every_example_meets_the_schema(tmp_path: Path, name: str) -> None:
    found = answered(tmp_path, name)
    VALIDATOR.validate(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["action"] == name


def test_a_refusal_meets_the_schema() -> None:
    stop = Stop(Issue("a.csv:1", "what", "why", "try this", code="word"), Issue("", "second"))
    found = refusal("grow", stop, {"path": Path("a") / "b"})
    VALIDATOR.validate(found)
    assert found["args"] == {"path": "a/b"}
    assert [issue["what"] for issue in found["issues"]] == ["what", "second"]
    VALIDATOR.validate(refusal("", Stop(Issue("", "unknown command"))))


def test_values_keep_their_type(tmp_path: Path) -> None:
    blocks = answered(tmp_path)["data"]["blocks"]
    figures = {block["name"]: block for block in blocks if block["kind"] == "figure"}
    assert figures["worth"]["value"] == {"amount": "10005534.00", "currency": "USD"}
    assert figures["survival"]["of"] == [4238, 6711]
    assert figures["depth"] | {"label": ""} == {
        "kind": "figure",
        "name": "depth",
        "label": "",
        "value": None,
        "unit": "share",
        "n": 0,
        "ref": None,
        "reason": "no bed was measured",
    }
    table = next(block for block in blocks if block["kind"] == "table")
    assert (len(table["rows"]), table["total"]) == (2, 7)
    assert table["rows"][0][2] == {"amount": "-50.00", "currency": "USD"}
    assert plain({"a": (Money(1, "JPY"), None)}) == {"a": [{"amount": "1", "currency": "JPY"}, None]}


def _figure(found: dict[str, Any], **change: Any) -> None:
    found["data"]["blocks"][0].update(change)


SPOILERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a null without a reason": lambda e: _figure(e, value=None),
    "a value with a reason": lambda e: _figure(e, reason="none"),
    "a value as text": lambda e: _figure(e, value="63%"),
    "half an interval": lambda e: e["data"]["blocks"][0].pop("high"),
    "a figure with more": lambda e: _figure(e, colour="red"),
    "an unknown unit": lambda e: _figure(e, unit="furlong"),
    "money as a number": lambda e: e["data"]["blocks"][1].update(value=1.5),
    "money without a currency": lambda e: e["data"]["blocks"][1].update(value={"amount": "1.50"}),
    "money as a float": lambda e: e["data"]["blocks"][1].update(value={"amount": 1.5, "currency": "USD"}),
    "an unknown block": lambda e: e["data"]["blocks"].append({"kind": "pie"}),
    "a negative count": lambda e: _figure(e, n=-1),
    "more beside the data": lambda e: e.update(extra=1),
    "another version": lambda e: e.update(schema="saleswright/2"),
    "an issue without words": lambda e: e["issues"].append({"what": ""}),
    "a missing scope": lambda e: e.pop("scope"),
    "a bent state": lambda e: e.update(snap="12"),
    "no data and no issue": lambda e: e.update(data=None, issues=[]),
    "a cell of another shape": lambda e: e["data"]["blocks"][6]["rows"][0].__setitem__(0, {"x": 1}),
}


@pytest.mark.parametrize("what", SPOILERS)
def test_the_schema_refuses(tmp_path: Path, what: str) -> None:
    found = answered(tmp_path)
    VALIDATOR.validate(found)
    spoiled = copy.deepcopy(found)
    SPOILERS[what](spoiled)
    assert spoiled != found
    assert not VALIDATOR.is_valid(spoiled)
