"""Which records contradict themselves? Counted findings, each with the reason it matters."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot

NOW = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
FINDINGS = (
    (
        "deals are dated by their creation, for want of a qualified date",
        "qualified_by = 'created'",
        "their age and cycle run from an earlier day than they should",
    ),
    (
        "decided deals have no closing date",
        "standing IN ('won', 'lost') AND closed IS NULL",
        "they fall into no period",
    ),
    ("won deals have no amount", "standing = 'won' AND (amount IS NULL OR amount <= 0)", "they stay out of deal size"),
    ("deals closed before they were qualified", "closed < qualified", "they stay out of the sales cycle"),
    (
        "open deals are past due",
        "standing = 'open' AND expected_close < $day",
        "their date says nothing about when they close",
    ),
    ("open deals have no amount", "standing = 'open' AND amount IS NULL", "open pipeline does not count them"),
    ("deals have no owner", "owner IS NULL", "no person's figures hold them"),
    (
        "deals name a currency without a rate",
        "currency IS NOT NULL AND currency NOT IN (SELECT currency FROM rates)",
        "totals with them cannot be said",
    ),
)


def findings(at: Snapshot) -> list[tuple[str, int, str]]:
    """(what, how many deals, why it matters), as of then; zero counts included, so that a check shows it was made."""
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for _, test, _ in FINDINGS)
    row = at.reader.rows(f"SELECT {counts} FROM deal WHERE {NOW}", {**at.clocks(), "day": at.day})[0]
    return [(text, int(count), why) for (text, _, why), count in zip(FINDINGS, row, strict=True)]
