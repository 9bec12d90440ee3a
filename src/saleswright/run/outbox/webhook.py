"""How does a program of the company's own get a change? It is posted to it, signed, with the key of the effect.

    kind: webhook
    name: crm
    url: https://hooks.example.com/changes
    secret: env:CRM_WEBHOOK_SECRET
    keyed: true                                       # it does what comes with one key once
    ask: https://hooks.example.com/changes/{key}      # 200 it has it, 404 it has not

What the definition does not say is not assumed: without `keyed` and `ask`, an answer that does not come is a question for
a person.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.definition import Definition
from saleswright.kernel.effects.adapter import Arrived, Later, Outgoing, Promise, Refused, Unknown
from saleswright.kernel.outbound.client import Answer, Client
from saleswright.kernel.outbound.connect import Unanswered, Unreached
from saleswright.kernel.outbound.rules import Blocked, rules_of
from saleswright.kernel.outbound.secret import Secret, reveal, told
from saleswright.kernel.workspace import Workspace
from saleswright.run.outbox import signing
from saleswright.run.outbox.chosen import chosen
from saleswright.run.outbox.posting import KIND, issues_of

LONGEST = 86_400.0
_BUSY = frozenset({425, 429, 503})
_LOST = frozenset({408, 500, 502, 504})


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver, as its definition says."""

    definition: Definition
    client: Callable[[Workspace], Client]

    @property
    def name(self) -> str:
        return f"{KIND}:{self.definition.name}"

    @property
    def promise(self) -> Promise:
        if self.definition.body.get("keyed") is True:
            return "key"
        return "ask" if self.definition.body.get("ask") else "neither"

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        for issue in issues_of(self.definition):
            if issue.level == "error":
                return f"{issue.where} {issue.what}"
        self._secrets()
        return ""

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        content = {"type": outgoing.intent, "id": outgoing.key, "subject": outgoing.subject, "data": outgoing.payload}
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        more = {"content-type": "application/json", "idempotency-key": outgoing.key}
        answer = self._exchange(workspace, "POST", str(self.definition.body["url"]), outgoing.key, body, more)
        said = told(f"{answer.host} answered {answer.status}")
        if 200 <= answer.status < 300:
            return Arrived(_named(answer, self._secrets()), said)
        if answer.status in _BUSY:
            raise Later(said, _after(answer))
        # A receiver that is still at work on this very key says so with 409.
        if answer.status in _LOST or answer.status > 504 or (answer.status == 409 and self.promise == "key"):
            raise Unknown(said)
        raise Refused(said)

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        url = str(self.definition.body["ask"]).replace("{key}", outgoing.key)
        answer = self._exchange(workspace, "GET", url, outgoing.key, b"", {})
        if 200 <= answer.status < 300:
            return Arrived(_named(answer, self._secrets()), f"{answer.host} has it")
        if answer.status in (404, 410):
            return None
        if answer.status in _BUSY:
            raise Later(f"{answer.host} answered {answer.status}", _after(answer))
        raise Unknown(f"{answer.host} answered {answer.status} when it was asked")

    def _exchange(
        self, workspace: Workspace, method: str, url: str, key: str, body: bytes, more: dict[str, str]
    ) -> Answer:
        secret, token = self._secrets()
        signed = signing.headers(secret.text, key, int(clock.now().timestamp()), body) if secret.text else {}
        own = {"authorization": f"Bearer {token.text}"} if token.text else {}
        try:
            return self.client(workspace).send(method, url, {**more, **signed}, body, own)
        except Blocked as error:
            raise Refused(told(str(error), secret, token)) from None
        except Unreached as error:
            raise Later(told(str(error), secret, token)) from None
        except Unanswered as error:
            raise Unknown(told(str(error), secret, token)) from None

    def _secrets(self) -> tuple[Secret, Secret]:
        one = self.definition
        found = [reveal(one.body.get(name), one.where(name)) for name in ("secret", "token")]
        return found[0], found[1]


class Webhooks:
    """The ways out "webhook" and "webhook:NAME"."""

    name = KIND
    promise: Promise = "neither"

    def __init__(self, client: Callable[[Workspace], Client] = lambda workspace: Client(rules_of(workspace))) -> None:
        self._client = client

    def named(self, workspace: Workspace, which: str) -> Webhook:
        """The receiver of that name; the only one where none is named. Stop (usage) otherwise."""
        return Webhook(chosen(workspace, KIND, which), self._client)

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        return self.named(workspace, "").check(workspace, outgoing, con)

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        return self.named(workspace, "").send(workspace, outgoing)

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        return self.named(workspace, "").ask(workspace, outgoing)


def _named(answer: Answer, secrets: tuple[Secret, Secret]) -> str:
    """The other side's own name for it, where it gives one."""
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    found = content.get("id", "") if isinstance(content, dict) else ""
    return told(str(found), *secrets)[:100] if isinstance(found, (str, int)) else ""


def _after(answer: Answer) -> float:
    """Seconds that the other side asks to wait, as a number or a moment; a day at most."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return min(float(given[:9]), LONGEST)
    try:
        until: datetime = parsedate_to_datetime(given)
        seconds = (until.astimezone() - clock.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST)
