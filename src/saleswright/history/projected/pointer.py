"""Which segments are the projection now? A pointer moved atomically; whoever opened a generation keeps its files."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from saleswright.history.authored import EventType
from saleswright.history.engine import sync
from saleswright.history.projected.events import End
from saleswright.lib.barrier import barrier

FORMAT = 1
NOWHERE = End()
CURRENT = "current.json"


@dataclass(frozen=True, slots=True)
class Segment:
    """One immutable file of events of one kind: how many, from which record on, and its bytes."""

    file: str
    rows: int
    first: int
    size: int


@dataclass
class Projection:
    """One generation of the tables, held open until closed. `forms`: what each kind's rows were made by."""

    folder: Path
    end: End = NOWHERE
    generation: int = 0
    forms: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, tuple[Segment, ...]] = field(default_factory=dict)
    held: IO[str] | None = None

    def paths(self, kind: str, upto: int) -> list[str]:
        """The files that hold events of a kind up to a record."""
        return [str(self.folder / one.file) for one in self.segments.get(kind, ()) if one.first <= upto]

    def fits(self, kinds: Mapping[str, EventType]) -> bool:
        """Was it made of these kinds as they are declared now?"""
        return dict(self.forms) == {name: kind.form for name, kind in kinds.items()}

    def close(self) -> None:
        """Let its files go."""
        if self.held is not None:
            self.held.close()
            self.held = None


def folder_of(state: Path) -> Path:
    """Where the projection of a workspace lies."""
    return state / "projected"


def hold(state: Path) -> Projection:
    """The present generation, its files kept until it is closed; an empty one where there is none that can be used."""
    folder = folder_of(state)
    for _ in range(100):
        number = _number(folder)
        if not number:
            break
        try:
            held = (folder / _name(number)).open(encoding="utf-8")
        except FileNotFoundError:
            if _number(folder) == number:
                break  # lost, not replaced
            continue
        fcntl.flock(held, fcntl.LOCK_SH)
        found = _read(folder, held, number) if (folder / _name(number)).exists() else None
        if found is not None:
            return found
        held.close()
        if _number(folder) == number:
            break
    return Projection(folder)


def _number(folder: Path) -> int:
    try:
        told = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
        return int(told["generation"]) if told["format"] == FORMAT else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _name(number: int) -> str:
    return f"g{number:06d}.json"


def _read(folder: Path, held: IO[str], number: int) -> Projection | None:
    """The generation in an opened file; None when it is broken, or a file of it."""
    try:
        told = json.load(held)
        segments = {kind: tuple(Segment(**one) for one in files) for kind, files in told["segments"].items()}
        whole = all((folder / one.file).stat().st_size == one.size for files in segments.values() for one in files)
        if told["format"] != FORMAT or not whole:
            return None
        return Projection(folder, End(**told["end"]), number, told["forms"], segments, held)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def writing(state: Path) -> Iterator[Path]:
    """The only writer of the projection: who comes second waits, and then finds what the first made."""
    folder = folder_of(state)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def publish(made: Projection) -> Projection:
    """Make a generation the present one: its files are on the disk before anything names them. Gives it held."""
    folder = made.folder
    sync(folder)
    number = max([_number(folder), *_generations(folder)], default=0) + 1
    content = {
        "format": FORMAT,
        "generation": number,
        "end": asdict(made.end),
        "forms": dict(made.forms),
        "segments": {kind: [asdict(one) for one in files] for kind, files in made.segments.items()},
    }
    barrier("projected-segments")
    _put(folder / _name(number), content)
    held = (folder / _name(number)).open(encoding="utf-8")
    fcntl.flock(held, fcntl.LOCK_SH)
    barrier("projected-generation")
    _put(folder / CURRENT, {key: content[key] for key in ("format", "generation", "end")})
    barrier("projected-pointer")
    _collect(folder, number)
    return Projection(folder, made.end, number, made.forms, made.segments, held)


def _put(path: Path, content: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, path)
    sync(path.parent)


def _generations(folder: Path) -> list[int]:
    return [int(path.stem[1:]) for path in folder.glob("g*.json") if path.stem[1:].isdigit()]


def _collect(folder: Path, present: int) -> None:
    """Remove generations nobody holds, and the files no generation names: also what a crash left."""
    for number in _generations(folder):
        if number == present:
            continue
        with (folder / _name(number)).open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            (folder / _name(number)).unlink()
    named: set[str] = set()
    for number in _generations(folder):
        try:
            told = json.loads((folder / _name(number)).read_text(encoding="utf-8"))
            named |= {one["file"] for files in told["segments"].values() for one in files}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    for path in folder.iterdir():
        if path.suffix in (".parquet", ".lines", ".new") and path.name not in named:
            path.unlink(missing_ok=True)
