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
from saleswright.measure.junk.report import NOT_TODAY, SHOWN, TAKEN_BACK, command, current, kept, of_today
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.leave_out import FOLDER
from saleswright.measure.metrics.words import plural


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of junk.html."""
    if args:
        raise Stop(*(unknown("argument", key, ("asof",), where="address") for key in args), exit_code=USAGE)
    found, before = tell(at), current(at)
    findings = [told.finding for told in found]
    today = of_today(at)
    # One finding tells its effect by itself, below.
    after = [with_rules(at, name, findings) for name in SHOWN] if len(found) > 1 else []
    return {
        "tiles": [figure for pair in zip(before, after, strict=True) for figure in pair] if len(found) > 1 else before,
        "lede": _lede(len(found), today),
        "found": [_card(at, told, before, today) for told in found],
        "back": TAKEN_BACK,
        "kept": kept(at),
        "issues": broken_rules(at),
    }


def _lede(found: int, today: bool) -> str:
    if not found:
        return "Nothing was found that no rule leaves out already."
    then = "Nothing changes until you keep one, and then from that day on." if today else NOT_TODAY
    return f"{plural(found, 'finding')}. {then}"


def _card(at: Snapshot, told: Told, before: list[Figure], today: bool) -> dict[str, Any]:
    pairs = list(zip(before, (told.win_rate, told.open_pipeline), strict=True))
    # A figure that would stay as it is needs no second tile.
    changed = [figure for pair in pairs if pair[0].n != pair[1].n for figure in pair]
    return {
        "finding": told.finding,
        "tiles": [replace(told.amount, label=f"Amount of {plural(told.deals, 'deal')}"), *changed],
        "same": [now.label for now, then in pairs if now.n == then.n],
        "command": command(told) if today else "",
        "words": f"Leave {'this deal' if told.deals == 1 else f'these {told.deals:,} deals'} out",
        "file": f"{FOLDER}/{told.finding.name}.yaml",
        "rule": told.finding.text(at.day),
    }


PAGES = (Page("/junk", "What should not count?", "junk.html", build, "Data", "What should not count", "hygiene", 430),)
