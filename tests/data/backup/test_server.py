"""A team's audit log lies in PostgreSQL: it is backed up as lines, and comes back into a database or a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from saleswright.data.audit.verify import verify
from saleswright.data.backup import log
from saleswright.data.erase import journal as erasing
from saleswright.data.erase.subject import Subject
from saleswright.kernel.call import App
from saleswright.kernel.journal import let_go
from saleswright.kernel.journal.migrate import copy_rows
from saleswright.kernel.workspace import Workspace
from tests.conftest import NIGHTLY
from tests.data.keeping import EMAIL, NAME, search
from tests.journals import KINDS, empty, opened

WHO = Subject("00" * 32, (("contact", "contact_crm_1"),), ("ada@canary.example",), ("Ada Canary",), ())


@pytest.mark.parametrize("kind", KINDS)
def test_copied_and_loaded_and_erased_on_both(kind: str, tmp_path: Path, journal_url: Callable[[str], str]) -> None:
    workspace = empty(tmp_path / "one", journal_url(kind))
    workspace.state.mkdir(parents=True)
    journal = opened(workspace)
    for n in range(5):
        with journal.write("Ada Canary" if n % 2 else "ines") as w:
            w.record("wrote", f"request:{n}", {"text": f"ada@canary.example asks {n}" if n < 3 else "nothing"})
    with journal.read() as con:
        copy_rows(con, tmp_path / "lines.jsonl")
    with journal.write("ines") as w:
        _, left = erasing.told(w.con, WHO, False)
        erasing.told(w.con, WHO, True, w.record("erased", WHO.said, {"records": sorted(left)}))
    if journal.file is not None:
        erasing.swept(journal.file)
        assert b"canary.example" not in journal.file.read_bytes()
    else:
        erasing.swept_server(journal)
    with journal.read() as con:
        proof = verify(con)
        assert proof.broken is None and (proof.records, proof.erased) == (6, 3)
        counts, _ = erasing.told(con, WHO, False)
        assert not counts
        assert sorted(left) == [1, 2, 3] and all(b"ada@" not in body for body in left.values())
    other = empty(tmp_path / "two", journal_url(kind))
    other.state.mkdir(parents=True)
    log.load(tmp_path / "lines.jsonl", other)
    head = log.head(other)
    assert head["records"] == 5
    with opened(other).write("ines") as w:
        assert w.record("wrote", "request:9") == 6
    with opened(other).read() as con:
        assert verify(con).broken is None
    assert re.fullmatch("[0-9a-f]{64}", head["hash"])


@pytest.mark.skipif(not NIGHTLY, reason="the long version (SALESWRIGHT_NIGHTLY=1): a whole workspace on PostgreSQL")
def test_a_workspace_with_its_log_on_a_server_is_erased_backed_up_and_restored(
    planted: tuple[App, Workspace, Path], tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    app, workspace, _ = planted
    settings = workspace.root / "saleswright.toml"
    settings.write_text(f'journal = "{journal_url("postgresql")}"\n' + settings.read_text("utf-8"), encoding="utf-8")
    workspace = app.open_workspace(workspace.root)
    with opened(workspace).write(NAME) as w:
        w.record("wrote", "request:1", {"text": f"{NAME} <{EMAIL}>"})
    app.call(workspace, "backup", {"to": str(tmp_path / "safe")})
    assert search(tmp_path / "safe", [EMAIL, NAME])
    app.call(workspace, "erase", {"subject": EMAIL, "yes": True, "because": "asked"})
    assert search(tmp_path / "safe") == []
    with opened(workspace).read() as con:
        assert verify(con).broken is None
        assert not erasing.told(con, WHO, False)[0]
        kept = con.exec_driver_sql(
            "SELECT count(*) FROM detail WHERE position('quast' in convert_from(body, 'UTF8')) > 0"
        ).scalar()
    assert kept == 0
    (folder,) = (tmp_path / "safe").glob("*")
    for n, where in enumerate(("", journal_url("postgresql"))):
        app.call(None, "restore", {"source": str(folder), "to": str(tmp_path / f"new-{n}"), "journal": where})
        there = app.open_workspace(tmp_path / f"new-{n}")
        assert there.journal == where
        assert log.head(there)["records"] == 1
        let_go(there)
