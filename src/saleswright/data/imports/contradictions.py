"""Do the files say two things of one record? Rows with one id and different values, in one file or in two of one run."""

from __future__ import annotations

from saleswright.data.imports.files import FileRun
from saleswright.history.facts import quoted
from saleswright.history.release import Publisher
from saleswright.lib.issue import Issue

_SHOWN = 3


def contradictions(p: Publisher, files: list[FileRun]) -> list[Issue]:
    """A warning for every file, and for every two files of one kind, that contradict themselves or each other."""
    rows = [f for f in files if f.source and f.source.layout == "rows" and f.mapping]
    found = [issue for file in rows if (issue := _within(p, file))]
    for place, later in enumerate(rows):
        for first in rows[:place]:
            assert first.mapping and later.mapping
            if first.mapping.entity == later.mapping.entity and (issue := _between(p, first, later)):
                found.append(issue)
    return found


def _within(p: Publisher, file: FileRun) -> Issue | None:
    assert file.source is not None
    if file.outcome.single or not file.source.sets:
        return None
    table, twice = p.load(file.source), f"twice_{file.number}"
    p.con.execute(f"CREATE OR REPLACE TEMP TABLE {twice} AS SELECT id FROM {table} GROUP BY id HAVING count(*) > 1")
    values = ", ".join(quoted(name) for name in file.source.sets)
    rows = p.con.execute(
        f"SELECT id, list(DISTINCT line ORDER BY line), count(*) OVER () FROM {table} SEMI JOIN {twice} USING (id)"
        f" GROUP BY id HAVING count(DISTINCT hash({values})) > 1 ORDER BY 2 LIMIT {_SHOWN}"
    ).fetchall()
    if not rows:
        return None
    shown = "; ".join(f"lines {', '.join(map(str, lines))}" for _, lines, _ in rows)
    what = f"{rows[0][2]:,} records stand on several rows with different values ({shown})"
    return Issue(
        file.name, what, "so the last row of each counts", "export one row for each record", "warning", "contradiction"
    )


def _between(p: Publisher, first: FileRun, later: FileRun) -> Issue | None:
    assert first.source is not None and later.source is not None
    shared = [name for name in first.source.sets if name in later.source.sets]
    if not shared:
        return None
    differs = " OR ".join(f"a.{quoted(n)} IS DISTINCT FROM b.{quoted(n)}" for n in shared)
    rows = p.con.execute(
        f"SELECT a.line, b.line, count(*) OVER () FROM {p.load(first.source)} a JOIN {p.load(later.source)} b USING (id)"
        f" WHERE {differs} ORDER BY 1 LIMIT {_SHOWN}"
    ).fetchall()
    if not rows:
        return None
    shown = "; ".join(f"line {one} and line {other}" for one, other, _ in rows)
    what = f"{rows[0][2]:,} records have other values here than in {first.name} ({shown})"
    why = f"so {later.name}, read last, counts"
    return Issue(later.name, what, why, "import the newer file after the older one", "warning", "contradiction")
