"""Can the log be shown, verified and handed over by whoever may see it, and what do they read when it is not sound?"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.data.audit import heads
from saleswright.data.audit.actions import audit_export, audit_head, audit_show, audit_verify
from saleswright.data.erase.journal import digest
from saleswright.data.erase.journal import told as told_without
from saleswright.data.erase.subject import Subject
from saleswright.kernel import clock
from saleswright.kernel.call import Desk
from saleswright.kernel.journal import let_go
from saleswright.kernel.journal.tables import detail, erased
from saleswright.kernel.policy import Policy
from saleswright.kernel.report import Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, INTEGRITY, NOT_ALLOWED, USAGE, Stop
from tests.journals import KINDS, empty, opened


class View:
    """What these actions need of a context."""

    def __init__(self, workspace: Workspace, policy: Policy | None = None) -> None:
        self.workspace, self.policy = workspace, policy or Policy("me")


@pytest.fixture(params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Workspace:
    return empty(tmp_path, journal_url(request.param))


def done(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    """Four records on three days, one of them with what was on screen."""
    seen = {"snap": "r3.j1", "figures": [{"ref": "win_rate@1", "value": 0.31}, {"ref": "open@1", "value": 7}]}
    told = (
        ("2026-11-20T09:00", "Ann", "did", "action:import", {"action": "import", "args": {"path": "rows.csv"}}),
        ("2026-11-21T09:00", "Ann", "proposed", "request:1", {"title": "Close dates"}),
        ("2026-11-21T23:30", "Ben", "decided", "request:1", {"verdict": "yes", "seen": seen}),
        ("2026-11-22T09:00", "Ben", "decided", "request:12", {"verdict": "no", "reason": "not yet"}),
    )
    for moment, who, act, subject, body in told:
        pin_now(f"{moment}:00+00:00")
        with opened(workspace).write(who) as w:
            w.record(act, subject, body)


def shown(workspace: Workspace, **asked: Any) -> list[tuple[Any, ...]]:
    report = audit_show.run(View(workspace), **asked)
    (table,) = report.blocks
    assert isinstance(table, Table)
    return [tuple(row) for row in table.rows]


def test_who_did_what_and_when(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    done(workspace, pin_now)
    rows = shown(workspace)
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        (4, "Ben", "decided", "request 12"),
        (3, "Ben", "decided", "request 1"),
        (2, "Ann", "proposed", "request 1"),
        (1, "Ann", "did", "action import"),
    ]
    assert rows[1][6] == "2 figures of r3.j1" and rows[0][6] == ""
    assert rows[3][5] == "path rows.csv" and rows[0][5] == "reason not yet, verdict no"
    assert [row[0] for row in shown(workspace, who="Ann")] == [2, 1]
    assert [row[0] for row in shown(workspace, act="decided")] == [4, 3]
    assert [row[0] for row in shown(workspace, subject="request:12")] == [4]
    assert [row[0] for row in shown(workspace, since="2026-11-21", until="2026-11-21")] == [3, 2]
    assert [row[0] for row in shown(workspace, since="2026-11-21T12:00:00+00:00")] == [4, 3]
    assert [row[0] for row in shown(workspace, limit=1)] == [4]
    assert audit_show.run(View(workspace), who="Eve").lede == "No record fits."
    with pytest.raises(Stop) as stop:
        audit_show.run(View(workspace), since="soon", until="2026-11-21T12:00:00", limit=0)
    with pytest.raises(Stop, match="at once"):
        audit_show.run(View(workspace), limit=1_000_000_000)
    assert len(stop.value.issues) == 3 and stop.value.exit_code == USAGE


def test_what_was_erased_says_so(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    done(workspace, pin_now)
    from saleswright.kernel.journal.tables import actor, detail

    with opened(workspace).write("Ann") as w:
        w.con.execute(detail.update().where(detail.c.seq == 3).values(body=None, salt=b""))
        w.con.execute(actor.update().where(actor.c.name == "Ben").values(name=None, salt=b""))
        w.record("erased", "subject:1")
    assert [(row[2], row[5]) for row in shown(workspace)][2:3] == [("erased", "erased")]
    report = audit_verify.run(View(workspace))
    assert report.exit_code == 0 and {f.name: f.value for f in report.figures()}["erased"] == 1


def test_who_sees_a_part_sees_nothing_of_it(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    done(workspace, pin_now)
    for policy in (Policy("Ann", "team:West"), Policy("Ann", hidden=frozenset({"amount"}))):
        for run in (audit_show.run, audit_verify.run):
            with pytest.raises(Stop) as stop:
                run(View(workspace, policy))
            assert stop.value.exit_code == NOT_ALLOWED


def test_verify_names_the_first_broken_record(tmp_path: Path, pin_now: Callable[[str], object]) -> None:
    workspace = empty(tmp_path)
    assert audit_verify.run(View(workspace)).exit_code == 0
    done(workspace, pin_now)
    assert audit_verify.run(View(workspace)).exit_code == 0
    let_go()
    with closing(sqlite3.connect(workspace.state / "journal.sqlite", isolation_level=None)) as con:
        con.execute("""UPDATE detail SET body = '{"verdict":"no"}' WHERE seq = 3""")
    report = audit_verify.run(View(workspace))
    assert report.exit_code == INTEGRITY
    (issue,) = report.issues
    assert issue.where == "record 3" and "up to record 2" in issue.why


def test_verify_tells_of_an_erased_detail_that_was_altered_afterwards(
    workspace: Workspace, pin_now: Callable[[str], object]
) -> None:
    """What an erasure left is held to the erasure's own record: altered it is told with its number, exit code 8. A body
    that went without an erasure is told as well, for a log may look so that was restored from a backup."""
    done(workspace, pin_now)
    with opened(workspace).write("Cid") as w:
        _, left = told_without(w.con, Subject("00" * 32, names=("not yet",)), False)
        body = {"left": {str(seq): digest(body) for seq, body in left.items()}, "records": sorted(left)}
        told_without(w.con, Subject("00" * 32, names=("not yet",)), True, w.record("erased", "person:1", body))
    assert _exit(audit_verify.run(View(workspace))) == 0

    with opened(workspace).write("Eve") as w:
        w.con.execute(erased.update().values(body=b'{"verdict":"yes"}'))
        w.record("did", "x")
    report = audit_verify.run(View(workspace))
    assert report.exit_code == INTEGRITY
    assert [(issue.where, issue.code) for issue in report.issues] == [("record 4", "integrity")]
    assert "changed afterwards" in report.issues[0].what

    with opened(workspace).write("Eve") as w:
        w.con.execute(erased.update().values(body=left[4]))
        w.con.execute(detail.update().where(detail.c.seq == 1).values(body=None, salt=b""))
        w.record("did", "x")
    report = audit_verify.run(View(workspace))
    assert report.exit_code == 0
    assert any("What 1 record is about is gone" in getattr(block, "text", "") for block in report.blocks)
    with opened(workspace).write("Eve") as w:
        w.con.execute(erased.delete())
        w.record("did", "x")
    report = audit_verify.run(View(workspace))
    assert any("What 2 records are about is gone" in getattr(block, "text", "") for block in report.blocks)


def test_an_erasure_whose_own_words_were_erased_proves_as_before(
    workspace: Workspace, pin_now: Callable[[str], object]
) -> None:
    done(workspace, pin_now)
    for name in ("not yet", "Close dates"):
        with opened(workspace).write("Cid") as w:
            subject = Subject("00" * 32, names=(name,))
            _, left = told_without(w.con, subject, False)
            body = {"because": "of Close dates", "left": {str(seq): digest(one) for seq, one in left.items()}}
            seq = w.record("erased", "person:1", {**body, "records": sorted(left)} if name == "not yet" else
                           {"left": body["left"], "records": sorted(left)})  # fmt: skip
            told_without(w.con, subject, True, seq)
    with opened(workspace).read() as con:
        assert con.exec_driver_sql("SELECT seq FROM erased ORDER BY seq").scalars().all() == [2, 4, 5]
    report = audit_verify.run(View(workspace))
    assert (report.exit_code, [block for block in report.blocks if "gone" in getattr(block, "text", "")]) == (0, [])


def test_a_head_kept_elsewhere(workspace: Workspace, pin_now: Callable[[str], object], tmp_path: Path) -> None:
    """Written, held against the log, and against the log of another place; never over another file."""
    done(workspace, pin_now)
    file = tmp_path / "head.json"
    desk = Desk(workspace, Policy("me"), build())
    audit_head.run(desk, str(file))
    assert _exit(audit_verify.run(View(workspace), str(file))) == 0
    with pytest.raises(Stop) as stop:
        audit_head.run(desk, str(file))
    assert stop.value.exit_code == CONFLICT
    file.write_text(file.read_text(encoding="utf-8").replace('"seq": 4', '"seq": 3'), encoding="utf-8")
    assert _exit(audit_verify.run(View(workspace), str(file))) == INTEGRITY
    for text in ("", "{}", "no json", '{"schema": "saleswright/head/1", "seq": 4, "more": 1}'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(Stop) as stop:
            audit_verify.run(View(workspace), str(file))
        assert stop.value.exit_code == USAGE
    whole = '{"schema": "saleswright/head/1", "log": "x", "seq": 4, "hash": "", "at": "", "signed": "2026-11-22",'
    file.write_text(f'{whole} "key": 5, "signature": []}}', encoding="utf-8")
    assert "signature does not fit" in audit_verify.run(View(workspace), str(file)).issues[0].what
    assert stat.S_IMODE((workspace.state / heads.KEY_FILE).stat().st_mode) == 0o600


def _exit(report: Report) -> int:
    return report.exit_code


def test_an_export_can_be_verified_by_anybody(
    workspace: Workspace, pin_now: Callable[[str], object], tmp_path: Path
) -> None:
    """With nothing but SHA-256 and Ed25519, from what the file says of itself; and it names nobody unless asked to."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    done(workspace, pin_now)
    desk = Desk(workspace, Policy("me"), build())
    for name, bodies in (("bare", False), ("whole", True)):
        audit_export.run(desk, str(tmp_path / name), bodies)
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert ("Ann" in text, "not yet" in text) == (bodies, bodies)
        first, *records, head = map(json.loads, text.splitlines())
        last = sha256(f"saleswright journal {first['log']}".encode()).digest()
        for record in records:
            last = sha256(last + record["bytes"].encode()).digest()
            assert last.hex() == record["hash"]
            if bodies:
                content = bytes.fromhex(record["salt"]) + record["body"].encode()
                assert json.loads(record["bytes"])[-1] == sha256(content).hexdigest()
        assert (head["seq"], head["hash"], head["log"]) == (4, last.hex(), first["log"])
        signed = {key: value for key, value in head.items() if key != "signature"}
        text = json.dumps(signed, sort_keys=True, separators=(",", ":"))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(first["key"]))
        key.verify(bytes.fromhex(head["signature"]), text.encode())
        assert _exit(audit_verify.run(View(workspace), str(tmp_path / name))) == 0


def test_a_key_from_outside(tmp_path: Path, pin_now: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """SALESWRIGHT_AUDIT_KEY names a file, or is the key; what is none is said, and never shown."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

    workspace = empty(tmp_path / "w")
    done(workspace, pin_now)
    kinds = (ed25519.Ed25519PrivateKey.generate(), x25519.X25519PrivateKey.generate())
    mine, other = (
        k.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode() for k in kinds
    )
    (tmp_path / "key.pem").write_text(mine, encoding="utf-8")
    found = set()
    for given in (mine, str(tmp_path / "key.pem")):
        monkeypatch.setenv(heads.KEY, given)
        with opened(workspace).read() as con:
            found.add(heads.sign(workspace, con).key)
    assert found == {kinds[0].public_key().public_bytes_raw().hex()}
    assert not (workspace.state / heads.KEY_FILE).exists()
    for wrong in (other, "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----", str(tmp_path / "none")):
        monkeypatch.setenv(heads.KEY, wrong)
        with opened(workspace).read() as con, pytest.raises(Stop) as stop:
            heads.sign(workspace, con)
        assert "openssl genpkey" in str(stop.value) and "canary" not in str(stop.value)


def test_a_head_an_hour_is_kept_while_something_is_done(workspace: Workspace, pin_now: Callable[[str], object]) -> None:
    assert not heads.keep_one(workspace)
    done(workspace, pin_now)
    assert heads.keep_one(workspace)
    with opened(workspace).write("Ann") as w:
        w.record("did", "x")
    assert not heads.keep_one(workspace)
    pin_now((clock.now() + timedelta(hours=1)).isoformat())
    assert heads.keep_one(workspace)
    pin_now((clock.now() + timedelta(hours=2)).isoformat())
    assert not heads.keep_one(workspace)
    assert [head.seq for head in heads.kept(workspace)] == [4, 5]
    with opened(workspace).write("Ann") as w:
        w.con.exec_driver_sql("DELETE FROM detail WHERE seq = 5")
        w.con.exec_driver_sql("DELETE FROM record WHERE seq = 5")
    report = audit_verify.run(View(workspace))
    assert report.exit_code == INTEGRITY and "the last record is gone" in report.issues[0].what


def test_it_answers_on_the_command_line(tmp_path: Path, sample_export: Path) -> None:
    """Import, show, verify, break, verify: exit code 8 and the record's number; nothing of it is loaded by a measure."""

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        told = [sys.executable, "-m", "saleswright", *argv, "-w", str(tmp_path / "w")]
        return subprocess.run(told, capture_output=True, text=True, env=dict(os.environ), timeout=60)

    build().call(None, "init", {"folder": str(tmp_path / "w"), "from": str(sample_export)})
    let_go()
    shown_ = run("audit", "show", "--json")
    assert shown_.returncode == 0, shown_.stderr
    (record,) = json.loads(shown_.stdout)["data"]["records"]
    assert record["act"] == "did" and record["body"]["args"] == {"path": sample_export.name}
    with closing(sqlite3.connect(tmp_path / "w" / ".saleswright" / "journal.sqlite", isolation_level=None)) as con:
        con.execute("UPDATE record SET subject = 'action:other'")
    broken = run("audit", "verify")
    assert broken.returncode == INTEGRITY and "record 1" in broken.stderr


@pytest.fixture
def sample_export(tmp_path: Path) -> Path:
    file = tmp_path / "deals.csv"
    file.write_text(
        "id,stage,amount,created,close\n1,Won,100,2026-01-01,2026-02-01\n2,Open,50,2026-01-05,2026-05-01\n",
        encoding="utf-8",
    )
    return file
