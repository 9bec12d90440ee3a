"""The product composed for plays: its own ways out, less patient than in earnest, over a record that stands still."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from saleswright.app import build
from saleswright.kernel.call import App
from saleswright.kernel.change import Place, Standing
from saleswright.kernel.outbound.client import Client
from saleswright.kernel.outbound.rules import rules_of
from saleswright.kernel.workspace import Workspace
from saleswright.run.outbox.changes import FOLDER, Changes
from saleswright.run.outbox.mail import Mails
from saleswright.run.outbox.smtp import hand_in
from saleswright.run.outbox.webhook import Webhooks
from tests.crash.door.providers import PATIENCE

OLD = "Bronze"
READ = datetime(2026, 5, 31, tzinfo=UTC)

RULES = """- {kind: access, name: ann, scope: company}
- {kind: access, name: bo, scope: company}
- {kind: access, name: cy, scope: company}
- {kind: approval, name: head, who: [bo, cy]}
"""
SIDES = """- {kind: outbound, name: here, hosts: {127.0.0.1: {private: true, http: true, ports: [KEYED, ASKABLE, NEITHER, MAIL]}}}
- {kind: webhook, name: keyed, url: "http://127.0.0.1:KEYED/changes", keyed: true}
- {kind: webhook, name: askable, url: "http://127.0.0.1:ASKABLE/changes", ask: "http://127.0.0.1:ASKABLE/changes/{key}"}
- {kind: webhook, name: neither, url: "http://127.0.0.1:NEITHER/changes"}
- {kind: mail, name: office, host: 127.0.0.1, port: MAIL, security: none, sender: ops@example.com, changes_to: crm@example.com}
"""


def sides(ports: dict[str, int]) -> str:
    """The definitions of the ways out to these ports."""
    text = SIDES
    for name, port in ports.items():
        text = text.replace(name.upper(), str(port))
    return text


@dataclass(frozen=True)
class Taken:
    """What a provider took: by the beginning of the effect's key, and the changes that can be told from it."""

    side: str
    key: str
    changes: tuple[tuple[str, ...], ...]


def taken(log: Path, since: int = 0) -> list[Taken]:
    """What the providers took, in their order; an unfinished last line is of no account."""
    found = []
    for line in log.read_bytes().split(b"\n")[since:-1] if log.exists() else ():
        one: dict[str, Any] = json.loads(line)
        if one["server"] == "mail":
            found.append(Taken("mail", one["key"].strip("<>").partition("@")[0], ()))
        else:
            data = one["body"]["data"]
            found.append(Taken(one["server"], one["key"], (tuple(str(data[name]) for name in PLACE),)))
    return found


PLACE = ("entity", "subject", "field", "new")


def written(root: Path) -> list[Taken]:
    """The files of changes of a workspace, each whole."""
    found = []
    for path in sorted((root / FOLDER).glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        changes = tuple((row["entity"], row["id"], row["field"], row["new"]) for row in rows)
        found.append(Taken("csv", path.stem.rpartition("-")[2], changes))
    return found


def world(workspace: Workspace, policy: Any, places: Sequence[Place]) -> Standing:
    """What the record holds: the same everywhere, as of long ago. What was sent since is not read back yet."""
    return Standing(dict.fromkeys(places, OLD), READ)


def composed() -> App:
    """The product; whoever it writes to has to answer soon."""
    hooks = Webhooks(lambda workspace: Client(rules_of(workspace), seconds=PATIENCE))
    mails = Mails(partial(hand_in, seconds=PATIENCE))
    return replace(build(), adapters={"csv": Changes(), "webhook": hooks, "mail": mails}, current=world, preview=None)
