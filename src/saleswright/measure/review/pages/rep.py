"""What has one person to fix? Every deal with everything found about it, the message and the file, on a page to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.measure.review.pages import kept
from saleswright.measure.review.pages.asked import frame, read
from saleswright.measure.review.pages.whose import whose


def rep(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of rep.html. Who has nothing to fix, who is not known and who may not be seen look the same."""
    asked = read(at, args)
    found = kept.scrub(at, asked.where)
    mine = whose(found, asked.owner, asked.rule, all_deals=True)
    return {**frame(at, asked), "scrub": found, "whose": mine, "person": mine.chosen}
