"""What waits for me, on a page: decided one by one, in a batch, taken back; each with a sentence, and kept as it was seen."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from saleswright.kernel.change import Shift
from saleswright.kernel.door.submit import submit
from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.tables import decision, detail, effect, line, record
from saleswright.lib.money import Money
from tests.faces.web import toy_door
from tests.faces.web.conftest import Client
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.test_desk import HERE, token
from tests.faces.web.test_hostile import assert_tame, read
from tests.kernel.door.garden import Garden

REF = "won_value@3f2a91;scope=company;asof=2026-11-23;snap=r1.j0;cur=USD"
SHIFT = Shift("won_value", "Won", "money", Money(1_000_000, "USD"), Money(1_250_000, "USD"), REF)


def press(client: Client, actor: str = "", path: str = "/inbox", **fields: Any) -> Any:
    """A button of the page, and the page it leads to."""
    who = {"x-actor": actor}
    given = {name.replace("__", "-"): value for name, value in fields.items()}
    sent = {"_token": token(client, path, headers=who), **given}
    return client.post(path, data=sent, headers={**HERE, **who})


def said(page: Any) -> list[tuple[bool, str]]:
    """The sentences of what was just done."""
    found = re.findall(r'<li class="(done|undone)">.*?<small>(.*?)</small>', page.text, re.S)
    return [(kind == "done", words) for kind, words in found]


def rows(garden: Garden, *columns: Any) -> list[Any]:
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        return list(con.execute(select(*columns)))


def test_nothing_waits_and_the_page_says_why(tmp_path: Path) -> None:
    _, client = toy_door.make(tmp_path)
    page = client.get("/inbox").text
    assert "Nothing waits for you: no rule or person has asked" in page and 'href="/review"' in page
    assert 'class="count"' not in page


def test_what_waits_shows_what_would_change_why_until_when_and_what_is_at_stake(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.shifts = (SHIFT,)
    toy_door.ask(garden, "east-1", "east-2", "east-3", "west-1", "west-2", "west-3")
    page = client.get("/inbox")
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.text)).replace("&nbsp;", " ").replace("\u00a0", " ")
    assert "1 request waits for you: 6 changes, $54 at stake" in text
    assert "Set heights" in text and "You asked" in text and "Spring." in text and "in 14 d" in text
    assert "East-1 Height from 1 → to 9 it grew" in text and "and 3 more changes" in text
    assert "Now After Change Won $10.0K $12.5K +$2,500" in text and f'href="/n/{REF}"' in page.text
    assert 'title="1 request to approve">1<' in page.text and page.headers["cache-control"] == "no-store"
    for word in ("proposal", "ledger", "journal", "snapshot", "in_doubt"):
        assert word not in text.lower()


def test_approved_one_with_what_was_on_the_screen_in_its_record(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.shifts = (SHIFT,)
    number = toy_door.ask(garden, "east-1")
    seen = re.search(r'name="seen-1" value="([^"]+)"', client.get("/inbox").text)
    assert seen
    shown = seen[1].replace("&#34;", '"')
    page = press(client, **{"yes": str(number), f"seen-{number}": shown, f"reason-{number}": "yes, it grew"})
    assert said(page) == [(True, "Approved.")] and "Nothing waits for you" in page.text
    body = json.loads(_decided(garden))
    assert body["seen"]["snap"] == "r1.j0" and body["seen"]["figures"][0]["ref"] == REF
    assert body["seen"]["figures"][0]["before"] == {"amount": "10000.00", "currency": "USD"}
    assert "approved" in client.get(f"/inbox/{number}").text


def _decided(garden: Garden) -> bytes:
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        asked = select(detail.c.body).join(record, record.c.seq == detail.c.seq).where(record.c.act == "decided")
        return bytes(con.execute(asked).scalar_one())


def test_figures_that_were_not_on_the_screen_are_not_believed(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.shifts = (SHIFT,)
    number = toy_door.ask(garden, "east-1")
    forged = json.dumps({"snap": "r9.j9", "figures": [{"ref": "other@1;snap=r1.j0", "before": 5}]})
    press(client, **{"yes": str(number), f"seen-{number}": forged})
    assert "seen" not in json.loads(_decided(garden))


def test_refused_with_a_reason_and_not_without_one(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    number = toy_door.ask(garden, "east-1")
    (first,) = said(press(client, no=str(number)))
    assert not first[0] and rows(garden, decision.c.verdict) == []
    page = press(client, **{"no": str(number), f"reason-{number}": "not now"})
    assert said(page) == [(True, "Refused: not now.")]
    assert "not now" in client.get("/inbox").text and [one.state for one in rows(garden, effect.c.state)] == [
        "cancelled"
    ]


def test_a_batch_is_decided_each_on_its_own_and_says_so(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    one, two, three = (toy_door.ask(garden, name) for name in ("east-1", "east-2", "west-1"))
    garden.record["plant", "east-2", "height"] = 77
    page = press(client, do="approve", id=[str(one), str(two)])
    assert len(said(page)) == 2 and said(page)[0] == (True, "Approved.")
    assert not said(page)[1][0] and "the record says 77 now, no longer 2" in said(page)[1][1]
    assert "1 request waits for you" in re.sub("<[^>]+>", "", page.text) and f'data-request="{three}"' in page.text
    assert press(client, do="approve").status_code == 400 and press(client, do="nothing").status_code == 400


def test_the_same_form_twice_decides_once_and_another_window_learns_it_was_decided(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    number = toy_door.ask(garden, "east-1")
    form = {"_token": token(client, "/inbox"), "_key": "k" * 20, "yes": str(number)}
    places = {
        client.post("/inbox", data=form, headers=HERE, follow_redirects=False).headers["location"] for _ in range(3)
    }
    assert len(places) == 1 and len(rows(garden, decision.c.id)) == 1
    ((done, words),) = said(press(client, yes=str(number)))
    assert not done and "it was approved" in words.lower()


def test_some_lines_of_a_request_from_its_own_page(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    number = toy_door.ask(garden, "east-1", "east-2")
    garden.record["plant", "east-2", "height"] = 77
    assert "The record says 77 now" in client.get(f"/inbox/{number}").text
    page = press(client, path=f"/inbox/{number}", **{"yes": str(number), f"line-{number}": "1"})
    assert said(page)[0][0] and "1 line approved" in said(page)[0][1] and "1 still waiting" in said(page)[0][1]


def test_withdrawn_by_who_asked_and_shown_as_waiting_for_others(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path, toy_door.PEOPLE)
    number = toy_door.ask(garden, "east-1", actor="ann")
    mine = client.get("/inbox", headers={"x-actor": "ann"}).text
    assert "1 of yours waits for others" in re.sub(r"\s+", " ", mine) and f'name="withdraw" value="{number}"' in mine
    assert f'data-request="{number}"' in client.get("/inbox", headers={"x-actor": "bob"}).text
    (not_his,) = said(press(client, "bob", withdraw=str(number)))
    assert not not_his[0] and "ann proposed it" in not_his[1].lower()
    (done,) = said(press(client, "ann", withdraw=str(number)))
    assert done[0] and "Withdrawn" in done[1]


def test_who_sees_a_part_finds_what_they_asked_for_and_nothing_of_others(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path, toy_door.PEOPLE)
    hidden = toy_door.ask(garden, "west-1", actor="ann")
    own = toy_door.ask(garden, "east-1", actor="rob")
    rob = {"x-actor": "rob"}
    page = client.get("/inbox", headers=rob)
    assert page.status_code == 200 and f"/inbox/{own}" in page.text and f"/inbox/{hidden}" not in page.text
    assert 'id="doubt"' not in page.text and 'class="count"' not in page.text
    absent, there = client.get("/inbox/999", headers=rob), client.get(f"/inbox/{hidden}", headers=rob)
    assert absent.status_code == there.status_code == 404
    assert absent.text.replace("999", "N") == there.text.replace(f"request {hidden}", "request N").replace(
        f"/inbox/{hidden}", "/inbox/N"
    )
    for fields in ({"yes": str(hidden)}, {"withdraw": str(hidden)}, {"undo": str(hidden)}, {"happened": "1"}):
        assert press(client, "rob", **fields).status_code in (403, 404), fields
    assert rows(garden, decision.c.id) == []


def test_what_is_unconfirmed_is_settled_by_a_person(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    number = toy_door.ask(garden, "east-1")
    press(client, yes=str(number))
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.write("outbox") as w:
        w.con.execute(effect.update().values(state="in_doubt", said="no answer came"))
    page = client.get("/inbox").text
    assert "No answer came." in page and "It did not: send it" in page
    assert said(press(client, happened="1", because__1="saw it there")) == [(True, "It had arrived.")]
    assert rows(garden, effect.c.state)[0].state == "resolved"
    (again,) = said(press(client, happened="1", because__1="saw it there"))
    assert not again[0] and "not unconfirmed" in again[1]


def test_what_was_applied_is_taken_back_by_a_request_of_its_own(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    number = toy_door.ask(garden, "east-1")
    press(client, yes=str(number))
    ((done, words),) = said(press(client, undo=str(number)))
    assert not done and "othing of it was applied" in words
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.write("outbox") as w:
        w.con.execute(line.update().values(state="applied"))
    garden.record["plant", "east-1", "height"] = 9
    assert f'name="undo" value="{number}"' in client.get("/inbox").text
    ((done, _),) = said(press(client, undo=str(number)))
    assert done and f"takes back {number}" in client.get("/inbox").text


def plain(page: Any) -> str:
    """The words of a page, in one line."""
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.text))
    return text.replace("&nbsp;", " ").replace("\u00a0", " ").replace("\u2212", "-")


def test_more_than_a_page_holds_is_counted_whole(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path, toy_door.PEOPLE)
    for n in range(45):
        toy_door.ask(garden, "east-1", new=20 + n, actor="ann")
    bob = plain(client.get("/inbox", headers={"x-actor": "bob"}))
    assert "40 of 45 requests, " in bob and "5 more wait behind these" in bob
    ann = plain(client.get("/inbox", headers={"x-actor": "ann"}))
    assert "45 of yours wait for others" in ann and "The last 20 of 45" in ann and "time left" in ann.lower()


def test_what_nobody_here_may_decide_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path, toy_door.PEOPLE + "- {kind: approval, name: head, who: [bob]}\n")
    toy_door.ask(garden, "east-1", actor="rob")
    ann = plain(client.get("/inbox", headers={"x-actor": "ann"}))
    assert "Nothing waits for you." in ann and "1 more waits for somebody else to decide" in ann
    for who in ("bob", "rob"):
        assert "for somebody else to decide" not in plain(client.get("/inbox", headers={"x-actor": who}))


def test_a_record_is_told_by_its_name_and_its_id_stands_apart(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.record["plant", "plant_crm_007", "height"] = 3
    made = garden.ask("plant_crm_007", title="Height of Oak (007)", reason="it grew")
    one = replace(made.lines[0], label="Oak (007)", amount=None)
    submit(garden.app, garden.view(), replace(made, lines=(one,)))
    page = client.get("/inbox").text
    assert ">Height of Oak</a>" in page and '<small class="key">007</small>' in page
    # Its title names the record and says why: neither is said twice.
    assert "whose-change" not in page and page.count("t grew") == 1
    whole = plain(client.get("/inbox/1"))
    assert "007. You asked" in whole and "of 1 record" in whole and "Untick" not in whole


def test_what_is_the_same_for_all_changes_is_said_once(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.shifts = (
        SHIFT,
        replace(SHIFT, name="rate", label="Rate", unit="share", before=0.3741, after=0.37389),
        *(replace(SHIFT, name=f"n{n}", label=f"Figure {n}") for n in range(4)),
    )
    number = toy_door.ask(garden, "east-1", "east-2")
    text = plain(client.get("/inbox"))
    assert "Rate 37.4% 37.4% -0.02 points" in text and "Figure 1" in text and "Figure 3" not in text
    assert "Figure 3" in client.get(f"/inbox/{number}").text
    press(client, yes=str(number))
    page = plain(client.get(f"/inbox/{number}"))
    assert "All approved." in page and "Approved." not in page and "It was approved on" in page and "by you" in page
    assert "It goes out now; once it is applied it can be taken back." in plain(
        press(client, yes=str(toy_door.ask(garden, "west-1")))
    )


def test_changes_like_these_are_shown_record_by_record(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    garden.record["plant", "east-1", "width"] = 4
    made = garden.ask("east-1")
    two = replace(made.lines[0], field="width", old=4)
    first = int(submit(garden.app, garden.view(), replace(made, lines=(*made.lines, two))).data["request"])
    press(client, **{"no": str(first), f"reason-{first}": "not now."})
    second = toy_door.ask(garden, "west-1")
    assert "Changes like these before: 0 approved, 1 refused; the last was refused: “not now”." in plain(
        client.get("/inbox")
    )
    assert re.search(r"East-1 ?: refused by you, “not now.”", plain(client.get(f"/inbox/{second}")))


def test_who_sees_a_part_takes_back_that_part_and_learns_nothing_of_the_rest(tmp_path: Path) -> None:
    """Who asks for something sees all of what they asked for, so nothing may come into it that they do not see."""
    garden, client = toy_door.make(tmp_path, toy_door.PEOPLE)
    number = toy_door.ask(garden, "east-1", "west-1", actor="ann", new=4711)
    press(client, "bob", yes=str(number))
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.write("outbox") as w:
        w.con.execute(line.update().values(state="applied"))
        w.con.execute(effect.update().values(said="the record says 4712 now"))
    page = client.get(f"/inbox/{number}", headers={"x-actor": "rob"}).text
    assert "East-1" in page and "West-1" not in page and page.count("he record says 4712") == 1
    garden.record["plant", "east-1", "height"] = garden.record["plant", "west-1", "height"] = 4711
    ((done, _),) = said(press(client, "rob", undo=str(number)))
    assert done and rows(garden, line.c.subject, line.c.request)[-1] == ("east-1", number + 1)
    assert "West" not in client.get(f"/inbox/{number + 1}", headers={"x-actor": "rob"}).text


def test_a_person_says_how_they_know_what_became_of_it(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    press(client, yes=str(toy_door.ask(garden, "east-1")))
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.write("outbox") as w:
        w.con.execute(effect.update().values(state="in_doubt", said="no answer came"))
    ((done, words),) = said(press(client, happened="1", because__1=" "))
    assert not done and "how you know" in words
    assert rows(garden, effect.c.state)[0].state == "in_doubt"


def test_hostile_text_in_every_field_of_a_request_shows_as_text(tmp_path: Path) -> None:
    garden, client = toy_door.make(tmp_path)
    for payload in PAYLOADS[:: 1 if os.environ.get("SALESWRIGHT_NIGHTLY") else 4]:
        garden.record["plant", f"east-{payload}", "height"] = payload
        made = garden.ask("east-1")
        one = replace(
            made.lines[0], subject=f"east-{payload}", label=payload, old=payload, new=f"{payload}!", reason=payload,
            evidence=(payload, f"x@{payload};snap=r1.j0", "//evil.example/x", "javascript:window.pwned=1"),
        )  # fmt: skip
        hostile = replace(
            made, title=payload, reason=payload, action=payload, lines=(one,),
        )  # fmt: skip
        garden.shifts = (replace(SHIFT, label=payload, name=payload, ref=f"x@{payload}", reason=payload),)
        number = submit(garden.app, garden.view(), hostile).data["request"]
        reader = assert_tame(client.get(f"/inbox/{number}").text)
        assert not {"svg/onload", "iframe"} & {tag for tag, _ in reader.tags}
    page = client.get("/inbox").text
    assert_tame(page)
    shown = "".join(_words(page))
    assert all(" ".join(one.split()) in shown for one in PAYLOADS[:17:4])
    answers = press(client, **{"no": "1", "reason-1": PAYLOADS[0]})
    assert_tame(answers.text)
    assert PAYLOADS[0] not in answers.text and not [tag for tag, _ in read(answers.text).tags if tag == "img"]


def _words(page: str) -> list[str]:
    from html.parser import HTMLParser

    found: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(" ".join(data.split()))

    Text().feed(page)
    return found
