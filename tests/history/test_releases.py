"""One pointer, moved at once; ten releases kept and those somebody reads; whatever a crash left is cleared away."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from saleswright.history.release import KEEP, publisher, release_path
from saleswright.history.schema import standard
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, Stop
from tests.history.made import STAGES, deal, export, fill, pointer, publish, workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def deals(at: Snapshot) -> int:
    return int(at.reader.rows("SELECT count(DISTINCT id) FROM deal")[0][0])


def publish_deals(space: Workspace, count: int) -> int:
    return publish(space, [export("deal", 1, [deal(n) for n in range(count)])]).number


def asked(space: Workspace, snap: str = "") -> int:
    with closing(open_snapshot(space, Ambient(snap=snap))) as at:
        return deals(at)


def test_nothing_imported_is_said(space: Workspace) -> None:
    with pytest.raises(Stop) as stop:
        open_snapshot(space, Ambient())
    assert stop.value.issues[0].code == "no-data"


def test_readers_see_the_old_release_until_the_pointer_moves(space: Workspace) -> None:
    publish_deals(space, 1)
    with closing(open_snapshot(space, Ambient())) as old:
        with publisher(space.state, standard(), STAGES, space.zone) as p:
            fill(p, [export("deal", 1, [deal(n) for n in range(2)])])
            assert asked(space) == 1
            p.finish((1,), (1,), "made", {}, "EUR")
            assert asked(space) == 2
        assert deals(old) == 1
        assert old.snap == "r1.j0"
    assert asked(space, "r1.j0") == 1
    assert asked(space, "r2.j0") == 2


def test_a_failure_while_publishing_leaves_the_earlier_state(space: Workspace) -> None:
    publish_deals(space, 1)
    kept = sorted(p.name for p in space.state.rglob("*"))
    with contextlib.suppress(ZeroDivisionError), publisher(space.state, standard(), STAGES, space.zone) as p:
        fill(p, [export("deal", 2, [deal(1)])])
        (p.work / "run" / "manifest.json").write_text("{}", encoding="utf-8")
        raise ZeroDivisionError
    assert sorted(p.name for p in space.state.rglob("*")) == kept
    assert asked(space) == 1


def test_a_rehearsal_moves_nothing(space: Workspace) -> None:
    publish_deals(space, 1)
    before = (space.state / "current.json").read_bytes()
    with publisher(space.state, standard(), STAGES, space.zone, rehearsal=True) as p:
        fill(p, [export("deal", 2, [deal(1), deal(2)])])
        p.finish((1, 2), (1, 2), "made", {}, "EUR")
    assert (space.state / "current.json").read_bytes() == before
    assert asked(space) == 1
    assert not (space.state / "rehearsal").exists()


def test_ten_releases_are_kept_and_those_in_use(space: Workspace) -> None:
    publish_deals(space, 1)
    publish_deals(space, 2)
    release_path(space.state, 2).with_suffix(".kept").touch()
    publish_deals(space, 3)
    publish_deals(space, 4)
    with closing(open_snapshot(space, Ambient(snap="r3.j0"))) as reader:
        while pointer(space) < 4 + KEEP:
            publish_deals(space, 5)
        left = sorted(int(p.name[1:7]) for p in (space.state / "releases").glob("r*.duckdb"))
        assert left == [2, 3, *range(5, 5 + KEEP)]
        assert deals(reader) == 3
    publish_deals(space, 6)
    left = sorted(int(p.name[1:7]) for p in (space.state / "releases").glob("r*.duckdb"))
    assert left == [2, *range(6, 6 + KEEP)]


@pytest.mark.parametrize("snap", ["r1.j0", "r99.j0"])
def test_a_state_no_longer_kept_answers_gone(space: Workspace, snap: str) -> None:
    publish_deals(space, 1)
    publish_deals(space, 2)
    release_path(space.state, 1).unlink()
    with pytest.raises(Stop) as stop:
        open_snapshot(space, Ambient(snap=snap))
    assert stop.value.issues[0].code == "gone"


def test_a_state_collected_at_the_very_moment_answers_gone(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector may come between the look at the folder and the opening of the file."""
    publish_deals(space, 1)
    publish_deals(space, 2)
    path, there = release_path(space.state, 1), Path.exists

    def exists(self: Path) -> bool:
        found = there(self)
        if self == path:
            path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "exists", exists)
    with pytest.raises(Stop) as stop:
        open_snapshot(space, Ambient(snap="r1.j0"))
    assert stop.value.issues[0].code == "gone"


def test_only_one_process_publishes(space: Workspace) -> None:
    publish_deals(space, 1)
    other = (
        "import sys; from pathlib import Path; from saleswright.history.changes import StageMap\n"
        "from saleswright.history.release import publisher; from saleswright.lib.issue import Stop\n"
        "try:\n    with publisher(Path(sys.argv[1]), {}, StageMap(), 'UTC'): pass\n"
        "except Stop as stop: sys.exit(stop.exit_code)\n"
    )
    run = [sys.executable, "-c", other, str(space.state)]
    with publisher(space.state, standard(), STAGES, space.zone) as p:
        fill(p, [export("deal", 1, [deal(1), deal(2)])])
        assert subprocess.run(run, check=False).returncode == CONFLICT == 6
        p.finish((1,), (1,), "made", {}, "EUR")
    assert asked(space) == 2
    assert subprocess.run(run, check=False).returncode == 0


def test_what_a_crash_left_is_swept_by_the_next_publisher(space: Workspace) -> None:
    publish_deals(space, 1)
    state = space.state
    orphans = [state / "raw" / "run-000007", state / "work" / "run", state / "rehearsal"]
    for folder in orphans:
        folder.mkdir(parents=True)
    files = [
        state / "current.json.new",
        state / "releases" / "r000009.duckdb",
        state / "releases" / "r000009.duckdb.wal",
    ]
    for file in files:
        file.write_bytes(b"half")
    with publisher(state, standard(), STAGES, space.zone):
        assert not [path for path in (*orphans, *files) if path.exists()]
    assert (state / "raw" / "run-000001").exists()
    assert asked(space) == 1


def test_a_history_of_another_form_says_so(space: Workspace) -> None:
    publish_deals(space, 1)
    path = space.state / "current.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format": 99}), encoding="utf-8")
    with pytest.raises(Stop, match="saleswright rebuild"):
        open_snapshot(space, Ambient())
