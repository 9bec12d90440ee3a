"""An export is a release, whole or not at all; the settings that name it are checked; Spark missing is said in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from saleswright.history import exported, spark
from saleswright.history.release import KEEP
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace, load
from saleswright.lib.issue import Stop
from tests.history.made import deal, export, publish, workspace


def made(root: Path, runs: int = 1) -> Workspace:
    space = workspace(root / "w")
    for run in range(1, runs + 1):
        publish(space, [export("deal", run, [deal(n, amount=100 * run) for n in range(3)])])
    return space


def pointer(at: str) -> dict[str, object]:
    return dict(json.loads((Path(at) / "current.json").read_text()))


def test_a_release_is_written_once_and_named_last(tmp_path: Path) -> None:
    space = made(tmp_path)
    at = exported.place(space, str(tmp_path / "out"))
    first = exported.export(space, at)
    assert not first.there and first.rows["deal"] == 3 and first.size > 0
    assert exported.export(space, at).there
    told = exported.told(space, at, str(pointer(at)["releases"]["1"]))  # type: ignore[index]
    assert told is not None and told["meta"]["zone"] == "UTC" and told["number"] == 1
    assert {path.name for path in Path(at).iterdir()} == {"current.json", Path(first.at).name}


def test_the_last_ones_are_kept_and_a_pinned_one_is_found(tmp_path: Path) -> None:
    space = workspace(tmp_path / "w")
    at = exported.place(space)
    for run in range(1, KEEP + 3):
        publish(space, [export("deal", run, [deal(1, amount=run)])])
        exported.export(space, at)
    found = pointer(at)
    assert found["release"] == KEEP + 2 and len(found["releases"]) == KEEP  # type: ignore[arg-type]
    assert len([path for path in Path(at).iterdir() if path.is_dir()]) == KEEP
    with pytest.raises(Stop, match="gone"):
        open_snapshot(replace(space, engine="spark"), Ambient(snap="r1.j0"))


@pytest.mark.parametrize("place", ["before-placed", "export-placed"])
def test_a_crash_leaves_the_export_before_it(tmp_path: Path, place: str) -> None:
    space = made(tmp_path)
    at = exported.place(space)
    exported.export(space, at)
    before = pointer(at)
    publish(space, [export("deal", 2, [deal(1, amount=7)])])
    code = (
        "import sys; from pathlib import Path; from saleswright.kernel.workspace import load; "
        "from saleswright.history import exported; s = load(Path(sys.argv[1])); exported.export(s, exported.place(s))"
    )
    more = {**os.environ, "SALESWRIGHT_CRASH_AT": place}
    ran = subprocess.run([sys.executable, "-c", code, str(space.root)], env=more, timeout=60)
    assert ran.returncode == -9
    assert pointer(at) == before
    assert exported.export(space, at).release.number == 2
    assert pointer(at)["release"] == 2


def test_another_workspace_s_export_is_never_written_over(tmp_path: Path) -> None:
    space = made(tmp_path)
    at = exported.place(space)
    exported.export(space, at)
    with pytest.raises(Stop, match="this is the export of 'made'"):
        exported.export(replace(space, name="other"), at)


def test_a_history_made_anew_takes_the_place_of_the_one_of_its_number(tmp_path: Path) -> None:
    space = made(tmp_path)
    at = str(tmp_path / "out")
    first = exported.export(space, at)
    again = workspace(tmp_path / "again")
    publish(again, [export("deal", 1, [deal(n, amount=1) for n in range(5)])])
    second = exported.export(again, at)
    assert second.rows["deal"] == 5 and not Path(first.at).exists()


def test_nothing_imported_and_nothing_exported_are_said(tmp_path: Path) -> None:
    space = workspace(tmp_path / "w")
    with pytest.raises(Stop, match="nothing has been imported yet"):
        exported.export(space, exported.place(space))
    with pytest.raises(Stop, match="nothing has been exported here yet"):
        open_snapshot(replace(space, engine="spark"), Ambient())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('engine = "sparc"', "did you mean spark"),
        ('[spark]\na = ["b"]', "Spark's own settings"),
        ('engines = "spark"', "engine"),
    ],
)
def test_a_setting_that_cannot_be_is_an_issue(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "saleswright.toml").write_text(f"format = 1\n{line}\n", encoding="utf-8")
    with pytest.raises(Stop) as stop:
        load(tmp_path)
    (issue,) = stop.value.issues
    assert said in f"{issue.what} {issue.try_}" and issue.where.startswith("saleswright.toml:")


def test_spark_that_is_not_there_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Stop, match=r"saleswright\[spark\].*Java 17"):
        spark.spark({})


def test_java_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(Stop, match="install Java 17"):
        spark.spark({})


def test_duckdb_never_loads_spark(tmp_path: Path) -> None:
    space = made(tmp_path)
    code = (
        "import sys; from pathlib import Path; from saleswright.app import open_workspace, open_context; "
        "from saleswright.kernel.call import Ambient; at = open_context(open_workspace(Path(sys.argv[1])), Ambient()); "
        "at.reader.rows('SELECT 1'); print([n for n in sys.modules if n.startswith(('pyspark', 'ibis', 'sqlglot', 'pandas'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(space.root)], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "[]", ran.stderr
