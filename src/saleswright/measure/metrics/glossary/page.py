"""What does the page of the glossary show? Every term by its letter, searched by words, each with where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.chapter import Page
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.measure.metrics.glossary.find import Entry, entries, having

# What a page that terms lead to is called on ours.
TITLES = {
    "/": "Home",
    "/kpis": "All KPIs",
    "/review": "Monday review",
    "/review/scrub": "Deals that need a fix",
    "/review/settle": "Settle a dispute",
    "/junk": "What should not count",
    "/data/health": "Health of the data",
}


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of glossary.html. Stop (usage) for an argument that is not `find`."""
    wrong = [key for key in args if key != "find"]
    if wrong:
        raise Stop(*(unknown("argument", key, ("find", "asof"), where="address") for key in wrong), exit_code=USAGE)
    words = args.get("find", "").strip()
    found, issues = entries(at)
    shown = having(found, words) if words else found
    letters = [("Found", list(shown))] if words else [(key, list(of)) for key, of in groupby(shown, key=_letter)]
    covered = sum(entry.covered for entry in found)
    return {
        "lede": f"{len(found):,} words of the field, each with what answers to it here: {covered:,} have a metric, a page "
        "or a command; the others say that they are not covered.",
        "words": words,
        "titles": TITLES,
        "letters": [(key, of) for key, of in letters if of],
        "issues": issues,
    }


def _letter(entry: Entry) -> str:
    return entry.term.label[0].upper()


PAGES = (Page("/glossary", "What do the words mean?", "glossary.html", build, "Measure", "Glossary", "kpis", 75),)
