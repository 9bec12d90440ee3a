"""Is this the same view of the record as before? Then what was worked out for it need not be worked out again."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot


class View:
    """A snapshot compared by all that decides what it says: definitions, state, eyes, both clocks, currency."""

    def __init__(self, at: Snapshot) -> None:
        self.at = at
        # The workspace is opened again when its text changes, and is held here, so its id is that of this text alone.
        self._key = (id(at.workspace), at.snap, at.policy, at.t, at.k, at.currency)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and other._key == self._key
