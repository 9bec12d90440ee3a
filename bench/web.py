"""How fast are the pages? A warm server process of the sample company on this machine's loopback."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench.child import PYTHON, free_port, get, run, saleswright, server
from bench.company import company
from bench.line import SEED, Line, alternate, median, seconds, spread

METRICS = ("win_rate", "deal_size", "sales_cycle", "new_deals", "won_value", "open_pipeline")
SPLITS = ("team", "owner", "segment", "type", "month")
FILTERS = ("owner", "team", "segment", "type")
PERIODS = ("all", "2025", "2026", "2026Q1", "2026Q2", "last 12 months", "last quarter", "2025-07-01..2026-03-31")
UNTIL = "2026-11-22"
CONNECTIONS = 8
SMALL = 2_000


def page(small: bool, place: Path) -> Line:
    """One metric over random filters as JSON, one request after another; twenty filters, each with new members."""
    rounds = 1 if small else 5
    chance = random.Random(SEED)
    folder = workspace(small, place)
    with served(folder) as port:
        members = {name: _members(port, name) for name in FILTERS}
        forms = [_form(chance) for _ in range(20)]
        # What is asked in the first round is compiled then; later rounds ask the same forms about others.
        first = [took(port, _asked(chance, form, members)) for form in forms]
        mine: list[float] = []
        theirs: list[float] = []
        for _ in range(rounds):
            for form in forms:
                mine.append(took(port, _asked(chance, form, members)))
                theirs.append(took(port, "/healthz"))
        html = [took(port, _asked(chance, form, members).replace("/a/measure.json", "/a/measure")) for form in forms]
    middle = median(mine)
    tail = sorted(mine)[int(len(mine) * 0.95)]
    note = (
        f"{len(mine)} requests over 20 forms of question; p95 {tail * 1000:.1f} ms; first round, with "
        f"its compiling, p50 {median(first) * 1000:.1f} ms, highest {max(first) * 1000:.0f} ms; as a page p50 "
        f"{median(html) * 1000:.1f} ms; the baseline is /healthz of the same server"
    )
    return Line("page", middle * 1000, median(theirs) * 1000, "p50 < 50 ms", middle < 0.05, "ms", len(mine), note)


def serve_json(small: bool, place: Path) -> Line:
    """The same pinned question as JSON, answers a second, against a bare FastAPI hello world."""
    return _throughput("serve_json", "/a/measure.json?metric=win_rate&by=team&snap={snap}", 0.3, small, place)


def serve_html(small: bool, place: Path) -> Line:
    """The same pinned page of a metric, answers a second, against a bare FastAPI hello world."""
    return _throughput("serve_html", "/kpi/win_rate?by=team&snap={snap}", 0.1, small, place)


def _throughput(name: str, path: str, target: float, small: bool, place: Path) -> Line:
    runs, length = (1, 1.0) if small else (7, 4.0)
    folder = workspace(small, place)
    hello = free_port()
    with served(folder) as port, server((PYTHON, "-m", "bench.hello", str(hello)), hello, "/"):
        snap = json.loads(get(port, "/a/measure.json?metric=win_rate")[1])["snap"]
        pinned = path.format(snap=snap)
        status, body = get(port, pinned)
        assert status == 200, body[:500]
        mine, theirs = alternate(
            lambda: _rate(port, pinned, length), lambda: _rate(hello, "/", length), runs=runs, warm=0 if small else 1
        )
    ratio = median(mine) / median(theirs)
    note = (
        f"{CONNECTIONS} connections, closed loop, {length:g} s each; {len(body):,} bytes; {pinned}; "
        f"{spread('ours', mine, 'answers/s')}, {spread('hello', theirs, 'answers/s')}"
    )
    unit = "answers/s"
    return Line(name, median(mine), median(theirs), f">= {target}x", ratio >= target, unit, runs, note)


def workspace(small: bool, place: Path) -> Path:
    """The sample company, made by the public command; for the small form a handful of deals."""
    if small:
        return company(place, SMALL).root
    folder = place / "sample"
    if not (folder / "demo-company" / "saleswright.toml").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        run(saleswright("demo", "--no-serve", "--until", UNTIL, "--seed", str(SEED)), cwd=folder)
    return folder / "demo-company"


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a server of this workspace, for the length of the block."""
    port = free_port()
    with server(saleswright("serve", "--port", str(port), "--no-browser"), port, "/", cwd=folder):
        yield port


def _rate(port: int, path: str, length: float) -> float:
    return float(run((PYTHON, "-m", "bench.load", str(port), path, str(CONNECTIONS), str(length))).out)


def took(port: int, path: str) -> float:
    """How long a page takes; it has to be one."""
    answer: list[tuple[int, bytes]] = []
    took = seconds(lambda: answer.append(get(port, path)))
    assert answer[0][0] == 200, (path, answer[0])
    return took


def _form(chance: random.Random) -> tuple[str, str, tuple[str, ...]]:
    return (
        chance.choice(METRICS),
        chance.choice(SPLITS),
        tuple(name for name in FILTERS if chance.random() < 0.4) or (chance.choice(FILTERS),),
    )


def _asked(chance: random.Random, form: tuple[str, str, tuple[str, ...]], members: dict[str, list[str]]) -> str:
    metric, by, filters = form
    where = [("where", f"{name}={chance.choice(members[name])}") for name in filters]
    query = [("metric", metric), ("by", by), ("period", chance.choice(PERIODS)), *where]
    return "/a/measure.json?" + urlencode(query)


def _members(port: int, name: str) -> list[str]:
    """The members of a split, as its own table says them."""
    status, body = get(port, f"/a/measure.json?metric=won_deals&by={name}")
    assert status == 200, body[:500]
    (table,) = (block for block in json.loads(body)["data"]["blocks"] if block["kind"] == "table")
    return sorted({str(row[0]) for row in table["rows"] if row[0] not in ("(none)", None)})
