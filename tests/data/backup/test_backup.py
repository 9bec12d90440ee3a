"""Online backup during load, restore elsewhere, proved: every byte, the chain, the figures."""

from __future__ import annotations

import errno
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.audit.verify import verify
from saleswright.data.backup import places
from saleswright.history.release import current
from saleswright.kernel.call import App
from saleswright.kernel.journal import let_go, migrate, open_journal
from saleswright.kernel.journal.tables import effect
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import INTEGRITY, USAGE, Stop
from tests.conftest import NIGHTLY
from tests.data.keeping import EMAIL, NAME, PHONE, rows_of, search

RESTORES = 100 if NIGHTLY else 3
Planted = tuple[App, Workspace, Path]


def only_backup(app: App, workspace: Workspace, to: Path) -> Path:
    """Make one, and say where."""
    before = set(to.glob("*")) if to.exists() else set()
    app.call(workspace, "backup", {"to": str(to)})
    (made,) = set(to.glob("*")) - before
    return made


def events(workspace: Workspace) -> int:
    """How many records the audit log has, after it was proved."""
    journal = open_journal(workspace)
    assert journal is not None
    with journal.read() as con:
        proof = verify(con)
    assert proof.broken is None
    return proof.records


def test_backup_during_load_restored_elsewhere_verifies(planted: Planted, tmp_path: Path) -> None:
    """Backup while a writer writes and an import runs; restore in another folder; verify; 3 restores of 3 (100 nightly)."""
    app, workspace, files = planted
    stop, enough, wrong = threading.Event(), threading.Event(), list[BaseException]()

    def write() -> None:
        n = 0
        while not stop.wait(0.002):
            with open_journal(workspace).write(f"writer {n % 3}") as w:  # type: ignore[union-attr]
                w.record("wrote", f"request:{n}", {"text": "x" * 200})
            n += 1

    def load() -> None:
        while not enough.is_set():
            app.call(workspace, "import", {"path": str(files / "two")})
            app.call(workspace, "import undo", {"run": max(current(workspace.state).used)})  # type: ignore[union-attr]

    def guarded(work: Any) -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (write, load)]
    for thread in threads:
        thread.start()
    try:
        folders = [only_backup(app, workspace, tmp_path / "safe") for _ in range(5 if NIGHTLY else 1)]
        enough.set()
        for n in range(RESTORES):
            to = tmp_path / f"again-{n}"
            report = app.call(None, "restore", {"source": str(folders[n % len(folders)]), "to": str(to)}).report
            assert report.exit_code == 0
            there = app.open_workspace(to)
            told = places.content(folders[n % len(folders)])
            assert current(there.state).number == told["release"]  # type: ignore[union-attr]
            assert rows_of(there)["deal"][0] > 0 and events(there) >= 1
            let_go(there)
            shutil.rmtree(to)
    finally:
        enough.set()
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert events(workspace) > 5


def test_a_changed_byte_a_lacking_file_and_a_folder_that_is_taken_are_refused(planted: Planted, tmp_path: Path) -> None:
    app, workspace, _ = planted
    folder = only_backup(app, workspace, tmp_path / "safe")
    assert not any(p.name in ("token", "keys", "audit.key") for p in folder.rglob("*"))
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    with pytest.raises(Stop) as refused:
        app.call(None, "restore", {"source": str(folder), "to": str(taken)})
    assert refused.value.exit_code == USAGE and (taken / "mine.txt").read_text() == "mine"
    raw = next(folder.rglob("*.parquet"))
    data = raw.read_bytes()
    raw.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    next(folder.rglob("manifest.json")).unlink()
    with pytest.raises(Stop) as broken:
        app.call(None, "restore", {"source": str(folder), "to": str(tmp_path / "new")})
    assert broken.value.exit_code == INTEGRITY
    assert sorted(i.what for i in broken.value.issues) == ["it is missing", "its bytes were changed"]
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob("*.part"))
    with pytest.raises(Stop, match="lies in the workspace"):
        app.call(workspace, "backup", {"to": "copies"})
    # The copy of the log that is made before its tables change is one, too.
    alone = workspace.state / "backups" / "journal-0001-x.sqlite"
    alone.parent.mkdir(exist_ok=True)
    migrate.copy_file(workspace.state / "journal.sqlite", alone)
    app.call(None, "restore", {"source": str(alone), "to": str(tmp_path / "log")})
    assert events(app.open_workspace(tmp_path / "log")) == events(workspace)
    at, place = places.last_verified(workspace) or ("", "")
    assert place == str(folder) and at
    listed = app.call(workspace, "backup list", {}).report
    assert listed.blocks[0].rows[0][1:3] == (str(folder), "here")  # type: ignore[union-attr]


def test_a_full_disk_is_told_and_leaves_nothing(
    planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, workspace, _ = planted

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x.parquet")

    monkeypatch.setattr(places, "write_seal", full)
    with pytest.raises(Stop, match="No space left on device"):
        app.call(workspace, "backup", {"to": str(tmp_path / "safe")})
    assert list((tmp_path / "safe").iterdir()) == []


def test_who_was_erased_since_the_backup_is_erased_again_when_it_is_restored(planted: Planted, tmp_path: Path) -> None:
    """A backup that could not be reached when a person was erased: the restore forgets the person again; changes that
    were on their way out by a way that cannot be asked wait for a person."""
    app, workspace, _ = planted
    journal = open_journal(workspace)
    assert journal is not None
    with journal.write("ines") as w:
        sent = {"key": "e", "adapter": "csv", "intent": "send", "subject": "deal:1", "version": "1", "state": "sending"}
        w.con.execute(
            effect.insert().values(**sent, payload=json.dumps({"to": EMAIL}), due=1, at=1, changed=1, said="")
        )
        w.record("planned", "effect:1", {"to": EMAIL})
    folder = only_backup(app, workspace, tmp_path / "safe")
    away = tmp_path / "away"
    folder.rename(away)
    told = app.call(workspace, "erase", {"subject": EMAIL, "yes": True, "because": "asked"}).report
    assert any("out of reach" in str(row[3]) for row in told.blocks[0].rows)  # type: ignore[union-attr]
    assert search(away, [EMAIL, NAME, PHONE])
    report = app.call(workspace, "restore", {"source": str(away), "to": str(tmp_path / "new")}).report
    assert any("erased here, too" in getattr(block, "text", "") for block in report.blocks)
    there = app.open_workspace(tmp_path / "new")
    assert search(tmp_path / "new") == []
    assert rows_of(there) == rows_of(workspace)
    assert events(there) >= 3
    let_go(there)
