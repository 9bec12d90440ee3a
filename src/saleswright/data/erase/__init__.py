"""A person asks to be forgotten. Where are they told of, and what is left when that is done?

**Rule.** After an erasure no file of the workspace names the person: not the raw rows, no kept state of the record, no
cache, no backup, not the audit log. The log's chain still verifies, and no figure moves that does not name the person.

**What stays.** The records themselves with their ids, dates and amounts; a mark where a name stood; a keyed hash of the
address, so that a later import does not bring the person back and a suppressed address stays suppressed.

**Worked example.** A contact with two addresses writes. `saleswright erase ada@example.com` shows 41 rows in 6 places and
one file of the user's own. With `--yes --because "request of 3 November"` they are gone; win rate and pipeline are what
they were.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.data.erase.actions import erase
from saleswright.kernel.chapter import Chapter

CHAPTER = Chapter(
    name="erase", group="Data", title="Erasure", doc=__doc__ or "", folder=Path(__file__).parent, actions=(erase,)
)
