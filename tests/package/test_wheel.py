"""For people without make: the wheel alone, in an empty environment, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY, lacking

PACKAGE = "src/saleswright"
VENDOR = f"{PACKAGE}/faces/web/static/vendor"


def run(*command: str | Path, cwd: Path, seconds: int = 120) -> subprocess.CompletedProcess[str]:
    """Run a command as a new user would: nothing of this environment reaches it."""
    ours = ("SALESWRIGHT_", "VIRTUAL_ENV", "PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def with_packages(*command: str | Path, cwd: Path, seconds: int = 240) -> subprocess.CompletedProcess[str]:
    """Run a command of uv that needs packages: from what is on this machine, else from the index."""
    near = run(command[0], "--offline", *command[1:], cwd=cwd, seconds=seconds)
    if near.returncode == 0:
        return near
    done = run(*command, cwd=cwd, seconds=seconds)
    if done.returncode and re.search(r"error sending request|dns error|Failed to fetch", done.stderr):
        lacking(f"no package index can be reached:\n{done.stderr}")
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def uv(need: Callable[[str], Path]) -> Path:
    return need("uv")


@pytest.fixture(scope="module")
def built(uv: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source archive and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("built")
    with_packages(uv, "build", "--quiet", "--out-dir", out, cwd=root)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def locked(uv: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The versions this tree is tested with, so that a release elsewhere cannot turn this test red. Nightly: any."""
    if NIGHTLY:
        return []
    versions = tmp_path_factory.mktemp("locked") / "versions.txt"
    flags = ("--locked", "--no-dev", "--no-emit-project", "--no-hashes", "--no-header", "--no-annotate", "--quiet")
    with_packages(uv, "export", *flags, "--output-file", versions, cwd=root)
    return ["--constraints", str(versions)]


@pytest.fixture(scope="module")
def installed(uv: Path, wheel: Path, locked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel, what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    with_packages(uv, "venv", "--quiet", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    with_packages(uv, "pip", "install", "--quiet", "--python", python, *locked, wheel, cwd=folder)
    return python.parent


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path, root: Path) -> None:
    here = {
        path.relative_to(root / "src").as_posix()
        for path in (root / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= names(wheel)
    kinds = {Path(name).suffix for name in here}
    assert {".yaml", ".csv", ".html", ".css", ".json", ".js"} <= kinds


def test_the_wheel_brings_the_charts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        scripts = {i.filename: i.file_size for i in archive.infolist() if "/static/vendor/" in i.filename}
    assert any("htmx" in name for name in scripts), scripts
    assert max(scripts.values()) > 500_000, "the chart bundle is about 0.9 MB"


def test_the_wheel_brings_nothing_of_the_workshop(wheel: Path) -> None:
    stray = [name for name in names(wheel) if not re.match(r"saleswright(-[\d.]+\.dist-info)?/", name)]
    assert not stray
    assert not [name for name in names(wheel) if re.search(r"(^|/)(tests?|bench)/|truth|conftest|test_", name)]


def test_the_source_archive_brings_the_charts_too(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "tools/bundle_hook.py"} <= inside
    assert any(name.startswith(VENDOR) and name.endswith(".js") for name in inside)


def test_version(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "saleswright", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\b\d+\.\d+\.\d+\b", done.stdout)


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "saleswright", "demo", "--no-serve", cwd=tmp_path, seconds=180)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"win rate", done.stdout, re.IGNORECASE)
    assert re.search(r"\d", done.stdout)


def test_uvx_runs_it_without_an_installation(uv: Path, wheel: Path, locked: list[str], tmp_path: Path) -> None:
    done = with_packages(
        uv, "tool", "run", "--isolated", *locked, "--from", wheel, "saleswright", "--help", cwd=tmp_path
    )
    assert "demo" in done.stdout
    assert "import" in done.stdout


@pytest.mark.skipif(not NIGHTLY, reason="only in the long version: it makes the chart bundle again")
def test_a_clean_clone_builds_a_complete_wheel(uv: Path, root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    listed = run("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=root).stdout.split("\0")
    for name in filter(None, listed):
        if (root / name).is_file():
            target = clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((root / name).read_bytes())
    with_packages(uv, "build", "--quiet", "--out-dir", tmp_path / "out", cwd=clone)
    test_the_wheel_brings_the_charts(next((tmp_path / "out").glob("*.whl")))
