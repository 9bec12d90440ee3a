"""Each rule finds the deal that was made for it and no other; own rules add, replace and end; wrong text is told with its
line and breaks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest

from saleswright.history.checks import SHAPES
from saleswright.history.schema import entities
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.measure.review.scrub.find import in_force, scrub
from saleswright.measure.review.scrub.message import message
from saleswright.measure.review.scrub.model import Scrub, Suspect
from saleswright.measure.review.scrub.rules import FIXES, SCOPES
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import Row, deal, made, usual

NOW = "2026-11-16T12:00:00+00:00"
WRONG: list[Row] = [
    deal("D1", Close_Date="2026-11-09"),
    deal("D2", Close_Date="2026-09-01", Last_Activity="2026-09-01"),
    deal("D3", Next_Step="", Next_Step_Date=""),
    deal("D4", Next_Step_Date="2026-11-02"),
    deal("D5", Last_Activity="2026-10-17"),
    deal("D6", Amount="1"),
    deal("D7", Amount="9999"),
    deal("D8", Amount="0"),
    deal("D9", Amount=""),
    deal("D10", Owner=""),
    deal("D11", Name="Café  Róyal, phase II", Account="Royal"),
    deal("D12", Name="CAFE ROYAL - Phase II", Account="Royal", Created="2026-10-25"),
    deal("D13", Name="Acme renewal 2027"),
    deal("D14", Stage="Won", Closed="2026-09-01", Close_Date="2026-09-01"),
    deal("D15", Stage="Won", Closed="2026-12-24", Close_Date="2026-12-24"),
    deal("D16", Created="2026-03-01", Qualified="2026-03-01"),
    deal("D17", Close_Date="2026-11-09", Type="Renewal", Next_Step=""),
    deal("D18", Last_Activity="2026-10-18", Close_Date="2026-11-16"),
    deal("D19", Amount="4500"),
]


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        repeated = [deal(f"R{number}", Amount="7777") for number in range(6)]
        others = [deal("T1", Type="Renewal", Stage="Won", Closed="2026-11-02", Close_Date="2026-11-02")]
        return made(tmp_path_factory.mktemp("rules"), [*usual(), *WRONG, *repeated, *others])


@pytest.fixture
def at(folder: Path) -> Iterator[Snapshot]:
    snapshot = opened(folder)
    yield snapshot
    snapshot.close()


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Iterator[Callable[[str], Snapshot]]:
    """The same record with one more definition file."""
    file = folder / "definitions" / "checks" / "own.yaml"
    held: list[Snapshot] = []

    def write(text: str) -> Snapshot:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        held.append(opened(folder))
        return held[-1]

    yield write
    file.unlink(missing_ok=True)
    for one in held:
        one.close()


def by_rule(one: Scrub) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for suspect in one.suspects:
        for finding in suspect.findings:
            found.setdefault(finding.rule, set()).add(suspect.key)
    return found


def of(one: Scrub, key: str) -> Suspect:
    return next(suspect for suspect in one.suspects if suspect.key == key)


def evidence(one: Scrub, key: str) -> list[str]:
    return [finding.evidence for finding in of(one, key).findings]


def test_each_rule_finds_what_was_made_for_it_and_no_other(at: Snapshot) -> None:
    assert by_rule(scrub(at)) == {
        "past_due": {"D1", "D2"},
        "no_next_step": {"D3"},
        "step_overdue": {"D4"},
        "silent": {"D2", "D5"},
        "placeholder_amount": {"D6", "D7", "D8", *(f"R{n}" for n in range(6))},
        "missing_fields": {"D9", "D10"},
        "duplicate_suspect": {"D12"},
        "renewal_in_new_business": {"D13"},
        "closed_dates": {"D14", "D15"},
        "zombie": {"D16"},
    }


def test_evidence_in_words(at: Snapshot) -> None:
    one = scrub(at)
    assert evidence(one, "D1") == ["Close date 9 Nov, 7 days ago"]
    assert evidence(one, "D2") == ["Close date 1 Sep, 76 days ago", "Last activity 1 Sep, 76 days ago"]
    assert evidence(one, "D3") == ["Next step is empty"]
    assert evidence(one, "D4") == ["Next step was due 2 Nov, 14 days ago"]
    assert evidence(one, "D6") == ["Amount is 1"] and evidence(one, "D7") == ["Amount is 9,999, which stands for none"]
    assert evidence(one, "D12") == ["Same account, name key, owner and type as another open deal, D11"]
    assert evidence(one, "D14") == ["Closed 1 Sep, before it was created on 20 Oct"]
    assert evidence(one, "D15") == ["Decided on 24 Dec, which is still to come"]
    assert evidence(one, "R1") == ["Amount is 7,777, as on far more open deals than won ones"]


def test_fixes_are_merged_per_field_and_honest(at: Snapshot) -> None:
    one = scrub(at)

    def fixes(key: str) -> dict[str, object]:
        return {fix.field: fix.new if fix.new is not None else fix.ask for fix in of(one, key).fixes}

    lost = {"stage": "Lost", "expected_close": date(2026, 11, 16), "forecast_category": "Omitted"}
    assert fixes("D2") == lost
    assert of(one, "D2").fixes[0].why == "76 days past due and silent for 76 days"
    # 27 days old; of wins that took longer the middle one took 16 days more: the 2nd of December.
    assert fixes("D1") == {"expected_close": date(2026, 12, 2)}
    assert fixes("D3") == {"next_step": "Confirm decision date, 19 Nov"}
    assert fixes("D5") == {"stage": "Is the buyer still there? When did you last speak?"}
    assert fixes("D6") == {"amount": "What is it worth? The middle of wins of its segment and type is USD 5,900.00."}
    # One estimate on seven deals would itself be a placeholder: no value is proposed for any of them.
    assert not any(fix.new is not None for one in one.suspects for fix in one.fixes if fix.field == "amount")
    assert fixes("D9") == {"amount": "What is it worth?"}
    assert fixes("D12") == lost
    assert fixes("D13") == {"type": "Renewal"}
    assert fixes("D16") == lost


def test_what_lacks_is_said_and_counts_nothing(at: Snapshot) -> None:
    rules = {rule.name: rule for rule in scrub(at).rules}
    for name in ("pushed", "stage_too_old", "slipped_commit"):
        assert rules[name].needs and rules[name].count == 0
    assert not rules["past_due"].needs
    assert "own number" in rules["silent"].threshold
    assert rules["silent"].label == "Silent 30+ days"


def test_one_line_of_yaml_adds_a_rule(own: Callable[[str], Snapshot]) -> None:
    at = own(
        "kind: check\nname: no_competitor\nlabel: No next step date\nshape: missing\nfields: [next_step_on]\n"
        "when: {stage: Negotiation}\nask: When?\n"
    )
    assert by_rule(scrub(at))["no_competitor"] == {"D3"}
    rule = next(rule for rule in scrub(at).rules if rule.name == "no_competitor")
    assert rule.definition == "definitions/checks/own.yaml:1"


def test_a_rule_of_the_same_name_replaces_the_shipped_one_and_dates_hold(own: Callable[[str], Snapshot]) -> None:
    text = "kind: check\nname: silent\nshape: silent\nthreshold: {at_least: 60}\n"
    assert by_rule(scrub(own(text)))["silent"] == {"D2"}
    later = text.replace("name: silent\n", "name: silent\nfrom: 2026-11-17\n")
    assert by_rule(scrub(own(later)))["silent"] == {"D2", "D5"}
    since = text.replace("name: silent\n", "name: silent\nfrom: 2026-11-01\n")
    assert by_rule(scrub(own(since)))["silent"] == {"D2"}
    ended = "kind: check\nname: quiet\nto: 2026-11-16\nshape: silent\nthreshold: {at_least: 60}\n"
    assert "quiet" not in by_rule(scrub(own(ended)))


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("kind: check\nname: x\nshape: silentt\n", "own.yaml:3", "unknown shape 'silentt'"),
        ("kind: check\nname: x\nshape: missing\n", "own.yaml:1", "missing needs fields:"),
        ("kind: check\nname: x\nshape: missing\nfields: [colour]\n", "own.yaml:4", "unknown field 'colour'"),
        ("kind: check\nname: x\nshape: missing\nfields: owner\n", "own.yaml:4", "'owner' is no list"),
        (
            "kind: check\nname: x\nshape: silent\nthreshold: {at_least: many}\n",
            "own.yaml:4",
            "'many' is no whole number",
        ),
        ("kind: check\nname: x\nshape: silent\nthreshold: 30\n", "own.yaml:4", "'30' is no threshold"),
        ("kind: check\nname: x\nshape: date-passed\nfield: name\n", "own.yaml:4", "name is no date"),
        ("kind: check\nname: x\nshape: date-passed\nfield: closed\nfix: mend\n", "own.yaml:5", "unknown fix 'mend'"),
        ("kind: check\nname: x\nshape: same-key\nsame: [colour]\n", "own.yaml:4", "unknown key 'colour'"),
        (
            "kind: check\nname: x\nshape: missing\nfields: [owner]\nwhen: {stge: Won}\n",
            "own.yaml:5",
            "unknown field 'stge'",
        ),
        ("kind: check\nname: x\nshape: missing\nfields: [owner]\nstages: [a]\n", "own.yaml:5", "stages is stage"),
        ("kind: chek\nname: x\nshape: missing\nfields: [owner]\n", "own.yaml:1", "kind 'chek' is not check"),
        ("kind: check\nname: x\nshape: [silent]\n", "own.yaml:3", "unknown shape"),
        ("kind: check\nname: x\nshape: placeholder\nfield: name\n", "own.yaml:4", "placeholder looks at the amount"),
        (
            "kind: check\nname: x\nshape: date-passed\nof: lead\nfield: created\n",
            "own.yaml:4",
            "is not looked for in leads",
        ),
        (
            "kind: check\nname: x\nshape: says-otherwise\nfield: amount\nwords: [renew]\n",
            "own.yaml:4",
            "amount is no text",
        ),
        (
            "kind: check\nname: x\nshape: says-otherwise\nfield: created\nwords: [renew]\n",
            "own.yaml:4",
            "created is no text",
        ),
        (
            "kind: check\nname: x\nshape: changed-too-often\nfield: next_step\nthreshold: {at_least: 2}\n",
            "own.yaml:4",
            "next_step is no date",
        ),
        (
            "kind: check\nname: x\nshape: too-long-in\nfield: touch\nthreshold: {at_least: 2}\n",
            "own.yaml:4",
            "unknown field 'touch'",
        ),
        (
            "kind: check\nname: x\nshape: says-otherwise\nfield: name\nwords: renew\n",
            "own.yaml:5",
            "'renew' is no list",
        ),
        ("kind: check\nname: x\nshape: says-otherwise\nfield: name\nwords: ['((']\n", "own.yaml:5", "has signs in it"),
        (
            "kind: check\nname: x\nshape: silent\nof: company\nthreshold: {at_least: 2}\n",
            "own.yaml:4",
            "single records",
        ),
        (
            "kind: check\nname: x\nshape: date-passed\nfield: created\nfix: fill\n",
            "own.yaml:5",
            "fill is a fix for missing",
        ),
        ("kind: check\nname: x\nshape: same-key\nof: closed\nsame: [name]\n", "own.yaml:4", "closed deals"),
        ("kind: check\nname: x\nshape: same-key\nsame: [[name], [owner]]\n", "own.yaml:4", "alternatives are for"),
    ],
)
def test_wrong_text_is_told_with_its_line_and_breaks_nothing(
    own: Callable[[str], Snapshot], text: str, where: str, what: str
) -> None:
    found = scrub(own(text))
    assert any(where in issue.where and what in issue.what for issue in found.issues), found.issues
    assert found.findings == 22


def drawn_check(rng: Random, number: int) -> str:
    """A check of words that each exist, whether or not they go together."""
    fields = [name for name, _ in entities(())["deal"].columns] + ["next_step", "touch", "website", "email"]
    body = {
        "kind": "check", "name": f"drawn{number}", "shape": rng.choice(list(SHAPES)), "of": rng.choice(list(SCOPES)),
        "field": rng.choice(fields), "fields": f"[{rng.choice(fields)}, {rng.choice(fields)}]",
        "same": f"[{rng.choice(fields)}]" if rng.random() < 0.5 else f"[{rng.choice(['name', 'account', 'owner', 'email'])}]",
        "words": "[phase, 7]", "categories": "[pipeline]", "fix": rng.choice(list(FIXES)),
        "threshold": f"{{at_least: {rng.randint(0, 40)}, percentile: {rng.choice([0, 50, 90])}}}",
        "when": rng.choice(["{}", "{stage: [7, Won]}", "{expected_close: {before: next_quarter}}", "{amount: {above: 3}}",
                            "{name: {not: {has: x}}}", "{created: {same: qualified}}", "{last_activity: {older: 3}}"]),
    }  # fmt: skip
    return "- {" + ", ".join(f"{key}: {value}" for key, value in body.items()) + "}\n"


@pytest.mark.parametrize("draw", range(6))
def test_no_check_of_known_words_takes_the_scrub_down(own: Callable[[str], Snapshot], draw: int) -> None:
    rng = Random(draw)
    text = "".join(drawn_check(rng, number) for number in range(120))
    found = scrub(own(text))
    used = {rule.name for rule in found.rules if rule.name.startswith("drawn")}
    told = {int(issue.where.split("own.yaml:")[1].split()[0]) for issue in found.issues if "own.yaml:" in issue.where}
    assert used and len(used | {f"drawn{line - 1}" for line in told}) == 120
    assert not used & {f"drawn{line - 1}" for line in told}
    assert all(issue.try_ for issue in found.issues)


def test_unknown_owner_and_rule_are_refused_with_the_nearest(at: Snapshot) -> None:
    with pytest.raises(Stop, match="did you mean Ann"):
        scrub(at, owner="Anne")
    with pytest.raises(Stop, match="did you mean past_due"):
        scrub(at, rule="past_duee")


def test_the_message_is_plain_short_and_names_record_ids(at: Snapshot) -> None:
    text = message(scrub(at), "Ann")
    assert text.startswith("Hi Ann,\n\nbefore the review of 16 Nov: could you look at these ")
    assert (
        "Deal D1 (D1, Negotiation, USD 5,000.00)\n   - Close date 9 Nov, 7 days ago\n   Proposed: Close 9 Nov -> 2 Dec"
        in message(scrub(at, rule="past_due"), "Ann")
    )
    assert "<" not in text and "\x1b" not in text
    with pytest.raises(Stop, match="unknown owner"):
        message(scrub(at), "Bob")


def test_rules_hold_their_text_and_file(at: Snapshot) -> None:
    for rule in in_force(at).rules:
        assert rule.label and rule.question.endswith("?") and rule.definition.where().startswith("review/standard/")
