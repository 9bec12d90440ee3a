"""What was planted, kept in memory for whoever checks the measures; it is never written out."""

from dataclasses import dataclass, field


@dataclass
class Planted:
    """Which records carry which planted effect. Deals, accounts, leads and users are named by their id."""

    moved: list[tuple[str, str, str]] = field(default_factory=list)
    """(user, from team, to team) of the re-organisation."""
    moved_on: int = 0
    duplicate_accounts: list[tuple[str, str]] = field(default_factory=list)
    """(original, duplicate)."""
    duplicate_leads: list[tuple[str, str]] = field(default_factory=list)
    """(original, duplicate)."""
    zombies: list[str] = field(default_factory=list)
    slipped_commits: list[tuple[str, int]] = field(default_factory=list)
    """(deal, quarter end it passed while in Commit with a close date on or before it)."""
    new_deals: dict[int, dict[str, int]] = field(default_factory=dict)
    """New deals by month and segment, zombies left out."""
    expected_wins: dict[tuple[int, str, str], tuple[int, float]] = field(default_factory=dict)
    """By month, segment and deal type: how many deals were decided, and how many wins the long-run rates give."""
