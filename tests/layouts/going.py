"""Each layout is imported once for all workers, by whichever test comes first; the others read what it left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from saleswright.app import build
from tests.layouts.asked import Asking, Imported, bring_in
from tests.layouts.catalogue import LAYOUTS
from tests.layouts.company import NOW
from tests.workspaces import once

_HERE: dict[str, Imported] = {}
Get = Callable[[str], Imported]


@pytest.fixture
def imported(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Get:
    """`imported("leads")`: that layout in its workspace, on the company's last day."""
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if base.name.startswith("popen-") else base) / "layouts"

    def get(name: str) -> Imported:
        if name not in _HERE:
            slug = re.sub(r"\W+", "_", name)
            # The workers write files of their own: the same bytes, and nobody reads what another is writing.
            layout = LAYOUTS[name](base / "files" / slug)

            def make(folder: Path) -> None:
                told = bring_in(layout, folder / "workspace")
                (folder / "told.json").write_text(json.dumps(told, default=str), encoding="utf-8")

            folder = once(shared / slug, make)
            told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
            _HERE[name] = Imported(layout, folder / "workspace", told)
        return _HERE[name]

    return get


def check_figures(found: Imported) -> None:
    """Every expected figure, exactly; all that differ are told at once."""
    assert not found.told.get("refused"), found.told["refused"]
    wrong, asking = [], Asking(found)
    for figure, expected in found.layout.expected.items():
        try:
            got = asking.answer(figure)
        except Exception as error:
            got = f"{type(error).__name__}: {error}"
        if got not in expected.split(" or "):
            wrong.append(f"{figure}: expected {expected}, got {got}")
    asking.at.close()
    assert not wrong, "\n".join(wrong)


def check_again(found: Imported) -> None:
    """The same file once more changes nothing."""
    assert not found.told.get("refused"), found.told["refused"]
    app = build()
    given = {"path": str(found.layout.source)}
    report = app.call(app.open_workspace(found.folder), "import", given).report
    assert report.changed == 0
    assert report.data["run"] is None
