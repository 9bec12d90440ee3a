"""The page of what should not count: each finding with its evidence, its effect, and the button that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.measure.junk.effect import Told, tell, with_rules
from saleswright.measure.junk.report import FOLDER, current, kept
from saleswright.measure.metrics.apart import plural
from saleswright.measure.metrics.asked import broken_rules


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of junk.html."""
    if args:
        raise Stop(*(unknown("argument", key, ("asof",), where="address") for key in args), exit_code=USAGE)
    found, before = tell(at), current(at)
    findings = [told.finding for told in found]
    after = [with_rules(at, name, findings) for name in ("win_rate", "open_pipeline")] if found else []
    return {
        "tiles": [figure for pair in zip(before, after, strict=True) for figure in pair] if found else before,
        "found": [_card(at, told, before) for told in found],
        "kept": kept(at),
        "issues": broken_rules(at),
    }


def _card(at: Snapshot, told: Told, before: list[Figure]) -> dict[str, Any]:
    pairs = list(zip(before, (told.win_rate, told.open_pipeline), strict=True))
    # A figure that would stay as it is needs no second tile.
    changed = [figure for pair in pairs if pair[0].n != pair[1].n for figure in pair]
    return {
        "finding": told.finding,
        "tiles": [replace(told.amount, label=f"Amount of {plural(told.deals, 'deal')}"), *changed],
        "same": [now.label for now, then in pairs if now.n == then.n],
        "command": f"saleswright junk keep {told.finding.name}",
        "file": f"{FOLDER}/{told.finding.name}.yaml",
        "rule": told.finding.text(at.day),
    }


PAGES = (Page("/junk", "What should not count?", "junk.html", build, "Data", "What should not count", "hygiene", 430),)
