"""Which records contradict themselves? Counted findings, each with the reason it matters."""

from __future__ import annotations

from saleswright.history.agreement import disagreements
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
    ("deals were created in the future", "created > $day", "they are counted although they came in later than today"),
    (
        "decided deals close in the future",
        "standing IN ('won', 'lost') AND closed > $day",
        "they count in a period that has not come",
    ),
    ("deals closed before they were created", "closed < created", "one of the two dates is wrong"),
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


def _circles(above: dict[str, str]) -> int:
    """How many stand above themselves, over one step or more?"""
    found, done = 0, set[str]()
    for start in above:
        path: list[str] = []
        one: str | None = start
        while one is not None and one not in done:
            done.add(one)
            path.append(one)
            one = above.get(one)
        # Came back to a place of this very way up: from there on it is a circle.
        if one in path:
            found += len(path) - path.index(one)
    return found


def findings(at: Snapshot) -> list[tuple[str, int, str]]:
    """(what, how many, why it matters), as of then; zero counts included, so that a check shows it was made."""
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for _, test, _ in FINDINGS)
    row = at.reader.rows(f"SELECT {counts} FROM deal WHERE {NOW}", {**at.clocks(), "day": at.day})[0]
    found = [(text, int(count), why) for (text, _, why), count in zip(FINDINGS, row, strict=True)]
    found += [(f"of {one.of:,} {one.what}", one.count, one.why) for one in disagreements(at)]
    parents = at.reader.rows(f"SELECT id, parent FROM account WHERE parent IS NOT NULL AND {NOW}", at.clocks())
    circles = _circles(dict(parents))
    return [*found, ("accounts are their own parent, over one step or more", circles, "they have no top account")]
