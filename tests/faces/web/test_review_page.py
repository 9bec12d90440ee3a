"""Does the review's page keep its promises: one value per figure, totals that equal their lines, a check under each card?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from saleswright.app import build
from saleswright.faces.web.answers import Answers
from saleswright.faces.web.app import create_app
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop
from saleswright.measure.review.pages import kept
from tests.faces.web import review_made as made
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.review_record import record
from tests.faces.web.test_hostile import assert_tame
from tests.faces.web.test_same_figure import FIGURE
from tests.faces.web.tree import Node, amount, count, tree

MONDAY = "asof=2026-11-23"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small company's workspace: open deals past due and not, three teams, a grant for one of them."""
    return record(tmp_path_factory.mktemp("review"))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> made.Made:
    """The parts of the review, made up; a test may change them before it asks."""
    parts = made.Made()
    parts.give(monkeypatch)
    return parts


@pytest.fixture(scope="module")
def served(folder: Any) -> Iterator[Client]:
    """The real product on it, with the real parts of the review."""
    app = build()
    api = create_app(app, app.open_workspace(folder), lambda request: request.headers.get("x-actor", "ann"))
    with client_of(api) as opened:
        yield opened


@pytest.fixture
def client(served: Client, given: made.Made) -> Client:
    """The same with made-up parts; nothing of another test is kept."""
    kept.forget()
    served.app.state.face.answers = Answers()  # type: ignore[attr-defined]
    return served


def page(client: Client, path: str, **more: Any) -> Node:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.text
    return tree(answer.text)


# The consistency rules.


def test_one_figure_has_one_value_wherever_it_stands(client: Client) -> None:
    seen: dict[str, set[str]] = {}
    for ref, title in FIGURE.findall(client.get(f"/review?{MONDAY}").text):
        seen.setdefault(ref, set()).add(html.unescape(title))
    assert len(seen) > 12
    assert all(len(titles) == 1 for titles in seen.values()), seen


def test_the_headline_says_won_to_go_open_and_each_figure_opens(client: Client) -> None:
    lede = page(client, f"/review?{MONDAY}").one("p", "lede")
    assert lede.text == (
        "$16.3M won, $9.31M to go, from $32.4M open. Since last Monday $4.72M was won, $1.41M pushed out, $4.34M lost."
    )
    links = lede.all("a", "fig")
    assert len(links) == 6 and all((a.attrs["href"] or "").startswith("/n/") for a in links)


def test_the_leaders_page_says_the_same_sentence_and_range(client: Client) -> None:
    whole = page(client, f"/review?{MONDAY}")
    sheet = whole.one("div", "sheet")
    assert sheet.one("h3").text == whole.one("p", "lede").text
    likely = whole.one("p", "likely").one("b").text
    assert likely == "$22.5M to $28.4M"
    assert whole.all("div", "value")[0].text and likely in sheet.one("div", "facts-strip").text
    assert likely in whole.one("nav", "review-tabs").text


@pytest.mark.parametrize("rule", ["", "silent", "placeholder", "duplicate"])
@pytest.mark.parametrize("everyone", ["", "&owners=all", "&owner=person_sf_37"])
def test_a_total_equals_the_lines_shown_with_the_rest(
    client: Client, given: made.Made, rule: str, everyone: str
) -> None:
    people = page(client, f"/review/scrub?{MONDAY}&rule={rule}{everyone}").one("table", "people")
    lines = [
        (count(n.text), count(d.text), amount(a))
        for n, d, a in (row.all("td") for row in people.one("tbody").all("tr"))
    ]
    total = people.one("tfoot").all("td")
    assert [sum(column) for column in zip(*lines, strict=True)] == [
        count(total[0].text),
        count(total[1].text),
        amount(total[2]),
    ]
    wanted = sum(f.rule == rule or not rule for s in given.scrub.suspects for f in s.findings)
    assert count(total[0].text) == wanted
    rest = people.all("tr", "rest-line")
    assert len(lines) <= 10 + bool(rest) or everyone == "&owners=all"
    told = count(people.one("tfoot").one("th").text)
    assert told == len(lines) - bool(rest) + (count(rest[0].one("th").text) if rest else 0)


def test_the_rules_as_filters_add_to_the_total(client: Client, given: made.Made) -> None:
    whole = page(client, f"/review?{MONDAY}")
    first, *others = (count(pill.one("b").text) for pill in whole.one("nav", "pills").all("a"))
    assert first == sum(others) == given.scrub.findings
    assert count(whole.one("nav", "review-tabs").all("i")[0].text) == first
    assert whole.one("section", "scrub").one("p", "sub").text.startswith(f"{first} findings on {given.scrub.deals} of")


@pytest.mark.parametrize("rule", ["", "silent"])
def test_a_persons_deals_and_the_rest_line_add_to_their_findings(client: Client, given: made.Made, rule: str) -> None:
    for owner in given.scrub.owners:
        card = page(client, f"/review/scrub?{MONDAY}&owner={owner.owner}&rule={rule}").one("div", "right")
        if not card.all("table"):
            assert rule and not any(
                f.rule == rule for s in given.scrub.suspects if s.owner == owner.owner for f in s.findings
            )
            continue
        shown = len(card.one("table", "fixes").all("ul", "evidence")), len(card.one("table", "fixes").all("li"))
        head = re.search(r"(\d+) findings? on (\d+) deals?", card.one("header").text)
        assert head
        more = re.search(r"(\d+) more deals?, (\d+) findings?", card.text)
        rest = (int(more[1]), int(more[2])) if more else (0, 0)
        assert (shown[1] + rest[1], shown[0] + rest[0]) == (int(head[1]), int(head[2]))


def test_fixes_by_owner_and_the_parts_of_the_mean_add_up(client: Client, given: made.Made) -> None:
    whole = page(client, f"/review?{MONDAY}")
    owners = [count(dd.text) for dd in whole.one("div", "halves").all("dl")[-1].all("dd")]
    assert sum(owners[:-1]) == owners[-1] == given.scrub.findings and len(owners) == 8
    *parts, mean = (amount(dd) for dd in whole.one("section", id="number").one("dl", "sum").all("dd"))
    assert sum(parts) == mean


def test_every_card_has_a_question_and_its_check(client: Client) -> None:
    whole = page(client, f"/review?{MONDAY}")
    for name in ("scrub", "roll", "number"):
        card = whole.one("section", id=name)
        assert card.one("h2").text.endswith("?")
        assert card.all("footer") and card.all("footer")[-1].all("svg"), name
    assert len(whole.one("section", id="number").one("footer", "record").all("circle")) == 8


def test_a_missed_range_stays_in_view(client: Client, given: made.Made) -> None:
    card = page(client, f"/review?{MONDAY}").one("section", id="number")
    assert len(card.one("div", "ranges").all("text", "miss")) == 1
    assert "missed: Q4 2025" in (card.one("div", "ranges").attrs["aria-label"] or "")
    assert [row.text.endswith("missed") for row in card.one("details").one("tbody").all("tr")].count(True) == 1


def test_the_page_keeps_its_rules_on_a_real_record(served: Client) -> None:
    kept.forget()
    served.app.state.face.answers = Answers()  # type: ignore[attr-defined]
    whole = page(served, f"/review?{MONDAY}")
    assert not whole.all("p", "broken")
    first, *others = (count(pill.one("b").text) for pill in whole.one("nav", "pills").all("a"))
    people = whole.one("table", "people")
    lines = [[count(cell.text) for cell in row.all("td")[:2]] for row in people.one("tbody").all("tr")]
    assert first == sum(others) == sum(n for n, _ in lines) == count(people.one("tfoot").all("td")[0].text) > 0
    assert sum(d for _, d in lines) == count(people.one("tfoot").all("td")[1].text)
    paths = ("/review", "/review/scrub", "/review/rep/Rep%201", "/review?period=last%20quarter")
    for path, who in [*((path, who) for path in paths for who in ("ann", "rob")), ("/review?team=Team%20West", "ann")]:
        answer = served.get(f"{path}{'&' if '?' in path else '?'}{MONDAY}", headers={"x-actor": who})
        assert answer.status_code == 200, (path, who, answer.text)
        assert_tame(answer.text)


# What it costs, and how it is reached.


def test_each_part_is_worked_out_once_and_a_click_asks_for_nothing_anew(client: Client, given: made.Made) -> None:
    page(client, f"/review?{MONDAY}")
    page(client, f"/review/scrub?{MONDAY}&rule=silent")
    page(client, f"/review?{MONDAY}&owner=person_sf_2")
    page(client, f"/review/rep/person_sf_1?{MONDAY}")
    assert given.calls == {"scrub": 1, "roll": 1, "number": 1}


def test_another_day_and_other_eyes_are_another_view(client: Client, given: made.Made) -> None:
    page(client, f"/review/scrub?{MONDAY}")
    page(client, "/review/scrub?asof=2026-11-22")
    page(client, f"/review/scrub?{MONDAY}", headers={"x-actor": "rob"})
    assert given.calls == {"scrub": 3}


def test_a_choice_swaps_the_card_alone_and_works_without_scripts(client: Client) -> None:
    whole = page(client, f"/review?{MONDAY}&period=2026Q4")
    links = [*whole.one("nav", "pills").all("a"), *whole.one("table", "people").all("a")]
    assert len(links) > 15
    for link in links[::4]:
        assert (link.attrs["hx-get"] or "").startswith("/review/scrub?") and link.attrs["hx-select"] == "#scrub"
        plain, part = page(client, link.attrs["href"] or ""), page(client, link.attrs["hx-get"] or "")
        assert plain.one("table", "people").text == part.one("table", "people").text
        assert plain.one("div", "right").text == part.one("div", "right").text
        assert "period=2026Q4" in (link.attrs["href"] or "") and MONDAY in (link.attrs["href"] or "")


def test_it_stands_in_the_rail_right_after_home(client: Client) -> None:
    rail = page(client, "/review").one("nav").all("li")
    assert [entry.text for entry in rail[:2]] == ["Home", "Review"]
    assert rail[1].one("a").attrs.get("aria-current") == "page"
    for path in ("/review/scrub", "/review/rep/person_sf_1"):
        assert page(client, path).one("nav").all("li")[1].one("a").attrs.get("aria-current") == "page"


@pytest.mark.parametrize(
    ("day", "said"), [("2026-11-23", "Monday review, 23 November"), ("2026-11-22", "Review, Sun 22 November")]
)
def test_the_day_is_said_in_words(client: Client, day: str, said: str) -> None:
    assert page(client, f"/review?asof={day}").one("h1").text == said


def test_the_controls_keep_what_was_asked(client: Client) -> None:
    form = page(client, f"/review?{MONDAY}&since=2026-11-09&owner=person_sf_3&rule=silent").one("form")
    fields = {node.attrs.get("name"): node.attrs.get("value") for node in form.all("input")}
    assert fields == {"asof": "2026-11-23", "since": "2026-11-09", "owner": "person_sf_3", "rule": "silent"}


# One person's list.


def test_a_person_has_every_deal_the_message_and_the_file(client: Client, given: made.Made) -> None:
    owner = given.scrub.owners[0]
    mine = [s for s in given.scrub.suspects if s.owner == owner.owner]
    list_ = page(client, f"/review/rep/{owner.owner}?{MONDAY}")
    assert [deal.text for deal in list_.all("span", "deal")] == [s.name for s in mine]
    assert len(list_.one("table", "fixes").all("li")) == owner.findings
    assert f"Hi {owner.name}," in list_.one("pre").text
    assert list_.one("textarea").text == list_.one("pre").text
    files = [a.attrs["href"] for a in list_.all("a") if "/a/review-fixes.csv" in (a.attrs.get("href") or "")]
    assert files == [f"/a/review-fixes.csv?owner={owner.owner}&{MONDAY}"]


def test_a_fix_is_the_old_value_an_arrow_and_the_new_one(client: Client, given: made.Made) -> None:
    owner = next(s.owner for s in given.scrub.suspects if any(f.field == "category" for f in s.fixes))
    fix = next(p for p in page(client, f"/review/rep/{owner}").all("p", "fix") if p.text.startswith("Category"))
    assert (fix.one("s").text, fix.one("b").text) == ("Best case", "Pipeline")
    asks = [p for p in page(client, f"/review?{MONDAY}").all("p", "fix") if p.text.startswith("Next step")]
    assert asks[0].one("s").text == "empty" and asks[0].one("b", "asks").text.endswith("?")


def test_who_is_not_known_looks_like_who_has_nothing_to_fix(client: Client) -> None:
    assert page(client, "/review/rep/person_sf_999").one("h1").text == "Nothing to fix"
    assert page(client, "/review?owner=person_sf_999").one("div", "right").text.startswith("Nothing to fix is known")


def test_a_team_sees_only_its_own(client: Client, given: made.Made) -> None:
    rob = {"x-actor": "rob"}
    other = next(o for o in given.scrub.owners if o.team != "Team West")
    own = next(o for o in given.scrub.owners if o.team == "Team West")
    whole = page(client, f"/review?{MONDAY}", headers=rob)
    assert {row.text.split(",")[0] for row in whole.one("table", "people").one("tbody").all("small")} == {"Team West"}
    assert page(client, f"/review/rep/{own.owner}", headers=rob).one("h1").text == f"What to fix, {own.name}"
    assert page(client, f"/review/rep/{other.owner}", headers=rob).one("h1").text == "Nothing to fix"
    assert not [a for a in whole.all("a") if "review-fine" in (a.attrs.get("href") or "")]


# Untrusted text.


def test_hostile_names_stay_text(client: Client, given: made.Made) -> None:
    given.scrub, given.roll = made.scrub(names=PAYLOADS, people=len(PAYLOADS)), made.roll(names=PAYLOADS)
    paths = ["/review", "/review/scrub?owners=all", *(f"/review/rep/person_sf_{i}" for i in range(0, len(PAYLOADS), 3))]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        assert_tame(answer.text)
    assert page(client, "/review/rep/person_sf_0").one("h1").text.endswith(PAYLOADS[0])


@pytest.mark.parametrize("key", ["owner", "rule", "period", "since", "team", "owners", "colour"])
def test_hostile_addresses_stay_text(client: Client, key: str) -> None:
    for payload in PAYLOADS[::4]:
        assert_tame(client.get("/review", params={key: payload}).text)
        assert_tame(
            client.get("/review/rep/" + payload.replace("/", "%2F").replace("?", "%3F").replace("#", "%23")).text
        )


# States.


def test_one_export_says_why_there_is_no_bridge(client: Client, given: made.Made) -> None:
    given.roll = made.untold()
    whole = page(client, f"/review?{MONDAY}")
    card = whole.one("section", id="roll")
    assert "one export" in card.one("p", "warning").text and not card.all("div", "chart")
    assert "what is to go is not known: no target is set" in whole.one("p", "lede").text
    assert "cannot be said: the record holds one export" in whole.one("p", "lede").text
    assert not whole.all("section", id="moved")


def test_too_few_deals_say_what_is_missing(client: Client, given: made.Made) -> None:
    given.number = made.scarce()
    whole = page(client, f"/review?{MONDAY}")
    card = whole.one("section", id="number")
    assert "Not enough to say a range yet" in card.text
    assert [li.text for li in card.one("ul", "facts").all("li")] == list(given.number.missing)
    assert "$0" not in card.text and not card.all("div", "ranges")
    assert "not enough yet" in whole.one("div", "sheet").text


def test_no_finding_is_said_with_what_was_looked_for(client: Client, given: made.Made) -> None:
    given.scrub = made.counted([], made.DAY)
    card = page(client, f"/review?{MONDAY}").one("section", id="scrub")
    assert "No deal needs a fix by these rules." in card.text
    assert not card.all("table", "people")
    assert "What cannot be said from this data" in card.one("details").text
    assert page(client, "/review/rep/anyone").one("h1").text == "Nothing to fix"


def test_what_a_rule_lacks_and_what_is_marked_is_said(client: Client, given: made.Made) -> None:
    rules = page(client, f"/review?{MONDAY}").one("details", "rules")
    assert len(rules.one("tbody").all("tr")) == len(made.RULES)
    assert rules.one("ul", "know").text.startswith("Missing fieldsThe record holds no list")
    assert "3 findings are marked as not a problem" in rules.text


def test_a_part_that_cannot_be_made_leaves_the_others(
    client: Client, given: made.Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    from saleswright.measure.review import roll
    from saleswright.measure.review.number import simple
    from saleswright.measure.review.scrub import find

    def no(*args: Any) -> Any:
        raise Stop(Issue("deal.amount", "this field is hidden from you"), exit_code=FAILURE)

    for module, name, card in ((roll, "roll", "roll"), (simple, "number", "number"), (find, "scrub", "scrub")):
        with monkeypatch.context() as patched:
            kept.forget()
            patched.setattr(module, name, no)
            whole = page(client, f"/review?{MONDAY}&since=2026-11-0{len(card) % 9 + 1}")
            assert "this field is hidden from you" in whole.one("section", id=card).text
            assert len(whole.all("section", "card")) >= 4


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("rule=silnt", 404, "silent"),
        ("since=soon", 400, "not a date"),
        ("since=2027-01-01", 400, "not before"),
        ("period=soon", 400, "period"),
        ("colour=red", 400, "colour"),
    ],
)
def test_a_wrong_word_is_told(client: Client, query: str, code: int, said: str) -> None:
    answer = client.get(f"/review?{MONDAY}&{query}")
    assert (answer.status_code, said in answer.text) == (code, True), answer.text


def test_what_is_asked_wrongly_refuses_the_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from saleswright.measure.review import roll

    def no(*args: Any) -> Any:
        raise Stop(Issue("where", "'x' is no team"), exit_code=USAGE)

    monkeypatch.setattr(roll, "roll", no)
    kept.forget()
    assert client.get("/review?asof=2026-11-20").status_code in (400, 404)


def test_without_a_record_it_says_how_to_begin(tmp_path: Any) -> None:
    app = build()
    app.call(None, "init", {"folder": str(tmp_path / "empty")})
    with client_of(create_app(app, app.open_workspace(tmp_path / "empty"))) as empty:
        answer = empty.get("/review")
    assert "Nothing is here yet" in answer.text and answer.status_code >= 400


def test_a_record_that_is_old_is_marked(client: Client) -> None:
    assert not page(client, "/review").all("p", "old")
    assert "more than a week before" in page(client, "/review?asof=2099-11-23").one("p", "old").text
