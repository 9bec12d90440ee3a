"""The fix CSV re-imports into our own importer and resolves exactly the findings it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.cli import sheet
from saleswright.history.snapshot import Snapshot
from saleswright.measure.review.scrub.file import FixFile, fix_files
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.model import Scrub
from tests.measure.review.scrub.conftest import NOW, Drawn, opened
from tests.workspaces import copied


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


@pytest.fixture
def at(drawn: Drawn, tmp_path: Path) -> Iterator[Snapshot]:
    """A sample company, in a folder of this test's own."""
    copied(drawn.folder, tmp_path / "w")
    snapshot = opened(tmp_path / "w")
    yield snapshot
    snapshot.close()


def found(one: Scrub) -> dict[tuple[str, str], str]:
    return {(suspect.key, finding.rule): finding.evidence for suspect in one.suspects for finding in suspect.findings}


def state(at: Snapshot) -> dict[str, dict[str, Any]]:
    """Every deal as it stands, by our id, without the clocks."""
    skip = {"valid_from", "valid_to", "known_from", "known_to", "run_id", "seq", "first"}
    names, rows = at.reader.table(
        "SELECT * FROM deal WHERE valid_to > TIMESTAMP '9000-01-01' AND known_to > TIMESTAMP '9000-01-01'"
    )
    deals = {row[0]: {name: value for name, value in zip(names, row, strict=True) if name not in skip} for row in rows}
    sql = "SELECT id, field, value FROM personal WHERE entity = 'deal' AND valid_to > TIMESTAMP '9000-01-01'"
    for id_, name, value in at.reader.rows(sql):
        deals[id_][name] = value
    return deals


def test_the_fix_csv_re_imports_and_resolves_exactly_the_findings_it_names(at: Snapshot, tmp_path: Path) -> None:
    before, was = scrub(at), state(at)
    (file,) = fix_files(at, before.suspects)
    named = set(file.solved)
    assert len(named) > 100
    assert {rule for _, rule in named} >= {
        "past_due",
        "no_next_step",
        "silent",
        "stage_too_old",
        "duplicate_suspect",
        "zombie",
    }

    report = build().call(at.workspace, "review fixes", {}, context=at).report
    text, _ = sheet.of_report(report)
    csv = tmp_path / "fixes.csv"
    csv.write_text(text, encoding="utf-8", newline="")
    done = build().call(saleswright.open(tmp_path / "w").workspace, "import", {"path": str(csv)}).report
    assert done.exit_code == 0, done

    again = opened(tmp_path / "w")
    try:
        after, now = scrub(again), state(again)
    finally:
        again.close()
    assert found(before).keys() - found(after).keys() == named
    assert found(after).keys() - found(before).keys() == set()
    differs(file, was, now)


def test_hidden_fields_of_leads_accounts_and_stages_are_in_nothing_that_is_shown(at: Snapshot, tmp_path: Path) -> None:
    hidden = "- {kind: access, name: ann, scope: company, hide: [lead.company, lead.owner, account.name, deal.stage]}\n"
    (tmp_path / "w" / "definitions" / "access.yaml").write_text(hidden, encoding="utf-8")
    whole, narrow = scrub(at), opened(tmp_path / "w", actor="ann")
    seen = scrub(narrow)
    narrow.close()
    leads = [one for one in whole.suspects if one.entity == "lead"]
    assert any(one.account for one in leads) and any(one.owner for one in leads)
    assert any(one.entity == "lead" for one in seen.suspects)
    assert not any(one.account or one.owner for one in seen.suspects if one.entity == "lead")
    assert not any(one.account or one.stage for one in seen.suspects if one.entity != "contact")
    stages = {one.stage for one in whole.suspects if one.stage}
    told = " ".join(one.threshold for one in seen.rules if one.name != "missing_fields")
    assert stages and not any(stage in told for stage in stages)


def differs(file: FixFile, was: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> None:
    """Only what the file proposes has changed, and what follows from it."""
    follows = {
        "standing",
        "closed",
        "stage",
        "expected_close",
        "next_step",
        "forecast_category",
        "lost_reason",
        "amount",
        "type",
    }
    keys = {row[0] for row in file.table.rows}
    assert was.keys() == now.keys()
    for id_, before in was.items():
        changed = {name for name, value in before.items() if now[id_].get(name) != value}
        if id_.split("_", 2)[2] in keys:
            assert changed <= follows, (id_, changed)
        else:
            assert not changed, (id_, changed)
