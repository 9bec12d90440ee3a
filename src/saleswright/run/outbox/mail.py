"""How does a message reach a person, or a list of changes whoever keeps the CRM? By mail, over the company's own server.

    kind: mail
    name: office
    host: smtp.example.com
    port: 587
    security: starttls                      # tls from the first byte, or none for a server on this machine
    user: env:SMTP_USER
    password: env:SMTP_PASSWORD
    sender: Sales operations <ops@example.com>
    changes_to: crm-admin@example.com       # who gets the lines of a request
    quiet: {from: "20:00", to: "07:00"}     # in the workspace's zone
    per_hour: 100

A mail server can neither be given a key nor be asked, so what may have gone out waits for a person. Each message has an
identity made from the effect's key, by which it is found in the mailbox that sent it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from saleswright.data.erase.tombstones import erased as forgotten
from saleswright.kernel import clock
from saleswright.kernel.definition import Definition
from saleswright.kernel.effects.adapter import Arrived, Later, Outgoing, Promise, Refused
from saleswright.kernel.outbound.rules import rules_of
from saleswright.kernel.outbound.secret import reveal
from saleswright.kernel.workspace import Workspace
from saleswright.run.outbox.changes import written
from saleswright.run.outbox.chosen import chosen
from saleswright.run.outbox.mailing import KIND, PORTS, clock_of, issues_of
from saleswright.run.outbox.smtp import Server, hand_in
from saleswright.run.outbox.suppressed import Suppressed

_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")

HandIn = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail server, as its definition says."""

    definition: Definition
    suppressed: Suppressed
    hand_in: HandIn
    promise: Promise = "neither"
    groups: bool = True

    @property
    def name(self) -> str:
        return f"{KIND}:{self.definition.name}"

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        for issue in issues_of(self.definition):
            return f"{issue.where} {issue.what}"
        self._server()
        to = self._to(outgoing)
        if not address_of(to):
            return "there is no plain address to send it to"
        if forgotten(workspace, address_of(to)):
            return "the person with this address was erased"
        here = clock.now().astimezone(ZoneInfo(workspace.zone))
        if con is not None:
            person = str(outgoing.payload.get("person", ""))
            if why := self.suppressed.why(con, address_of(to), person, here.date()):
                return why
        self._quiet(here)
        if con is not None:
            self._cap(con)
        return ""

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        message = self.message(outgoing)
        to, sender = address_of(self._to(outgoing)), address_of(str(self.definition.body["sender"]))
        content = message.as_bytes(policy=SMTP)
        said = self.hand_in(self._server(), rules_of(workspace), sender, to, content)
        return Arrived(str(message["Message-ID"]), said)

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        raise AssertionError("a mail server cannot be asked")

    def message(self, outgoing: Outgoing) -> EmailMessage:
        """The message as it is handed in. Nothing in it can begin another header: breaks become spaces."""
        payload = outgoing.payload
        sender = str(self.definition.body["sender"])
        message = EmailMessage(policy=SMTP)
        message["From"] = _address(sender)
        message["To"] = _address(self._to(outgoing))
        message["Subject"] = _line(str(payload.get("subject") or f"Changes agreed to: {payload.get('title', '')}"))
        message["Date"] = format_datetime(clock.now())
        domain = address_of(sender).rpartition("@")[2]
        message["Message-ID"] = f"<{outgoing.key[:40]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(str(payload["text"]) if "text" in payload else listed(outgoing))
        return message

    def _to(self, outgoing: Outgoing) -> str:
        return str(outgoing.payload.get("to") or self.definition.body.get("changes_to", ""))

    def _server(self) -> Server:
        one = self.definition
        user, password = (reveal(one.body.get(name), one.where(name)) for name in ("user", "password"))
        security = str(one.body.get("security", "starttls"))
        return Server(str(one.body["host"]), int(one.body.get("port", PORTS[security])), security, user, password)

    def _quiet(self, here: datetime) -> None:
        """Later, when nobody is to be written to at this hour."""
        quiet = self.definition.body.get("quiet")
        if not quiet:
            return
        start, end = clock_of(quiet["from"]), clock_of(quiet["to"])
        assert start is not None and end is not None
        if _within(here.time(), start, end):
            day = here.date() if here.time() < end else here.date() + timedelta(days=1)
            until = datetime.combine(day, end, here.tzinfo)
            # Two moments of one zone are told apart by their clocks, which go wrong by an hour twice a year.
            raise Later(f"it is quiet until {end:%H:%M}", until.timestamp() - here.timestamp())

    def _cap(self, con: Any) -> None:
        """Later, when as many went out in the last hour as may."""
        from sqlalchemy import func, select

        from saleswright.kernel.journal.tables import effect

        most = self.definition.body.get("per_hour")
        if not most:
            return
        since = int((clock.now() - timedelta(hours=1)).timestamp() * 1_000_000)
        out = effect.c.state.in_(("claimed", "sending", "confirmed", "in_doubt", "resolved"))
        mine = effect.c.adapter.in_((KIND, self.name)) & (effect.c.changed > since)
        if int(con.execute(select(func.count()).where(mine & out)).scalar()) >= int(most):
            raise Later(f"{most} an hour are sent at most", 300.0)


class Mails:
    """The ways out "mail" and "mail:NAME"."""

    name = KIND
    promise: Promise = "neither"
    groups = True

    def __init__(self, hand_in: HandIn = hand_in) -> None:
        self._hand_in = hand_in
        self._suppressed = Suppressed()

    def named(self, workspace: Workspace, which: str) -> Mail:
        """The server of that name; the only one where none is named. Stop (usage) otherwise."""
        return Mail(chosen(workspace, KIND, which), self._suppressed, self._hand_in)

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        return self.named(workspace, "").check(workspace, outgoing, con)

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        return self.named(workspace, "").send(workspace, outgoing)

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        return self.named(workspace, "").ask(workspace, outgoing)


def address_of(text: str) -> str:
    """The bare address in "Ann <ann@example.com>"; empty unless it is a plain one of ASCII letters."""
    if _BREAKS.search(text):
        return ""
    found = parseaddr(text)[1]
    return found if _PLAIN.fullmatch(found) else ""


def listed(outgoing: Outgoing) -> str:
    """The lines of a request as text for a person."""
    payload = outgoing.payload
    parts = [f"Request {outgoing.request}: {payload.get('title', '')}", "", "These changes were agreed to:"]
    for line in payload.get("lines", []):
        name = line.get("label") or f"{line['entity']} {line['subject']}"
        change = f"{line['field']} from {written(line['old']) or 'nothing'} to {written(line['new']) or 'nothing'}"
        parts += ["", f"  {name} ({line['subject']})", f"    {change}", f"    {line.get('reason', '')}"]
    return "\n".join(parts) + "\n"


def _address(text: str) -> Address:
    bare = address_of(text)
    if not bare:
        raise Refused("there is no plain address to send it to")
    return Address(_line(parseaddr(text)[0]), addr_spec=bare)


def _line(text: str) -> str:
    # An encoded word may hold a break that the library writes out again when it folds the line.
    return _BREAKS.sub(" ", text).replace("=?", "= ?").strip()[:200]


def _within(now: time, start: time, end: time) -> bool:
    return start <= now < end if start <= end else now >= start or now < end
