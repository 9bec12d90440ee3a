"""Does a company's own program get each change once, signed, and does every answer lead where it should?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from saleswright.kernel.clock import now
from saleswright.kernel.effects.terms import Terms
from saleswright.lib.issue import Stop
from saleswright.run.outbox import CHAPTER
from saleswright.run.outbox.checking import check
from saleswright.run.outbox.webhook import Webhooks
from tests.kernel.effects import outbox
from tests.run.outbox import receivers
from tests.run.outbox.receivers import receiver

CANARIES = (b"canary-signing-secret", b"Y2FuYXJ5LXNpZ25pbmctc2VjcmV0", b"canary-bearer-token")


def definitions(port: int, more: str = "") -> str:
    return f"""\
- kind: outbound
  name: allowed
  hosts: {{127.0.0.1: {{private: true, http: true, ports: [{port}]}}}}
- kind: webhook
  name: crm
  url: http://127.0.0.1:{port}/changes
  secret: env:HOOK_SECRET
  token: env:HOOK_TOKEN
{more}"""


KEYED, ASKED = "  keyed: true\n", "  ask: http://127.0.0.1:{port}/changes/{{key}}\n"


def test_each_change_is_posted_once_signed_and_under_its_key(tmp_path: Path) -> None:
    with receiver() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port, KEYED))
        outbox.agreed(outbox.opened(workspace), 3, "webhook:crm", note="Zoë ☃")
        assert outbox.worker(outbox.app(Webhooks()), workspace).once() == {"confirmed": 3}
    assert len(heard.taken) == len(heard.calls) == 3
    for path, headers, body in heard.calls:
        assert path == "/changes"
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(b"canary-signing-secret", signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
        assert headers["webhook-id"] == headers["idempotency-key"] == json.loads(body)["id"]
        assert headers["authorization"] == "Bearer canary-bearer-token"
        assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
        assert json.loads(body)["data"]["note"] == "Zoë ☃"


@pytest.mark.parametrize(
    ("status", "headers", "ends"),
    [
        (204, {}, "confirmed"),
        (400, {}, "failed"),
        (404, {}, "failed"),
        (409, {}, "failed"),
        (302, {"Location": "http://169.254.169.254/"}, "failed"),
        (307, {"Location": "http://localhost/"}, "failed"),
        (303, {"Location": "/done"}, "in_doubt"),
        (429, {"Retry-After": "120"}, "approved"),
        (503, {"Retry-After": "Fri, 31 Dec 2099 23:59:59 GMT"}, "approved"),
        (503, {}, "approved"),
        (500, {}, "in_doubt"),
        (504, {}, "in_doubt"),
        (0, {}, "in_doubt"),
    ],
)
def test_every_answer_leads_where_it_should(tmp_path: Path, status: int, headers: dict[str, str], ends: str) -> None:
    with receiver((status, headers)) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        journal = outbox.opened(workspace)
        outbox.agreed(journal, 1, "webhook")
        hand = outbox.worker(outbox.app(Webhooks()), workspace, Terms(base=30, rate=1000))
        assert hand.once() == {ends: 1}
        if headers.get("Retry-After"):
            assert hand.once() == {}
    assert len(heard.calls) == 1


@pytest.mark.parametrize("more", [KEYED, ASKED])
@pytest.mark.parametrize("status", [0, 500, 504])
@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_is_lost_ends_with_one_change(tmp_path: Path, more: str, status: int, taken: bool) -> None:
    """0 doubled and 0 lost where a key or a question exists."""
    with receiver(status, takes_anyway=taken) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port, more.format(port=heard.port)))
        journal = outbox.opened(workspace)
        outbox.agreed(journal, 1, "webhook:crm")
        hand = outbox.worker(outbox.app(Webhooks()), workspace)
        assert hand.once() == {"sending": 1}
        assert hand.once() == {"confirmed": 1}
    assert len(heard.taken) == 1
    assert len(heard.calls) == (1 if more == ASKED and taken else 2)
    assert len({headers["idempotency-key"] for _, headers, _ in heard.calls}) == 1


def test_nobody_there_is_tried_again_later(tmp_path: Path) -> None:
    with receiver() as heard:
        pass
    workspace = receivers.workspace(tmp_path, definitions(heard.port))
    journal = outbox.opened(workspace)
    outbox.agreed(journal, 1, "webhook")
    assert outbox.worker(outbox.app(Webhooks()), workspace, Terms(base=30)).once() == {"approved": 1}


def test_secrets_are_in_no_file_no_log_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A receiver that answers with our own secrets: they are neither kept nor shown."""
    caplog.set_level(logging.DEBUG)
    evil = {"Location": "http://canary-bearer-token.local/canary-bearer-token"}
    with receiver(500, 400, (307, evil)) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        outbox.agreed(outbox.opened(workspace), 4, "webhook", "a")
        outbox.worker(outbox.app(Webhooks()), workspace).once()
    monkeypatch.delenv("HOOK_SECRET")
    outbox.agreed(outbox.opened(workspace), 1, "webhook", "b")
    outbox.worker(outbox.app(Webhooks()), workspace).once()
    assert any("the variable HOOK_SECRET is not set" in said for _, said in outbox.lines(outbox.opened(workspace)))
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for canary in CANARIES:
        assert not [text for text in written if canary in text]
        assert canary.decode() not in caplog.text


def test_what_is_wrong_with_a_definition_is_said_at_once_and_a_secret_in_it_is_not_repeated(tmp_path: Path) -> None:
    wrong = """\
- {kind: webhook, name: a, url: "https://169.254.169.254/", secret: hunter2, keyed: maybe, ask: "https://x.example/", colour: red}
- {kind: webhook, name: b, secret: "env:X"}
- kind: outbound
  name: c
  only: perhaps
  hosts: {"https://x.example": {}, 169.254.169.254: {private: true}, y.example: {ports: [0]}}
- {kind: mail, name: d, host: mail.local, sender: nobody, security: none, password: "env:P", quiet: {from: 1200, to: "07:00"}}
"""
    workspace = receivers.workspace(tmp_path, wrong)
    issues = check(type("At", (), {"workspace": workspace}))
    told = "\n".join(map(str, issues))
    assert "hunter2" not in told
    for part in (
        "colour", "keyed is neither", "no {key}", "not a reference to a secret", "it has no url", "only is neither",
        "https://x.example: not the name of a host", "169.254.169.254 is an address of this link", "ports are not",
        "mail.local is not among the hosts", "sender is not an address", "in clear", "not two hours",
    ):  # fmt: skip
        assert part in told, part
    assert all(issue.where.startswith("definitions/out.yaml:") for issue in issues)


def test_the_definitions_of_the_how_to_are_in_order(tmp_path: Path, root: Path) -> None:
    text = (root / "docs" / "how-to" / "send-changes.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    workspace = receivers.workspace(tmp_path, "".join(blocks))
    assert sorted(one.kind for one in workspace.definitions) == ["mail", "outbound", "webhook"]
    assert check(type("At", (), {"workspace": workspace})) == []
    for kind, schema in CHAPTER.kinds.items():
        (one,) = (one for one in yaml.safe_load("".join(blocks)) if one["kind"] == kind)
        jsonschema.validate(one, schema())


def test_which_receiver_is_meant_has_to_be_clear(tmp_path: Path) -> None:
    two = definitions(1) + "- {kind: webhook, name: erp, url: 'https://erp.example/', secret: 'env:HOOK_SECRET'}\n"
    workspace = receivers.workspace(tmp_path, two)
    assert Webhooks().named(workspace, "erp").name == "webhook:erp"
    with pytest.raises(Stop, match="there are 2 definitions"):
        Webhooks().named(workspace, "")
    with pytest.raises(Stop, match="unknown webhook 'epr'"):
        Webhooks().named(workspace, "epr")
