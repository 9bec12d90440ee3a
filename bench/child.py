"""What does another process take? Wall, processor and peak memory of a child; servers that end with their block."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
BARE = (PYTHON, "-c", "pass")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Ran:
    """A child that has ended: seconds by the wall, seconds of processor, peak bytes, what it printed."""

    seconds: float
    cpu: float
    peak: int
    out: str
    err: str


def saleswright(*words: str) -> tuple[str, ...]:
    """The installed command with these words, as a person types it."""
    script = Path(PYTHON).with_name("saleswright")
    return (str(script), *words) if script.exists() else (PYTHON, "-m", "saleswright", *words)


def run(argv: Sequence[str], cwd: Path | None = None, more: Mapping[str, str] | None = None, code: int = 0) -> Ran:
    """Run a child to its end. AssertionError with what it said when it ends with another code than `code`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(
            argv, cwd=cwd, env=surroundings(more), stdout=out, stderr=err, stdin=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        took = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    if child.returncode != code:
        raise AssertionError(f"{' '.join(argv)} ended with {child.returncode}\n{texts[0][-2000:]}\n{texts[1][-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Ran(took, used.ru_utime + used.ru_stime, used.ru_maxrss * scale, texts[0], texts[1])


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: no SALESWRIGHT_ setting of the person's shell, the tree that these benchmarks stand in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SALESWRIGHT_")}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))), **(more or {})}


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(argv: Sequence[str], port: int, path: str, cwd: Path | None = None, patience: float = 60) -> Iterator[float]:
    """A server that is up for the length of the block; yields the seconds from its start to the first 200 on `path`."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(argv, cwd=cwd, env=surroundings(), stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        try:
            while get(port, path)[0] != 200:
                if child.poll() is not None or time.perf_counter() - start > patience:
                    said.seek(0)
                    text = said.read().decode("utf-8", "replace")[-3000:]
                    raise AssertionError(f"{' '.join(argv)} does not answer {path}\n{text}")
                time.sleep(0.02)
            yield time.perf_counter() - start
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def get(port: int, path: str) -> tuple[int, bytes]:
    """One request to this machine: status (0 when nobody answers) and body."""
    try:
        with _OPENER.open(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""
