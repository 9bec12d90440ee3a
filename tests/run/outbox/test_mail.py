"""Does mail go out over a real server, once, to who may be written to, and with no header but ours?"""

from __future__ import annotations

import email
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.erase.subject import Subject
from saleswright.data.erase.tombstones import remember
from saleswright.kernel.effects.adapter import Later, Outgoing
from saleswright.kernel.effects.terms import Terms
from saleswright.kernel.journal.tables import detail, erased
from saleswright.run.outbox.mail import Mails, address_of
from saleswright.run.outbox.smtp import hand_in
from saleswright.run.outbox.suppressed import hashed
from tests.kernel.effects import outbox
from tests.kernel.outbound.certificates import contexts
from tests.run.outbox import receivers
from tests.run.outbox.receivers import office

ANN = {"to": "Ann Böhm <ann@example.com>", "subject": "Your week", "text": "One\n.\n..two\nFrom here\n", "person": "p7"}


def definitions(port: int, more: str = "") -> str:
    return f"""\
- kind: outbound
  name: allowed
  hosts: {{127.0.0.1: {{private: true}}}}
- kind: mail
  name: office
  host: 127.0.0.1
  port: {port}
  security: none
  sender: Sales operations <ops@example.com>
  changes_to: crm-admin@example.com
{more}"""


def patient() -> Terms:
    return Terms(base=30, rate=1000)


def test_a_message_arrives_whole_with_an_identity_made_from_its_key(tmp_path: Path) -> None:
    with office() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        outbox.agreed(outbox.opened(workspace), 1, "mail:office", **ANN)
        assert outbox.worker(outbox.app(Mails()), workspace).once() == {"confirmed": 1}
    (envelope,) = heard.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ops@example.com", ["ann@example.com"])
    assert isinstance(envelope.content, bytes)
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["To"] == "Ann Böhm <ann@example.com>" and message["Subject"] == "Your week"
    assert message.get_content().splitlines() == ["One", ".", "..two", "From here"]
    with outbox.opened(workspace).read() as con:
        from saleswright.kernel.effects.rows import read

        row = read(con, 1)
    assert row.outside_id == message["Message-ID"] == f"<{row.key[:40]}@example.com>"
    assert row.said == "queued as 4711"


@pytest.mark.parametrize(
    ("given", "ends", "messages"),
    [
        ({"drop": True}, "in_doubt", 1),  # accepted, then the line is cut
        ({"data": "451 try again later"}, "approved", 0),
        ({"data": "554 no spam"}, "failed", 0),
        ({"rcpt": "450 grey"}, "approved", 0),
        ({"rcpt": "550 no such user"}, "failed", 0),
    ],
)
def test_every_answer_leads_where_it_should(tmp_path: Path, given: Any, ends: str, messages: int) -> None:
    with office(**given) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        outbox.agreed(outbox.opened(workspace), 1, "mail", **ANN)
        hand = outbox.worker(outbox.app(Mails()), workspace, patient())
        assert hand.once() == {ends: 1}
        assert hand.once() == {}
        assert len(heard.messages) == messages


def test_nobody_there_is_tried_again_later_and_a_wrong_password_never(tmp_path: Path) -> None:
    with office(user="somebody-else") as heard:
        login = "  user: env:MAIL_USER\n  password: env:MAIL_PASSWORD\n  security: none\n"
        # A password over a line in clear is refused before anything is said.
        workspace = receivers.workspace(tmp_path / "a", definitions(heard.port).replace("  security: none\n", login))
        outbox.agreed(outbox.opened(workspace), 1, "mail", **ANN)
        assert outbox.worker(outbox.app(Mails()), workspace, patient()).once() == {"failed": 1}
        assert heard.logins == []
        # Without encryption on offer nothing is handed in either.
        text = definitions(heard.port).replace("security: none", "security: starttls")
        workspace = receivers.workspace(tmp_path / "b", text)
        outbox.agreed(outbox.opened(workspace), 1, "mail", **ANN)
        assert outbox.worker(outbox.app(Mails()), workspace, patient()).once() == {"approved": 1}
    workspace = receivers.workspace(tmp_path / "c", definitions(heard.port))
    outbox.agreed(outbox.opened(workspace), 1, "mail", **ANN)
    assert outbox.worker(outbox.app(Mails()), workspace, patient()).once() == {"approved": 1}
    assert heard.messages == []


HOSTILE = ["x\r\nBcc: eve@evil.example", "x\nBcc: eve@evil.example", "x\rBcc: eve@evil.example", "x\u2028Bcc: eve@evil.example",
           "x\x0bBcc: eve@evil.example", "x\x85Bcc: eve@evil.example", "x\r\n\r\nbody", "=?utf-8?q?x=0d=0aBcc:_eve?="]  # fmt: skip


def test_nothing_in_a_message_can_begin_another_header(tmp_path: Path) -> None:
    workspace = receivers.workspace(tmp_path, definitions(25))
    mail = Mails().named(workspace, "")
    for text in HOSTILE:
        given = {"to": "ann@example.com", "subject": text, "text": text, "title": text}
        made = mail.message(Outgoing("k" * 64, "message", "m", "1", given, 1)).as_bytes()
        head = email.message_from_bytes(made)
        names = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type"]
        assert [name for name in head if name not in ("Content-Transfer-Encoding", "MIME-Version")] == names
        assert address_of(f"ann@example.com{text[1:]}") in ("", "ann@example.com")
        with pytest.raises(Exception, match="no plain address"):
            mail.message(Outgoing("k" * 64, "message", "m", "1", given | {"to": f"{text} <ann>"}, 1))


@pytest.mark.parametrize("kind", ["address", "domain", "person"])
def test_who_asked_not_to_be_written_to_is_not_though_it_was_agreed_to_before(tmp_path: Path, kind: str) -> None:
    """Opt-out between the yes and the claim: the claim sees it. A taken back opt-out lets the next one out."""
    value = {"address": hashed(" ANN@example.com "), "domain": "Example.com", "person": "p7"}[kind]
    event = {"kind": kind, "value": value, "since": "2020-01-01", "reason": "opted out"}
    with office() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        journal = outbox.opened(workspace)
        product = outbox.app(Mails())
        outbox.agreed(
            journal, 1, "mail", **ANN | {"to": "ann+news@mail.example.com" if kind == "domain" else "ann+x@example.com"}
        )
        with journal.write("ann") as w:
            w.record("authored", "suppression:1", event, event="suppression")
        assert outbox.worker(product, workspace).once() == {"failed": 1}
        assert heard.messages == []
        with journal.write("ann") as w:
            w.record("authored", "suppression:1", {"kind": kind, "value": value, "removed": True}, event="suppression")
        outbox.agreed(journal, 1, "mail", **ANN)
        assert outbox.worker(product, workspace).once() == {"confirmed": 1}


def test_an_erased_person_is_still_not_written_to(tmp_path: Path) -> None:
    left = {"kind": "address", "value": hashed("ann@example.com"), "since": "2020-01-01"}
    with office() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        journal = outbox.opened(workspace)
        with journal.write("ann") as w:
            seq = w.record("authored", "suppression:1", left | {"reason": "she called"}, event="suppression")
            w.con.execute(detail.update().where(detail.c.seq == seq).values(body=None, salt=b""))
            w.con.execute(erased.insert().values(seq=seq, erasure=seq, body=json.dumps(left).encode()))
        outbox.agreed(journal, 1, "mail", **ANN)
        assert outbox.worker(outbox.app(Mails()), workspace).once() == {"failed": 1}
        assert heard.messages == []


def test_who_was_erased_is_not_written_to_though_nobody_suppressed_them(tmp_path: Path) -> None:
    with office() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        remember(workspace.state, Subject("ab" * 32, emails=("Ann@Example.com",)))
        outbox.agreed(outbox.opened(workspace), 1, "mail", **ANN)
        assert outbox.worker(outbox.app(Mails()), workspace).once() == {"failed": 1}
        assert heard.messages == []


def test_quiet_hours_end_by_the_clock_also_in_the_night_it_is_set_back(
    tmp_path: Path, pin_now: Callable[[str], object]
) -> None:
    """From 23:00 to 07:00 of the night to 25 October 2026 in Berlin are nine hours."""
    more = '  quiet: {from: "20:00", to: "07:00"}\n'
    pin_now("2026-10-24T21:00:00+00:00")
    workspace = replace(receivers.workspace(tmp_path, definitions(25, more)), zone="Europe/Berlin")
    with pytest.raises(Later) as later:
        Mails().check(workspace, Outgoing("ab" * 32, "message", "x", "1", ANN, 0))
    assert later.value.after == 9 * 3600


def test_quiet_hours_and_the_cap_only_put_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = '  quiet: {from: "20:00", to: "07:00"}\n  per_hour: 2\n'
    with office() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port, more), zone="Europe/Berlin")
        outbox.agreed(outbox.opened(workspace), 3, "mail", **ANN)
        hand = outbox.worker(outbox.app(Mails()), workspace)
        for moment, came in (
            ("2026-11-23T19:30:00Z", {}),  # 20:30 there
            ("2026-11-24T05:59:00Z", {}),
            ("2026-11-24T06:00:30Z", {"confirmed": 2}),
            ("2026-11-24T06:30:00Z", {}),
            ("2026-11-24T07:30:00Z", {"confirmed": 1}),
        ):
            monkeypatch.setenv("SALESWRIGHT_NOW", moment)
            assert hand.once() == came, moment
        assert len(heard.messages) == 3


def test_the_lines_of_a_request_go_to_who_keeps_the_crm_in_one_message(tmp_path: Path) -> None:
    workspace = receivers.workspace(tmp_path, definitions(25))
    line = {
        "entity": "deal",
        "subject": "d1",
        "field": "owner",
        "old": None,
        "new": "Ann",
        "label": "Acme",
        "reason": "left",
    }
    given = {"title": "Owners", "lines": [line, line | {"subject": "d2"}]}
    made = Mails().named(workspace, "").message(Outgoing("k" * 64, "change", "request:7", "1", given, 1, 7))
    assert (made["To"], made["Subject"]) == ("crm-admin@example.com", "Changes agreed to: Owners")
    assert "owner from nothing to Ann" in made.get_content() and "Acme (d2)" in made.get_content()


def test_over_an_encrypted_line_with_a_password_that_nobody_sees(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server, trusting = contexts(tmp_path, "smtp.example.com")
    login = "  user: env:MAIL_USER\n  password: env:MAIL_PASSWORD\n"
    say = "550 canary-mail-password is not welcome"
    with office("canary-mail-user", server) as heard:
        text = definitions(heard.port, login).replace("security: none", "security: starttls")
        text = text.replace("host: 127.0.0.1", "host: smtp.example.com").replace("127.0.0.1: {", "smtp.example.com: {")
        workspace = receivers.workspace(tmp_path / "w", text)
        journal = outbox.opened(workspace)
        mails = Mails(partial(hand_in, secure=lambda: trusting, ask=lambda host, port: ["127.0.0.1"]))
        outbox.agreed(journal, 1, "mail", "a", **ANN)
        assert outbox.worker(outbox.app(mails), workspace).once() == {"confirmed": 1}
        assert heard.logins == [("canary-mail-user", "canary-mail-password")]
        heard.rcpt = say
        outbox.agreed(journal, 1, "mail", "b", **ANN)
        assert outbox.worker(outbox.app(mails), workspace).once() == {"failed": 1}
        untrusting = Mails(partial(hand_in, ask=lambda host, port: ["127.0.0.1"]))
        outbox.agreed(journal, 1, "mail", "c", **ANN)
        assert outbox.worker(outbox.app(untrusting), workspace, patient()).once() == {"approved": 1}
        assert len(heard.messages) == len(heard.logins) - 1 == 1
    assert outbox.lines(journal)[1][1] == "smtp.example.com answered 550 *** is not welcome"
    kept = [path.read_bytes() for path in (tmp_path / "w").rglob("*") if path.is_file()]
    assert not [text for text in kept if b"canary-mail" in text.replace(b"MAIL_", b"")]
    # The server's own log, which is in this process only for the test, knows what it was sent.
    assert not [one for one in caplog.records if one.name != "mail.log" and "canary-mail" in one.getMessage()]
