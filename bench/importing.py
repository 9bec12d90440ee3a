"""How long does a CSV of 1M deals take to a published release, against DuckDB alone reading it into a table?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb

from bench.child import PYTHON, Ran, run, saleswright
from bench.line import SEED, Line, alternate, median, spread

FULL, SMALL = 1_000_000, 5_000
MEMORY = 1.5e9
TARGET = 12

_ROWS = f"""
SELECT 'OPP-' || lpad(i::VARCHAR, 8, '0') AS "Opportunity ID",
       CASE h % 4 WHEN 0 THEN 'Renewal, ' ELSE '' END || 'Account ' || (i // 3) || ' - ' || (h % 1000) AS "Opportunity Name",
       'Account ' || (i // 3) AS "Account Name", 'Rep ' || (h % 400) AS "Owner",
       CASE h % 6 WHEN 5 THEN 'Renewal' WHEN 4 THEN 'Existing Business' ELSE 'New Business' END AS "Type",
       stage AS "Stage", round((50000 + h % 9000000) / 100, 2)::DECIMAL(12, 2) AS "Amount", 'USD' AS "Currency",
       born AS "Created Date", CASE WHEN h % 10 > 0 THEN born + 4 END AS "Qualified Date", born + lives AS "Close Date",
       CASE stage WHEN 'Closed Won' THEN 100 WHEN 'Closed Lost' THEN 0 ELSE 10 + h % 80 END AS "Probability",
       CASE h % 4 WHEN 0 THEN 'Commit' WHEN 1 THEN 'Best Case' ELSE 'Pipeline' END AS "Forecast Category",
       CASE h // 5 % 4 WHEN 0 THEN 'Web' WHEN 1 THEN 'Outbound' WHEN 2 THEN 'Partner' ELSE 'Event' END AS "Lead Source",
       CASE h // 7 % 3 WHEN 0 THEN 'Enterprise' WHEN 1 THEN 'Mid-Market' ELSE 'SMB' END AS "Segment",
       CASE h // 9 % 3 WHEN 0 THEN 'EMEA' WHEN 1 THEN 'AMER' ELSE 'APAC' END AS "Region",
       'Product ' || (h % 25) AS "Product", CASE WHEN h % 5 = 0 THEN 'Competitor ' || (h % 8) END AS "Competitor",
       CASE WHEN stage = 'Closed Lost' THEN ['Price', 'Timing', 'No decision', 'Lost to competitor'][1 + h % 4] END
           AS "Loss Reason"
FROM (SELECT *, CASE WHEN born + lives > DATE '2025-12-31' THEN ['Prospecting', 'Proposal', 'Negotiation'][1 + h % 3]
                     WHEN h % 10 < 3 THEN 'Closed Won' ELSE 'Closed Lost' END AS stage
      FROM (SELECT i, h, DATE '2022-01-01' + (h // 17 % 1440)::INT AS born, (15 + h // 19 % 200)::INT AS lives
            FROM (SELECT i, (hash(i, {SEED}) % 1000000007)::BIGINT AS h FROM range($deals) t(i))))
"""

_SETTINGS = 'format = 1\nname = "Bench"\ncurrency = "USD"\nzone = "UTC"\n'

_ALONE = """
import duckdb, sys, time
con = duckdb.connect(sys.argv[2])
con.execute("SET enable_progress_bar = false")
start = time.perf_counter()
con.execute("CREATE TABLE deals AS SELECT * FROM read_csv(?)", [sys.argv[1]])
con.close()
print(time.perf_counter() - start)
"""


def import_1m(small: bool, place: Path) -> Line:
    """A first import by the public command in a fresh process, against DuckDB's own reading in a fresh process."""
    deals, runs = (SMALL, 1) if small else (FULL, 3)
    path = deals_csv(place, deals)
    imports: list[Ran] = []
    alone: list[float] = []

    def ours() -> float:
        folder = place / "import"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "saleswright.toml").write_text(_SETTINGS, encoding="utf-8")
        imports.append(run(saleswright("import", str(path), "--json"), cwd=folder))
        _is_whole(folder, deals)
        return imports[-1].seconds

    def baseline() -> float:
        file = place / "alone.duckdb"
        file.unlink(missing_ok=True)
        ran = run((PYTHON, "-c", _ALONE, str(path), str(file)))
        alone.append(float(ran.out.split()[-1]))
        return ran.seconds

    mine, theirs = alternate(ours, baseline, runs=runs, warm=0 if small else 1)
    peak = max(ran.peak for ran in imports)
    ratio = median(mine) / median(theirs)
    note = (
        f"{deals:,} rows of 19 columns, {path.stat().st_size / 1e6:.0f} MB; whole processes by the wall; peak memory of "
        f"ours {peak / 1e9:.2f} GB, target below 1.5; processor of ours {median([r.cpu for r in imports]):.1f} s; DuckDB "
        f"without its start {median(alone):.2f} s; {spread('ours', mine)}, {spread('DuckDB', theirs)}"
    )
    met = ratio <= TARGET and peak < MEMORY
    return Line("import_1m", median(mine), median(theirs), "<= 12x and < 1.5 GB", met, "s", runs, note)


def deals_csv(place: Path, deals: int) -> Path:
    """A generated export of that many deals."""
    path = place / f"deals-{deals}.csv"
    if not path.exists():
        with duckdb.connect() as con:
            con.execute(f"COPY ({_ROWS}) TO '{path}' (HEADER, DELIMITER ',')", {"deals": deals})
    return path


def _is_whole(folder: Path, deals: int) -> None:
    """A fast import that lost rows would be no import: every row is in, under its own id."""
    manifest = json.loads((folder / ".saleswright/raw/run-000001/manifest.json").read_text(encoding="utf-8"))
    (file,) = manifest["files"]
    assert (file["entity"], file["read"], file["new"], file["rejected"]) == ("deal", deals, deals, 0), file
    (release,) = (folder / ".saleswright/releases").glob("*.duckdb")
    with duckdb.connect(str(release), read_only=True) as con:
        row = con.execute("SELECT count(DISTINCT id), count(amount), count(DISTINCT owner) FROM deal").fetchone()
    assert row is not None and row[0] == deals and row[1] and row[2], row
