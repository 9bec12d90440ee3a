"""Who did what, on a page: found by who, what, about what and since when; one record with its proof; files for an auditor."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from saleswright.data.audit import CHAPTER
from saleswright.data.audit.page import PAGES
from saleswright.data.audit.pages import log
from saleswright.faces.web.app import create_app
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.journal.tables import actor, detail, record
from tests.faces.web import toy_door
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.test_hostile import assert_tame
from tests.kernel.door.garden import Garden

REF = "won_value@3f2a91;scope=company;asof=2026-11-23;snap=r1.j0;cur=USD"
SEEN = {"snap": "r1.j0", "figures": [{"ref": REF, "before": {"amount": "1.00", "currency": "USD"}, "after": 2}]}


def make(root: Path, people: str = "") -> tuple[Garden, Client, Journal]:
    garden, _ = toy_door.make(root, people)
    chapter = replace(CHAPTER, actions=(), pages=PAGES)
    garden.app = replace(garden.app, chapters=(*garden.app.chapters, chapter))
    client = client_of(create_app(garden.app, garden.workspace, lambda request: request.headers.get("x-actor", "")))
    journal = open_journal(garden.workspace)
    assert journal is not None
    return garden, client, journal


def fill(journal: Journal) -> None:
    for n in range(1, 4):
        with journal.write("ann") as w:
            w.record("asked", f"request:{n}", {"title": f"request {n}"})
    with journal.write("bob") as w:
        w.record("decided", "request:2", {"verdict": "no", "reason": "not now", "seen": SEEN})


def seqs(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'<th scope="row"><a href="/audit/(\d+)">', page)]


def test_nothing_done_yet_says_so(tmp_path: Path) -> None:
    _, client, _ = make(tmp_path)
    page = client.get("/audit").text
    assert "Nothing was done yet that asks for a record." in page and "/audit/export" not in page


def test_the_log_is_found_by_who_what_about_and_since(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    fill(journal)
    page = client.get("/audit").text
    assert seqs(page) == [4, 3, 2, 1] and "Verified up to record 4" in page and "1 figure" in page
    assert seqs(client.get("/audit?who=bob").text) == [4]
    assert seqs(client.get("/audit?what=asked").text) == [3, 2, 1]
    assert seqs(client.get("/audit?about=request:2").text) == [4, 2]
    assert seqs(client.get("/audit?since=2031-01-01").text) == []
    assert seqs(client.get("/audit?before=3").text) == [2, 1]
    assert client.get("/audit?since=soon").status_code == 400 and client.get("/audit?before=x").status_code in (
        400,
        404,
    )


def test_one_record_shows_what_was_on_screen_and_what_proves_it(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    fill(journal)
    page = client.get("/audit/4").text
    assert "not now" in page and f'href="/n/{REF}"' in page and "USD 1.00" in page and "as of r1.j0" in page
    assert "It follows from the record before it." in page and 'href="/audit/3"' in page and 'href="/inbox/2"' in page
    assert client.get("/audit/5").status_code == 404 and client.get("/audit/x").status_code == 404


def test_a_record_that_was_changed_is_said_on_the_page(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    fill(journal)
    with journal.engine.connect().execution_options(writes=True) as con, con.begin():
        con.execute(record.update().where(record.c.seq == 2).values(bytes=b"[2]"))
    page = client.get("/audit").text
    assert "record 2" in page and "Sound up to record 1 only" in page and "Verified up to" not in page
    assert "It does not follow from the record before it" in client.get("/audit/2").text


def test_what_was_erased_says_so_and_still_proves_that_it_was_done(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    fill(journal)
    with journal.engine.connect().execution_options(writes=True) as con, con.begin():
        con.execute(detail.update().where(detail.c.seq == 4).values(body=None, salt=b""))
        con.execute(actor.update().where(actor.c.name == "bob").values(name=None, salt=b""))
    page = client.get("/audit").text
    assert "erased on purpose" in page and "Verified up to record 4" in page and "not now" not in page
    assert "was erased on purpose" in client.get("/audit/4").text


def test_the_log_is_handed_over_as_files(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    fill(journal)
    bare, whole = client.get("/audit/export/records"), client.get("/audit/export/whole")
    assert bare.headers["content-disposition"] == 'attachment; filename="audit-records.jsonl"'
    assert "ann" not in bare.text and "ann" in whole.text
    lines = [json.loads(line) for line in whole.text.splitlines()]
    assert lines[0]["records"] == 4 and [one["seq"] for one in lines[1:5]] == [1, 2, 3, 4]
    assert json.loads(client.get("/audit/export/head").text)["seq"] == 4
    assert client.get("/audit/export/other").status_code == 404


def test_only_who_sees_the_whole_company_sees_what_others_did(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path, toy_door.PEOPLE)
    fill(journal)
    for path in ("/audit", "/audit/4", "/audit/export/whole"):
        assert client.get(path, headers={"x-actor": "rob"}).status_code == 403
        assert client.get(path, headers={"x-actor": "ann"}).status_code == 200
    assert 'href="/audit"' not in client.get("/inbox", headers={"x-actor": "rob"}).text


def test_hostile_text_in_every_field_of_a_record_shows_as_text(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    for payload in PAYLOADS[::4]:
        with journal.write(payload) as w:
            seen = {
                "snap": payload,
                "figures": [{"ref": f"x@{payload};snap=", "before": payload, "after": {payload: payload}}],
            }
            seq = w.record(payload, payload, {payload: payload, "reason": payload, "seen": seen}, event=payload)
        assert_tame(client.get(f"/audit/{seq}").text)
    assert_tame(client.get("/audit").text)
    assert_tame(client.get("/audit", params={"who": PAYLOADS[0], "about": PAYLOADS[4]}).text)


def test_what_a_command_said_was_on_screen_breaks_no_page(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    for seen in (
        {"figures": 5},
        {"figures": ["x", {"ref": 1}]},
        {"snap": 7},
        {"other": {}},
        {"figures": {"ref": None}},
    ):
        with journal.write("ann") as w:
            seq = w.record("decided", "request:1", {"verdict": "yes", "seen": seen})
        page = client.get(f"/audit/{seq}")
        assert page.status_code == 200 and "What was on screen?" in page.text, seen
    assert client.get("/audit").status_code == 200


def test_the_log_says_what_was_done_in_plain_words(tmp_path: Path) -> None:
    _, client, journal = make(tmp_path)
    lines = [{"subject": "plant_east", "field": "next_step", "old": None, "new": "Call", "reason": "it is silent"}]
    with journal.write("me") as w:
        first = w.record("proposed", "request:1", {"title": "Heights", "lines": lines, "adapter": "csv"})
        w.record("effect planned", "effect:1", {"key": "f" * 64, "adapter": "webhook:crm", "n": 1, "request": 1})
        w.record("effect in doubt", "effect:1", {"from": "sending", "said": "no answer"})
        w.record("schedule begun", "schedule:nudge", {"by_hand": True, "due": "2026-11-23T13:09:45.768827+00:00"})
        last = w.record(
            "decided", "request:1", {"verdict": "yes", "approved": [1, 2], "approvals": {"1": "a", "2": "a"}}
        )
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", client.get("/audit").text))
    for words in (
        "suggested", "prepared to send sending 1 goes out by webhook:crm; change 1; request 1", "sent, unconfirmed",
        "by hand; due 23 Nov 2026 13:09 UTC", "approved",
    ):  # fmt: skip
        assert words in page, words
    assert "f" * 64 not in page and "effect 1" not in page and "in_doubt" not in page and "in doubt" not in page
    assert "On screen" not in page
    one = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", client.get(f"/audit/{first}").text))
    assert "You suggested: request 1" in one and "plant_east Next step empty Call it is silent" in one
    two = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", client.get(f"/audit/{last}").text))
    assert "Changes approved 1, 2" in two and "a, the same for all 2" in two


def test_a_long_log_is_verified_when_asked_for_and_says_how_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "AT_ONCE", 3)
    _, client, journal = make(tmp_path)
    fill(journal)
    assert "This log is long" in client.get("/audit").text
    for path in ("/audit?verify=yes", "/audit", "/audit?who=bob"):
        assert "Verified up to record 4" in client.get(path).text
    with journal.write("ann") as w:
        w.record("asked", "request:9")
    page = client.get("/audit").text
    assert "Verified up to record 4" in page and "Verify the rest" in page and seqs(page)[0] == 5
    assert "Verified up to record 5" in client.get("/audit?verify=yes").text
