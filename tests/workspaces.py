"""Workspaces that many tests read and none changes: made once for all workers, through the public commands."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient

SEED = 7
UNTIL = date(2026, 11, 22)


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, filled by whichever worker comes first; the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder.with_suffix(".done")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.write_text(json.dumps("made"), encoding="utf-8")
    return folder


def copied(source: Path, to: Path) -> Path:
    """A copy to write into. Other workers may read the source meanwhile: what they are just keeping in its cache is left."""

    def one(name: str, target: str) -> str:
        try:
            return str(shutil.copy2(name, target))
        except FileNotFoundError:
            if Path(name).parent.name != "cache":
                raise
            return target

    return Path(shutil.copytree(source, to, copy_function=one))


def book(source: Path) -> Callable[[Path], None]:
    """How to make a workspace out of an export."""

    def make(folder: Path) -> None:
        build().call(None, "init", {"folder": str(folder), "from": str(source)})

    return make


def base(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run share."""
    own = factory.getbasetemp()
    # Under xdist each worker has a folder of its own below the run's.
    return own.parent if own.name.startswith("popen-") else own


@pytest.fixture(scope="session")
def maven(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Book:
    """The public CRM of 8,800 deals, imported as a person would."""
    return saleswright.open(once(base(tmp_path_factory) / "maven", book(shared / "maven_crm")))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's workspace folder."""

    def make(folder: Path) -> None:
        args = {"folder": str(folder), "no_serve": True, "seed": SEED, "until": UNTIL.isoformat()}
        build().call(None, "demo", args)

    return once(base(tmp_path_factory) / "sample", make)


@pytest.fixture(scope="session")
def sample(demo_folder: Path) -> Book:
    """The sample company, as of its last day."""
    return saleswright.open(demo_folder).as_of(UNTIL)


def seen(
    book: Book, as_of: str = UNTIL.isoformat(), *, actor: str = "", scope: str = "", currency: str = ""
) -> Snapshot:
    """The record of a workspace on a day, under somebody's eyes."""
    found = build().open_context(book.workspace, Ambient(as_of=as_of, actor=actor, scope=scope, currency=currency))
    assert isinstance(found, Snapshot)
    return found
