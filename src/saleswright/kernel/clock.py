"""What time is it? Time is an argument everywhere; only this port reads the machine's clock."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, UTC with zone. SALESWRIGHT_NOW (ISO 8601) pins it, for rehearsals and tests."""
    pinned = os.environ.get("SALESWRIGHT_NOW")
    if pinned:
        moment = datetime.fromisoformat(pinned)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.now(UTC)
