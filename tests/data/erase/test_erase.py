"""Erase then full search for 50 canaries in every file of the workspace, backups included: 0; the chain verifies; figures
that do not name the person are unchanged."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
import zlib
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.audit.verify import Erasures, erasures, verify
from saleswright.data.backup import places
from saleswright.data.erase import journal as log
from saleswright.data.erase.subject import Subject
from saleswright.data.erase.tombstones import erased
from saleswright.faces.web.app import create_app
from saleswright.history import exported, projected
from saleswright.history.authored import author
from saleswright.history.engine import Reader
from saleswright.history.release import current, release_path
from saleswright.kernel.call import App
from saleswright.kernel.journal import let_go, migrate, open_journal
from saleswright.kernel.journal.migrate import copy_rows
from saleswright.kernel.journal.tables import answered, decision, effect, line, request
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Stop
from tests.conftest import NIGHTLY
from tests.data.keeping import (
    CANARIES,
    EMAIL,
    FIRST_EMAIL,
    HEADLINES,
    ME,
    NAME,
    PHONE,
    exports,
    figures,
    rows_of,
    search,
)
from tests.faces.web.conftest import client_of
from tests.journals import empty, opened

MINE = f"contact_crm_{ME}"
ANSWERS = (
    {"key": "one", "status": 200, "answer": json.dumps({"name": NAME})},
    {"key": "two", "status": 200, "answer": '{"name":"Wilhelmina\\u00a0<b>Quast"}'},
    {"key": "six", "status": 303, "answer": "/inbox?who=Wilhelmina%20Quast"},
    {"key": "ten", "status": 303, "answer": "/doing/abc"},
)


def plant(app: App, workspace: Workspace) -> None:
    """The person in every other place: the audit log and what was freed in it, dropped files, papers, logs, copies."""
    journal = open_journal(workspace)
    assert journal is not None
    with journal.write(f"{NAME} (guest)") as w:
        w.record(
            "wrote", "request:1", {"text": f'She said: "call {PHONE}"\\n', "contact": MINE, "title": "Head of Roses"}
        )
    with journal.write("ines") as w:
        asked = {"id": 1, "key": "k", "action": "merge", "adapter": "csv", "risk": "low", "actor": w.actor_id, "at": 1}
        asked |= {"title": f"Merge {NAME}", "reason": f"{EMAIL} asks", "expires": 2, "state": "open", "snap": ""}
        w.con.execute(request.insert().values(**asked, preview=json.dumps({"who": [{"email": EMAIL}]})))
        one = {"request": 1, "n": 1, "entity": "contact", "subject": MINE, "field": "title", "label": NAME, "key": "h"}
        one |= {"old": '"Chief Gardener"', "new": '"Head of Roses"', "reason": "", "evidence": "[]", "state": "open"}
        w.con.execute(line.insert().values(**one, said=""))
        yes = {"request": 1, "n": 0, "actor": w.actor_id, "verdict": "yes", "reason": f"ring {PHONE}", "at": 3}
        w.con.execute(decision.insert().values(**yes, policy=""))
        sent = {"key": "e", "adapter": "mail", "intent": "send", "subject": MINE, "version": "1", "state": "confirmed"}
        sent |= {"payload": json.dumps({"to": EMAIL, "text": f"Dear {NAME}"}), "due": 1, "at": 1, "changed": 1}
        w.con.execute(effect.insert().values(**sent, said=f"taken for {EMAIL}"))
        waits = {**sent, "key": "w", "state": "approved", "request": 1, "n": 1}
        w.con.execute(effect.insert().values(**waits, said=""))
        for state in ("failed", "in_doubt"):  # a person may have them sent again
            w.con.execute(effect.insert().values(**{**sent, "key": state, "state": state}, said=""))
        for told in ANSWERS:
            w.con.execute(answered.insert().values(**told, digest="d", at=w.at))
        w.record("proposed", "request:1", {"lines": [{"subject": MINE, "field": "title", "old": "Chief Gardener"}]})
        notes = {"deal": "deal_crm_006Sw0000000001IAA", "noted": date(2026, 5, 2), "reason": f"{NAME} said no"}
        author(w, "loss_note", {**notes, "competitor": "Rivals", "note": f"{NAME} wanted less"})
        author(w, "loss_note", {**notes, "deal": "deal_crm_006Sw0000000005IAA", "reason": "price"})
    # What was deleted stays in the pages of the file, and in the log beside it.
    with journal.write("ines") as w:
        w.con.execute(answered.insert().values(key="gone", digest="d", status=200, answer=f"{NAME} " * 900, at=1))
    with journal.write("ines") as w:
        w.con.execute(answered.delete().where(answered.c.key == "gone"))
    state = workspace.state
    drop = state / "inbox" / "AAAAAAAAAAAAAAAAAAAAAAAA" / "files"
    drop.mkdir(parents=True)
    (drop / "list.csv").write_bytes(f"\ufeffa;b\r\n{NAME};x\r\n".encode())
    (drop / "list.csv.gz").write_bytes(gzip.compress(f"{EMAIL}\n".encode()))
    (drop / "wide.txt").write_bytes(f"{NAME}\n".encode("utf-16"))
    with zipfile.ZipFile(drop / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<si><t>{EMAIL}</t></si><si><t>{NAME}</t></si>")
    (state / "told").mkdir()
    (state / "told" / "run-000009.json").write_text(json.dumps({"name": f"{NAME} é"}), encoding="utf-8")
    (state / "cache").mkdir(exist_ok=True)
    (state / "cache" / "page.html").write_text(f"<td>{NAME}</td>", encoding="utf-8")
    (workspace.root / "out").mkdir()
    (workspace.root / "out" / "changes-1.csv").write_text(f"field,new\ntitle,{NAME}\n", encoding="utf-8")
    # What a schedule kept as a drawn page: whom it names cannot be read out of it.
    (state / "reports" / "page").mkdir(parents=True)
    (state / "reports" / "page" / "monday.pdf").write_bytes(b"%PDF-1.7\n" + zlib.compress(NAME.encode()))
    (state / "log.txt").write_text(f"GET /contact?email={EMAIL.replace('@', '%40')}\n", encoding="utf-8")
    (state / "backups").mkdir(exist_ok=True)
    with closing(sqlite3.connect(state / "backups" / "journal-0000-x.sqlite")) as con:
        sqlite3.connect(state / "journal.sqlite").backup(con)
    with journal.read() as rows:
        copy_rows(rows, state / "backups" / "journal-0000-y.jsonl")


def test_erased_from_every_file_with_the_chain_and_the_figures_as_they_were(
    planted: tuple[App, Workspace, Path], tmp_path: Path
) -> None:
    """Erase then full search for 50 canaries in every file of the workspace, backups included: 0; chain verifies;
    figures that do not name the person unchanged."""
    app, workspace, files = planted
    plant(app, workspace)
    exported.export(workspace, exported.place(workspace))
    app.call(workspace, "backup", {})
    app.call(workspace, "backup", {"to": str(tmp_path / "safe")})
    names = () if NIGHTLY else HEADLINES[:2]
    before, rows = figures(app, workspace, names), rows_of(workspace)
    journal = open_journal(workspace)
    assert journal is not None
    held = Reader(release_path(workspace.state, 2))  # a page that is open meanwhile reads on
    loss = _losses(workspace)
    assert len(set(CANARIES)) == 50
    assert {one for one, _ in search(workspace.root)} == set(CANARIES)
    assert {one for one, _ in search(tmp_path / "safe")} >= {EMAIL, NAME, PHONE}

    client = client_of(create_app(app, workspace))
    headers = {"x-token": (workspace.state / "token").read_text().strip(), "accept": "application/json"}
    asked = {"subject": EMAIL, "yes": "yes", "because": f"{NAME} asked"}
    for _ in range(2):  # the answer is kept under a key, so it does not say whom it was asked for
        made = client.post("/a/erase", data=asked, headers=headers | {"idempotency-key": "0123456789"})
        assert made.status_code == 200 and made.json()["data"]["changed"] and made.json()["args"] == {}

    assert not list(workspace.root.rglob("*.pdf")) and not list((tmp_path / "safe").rglob("*.pdf"))
    assert held.rows("SELECT count(*) FROM contact")[0][0] > 0
    held.close()
    assert search(workspace.root) == []
    assert search(tmp_path / "safe") == []
    assert figures(app, workspace, names) == before
    assert rows_of(workspace) == rows
    proof = _proof(workspace)
    assert proof.broken is None and proof.erased >= 3
    assert [row[:4] for row in _losses(workspace)] == [row[:4] for row in loss]
    told = _losses(workspace)
    projected.rebuild(workspace)
    assert _losses(workspace) == told and len(told) == 2
    for folder in places.known(workspace):
        assert places.differing(folder) == []
    # Made again from raw it is the same, and an import of the old files does not bring the person back.
    assert (_told_of(workspace, MINE), _told_of(workspace, "activity_crm_00TSw0000000001IAA")) == ([], [])
    app.call(workspace, "rebuild", {})
    assert rows_of(workspace) == rows
    assert (_told_of(workspace, MINE), _told_of(workspace, "activity_crm_00TSw0000000001IAA")) == ([], [])
    again = app.call(workspace, "import", {"path": str(files / "two")}).report
    assert any(issue.code == "forgotten" for issue in again.issues)
    assert search(workspace.root) == []
    assert erased(workspace, f" {EMAIL.upper()}") and not erased(workspace, "p10@other.example")
    # The record of it names nobody. What waited to go out was called off, with what was asked.
    with _con(workspace) as con:
        assert erasures(con) == Erasures()
        # Pages and programs spell a name in more ways than can be looked for; the keys stay, so nothing is done twice.
        kept = {row.key: row for row in con.execute(answered.select())}
        assert len(kept) == 5 and not any("Quast" in row.answer for row in kept.values())
        assert {kept[key].status for key in ("one", "two")} == {410}
        assert json.loads(kept["two"].answer)["issues"][0]["code"] == "answer-erased"
        assert (kept["six"].answer, kept["ten"].answer) == ("/", "/doing/abc")
        states = con.exec_driver_sql("SELECT state FROM effect ORDER BY id").scalars().all()
        assert states == ["confirmed", "cancelled", "cancelled", "cancelled"]
        assert con.exec_driver_sql("SELECT l.state, r.state FROM line l, request r").one() == ("refused", "refused")
        told = con.exec_driver_sql(
            "SELECT r.subject, d.body FROM record r JOIN detail d USING (seq) WHERE act = 'erased'"
        ).one()
    assert told.subject == f"contact:{MINE}"
    assert json.loads(told.body)["because"].endswith("asked")


def _told_of(workspace: Workspace, id_: str) -> list[Any]:
    """What is personal of a record in the present state, but for emptied values."""
    release = current(workspace.state)
    assert release is not None
    with closing(Reader(release_path(workspace.state, release.number))) as reader:
        return reader.rows(f"SELECT field, value FROM personal WHERE id = '{id_}' AND value IS NOT NULL")


def _con(workspace: Workspace) -> Any:
    journal = open_journal(workspace)
    assert journal is not None
    return journal.read()


def _proof(workspace: Workspace) -> Any:
    with _con(workspace) as con:
        return verify(con)


def _losses(workspace: Workspace) -> list[Any]:
    from saleswright.app import open_context
    from saleswright.kernel.call import Ambient

    at = open_context(workspace, Ambient())
    try:
        return at.reader.rows("SELECT id, deal, noted, competitor, reason FROM loss_note ORDER BY id")  # type: ignore[attr-defined]
    finally:
        at.close()


def test_it_says_what_it_would_do_asks_twice_and_leaves_own_files_unless_told(
    planted: tuple[App, Workspace, Path], tmp_path: Path
) -> None:
    """Without --yes nothing is written. Files the user keeps in the workspace are theirs: listed, and told without the
    person with --files; in a line that names them their other cells go too, all other bytes stay."""
    app, workspace, _ = planted
    one, _ = exports(tmp_path / "again")
    own = workspace.root / "my export.csv"
    own.write_bytes((one / "contact.csv").read_bytes())
    note = workspace.root / "definitions" / "note.md"
    note.write_text("Nothing about anybody.\n", encoding="utf-8")
    state = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file() and "cache" not in p.parts}
    report = app.call(workspace, "erase", {"subject": NAME}).report
    assert (report.exit_code, report.changed) == (USAGE, 0)
    found = {row[0]: row[1] for row in report.blocks[0].rows}  # type: ignore[union-attr]
    assert found["raw rows of imports"] == 13 and found["rejected rows"] == 1
    assert any("my export.csv" in getattr(b, "text", "") and "are yours" in b.text for b in report.blocks)  # type: ignore[union-attr]
    with pytest.raises(Stop, match="not said why"):
        app.call(workspace, "erase", {"subject": NAME, "yes": True})
    with pytest.raises(Stop, match="nobody is known as 'Nobody'"):
        app.call(workspace, "erase", {"subject": "Nobody", "dry_run": True})
    assert {p: p.read_bytes() for p in state} == state
    app.call(workspace, "erase", {"subject": MINE, "yes": True, "because": "asked", "files": True})
    lines = own.read_text(encoding="utf-8").splitlines()
    assert FIRST_EMAIL not in lines[1] and "Wilhelmina" not in lines[1] and "p12@other.example" in lines[4]
    assert lines[1].count(",") == lines[0].count(",")
    assert note.read_text(encoding="utf-8") == "Nothing about anybody.\n"


def test_what_an_erasure_left_names_nobody_who_is_erased_later_in_a_copy_either(tmp_path: Path) -> None:
    """A backup made after one person's erasure holds what it left, and that may name the next one."""
    workspace = empty(tmp_path)
    journal = opened(workspace)
    one, other = Subject("00" * 32, names=("Ada Byron",)), Subject("00" * 32, names=(NAME,))
    with journal.write("ines") as w:
        seq = w.record("wrote", "request:1", {"text": f"{NAME} and Ada Byron met"})
        log.told(w.con, one, True, w.record("erased", "person:1", {"records": [seq]}))
    let_go(workspace)
    copy = tmp_path / "copy.sqlite"
    migrate.copy_file(workspace.state / "journal.sqlite", copy)
    assert NAME.encode() in copy.read_bytes()
    assert log.loose(copy, other, True) == 1
    assert NAME.encode() not in copy.read_bytes()


def test_a_namesake_and_a_shared_number_stay(planted: tuple[App, Workspace, Path], tmp_path: Path) -> None:
    app, workspace, _ = planted
    other = tmp_path / "contact.csv"
    head = "Id,AccountId,FirstName,LastName,Email,Phone,Title,CreatedDate,Remark"
    other.write_text(f"{head}\n003Sw0000000009IAA,A2,Wilhelmina,Quast,w@elsewhere.example,{PHONE},Smith,2026-01-05,\n")
    app.call(workspace, "import", {"path": str(other)})
    with pytest.raises(Stop, match="2 records bear the name"):
        app.call(workspace, "erase", {"subject": NAME, "dry_run": True})
    report = app.call(workspace, "erase", {"subject": EMAIL, "yes": True, "because": "asked"}).report
    assert sum("bear the same" in getattr(block, "text", "") for block in report.blocks) == 2
    release = current(workspace.state)
    assert release is not None
    reader = Reader(release_path(workspace.state, release.number))
    left = reader.rows(
        "SELECT field, value FROM personal WHERE entity = 'contact' AND id LIKE '%9IAA' AND id LIKE '%0009%'"
    )
    assert dict(left)["last_name"] == "Quast" and dict(left)["phone"] == PHONE
    assert not reader.rows(f"SELECT 1 FROM personal WHERE id = '{MINE}' AND value NOT LIKE 'erased-%'")
    reader.close()


def test_an_import_and_an_erasure_wait_for_each_other(planted: tuple[App, Workspace, Path]) -> None:
    from saleswright.data.erase.under_way import keeping
    from saleswright.history.release import publisher

    app, workspace, _ = planted
    with keeping(workspace.state), pytest.raises(Stop) as backing:
        app.call(workspace, "erase", {"subject": EMAIL, "yes": True, "because": "asked"})
    assert backing.value.exit_code == CONFLICT
    from saleswright.data.imports.replay import usable

    known, stages = usable(workspace)
    with publisher(workspace.state, known, stages, "UTC"), pytest.raises(Stop) as importing:
        app.call(workspace, "erase", {"subject": EMAIL, "yes": True, "because": "asked"})
    assert importing.value.exit_code == CONFLICT
