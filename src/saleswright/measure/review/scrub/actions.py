"""The faces of scrub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.measure.metrics.actions import Where
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.scrub import marks, rules
from saleswright.measure.review.scrub.file import fix_files
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.message import message, proposal
from saleswright.measure.review.scrub.model import Scrub
from saleswright.measure.review.scrub.rules import KIND


def _rules(at: Any) -> list[Choice]:
    day = getattr(at, "day", None)
    return [Choice(one.name, str(one.body.get("label", one.name)), one.doc) for one in at.workspace.all(KIND, day)]


Owner = Annotated[str, Arg("text", "a person's name or record id; everybody when left out")]
RuleName = Annotated[str, Arg("choice", "one rule; every rule when left out", _rules, what="rule", closed=False)]


@action(effect="read", name="review scrub", example={}, title="Which deals need a fix, and whose are they?")
def review_scrub(at: Snapshot, owner: Owner = "", rule: RuleName = "", where: Where = ()) -> Report:
    """Find the deals that lie: past due, pushed, silent, without a next step, too old, twice, or contradicting.

    Each finding has its evidence in words and a proposed fix. Thresholds are the company's own where there is enough data.
    A rule that lacks data says which export would bring it, and never guesses. Nothing is written to the CRM from here.
    """
    found = scrub(at, where, owner, rule)
    notes: list[Block] = [Note(text, "check") for text in found.checks]
    if found.marked:
        notes.append(Note(f"{plural(found.marked, 'finding')} marked as not a problem are not shown."))
    return Report(
        "Which deals need a fix, and whose are they?",
        [
            by_rule(found),
            by_owner(found),
            suspects(found),
            *([_company(found)] if found.company else []),
            *notes,
            *found.notes,
        ],
        lede=lede(found),
        issues=(*found.issues, *at.stale),
        next=("saleswright review fixes --csv", "saleswright review message OWNER") if found.findings else (),
    )


def lede(found: Scrub) -> str:
    """The scrub in one sentence: 264 findings on 179 of 347 qualified open deals, USD 28,840,000 at stake."""
    stake = f", {found.at_stake.currency} {found.at_stake.decimal:,} at stake" if found.at_stake else ""
    said = f"{plural(found.findings, 'finding')} on {found.deals:,} of {plural(found.open_deals, 'qualified open deal')}{stake}."
    rest = len(found.suspects) - found.deals
    return said[:-1] + f", and {plural(rest, 'other record')}." if rest else said


def by_rule(found: Scrub) -> Table:
    """Each rule with what it found, its threshold, and what it lacks."""
    columns = (
        Column("rule", "Rule"),
        Column("findings", "Findings", "count"),
        Column("threshold", "Threshold"),
        Column("needs", "Cannot say without"),
        Column("written", "Written in"),
    )
    rows = tuple((one.label, None if one.needs else one.count, one.threshold, one.needs, one.definition) for one in found.rules)
    return Table("rules", columns, rows, "What is looked for", footer=f"Together {plural(found.findings, 'finding')}.")


def by_owner(found: Scrub) -> Table:
    """Each owner with what there is to fix."""
    columns = (
        Column("owner", "Owner"),
        Column("team", "Team"),
        Column("findings", "Findings", "count"),
        Column("deals", "Deals", "count"),
        Column("at_stake", "At stake", "money"),
        Column("mostly", "Mostly"),
    )
    rows = tuple((one.name, one.team, one.findings, one.deals, one.at_stake, one.mostly) for one in found.owners)
    return Table("owners", columns, rows, "Whose are they?")


def suspects(found: Scrub) -> Table:
    """Each record with its evidence and its proposed fix."""
    columns = (
        Column("id", "Record"),
        Column("name", "Name"),
        Column("owner", "Owner"),
        Column("stage", "Stage"),
        Column("amount", "Amount", "money"),
        Column("evidence", "Evidence"),
        Column("fix", "Proposed fix"),
    )
    rows = tuple(
        (
            one.key, one.name, one.owner_name, one.stage, one.amount, "; ".join(f.evidence for f in one.findings),
            "; ".join(proposal(fix, found.day) if fix.new is not None else fix.ask for fix in one.fixes),
        )
        for one in found.suspects
    )  # fmt: skip
    return Table("suspects", columns, rows, "What is wrong, and what the record should say")


def _company(found: Scrub) -> Table:
    rows = tuple((one.rule, one.evidence) for one in found.company)
    return Table("company", (Column("rule", "Rule"), Column("evidence", "Evidence")), rows, "Of no single record")


@action(effect="read", name="review fixes", example={}, title="The fix file for the CRM")
def review_fixes(
    at: Snapshot,
    owner: Owner = "",
    rule: RuleName = "",
    source: Annotated[str, Arg("text", "the source whose file to write, where deals come from several")] = "",
) -> Report:
    """Write the proposed values as a file in the CRM's own import layout: record ids and the columns that change.

    With --csv it is a file to import into the CRM. A row without a proposal for a column has the present value there, so
    nothing is blanked. Nothing is written to the CRM from here.
    """
    found = scrub(at, (), owner, rule)
    files = [one for one in fix_files(at, found.suspects) if not source or one.layout.source == source]
    blocks: list[Block] = []
    if files:
        first = files[0]
        labels = {one.name: one.label for one in found.rules}
        counts: dict[str, int] = {}
        for _, name in first.solved:
            counts[name] = counts.get(name, 0) + 1
        columns = (Column("rule", "Rule"), Column("ended", "Ended by the file", "count"), Column("left", "Left to ask", "count"))
        rows = tuple(
            (labels[one.name], counts.get(one.name, 0), one.count - counts.get(one.name, 0)) for one in found.rules if one.count
        )
        blocks += [first.table, Table("ends", columns, rows, "Which findings the file ends")]
        for name in first.lacking:
            text = f"The export of {first.layout.source} has no column that sets {name}, so its proposals are in no file."
            blocks.append(Note(text, "warning"))
        for other in files[1:]:
            blocks.append(Note(f"{other.layout.source} has a file of its own: review fixes --source {other.layout.source}"))
        lede = (
            f"{plural(first.values, 'proposed value')} on {plural(len(first.table.rows), 'deal')} of {first.layout.source}, in its "
            f"own columns; in the CRM they end {plural(len(first.solved), 'finding')}."
        )
        name = first.layout.file
        follow = (f"saleswright review fixes --csv > {name or 'fixes.csv'}",)
    else:
        lede = "There is no value to propose: what was found needs a person's answer." if found.findings else "Nothing to fix."
        follow = ()
    return Report("What should the CRM say instead?", blocks, lede=lede, issues=(*found.issues, *at.stale), next=follow)


@action(effect="read", name="review message", example={"owner": "Rep 05"}, title="The message to a person")
def review_message(at: Snapshot, owner: Annotated[str, Arg("text", "the person's name or record id")], rule: RuleName = "") -> Report:
    """Write the message to one person about their deals, ready to paste: evidence, proposals and questions."""
    found = scrub(at, (), "", rule)
    return Report("What do you write to them?", [Note(message(found, owner))], issues=found.issues)


ACTIONS: tuple[Any, ...] = (review_scrub, review_fixes, review_message)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {rules.KIND: rules.json_schema, marks.KIND: marks.json_schema}
