"""What do the events said here look like as tables? Immutable segments, and one pointer that names how far they reach.

    .saleswright/projected/current.json        how far, and which generation
    .saleswright/projected/g000012.json        one generation: its segments; a reader holds the one it opened
    .saleswright/projected/loss_note-8841-3.parquet

All of it follows from the journal and can be made again at any time. Only what is new is read and written; small segments
are merged, each at least four times as large as the next, so that a table of a million events stands in some ten files.
Asking for what is there imports nothing of the journal's database.
"""

from saleswright.history.projected.build import opened, rebuild
from saleswright.history.projected.events import End, end
from saleswright.history.projected.pointer import Projection, Segment

__all__ = ["End", "Projection", "Segment", "end", "opened", "rebuild"]
