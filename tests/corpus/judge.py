"""Is what happened what a careful person expects? Every difference at once, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from tests.conftest import NIGHTLY
from tests.corpus.case import Case, Imported, Refused
from tests.corpus.play import MOST, Book, Played, allowed, book, check, clear, found, play, write

TIMES = 6
"""One case in so many is imported twice; in the long version every one."""


def run(case: Case, folder: Path) -> list[str]:
    """Play a case in a fresh workspace under `folder`; every way in which it did not come out as expected."""
    made = book(folder, case.currency)
    path = write(case, folder)
    played = play(made, path, case.alone)
    wrong = list(_always(case, made, path, played))
    if not wrong:
        wrong = list(_judge(case.expect, made, played))
        if wrong and case.either is not None and not list(_judge(case.either, made, played)):
            wrong = []
    if not wrong and not played.refused and not case.alone and (NIGHTLY or crc32(case.name.encode()) % TIMES == 0):
        wrong = list(_again(made, path))
    clear(folder)
    return wrong


def _always(case: Case, made: Book, path: Path, played: Played) -> Iterator[str]:
    """What holds for every file there is."""
    if played.broke:
        yield f"it broke: {played.broke}"
        return
    if played.seconds > allowed(path):
        yield f"it took {played.seconds:.1f} s"
    if case.alone and played.peak > MOST:
        yield f"it held {played.peak / 1e6:.0f} MB"
    for issue in played.issues:
        if issue["level"] == "error" and not (issue["what"] and (issue["why"] or issue["try"])):
            yield f"an error that helps nobody: {issue}"
    if played.refused:
        if left := made.empty:
            yield f"a refusal left behind: {left}"
        if not any(i["level"] == "error" or i["level"] == "warning" for i in played.issues):
            yield "a refusal that does not say why"
        for issue in played.issues:
            if issue["level"] == "error" and not (issue["where"] and issue["what"] and issue["try"]):
                yield f"a refusal without where, what or try: {issue}"
        return
    if not (made.state / "current.json").exists():
        return
    for item in made.manifest():
        if item["read"] != item["new"] + item["changed"] + item["unchanged"] + item["rejected"]:
            yield f"rows are lost: {item}"
    for row in made.rejected():
        if not (row["_line"] and row["_column"] and row["_reason"] and row["_fix"]):
            marks = {name: row[name] for name in ("_line", "_column", "_reason", "_fix")}
            yield f"a rejection without line, column, reason or fix: {marks}"


def _judge(expect: Imported | Refused, made: Book, played: Played) -> Iterator[str]:
    if isinstance(expect, Refused):
        yield from _refused(expect, made, played)
    else:
        yield from _imported(expect, made, played)


def _refused(expect: Refused, made: Book, played: Played) -> Iterator[str]:
    if (made.state / "current.json").exists():
        counts = [(f["name"], f["read"], f["new"], f["rejected"]) for f in made.manifest()]
        yield f"it was imported (name, read, new, rejected): {counts}; {played.warnings[:600]}"
        return
    if left := made.empty:
        yield f"left behind: {left}"
    for pattern in expect.says:
        if not found(pattern, played.said):
            yield f"nobody says '{pattern}': {played.said[:800]}"


def _imported(expect: Imported, made: Book, played: Played) -> Iterator[str]:
    if played.refused or not (made.state / "current.json").exists():
        yield f"nothing was imported: {played.said[:800]}"
        return
    read = sum(item["read"] for item in made.manifest())
    if read != expect.read:
        yield f"{read} rows read, {expect.read} expected"
    yield from _rejected(expect, made)
    now = made.deals()
    if expect.deals is not None and len(now) != expect.deals:
        yield f"{len(now)} deals, {expect.deals} expected: {sorted(now)[:12]}"
    if expect.accounts is not None:
        counted = made.ask("SELECT count(DISTINCT id) FROM account WHERE name IS NOT NULL")[0][0]
        if counted != expect.accounts:
            yield f"{counted} accounts, {expect.accounts} expected"
    if expect.won is not None:
        won: dict[str, int] = {}
        for deal in now.values():
            if deal["standing"] == "won" and deal["amount"] is not None:
                won[deal["currency"]] = won.get(deal["currency"], 0) + deal["amount"]
        if won != expect.won:
            yield f"won value {won}, {dict(expect.won)} expected"
    for key, cells in expect.cells.items():
        for name, value in cells.items():
            if key not in now:
                yield f"no deal {key}: {sorted(now)[:12]}"
            elif now[key][name] != value:
                yield f"{key}: {name} is {str(now[key][name])[:200]!r}, {str(value)[:200]!r} expected"
    for pattern in expect.warns:
        if not found(pattern, played.warnings):
            yield f"no warning of '{pattern}': {played.warnings[:800]}"
    for pattern in expect.notes:
        if not found(pattern, played.said):
            yield f"nobody says '{pattern}': {played.said[:1200]}"
    if expect.quiet and played.warnings:
        yield f"warnings for nothing: {played.warnings[:800]}"
    if expect.health:
        health = check(made)
        yield from (f"the check does not find '{p}': {health[:800]}" for p in expect.health if not found(p, health))


def _rejected(expect: Imported, made: Book) -> Iterator[str]:
    rows = {int(row["_line"]): row for row in made.rejected()}
    wanted = {line for line, _, _ in expect.rejected}
    for line in sorted(rows.keys() - wanted):
        yield f"line {line} was rejected: {rows[line]['_column']}: {rows[line]['_reason']}"
    for line in sorted(wanted - rows.keys()):
        yield f"line {line} was not rejected"
    for line, column, pattern in expect.rejected:
        row = rows.get(line)
        if row is None:
            continue
        if column and column not in row["_column"].split("; "):
            yield f"line {line}: column {row['_column']}, {column} expected ({row['_reason']})"
        if not found(pattern, row["_reason"]):
            yield f"line {line}: '{row['_reason']}' does not say '{pattern}'"


def _again(made: Book, path: Path) -> Iterator[str]:
    """The same file a second time changes nothing."""
    before = made.deals()
    played = play(made, path)
    if played.broke or played.refused:
        yield f"the second time: {played.broke or played.said[:500]}"
    elif played.changed:
        yield f"the second time {played.changed} rows are new or changed"
    if made.deals() != before:
        yield "the second time the record is another"
