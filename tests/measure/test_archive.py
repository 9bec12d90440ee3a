"""A changed definition gives a new reference; the old reference still opens, by the definition that made it."""

from __future__ import annotations

from pathlib import Path

import pytest

import saleswright
from saleswright.lib.issue import CONFLICT, Stop
from tests.workspaces import book


def test_an_old_reference_opens_by_the_definition_that_made_it(tmp_path: Path) -> None:
    export = tmp_path / "deals.csv"
    export.write_text(
        "id,stage,type,qualified,closed\nA,Won,New,2026-01-05,2026-02-05\nB,Lost,Test,2026-01-05,2026-02-05\n",
        encoding="utf-8",
    )
    folder = tmp_path / "w"
    book(export)(folder)
    before = saleswright.open(folder).measure("win_rate").figures[0]
    (folder / "definitions/win_rate.yaml").write_text(
        "kind: metric\nname: win_rate\ndoc: Tests are no deals.\nquestion: How many were won?\nshape: ratio\ndate: closed\n"
        "rows: {standing: [won, lost]}\nexclude:\n  - {because: a test, when: {type: Test}}\nnumerator: {standing: won}\n",
        encoding="utf-8",
    )
    opened = saleswright.open(folder)
    after = opened.measure("win_rate").figures[0]
    assert (before.of, after.of) == ((1, 2), (1, 1)) and before.ref != after.ref
    assert after.excluded == 1
    for figure in (before, after):
        again = opened.explain(figure.ref).figures[0]
        assert (again.value, again.of, again.ref) == (figure.value, figure.of, figure.ref)
    with pytest.raises(Stop) as stop:
        opened.explain(before.ref.replace(before.ref.split("@")[1].split(";")[0], "000000"))
    assert stop.value.exit_code == CONFLICT
