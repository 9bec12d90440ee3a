"""Where may an effect go from where it stands? One table; a step that is not in it is a bug and raises."""

from __future__ import annotations

from typing import Final

PLANNED: Final = "planned"
APPROVED: Final = "approved"
CLAIMED: Final = "claimed"
SENDING: Final = "sending"
CONFIRMED: Final = "confirmed"
FAILED: Final = "failed"
IN_DOUBT: Final = "in_doubt"
RESOLVED: Final = "resolved"
CANCELLED: Final = "cancelled"

MOVES: Final[dict[str, frozenset[str]]] = {
    PLANNED: frozenset({APPROVED, CANCELLED}),
    # In doubt at once: of a journal restored from a backup nobody can tell what went out since.
    APPROVED: frozenset({CLAIMED, CANCELLED, FAILED, IN_DOUBT}),
    # A worker that died before it began gives the effect back.
    CLAIMED: frozenset({SENDING, APPROVED, CANCELLED, FAILED, IN_DOUBT}),
    # Nothing was taken: approved again. Nobody can tell: it stays, and is sent again only under the same key, or asked for.
    SENDING: frozenset({SENDING, CONFIRMED, FAILED, IN_DOUBT, APPROVED}),
    # A person says what happened; or the answer comes late after all; or whom it is about was erased.
    IN_DOUBT: frozenset({RESOLVED, APPROVED, FAILED, CONFIRMED, CANCELLED}),
    FAILED: frozenset({APPROVED, CANCELLED}),
    CONFIRMED: frozenset(),
    RESOLVED: frozenset(),
    CANCELLED: frozenset(),
}

DONE: Final = frozenset({CONFIRMED, RESOLVED})

FACE: Final[dict[str, str]] = {
    PLANNED: "waiting",
    APPROVED: "waiting",
    CLAIMED: "waiting",
    SENDING: "unconfirmed",
    CONFIRMED: "sent",
    FAILED: "failed",
    IN_DOUBT: "unconfirmed",
    RESOLVED: "sent",
    CANCELLED: "called off",
}
"""The words of the states on faces."""

LINE: Final[dict[str, str]] = {
    APPROVED: "approved",
    CONFIRMED: "applied",
    RESOLVED: "applied",
    FAILED: "failed",
    IN_DOUBT: "in_doubt",
}
"""What becomes of the lines an effect carries out; the other states leave them as they are."""


def step(before: str, after: str) -> None:
    """Raises ValueError where an effect may not go from `before` to `after`."""
    if after not in MOVES[before]:
        raise ValueError(
            f"an effect goes from {before} to {', '.join(sorted(MOVES[before])) or 'nowhere'}, not {after}"
        )
