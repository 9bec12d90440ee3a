"""What did the scrub find? Findings with their evidence and a proposed fix, counted by rule and by owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from saleswright.kernel.report import Cell, Note
from saleswright.lib.issue import Issue
from saleswright.lib.money import Money


@dataclass(frozen=True, slots=True)
class Fix:
    """One proposed change of one field. `new` is None where only the owner can say it; then `ask` is the question."""

    field: str
    label: str
    old: Cell
    new: Cell
    why: str
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule holds against a record, and by what evidence, in words.

    by: the proposals that end it once they are in the CRM, each as (record key, field); empty where only the owner can.
    """

    rule: str
    evidence: str
    by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """One record with everything found about it. `key` is the source's own record id; amount in the asked currency."""

    entity: str
    id: str
    key: str
    name: str
    account: str
    owner: str
    owner_name: str
    team: str
    stage: str
    amount: Money | None
    findings: tuple[Finding, ...]
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule and what it found. threshold: in words. definition: file and line. needs: why it cannot say, or empty."""

    name: str
    label: str
    question: str
    count: int
    threshold: str
    definition: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """What one person has to fix. mostly: the label of the rule with most findings."""

    owner: str
    name: str
    team: str
    findings: int
    deals: int
    at_stake: Money | None
    mostly: str


@dataclass(frozen=True, slots=True)
class Scrub:
    """All findings of a day. The counts by rule, by owner and in all are one number.

    deals: records with a finding, of `open_deals` qualified open deals. company: findings about no single record, such as
    a month out of the ordinary. marked: how many findings are marked as not a problem.
    """

    day: date
    rules: tuple[RuleCount, ...]
    owners: tuple[OwnerCount, ...]
    suspects: tuple[Suspect, ...]
    findings: int
    deals: int
    open_deals: int
    at_stake: Money | None
    company: tuple[Finding, ...] = ()
    marked: int = 0
    checks: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    issues: tuple[Issue, ...] = ()
