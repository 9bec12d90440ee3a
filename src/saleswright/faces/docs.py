"""What is written down about every command, definition and table? Pages made from the code, never by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from saleswright.faces import words
from saleswright.faces.cli.arguments import example, metavar
from saleswright.faces.cli.front import usage
from saleswright.kernel.action import Action, Missing, Param
from saleswright.kernel.call import App
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.envelope import schema
from saleswright.kernel.report import Cell
from saleswright.lib.issue import Issue

MADE = "<!-- Made from the code by `saleswright docs`; a change here is lost. -->"

_FORM = ".schema.json"
_EFFECTS = {
    "read": "reads only",
    "propose": "suggests changes, which somebody decides on",
    "apply": "writes",
}


def pages(app: App, tables: Mapping[str, Sequence[Any]] | None = None) -> dict[str, str]:
    """Every page by its file name. `tables` are attribute tables by name; their rows are dataclasses."""
    made: dict[str, list[str]] = {}
    for chapter in app.chapters:
        made[f"{_slug(chapter.name)}.md"] = _chapter(chapter)
    if tables:
        made["tables.md"] = _tables(tables)
    made["envelope.md"] = _envelope()
    made["README.md"] = _contents(app, bool(tables))
    texts = {name: "\n".join([MADE, "", *lines]).rstrip() + "\n" for name, lines in sorted(made.items())}
    for chapter in app.chapters:
        for kind, form in chapter.kinds.items():
            texts[f"{kind}{_FORM}"] = json.dumps(form(), indent=2, ensure_ascii=False) + "\n"
    return texts


def write(app: App, folder: Path, tables: Mapping[str, Sequence[Any]] | None = None) -> list[Path]:
    """Write every page whose text is not there yet, drop made pages that are no more; the files touched."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(app, tables)
    touched = []
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            touched.append(path)
    for path in _made(folder):
        if path.name not in wanted:
            path.unlink()
            touched.append(path)
    return touched


def check(app: App, folder: Path, tables: Mapping[str, Sequence[Any]] | None = None) -> list[Issue]:
    """Which pages do not say what the code says? One issue each for stale, missing and left-over pages."""
    wanted = pages(app, tables)
    issues = []
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file():
            issues.append(_stale(f"{folder.name}/{name}", "this page is missing"))
        elif path.read_text(encoding="utf-8") != text:
            line = _first_difference(path.read_text(encoding="utf-8"), text)
            issues.append(_stale(f"{folder.name}/{name}:{line}", "this page is not what the code says"))
    left = [path for path in _made(folder) if path.name not in wanted]
    return issues + [
        _stale(f"{folder.name}/{path.name}", "nothing in the code has this page any more") for path in left
    ]


def _made(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    written = [path for path in sorted(folder.glob("*.md")) if path.read_text(encoding="utf-8").startswith(MADE)]
    return [*written, *sorted(folder.glob(f"*{_FORM}"))]


def _stale(where: str, what: str) -> Issue:
    return Issue(where, what, "so a reader would be told something else", "saleswright docs", code="stale-page")


def _first_difference(have: str, want: str) -> int:
    pairs = zip(have.splitlines(), want.splitlines(), strict=False)
    shorter = min(len(have.splitlines()), len(want.splitlines()))
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), shorter + 1)


def _contents(app: App, tables: bool) -> list[str]:
    lines = ["# Reference", ""]
    for chapter in app.chapters:
        shown = list(chapter.actions)
        page = f"{_slug(chapter.name)}.md"
        lines += [f"## {chapter.group}: [{chapter.title}]({page})", "", _lead(chapter.doc), ""]
        lines += [f"- [`{action.name}`]({page}#{action.slug}): {action.summary}" for action in shown]
        lines += [""] if shown else []
    lines += ["## For programs", ""]
    lines += ["- [Tables](tables.md): every field of every table"] if tables else []
    forms = sorted(kind for chapter in app.chapters for kind in chapter.kinds)
    lines += [f"- [The form of a {kind}]({kind}{_FORM}): a JSON Schema, for editors" for kind in forms]
    return [*lines, "- [Envelope](envelope.md): what `--json` and the HTTP door give"]


def _chapter(chapter: Chapter) -> list[str]:
    lines = [f"# {chapter.title}", "", chapter.doc.strip(), ""]
    for action in chapter.actions:
        lines += _action(action)
    for kind, definitions in _definitions(chapter).items():
        lines += [f"## Shipped definitions: {kind}", ""]
        for item in definitions:
            lines += _definition(item)
    cases = sorted(chapter.folder.glob("cases/*.yaml"))
    lines += ["## Worked examples", ""] if cases else []
    for path in cases:
        lines += _case(path)
    return lines


def _action(action: Action) -> list[str]:
    lines = [
        f"## {action.name}",
        "",
        action.doc,
        "",
        f"`{usage(action)}`",
        "",
        f"Effect: {_EFFECTS[action.effect]}.",
        "",
    ]
    if action.params:
        lines += _table(("argument", "takes", "default", "meaning"), [_param(param) for param in action.params])
    if shown := example(action):
        lines += ["```sh", shown, "```", ""]
    return lines


def _param(param: Param) -> list[str]:
    if param.required:
        return [f"`{metavar(param)}`", param.arg.kind, "required", param.arg.help]
    default = "" if param.default in (None, "", (), [], Missing) else f"`{param.default}`"
    if param.arg.kind == "flag":
        default = "on" if param.default else "off"
    return [f"`--{param.flag}`", param.arg.kind, default, param.arg.help]


def _definitions(chapter: Chapter) -> dict[str, list[Definition]]:
    kinds: dict[str, list[Definition]] = {}
    for path in sorted(chapter.folder.glob("standard/*.yaml")):
        for item in read_definitions(path, f"{chapter.folder.name}/standard/{path.name}", shipped=True)[0]:
            kinds.setdefault(item.kind, []).append(item)
    return kinds


def _definition(item: Definition) -> list[str]:
    rows = [[f"`{key}`", _inline(value)] for key, value in item.body.items()]
    lines = [f"### {item.name}", "", item.doc, ""] if item.doc else [f"### {item.name}", ""]
    return lines + (_table(("field", "value"), rows) if rows else [])


def _case(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    head = content[0] if isinstance(content, list) and content else content
    told = head if isinstance(head, dict) else {}
    title = str(told.get("name") or told.get("title") or words.label(path.stem))
    doc = str(told.get("doc", "")).strip()
    return [f"### Example: {title}", "", *([doc, ""] if doc else []), "```yaml", text.strip(), "```", ""]


def _tables(tables: Mapping[str, Sequence[Any]]) -> list[str]:
    lines = ["# Tables", "", "What is kept, field by field.", ""]
    for name, rows in tables.items():
        lines += [f"## {name}", ""]
        if rows:
            heads = [field.name for field in dataclasses.fields(rows[0])]
            used = [head for head in heads if any(getattr(row, head) not in (None, "", False, ()) for row in rows)]
            lines += _table(used, [[_value(getattr(row, head)) for head in used] for row in rows])
    return lines


def _envelope() -> list[str]:
    text = json.dumps(schema(), indent=2, ensure_ascii=False)
    return [
        "# Envelope",
        "",
        "What `--json` prints and the HTTP door returns for every action. A refused call has null `data`.",
        "",
        "```json",
        text,
        "```",
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    line = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return [*line, *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows), ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _value(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return words.words(value, style="plain")


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_inline(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(item, (dict, list)) for item in value)
        return ("<br>" if nested else ", ").join(_inline(item) if nested else f"`{item}`" for item in value)
    return words.one_line(words.words(value, style="plain") if isinstance(value, (str, int, float)) else str(value))


def _lead(doc: str) -> str:
    return " ".join(doc.strip().split("\n\n", 1)[0].split())


def _slug(name: str) -> str:
    return name.strip("/").replace("/", "-").replace(" ", "-")
