"""A small company that knows one person in fifty ways, and a search that reads every file of a folder to the last byte."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from saleswright.app import build
from saleswright.history.engine import Reader
from saleswright.history.release import current, release_path
from saleswright.history.schema import standard
from saleswright.kernel.call import Ambient, App
from saleswright.kernel.journal import let_go
from saleswright.kernel.report import Figure
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Stop
from tests.workspaces import once

SETTINGS = 'format = 1\nname = "garden"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n'
EMAIL, FIRST_EMAIL = "wilhelmina.quast@canary.example", "mina@before.example"
NAME, PHONE = "Wilhelmina Quast", "+49 7531 902 7416"
SECRETS = [f"canary{n:02d}-{word}" for n, word in enumerate(["birthday", "allergy", "street", "hobby"] * 8)]
"""What stands in columns nobody mapped, on the person's own rows and on what was said to them."""
SPELLED = [
    EMAIL, EMAIL.upper(), EMAIL.replace("@", "%40"), FIRST_EMAIL, FIRST_EMAIL.title(), NAME, NAME.upper(),
    "Quast, Wilhelmina", "Wilhelmina  Quast", "Wilhelmina_Quast", PHONE, "+4975319027416", "07531/9027416",
    "7531-902-7416", "Chief Gardener", "Head of Roses", "Call: roses with Mina", "Mail: thorns for Mina",
]  # fmt: skip
CANARIES = [*SPELLED, *SECRETS]
CONTACTS = ["Id", "AccountId", "FirstName", "LastName", "Email", "Phone", "Title", "CreatedDate", "Remark"]
DEALS = ["Id", "Name", "AccountId", "OwnerId", "StageName", "Amount", "CreatedDate", "CloseDate", "NextStep", "Remark"]
TASKS = ["Id", "WhoId", "WhatId", "OwnerId", "Type", "Subject", "Status", "ActivityDate", "CreatedDate", "Remark"]
ME = "003Sw0000000001IAA"


def sheet(path: Path, head: list[str], rows: list[list[Any]]) -> Path:
    """A CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([head, *rows])
    return path


def exports(folder: Path) -> tuple[Path, Path]:
    """Two exports: in the second the person has another address and title, and a row of theirs is not to be read."""
    secret = iter(SECRETS)
    extra = [f"Own {n}" for n in range(13)]
    for which, email, title in (("one", FIRST_EMAIL, "Chief Gardener"), ("two", EMAIL, "Head of Roses")):
        mine = [ME, "A1", "Wilhelmina", "Quast", email, PHONE, title, "2026-01-05", "plain"]
        others = [[f"003Sw000000001{n}IAA", f"A{n}", f"First{n}", f"Last{n}", f"p{n}@other.example", f"+1 555 010 44{n:02d}",
                   "Buyer", "2026-01-06", f"met {NAME} at the fair" if n == 3 else ""] for n in range(10, 16)]  # fmt: skip
        rows = [mine + [next(secret) for _ in extra], *([*row, *[""] * len(extra)] for row in others)]
        if which == "two":
            bad = ["003Sw0000000002IAA", "A1", "Mina", "Q.", EMAIL, "", "", "not a day", next(secret)]
            rows.append([*bad, *[next(secret) for _ in extra[:3]], *[""] * 10])
        sheet(folder / which / "contact.csv", CONTACTS + extra, rows)
    notes = [
        "Ask " + NAME.upper(),
        f"Write to {EMAIL.upper()}",
        "Ring 7531-902-7416 first",
        "Quast, Wilhelmina decides",
    ]
    deals = []
    for n in range(40):
        stage = ["Closed Won", "Closed Lost", "Proposal", "Prospecting"][n % 4]
        note = notes[n % 4] if n < 8 else "Send offer"
        remark = (
            [
                f"https://x.example/?to={EMAIL.replace('@', '%40')}",
                "Wilhelmina  Quast",
                "+4975319027416",
                "07531/9027416",
            ][n % 4]
            if n < 8
            else ""
        )
        deals.append([f"006Sw00000000{n:02d}IAA", f"Deal {n}", f"A{n % 6}", f"Owner {n % 3}", stage, 1000 + 17 * n,
                      f"2026-02-{n % 27 + 1:02d}", f"2026-05-{n % 27 + 1:02d}", note, remark])  # fmt: skip
    sheet(folder / "one" / "opportunity.csv", DEALS, deals)
    tasks = [[f"00TSw00000000{n:02d}IAA", ME if n < 2 else "", f"006Sw00000000{n:02d}IAA", "Owner 1", "Call",
              ["Call: roses with Mina", "Mail: thorns for Mina"][n] if n < 2 else "Call: terms", "Completed",
              f"2026-03-{n + 1:02d}", f"2026-03-{n + 1:02d}", next(secret) if n < 2 else "Wilhelmina_Quast" if n == 3 else ""]
             for n in range(8)]  # fmt: skip
    sheet(folder / "one" / "task.csv", TASKS, tasks)
    return folder / "one", folder / "two"


def garden(root: Path, files: Path) -> tuple[App, Workspace]:
    """The workspace: both exports imported."""
    root.mkdir(parents=True)
    (root / "saleswright.toml").write_text(SETTINGS, encoding="utf-8")
    app = build()
    for export in exports(files):
        app.call(app.open_workspace(root), "import", {"path": str(export)})
    return app, app.open_workspace(root)


HEADLINES = ("win_rate", "won_value", "open_pipeline", "deal_size")


def made_once(base: Path) -> tuple[App, Path]:
    """The garden, made by whichever worker comes first; nobody changes it."""

    def make(folder: Path) -> None:
        app, workspace = garden(folder / "book", folder / "files")
        figures(app, workspace)  # so that the copies need not think about the questions anew
        app.call(workspace, "now", {})
        let_go(workspace)

    return build(), once(base / "garden-of-canaries", make)


def figures(app: App, workspace: Workspace, names: tuple[str, ...] = HEADLINES) -> dict[str, str]:
    """Metrics as of a day, as text; all of the standard ones when none is named."""
    found = {}
    for name in names or [definition.name for definition in workspace.all("metric")]:
        try:
            report = app.call(
                workspace, "measure", {"metric": name, "period": "all"}, Ambient(as_of="2026-06-30")
            ).report
        except Stop as stop:
            found[name] = str(stop)
            continue
        for block in report.blocks:
            if isinstance(block, Figure):
                found[f"{name}.{block.name}"] = f"{block.value} {block.of} {block.n} {block.excluded} {block.reason}"
    return found


def rows_of(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """(rows, order-free hash) of every table that measures read, in the present state: all but what is personal."""
    release = current(workspace.state)
    assert release is not None
    found = {}
    with closing(Reader(release_path(workspace.state, release.number))) as reader:
        for name in (*standard(), "rates"):
            count, mark = reader.rows(f'SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM "{name}" t')[0]
            found[name] = (int(count), int(mark))
    return found


def texts(path: Path) -> Iterator[bytes]:
    """All that a file says, as bytes: as it lies, and read by whoever can read it."""
    data = path.read_bytes()
    yield data
    yield from _read(data, path)


def _read(data: bytes, path: Path) -> Iterator[bytes]:
    if data.startswith(b"\x1f\x8b"):
        inner = gzip.decompress(data)
        yield inner
        yield from _read(inner, path)
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            for name in members.namelist():
                inner = members.read(name)
                yield inner
                yield from _read(inner, path)
    elif data.startswith(b"PAR1"):
        yield _said(duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall())
    elif data[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as con:
            for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield _said(con.execute(f'SELECT * FROM "{table}"').fetchall())
    elif data.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield _said(db.execute(f'SELECT * FROM "{table}"').fetchall())
    else:
        try:
            for line in data.decode().splitlines() if path.suffix == ".jsonl" else [data.decode()]:
                yield _said([[json.loads(line)]])
        except ValueError:
            return


def _said(rows: list[Any]) -> bytes:
    return "\n".join(_plain(cell) for row in rows for cell in row).encode()


def _plain(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    if isinstance(cell, dict) and "base64" in cell:
        return base64.b64decode(cell["base64"]).decode(errors="replace")
    if isinstance(cell, dict):
        return "\n".join(f"{name} {_plain(one)}" for name, one in cell.items())
    if isinstance(cell, (list, tuple)):
        return "\n".join(map(_plain, cell))
    return str(cell)


def search(folder: Path, canaries: list[str] = CANARIES) -> list[tuple[str, str]]:
    """(canary, file) for every canary in every file, whatever its case; names of files count as well."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        said = b"\n".join([path.name.encode(), *texts(path)]).decode("utf-8", errors="replace").casefold()
        wide = b"\n".join(texts(path)).decode("utf-16-le", errors="replace").casefold()
        found += [
            (one, str(path.relative_to(folder))) for one in canaries if one.casefold() in said or one.casefold() in wide
        ]
    return found
