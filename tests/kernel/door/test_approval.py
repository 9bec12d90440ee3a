"""Who or what may approve which change, and what is said of an approval that cannot be read?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from saleswright.kernel.definition import read_definitions
from saleswright.kernel.door.approval import KEYS, Asked, approvals, check, json_schema, misnamed, read
from saleswright.kernel.door.rules import in_force
from saleswright.kernel.policy import Policy
from saleswright.lib.money import Money
from tests.kernel.door.garden import Garden

DAY = date(2026, 11, 23)
COMPANY = Policy("ana")


def asked(**more: object) -> Asked:
    return Asked(**{"action": "measure", "adapter": "note", "risk": "low", "by": "bob", "lines": 2, "entity": "plant",
                    "field": "height", "amount": Money(500_00, "USD")} | more)  # type: ignore[arg-type] # fmt: skip


@pytest.mark.parametrize(
    ("limit", "outside", "said"),
    [
        ("actions: [prune]", {}, "it is only for what is proposed by prune"),
        ("adapters: [mail]", {}, "it is only for what is sent by mail"),
        ("entities: [tree]", {}, "it is only for what is of tree"),
        ("fields: [colour]", {}, "it is only for what is of the field colour"),
        ("lines: 1", {}, "it is for at most 1 line, and these are 2"),
        ("risk: low", {"risk": "high"}, "it is for a risk up to low, and this one is high"),
        ("amount: 100 USD", {}, "it is up to USD 100.00, and USD 500.00 is at stake"),
        ("amount: 100 USD", {"amount": None}, "it is up to USD 100.00, and this line does not say what is at stake"),
        ("amount: 1000 EUR", {}, "it is up to EUR 1,000.00, and this line is in USD"),
    ],
)
def test_every_limit_refuses_with_its_line(garden: Garden, limit: str, outside: dict[str, object], said: str) -> None:
    garden.say(f"- kind: approval\n  name: some\n  who: [company]\n  {limit}\n")
    rules = in_force(garden.workspace)
    assert rules.right(COMPANY, asked(**outside)) == (
        None, f"by approval some (definitions/rules.yaml:1) you may decide, but {said}",
    )  # fmt: skip


def test_inside_every_limit_it_may_be_decided(garden: Garden) -> None:
    garden.say(
        "- {kind: approval, name: some, who: [ana], actions: [measure], adapters: [note], entities: [plant], fields: [height],"
        " lines: 2, risk: low, amount: '500 USD'}\n"
    )
    approval, why = in_force(garden.workspace).right(COMPANY, asked())
    assert approval is not None and approval.name == "some" and why == ""


def test_the_approval_that_asks_fewest_people_counts(garden: Garden) -> None:
    garden.say(
        "- {kind: approval, name: dear, who: [company], persons: 2}\n"
        "- {kind: approval, name: small, who: [company], amount: 500 USD}\n"
    )
    rules = in_force(garden.workspace)
    found = [rules.right(COMPANY, asked(amount=Money(minor, "USD")))[0] for minor in (500_00, 500_01)]
    assert [one.name for one in found if one] == ["small", "dear"]


def test_the_shipped_one_holds_until_the_workspace_says_who(garden: Garden) -> None:
    grant = "- {kind: access, name: ana, scope: company}\n"
    one_user, automatic = (
        in_force(garden.workspace),
        "- {kind: approval, name: auto, automatic: true, fields: [height]}\n",
    )
    assert one_user.right(Policy("me"), asked(by="me"))[0] is not None
    garden.say(grant + automatic)
    several = in_force(garden.workspace)
    assert several.right(COMPANY, asked(by="ana"))[0] is None and several.right(COMPANY, asked())[0] is not None
    assert several.automatic(asked()) is not None and several.automatic(asked(risk="high")) is None
    garden.say(grant + "- {kind: approval, name: own, who: [bob]}\n")
    assert in_force(garden.workspace).right(COMPANY, asked())[0] is None


def test_an_approval_that_cannot_be_read_grants_nothing_and_sets_the_shipped_one_aside(garden: Garden) -> None:
    garden.say("- {kind: approval, name: own, who: bob}\n")
    rules = in_force(garden.workspace)
    assert rules.right(COMPANY, asked())[0] is None and rules.faults[0].where == "definitions/rules.yaml:1  who"
    garden.say("- kind: approval\n  name: own\n  who: [ana\n")
    assert in_force(garden.workspace).right(COMPANY, asked())[0] is None
    assert in_force(garden.workspace).right(Policy("me"), asked(by="me"))[0] is None


def test_approvals_are_dated(garden: Garden) -> None:
    garden.say("- {kind: approval, name: own, who: [bob], from: 2026-12-01}\n")
    assert approvals(garden.workspace, DAY).right(COMPANY, asked())[0] is not None
    assert approvals(garden.workspace, date(2026, 12, 1)).right(COMPANY, asked())[0] is None


WRONG = """\
- kind: approval
  name: everything_wrong
  who: []
  fields: height
  amount: 500
  lines: 0
  persons: 20
  own: sometimes
  risk: middling
  automatic: maybe
  by: ana
- kind: approval
  name: nobody
- kind: approval
  name: both
  who: [ana]
  automatic: true
"""


def test_all_issues_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "approval.yaml"
    path.write_text(WRONG)
    definitions, _ = read_definitions(path, "approval.yaml")
    issues = [issue for one in definitions for issue in read(one)[1]]
    assert {issue.where.split("  ")[0] for issue in issues} == {
        f"approval.yaml:{n}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 12, 17)
    }
    assert all(issue.what and issue.try_ for issue in issues)


def test_check_knows_the_names(garden: Garden) -> None:
    garden.say(
        "- {kind: access, name: ana, scope: company}\n- {kind: approval, name: own, who: [anna], actions: [measures]}\n"
    )
    (who,) = check(garden.workspace)
    (action,) = misnamed(garden.workspace, ["measure"], ["note"])
    assert who.what == "unknown person with access 'anna'"
    assert (action.where, action.what) == ("definitions/rules.yaml:2  actions.0", "unknown command 'measures'")
    assert "did you mean measure" in action.try_


def test_the_schema_says_every_key() -> None:
    assert set(json_schema()["properties"]) == {"kind", "name", "from", "to", "doc", *KEYS}
