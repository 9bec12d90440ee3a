"""Where is a dropped spreadsheet while it is talked about? In the workspace's state, named by its content, for a month."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import SOURCE, USAGE, Issue, Stop

KEPT = timedelta(days=30)
LARGEST = 200 << 20
"""Bytes of one disputed file."""
_KEY = re.compile(r"[0-9a-f]{32}")
_ABOUT = "about.json"


def keep(workspace: Workspace, file: Path) -> str:
    """Keep a copy of a file under the hash of its content, which is given back. Files older than a month go away."""
    root = _root(workspace)
    root.mkdir(parents=True, exist_ok=True)
    sweep(workspace)
    if file.stat().st_size > LARGEST:
        what = f"larger than {LARGEST >> 20:,} MB"
        raise Stop(
            Issue(file.name, what, "so it is no spreadsheet to compare", "drop the sheet alone"), exit_code=USAGE
        )
    with file.open("rb") as content:
        key = hashlib.file_digest(content, "sha256").hexdigest()[:32]
    folder = root / key
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(file, folder / "file.part")
    (folder / "file.part").replace(folder / "file")
    # The name is told, never used as one: the file lies under a name of ours.
    about = json.dumps({"name": file.name, "at": clock.now().isoformat()})
    (folder / f"{_ABOUT}.part").write_text(about, encoding="utf-8")
    (folder / f"{_ABOUT}.part").replace(folder / _ABOUT)
    return key


def sweep(workspace: Workspace) -> None:
    """Remove what was kept longer than a month."""
    root = _root(workspace)
    for folder in root.iterdir() if root.is_dir() else ():
        if _KEY.fullmatch(folder.name) and not folder.is_symlink():
            _about(folder)


@contextmanager
def opened(workspace: Workspace, theirs: str) -> Iterator[tuple[Path, str]]:
    """(a file to read, what it is called) for what a person gave: the rows themselves, a kept file's key, or a path.

    Stop (source) for a path that is no file, (usage) for a key that is no longer kept.
    """
    if "\n" in theirs.strip():
        with tempfile.TemporaryDirectory(prefix="saleswright-settle-") as folder:
            path = Path(folder) / "pasted.csv"
            path.write_text(theirs.strip() + "\n", encoding="utf-8")
            yield path, "the rows pasted"
        return
    if _KEY.fullmatch(theirs.strip()):
        yield _kept(workspace, theirs.strip())
        return
    path = Path(theirs).expanduser()
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8] if path.parent.is_dir() else []
        raise Stop(
            Issue(theirs, "there is no such file", "so there is nothing to compare with",
                  f"beside it: {', '.join(near)}" if near else "check the path", code="no-such-file"),
            exit_code=SOURCE,
        )  # fmt: skip
    yield path, path.name


def name_of(workspace: Workspace, key: str) -> str:
    """What a kept file was called. Stop (usage) when it is gone."""
    return _kept(workspace, key)[1]


def _kept(workspace: Workspace, key: str) -> tuple[Path, str]:
    folder = _root(workspace) / key
    about = _about(folder) if _KEY.fullmatch(key) and not folder.is_symlink() else None
    if about is None:
        raise Stop(
            Issue("this spreadsheet", "it is no longer kept", "what is dropped is forgotten after a month",
                  "drop it again at /review/settle", code="gone"),
            exit_code=USAGE,
        )  # fmt: skip
    return folder / "file", str(about["name"])


def _about(folder: Path) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if datetime.fromisoformat(found["at"]) + KEPT < clock.now():
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return found


def _root(workspace: Workspace) -> Path:
    return workspace.state / "disputes"
