"""The rules of the house: what every file of this project keeps, whoever writes it."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".csv", ".html", ".css", ".js", ".json", ".cfg", ".sh", ".txt", ""}
GENERATED = {"uv.lock"}
SALES_WORDS = re.compile(r"\b(deals?|leads?|quotas?|opportunit(?:y|ies)|pipelines?|win rates?|reps?)\b", re.IGNORECASE)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or may be put in the repository; in an unpacked archive, every file but the usual dust."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return tuple(sorted({ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}))
    dust = {".venv", ".tools", ".git", "__pycache__", "vendor", "dist", "build"}
    return tuple(p for p in sorted(ROOT.rglob("*")) if p.is_file() and not dust & set(p.relative_to(ROOT).parts))


def texts() -> Iterator[tuple[str, str]]:
    """(relative path, content) of every text file that a person writes."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in TEXT and name not in GENERATED:
            yield name, path.read_text(encoding="utf-8")


def lines_with(pattern: str, suffix: str = "") -> list[str]:
    found = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        if name.endswith(suffix)
        for number, line in enumerate(text.splitlines(), 1)
        if found.search(line)
    ]


def in_src(suffix: str = "") -> list[Path]:
    return [p for p in files() if p.is_relative_to(ROOT / "src") and p.name.endswith(suffix)]


def test_no_code_file_is_long() -> None:
    long = {
        name: lines
        for name, text in texts()
        if name.endswith((".py", ".js", ".css", ".html")) and (lines := len(text.splitlines())) > MOST_LINES
    }
    assert not long, f"split these, most files are under 150 lines: {long}"


def test_names_say_what_a_thing_is() -> None:
    vague = re.compile(r"manager|helper|service|utils?$|^utils?_|_utils?_", re.IGNORECASE)
    bad: list[str] = []
    for path in (p for p in files() if p.suffix == ".py"):
        name = path.relative_to(ROOT).as_posix()
        bad += [name] if any(vague.search(part.removesuffix(".py")) for part in name.split("/")) else []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and vague.search(node.name):
                bad.append(f"{name}:{node.lineno} class {node.name}")
            elif isinstance(node, ast.FunctionDef) and re.search(r"helper|utils?$", node.name, re.IGNORECASE):
                bad.append(f"{name}:{node.lineno} def {node.name}")
    assert not bad, bad


def test_no_path_of_one_machine() -> None:
    roots = "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers", "fa" + "rm"])
    assert not lines_with(rf"(^|[^A-Za-z0-9_.])/({roots})/")


def test_no_address_of_a_package_registry() -> None:
    hosts = ["py" + "pi.org", "pythonhosted" + ".org", "registry.npm" + "js.org", "index-" + "url"]
    assert not lines_with("|".join(map(re.escape, hosts)))


def test_nothing_is_left_for_later_in_the_text() -> None:
    assert not lines_with(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")


def test_every_ignored_type_names_its_code() -> None:
    assert not lines_with(r"#\s*type:\s*" + r"ignore(?!\[)", ".py")


def test_the_kernel_has_no_sales_word() -> None:
    bad = [
        f"{path.name}:{number}: {line.strip()}"
        for path in in_src(".py")
        if path.parent.name == "kernel"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SALES_WORDS.search(line)
    ]
    assert not bad, bad


def test_every_data_file_of_the_package_is_in_git() -> None:
    """A file that git ignores never reaches a clean clone, and so no wheel. The made bundle is the one exception."""
    ignored = subprocess.run(
        ["git", "ls-files", "-oi", "--exclude-standard", "src"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ignored.returncode:
        pytest.skip("this tree is not a git checkout")
    lost = [
        name
        for name in ignored.stdout.splitlines()
        if "__pycache__" not in name and "/faces/web/static/vendor/" not in name
    ]
    assert not lost, lost


def test_the_build_asks_for_what_makes_the_bundle() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = ast.parse((ROOT / "tools" / "bundle_hook.py").read_text(encoding="utf-8"))
    needs = next(
        ast.literal_eval(node.value)
        for node in hook.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NEEDS"
    )
    assert needs == project["dependency-groups"]["bundle"]


def test_the_tests_have_what_makes_files_to_hand_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["project"]["optional-dependencies"]["export"]) <= set(project["dependency-groups"]["dev"])


def test_the_lock_names_only_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = {tuple(package["source"].items()) for package in lock["package"]}
    public = ("registry", "https://" + "py" + "pi.org/simple")
    assert sources == {(public,), (("editable", "."),)}


def test_the_licence_is_mit() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License")
    assert "Saleswright contributors" in licence


def test_the_readme_has_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert {"make demo", "make test"} <= {line.split("#")[0].strip() for line in readme}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda p: p.stem)
def test_a_decision_says_what_it_cost(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Context", "Options", "Decision", "Cost"]


def anchors(text: str) -> set[str]:
    """The names that the headings of a page can be linked by."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    }


def test_every_link_in_the_docs_leads_somewhere() -> None:
    dead = []
    for name, text in texts():
        if not name.endswith(".md"):
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            if re.match(r"[a-z]+:", target):
                continue
            place, _, anchor = target.partition("#")
            file = (ROOT / name).parent / place if place else ROOT / name
            if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
                dead.append(f"{name}: {target}")
    assert not dead, dead
