"""Is the same question compiled once for all tests? Each workspace keeps its own text, as a person's does.

The name of a kept text is a digest of the whole question and of the versions. A workspace that has not compiled a
question yet is handed what another workspace made of the same one, in this run. The long version compiles all anew.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saleswright.history import compiled
from tests.workspaces import base

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Build = Callable[[], ir.Table]


@pytest.fixture(scope="session", autouse=True)
def shared_texts(tmp_path_factory: pytest.TempPathFactory, nightly: bool) -> Iterator[None]:
    """One folder of compiled texts below the run's own folder, beside those of the workspaces."""
    if nightly:
        yield
        return
    shared = base(tmp_path_factory) / "texts"
    shared.mkdir(exist_ok=True)
    own = compiled._kept

    def kept(folder: Path, question: Any, build: Build, dialect: compiled.Dialect, kinds: compiled.Kinds = ()) -> str:
        key = compiled.key_of(question, dialect, kinds)
        here, there = folder / f"{key}.json", shared / f"{key}.json"
        if (folder, key) in compiled._memory:
            return own(folder, question, build, dialect, kinds)
        # What cannot be written to stays as it is: the question is compiled there as it would be anyway.
        with suppress(OSError):
            if there.exists() and not here.exists():
                folder.mkdir(parents=True, exist_ok=True)
                _copy(there, here)
        text = own(folder, question, build, dialect, kinds)
        with suppress(OSError):
            if not there.exists():
                _copy(here, there)
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_kept", kept)
        yield


def _copy(one: Path, other: Path) -> None:
    """Whole or not at all: two workers may copy the same."""
    half = other.with_name(f"{other.name}.{os.getpid()}.{threading.get_ident()}")
    shutil.copyfile(one, half)
    os.replace(half, other)
