"""Run one benchmark and print its line."""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

# Name -> module that holds the function of that name, and what it measures.
BENCHES = {
    "import_1m": ("importing", "a CSV of 1M deals to a published release, against DuckDB reading it into a table"),
    "csv_memory": ("large", "memory that a CSV of 1 GB takes, against DuckDB reading it into a table"),
    "first_screen_50k": ("large", "from an own export of 50k deals to the first screen, against DuckDB reading it"),
    "win_rate_5m": ("asking", "win rate by owner by month over 25M versions, against SQL by hand"),
    "open_pipeline_5m": ("asking", "open pipeline by stage as of a past day over 25M versions, against SQL by hand"),
    "catalogue_5m": ("catalogue", "20 metrics by 3 splits by 24 months over 25M versions, against SQL by hand"),
    "panel_100": ("panel", "what was known of 20k deals on each of 100 days, in one pass, against each day by itself"),
    "backtest_100": (
        "backtest",
        "every week of eight quarters of 20k deals forecast again, against the forecast of each of these days by itself",
    ),
    "scaling": ("scaling", "two questions at 0.1M, 1M and 10M deals, and on local Spark, against ten times a tenth"),
    "waterfall_1m": ("waterfall", "the waterfall of 1M deals between two days, against the two snapshots joined"),
    "projection": ("projection", "1M events of the journal as a table, against a plain load of the same rows"),
    "projection_more": ("projection", "1,000 more events on top of 1M, against the same on top of 10,000"),
    "page_100k": ("queries", "the queries of metrics' pages on 100k deals, each with other values, against 50 ms"),
    "pandas_5m": ("asking", "win rate by owner by month over 25M versions, against pandas with its load"),
    "life_table_1m": ("lifetable", "the life table of 1M deals by segment, against one grouped count of the same rows"),
    "warm_measure": ("commands", "a measure on 100k deals, whole process, compiled before"),
    "cold_measure": ("commands", "a measure on 100k deals, whole process, compiled now"),
    "help": ("commands", "the first page of help, against python -c pass"),
    "demo": ("commands", "from installed to the first page of the sample company"),
    "page": ("web", "a metric over 20 random filters as JSON, one request"),
    "review_scrub": ("review", "the scrub of 100k deals as a page, warm, against the first screen of the same server"),
    "review_whole": ("review", "the whole Monday review of 100k deals, warm, against the first screen"),
    "chance_fit": (
        "chance",
        "the deal model on 1M person-weeks of 100k deals, fit and score, against a plain regression",
    ),
    "shapley_1m": ("shapley", "a miss shared out over 1M segments and four factors, against the logarithmic mean"),
    "law_1e4": ("law", "the distribution of bookings of 10,000 open deals, against drawing it 10,000 times"),
    "law_1e5": ("law", "the distribution of bookings of 100,000 open deals, against drawing it 10,000 times"),
    "law_months": ("law", "12 months and the time up to each, with deals not created yet, against 3 s"),
    "effects_csv": ("effects", "changes that were agreed to, sent as files, against the same files written by hand"),
    "effects_webhook": ("effects", "changes that were agreed to, posted and signed, against bare posts"),
    "door": ("door", "decisions over HTTP, each with its record on the disk, against a bare FastAPI hello world"),
    "audit_verify": ("audit", "200k records of the audit log verified, against reading and hashing them by hand"),
    "serve_json": ("web", "the same JSON again and again, against a bare FastAPI hello world"),
    "serve_html": ("web", "the same page again and again, against a bare FastAPI hello world"),
}


def main() -> None:
    """Read the command line, run the benchmark in a folder that goes away afterwards, print the line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="One benchmark, one line of JSON.")
    parser.add_argument("name", nargs="?", help="a benchmark, or as much of its name as tells it from the others")
    parser.add_argument("--small", action="store_true", help="only show that it runs; the figures mean nothing")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="generate into this folder, and use what lies there")
    parser.add_argument("--list", action="store_true", help="name them all")
    asked = parser.parse_args()
    if asked.list or not asked.name:
        width = max(map(len, BENCHES))
        print("\n".join(f"{name:{width}}  {words}" for name, (_, words) in BENCHES.items()))
        return
    found = [name for name in BENCHES if name == asked.name] or [n for n in BENCHES if n.startswith(asked.name)]
    if len(found) != 1:
        parser.error(f"'{asked.name}' is {'no benchmark' if not found else 'several'}: {', '.join(found or BENCHES)}")
    work = getattr(import_module(f"bench.{BENCHES[found[0]][0]}"), found[0])
    with tempfile.TemporaryDirectory(prefix="saleswright-bench-") as made:
        place = asked.keep.resolve() if asked.keep else Path(made)
        place.mkdir(parents=True, exist_ok=True)
        print(work(asked.small, place).text())


if __name__ == "__main__":
    main()
