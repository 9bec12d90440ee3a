"""The faces of scrub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.change import SOON, ChangeRequest
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.actions import Where
from saleswright.measure.metrics.words import are, plural
from saleswright.measure.review.scrub import marks, rules
from saleswright.measure.review.scrub import saved as saving
from saleswright.measure.review.scrub.file import fix_files
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.message import message, proposal
from saleswright.measure.review.scrub.model import Scrub
from saleswright.measure.review.scrub.rules import KIND
from saleswright.measure.review.scrub.saved import Saved, saved
from saleswright.measure.review.scrub.suggest import suggestion


def _rules(at: Any) -> list[Choice]:
    day = getattr(at, "day", None)
    return [
        Choice(one.name, str(one.body.get("label", one.name)).replace(" {limit}+", ""), one.doc)
        for one in at.workspace.all(KIND, day)
    ]


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
    rows = tuple(
        (one.label, None if one.needs else one.count, one.threshold, one.needs, one.definition) for one in found.rules
    )
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
        columns = (
            Column("rule", "Rule"),
            Column("ended", "Ended by the file", "count"),
            Column("left", "Left to ask", "count"),
        )
        rows = tuple(
            (labels[one.name], counts.get(one.name, 0), one.count - counts.get(one.name, 0))
            for one in found.rules
            if one.count
        )
        blocks += [first.table, Table("ends", columns, rows, "Which findings the file ends")]
        for name in first.lacking:
            text = (
                f"The export of {first.layout.source} has no column that sets {name}, so its proposals are in no file."
            )
            blocks.append(Note(text, "warning"))
        if first.unsafe:
            text = (
                f"{plural(len(first.unsafe), 'deal')} {are(len(first.unsafe), 'is', 'are')} not in the file, for a text of "
                f"{are(len(first.unsafe), 'its', 'theirs')} would run as a formula in a spreadsheet: {', '.join(first.unsafe[:8])}."
            )
            blocks.append(Note(text, "warning"))
        for other in files[1:]:
            blocks.append(
                Note(f"{other.layout.source} has a file of its own: review fixes --source {other.layout.source}")
            )
        lede = (
            f"{plural(first.values, 'proposed value')} on {plural(len(first.table.rows), 'deal')} of {first.layout.source}, in its "
            f"own columns; in the CRM they end {plural(len(first.solved), 'finding')}."
        )
        follow = "saleswright review fixes --csv > fixes.csv"
    else:
        lede = (
            "There is no value to propose: what was found needs a person's answer."
            if found.findings
            else "Nothing to fix."
        )
        follow = ""
    return Report(
        "What should the CRM say instead?",
        blocks,
        lede=lede,
        issues=(*found.issues, *at.stale),
        next=(follow,) if follow else (),
    )


@action(
    effect="propose",
    name="review suggest",
    example={"owner": "Rep 05", "dry_run": True},
    title="Suggest the fixes",
    verb="Suggest",
    back="A suggestion changes nothing. While nobody has decided it, withdraw it.",
)
def review_suggest(
    at: Snapshot,
    owner: Owner = "",
    rule: RuleName = "",
    where: Where = (),
    adapter: Annotated[str, Arg("text", "the way out, such as csv or webhook")] = "csv",
    days: Annotated[int, Arg("int", "after how many days it expires when nobody decides")] = SOON,
    again: Annotated[bool, Arg("flag", "suggest even what was refused before")] = False,
    dry_run: Annotated[bool, Arg("flag", "say what would be suggested, write nothing")] = False,
) -> ChangeRequest | Report:
    """Suggest the proposed values as one change, to be agreed to line by line: each with its reason and evidence.

    What was refused before is not suggested again while the record says the same.
    """
    return suggestion(at, scrub(at, where, owner, rule), adapter, days, again)


@action(effect="read", name="review message", example={"owner": "Rep 05"}, title="The message to a person")
def review_message(
    at: Snapshot, owner: Annotated[str, Arg("text", "the person's name or record id")], rule: RuleName = ""
) -> Report:
    """Write the message to one person about their deals, ready to paste: evidence, proposals and questions."""
    found = scrub(at, (), "", rule)
    text = message(found, owner)
    return Report("What do you write to them?", [Note(text)], issues=found.issues, data={"message": text})


@action(
    effect="apply",
    name="review fine",
    example={"deal": "006", "rule": "past_due", "because": "the buyer signs on the 30th", "until": "2026-12-07"},
    title="Mark a finding as not a problem",
    verb="Not a problem",
    back="The mark is a line in definitions/not_a_problem.yaml. To take it back, delete the line, or write an earlier day as "
    "its to:.",
)
def review_fine(
    desk: Desk,
    deal: Annotated[str, Arg("text", "the record id as the CRM has it, or the name where only one is called so")],
    rule: Annotated[str, Arg("text", "the rule that found it")],
    because: Annotated[str, Arg("text", "why it is no problem")],
    until: Annotated[str, Arg("text", "the day it is asked again, at most a year away, such as 2026-12-07")],
    dry_run: Annotated[bool, Arg("flag", "say what would be written, write nothing")] = False,
) -> Report:
    """Mark a finding as not a problem, with a reason and an end: it is not shown until then.

    The mark is a dated line in definitions/not_a_problem.yaml. Past days stay as they were.
    """
    at = open_snapshot(desk.here, Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor))
    try:
        found = scrub(at)
        today = at.day
        issues: list[Issue] = []
        names = [one.name for one in found.rules]
        if rule not in names:
            issues.append(unknown("rule", rule, names, where="rule"))
        if not because.strip():
            issues.append(
                Issue("because", "there is no reason", "nobody could judge the mark later", "say why in a few words")
            )
        end, wrong = marks.wrong_end(until, today)
        issues += wrong
        held = [one for one in found.suspects if deal in (one.key, one.id, one.name)]
        if not held:
            keys = [one.key for one in found.suspects]
            issues.append(unknown("record with a finding", deal, keys[:200], where="deal"))
        elif len(held) > 1:
            told = ", ".join(one.key for one in held[:8])
            issues.append(
                Issue("deal", f"{len(held)} records are called '{deal}'", "so it is not clear which", f"one of {told}")
            )
        elif rule in names and rule not in {one.rule for one in held[0].findings}:
            what = f"{rule} holds nothing against {held[0].key}"
            has = ", ".join(one.rule for one in held[0].findings)
            issues.append(Issue("rule", what, "so there is nothing to mark", f"one of {has}"))
        if issues or end is None:
            raise Stop(*issues, exit_code=USAGE)
        line = marks.line(held[0].key, rule, " ".join(because.split()), today, end)
    finally:
        at.close()
    if not dry_run:
        issues = marks.append(desk.here.root / marks.FILE, line)
        if issues:
            raise Stop(*issues, exit_code=CONFLICT)
    label = next(one.label for one in found.rules if one.name == rule)
    done = "Would write" if dry_run else "Wrote"
    return Report(
        "What is no problem?",
        [
            Note(f"{label} is no problem for {held[0].name} ({held[0].key}) until {end}: {' '.join(because.split())}"),
            Note(f"{done} a line in {marks.FILE}: {line.strip()}"),
        ],
        lede=f"It is asked again on {end}.",
        next=("saleswright review scrub",),
        changed=0 if dry_run else 1,
        data={"file": marks.FILE, "deal": held[0].key, "rule": rule, "until": str(end)},
    )


@action(effect="read", name="review follow", example={}, title="What was to be done, and what came of it?")
def review_follow(at: Snapshot, owner: Owner = "", where: Where = ()) -> Report:
    """Follow up: next steps that are overdue, deals nobody touches, by owner, and the typing that proposals saved.

    Saved are the values proposed on the last Monday that the record did not have then and has now, exactly as proposed,
    times an assumed time for each.
    """
    found = scrub(at, where, owner)
    follow = {one.name for one in found.rules if one.name in FOLLOWED}
    rows, by = [], dict[str, list[int]]()
    for one in found.suspects:
        for finding in one.findings:
            if finding.rule in follow:
                rows.append((one.owner_name, one.key, one.name, one.stage, one.amount, finding.evidence))
                by.setdefault(one.owner_name, [0] * len(FOLLOWED))[FOLLOWED.index(finding.rule)] += 1
    rows.sort(key=lambda row: (row[0], row[1]))
    what = saved(at) if not (owner or where) else None
    labels = {one.name: one.label for one in found.rules}
    owners = Table(
        "owners",
        (Column("owner", "Owner"), *(Column(name, labels.get(name, name), "count") for name in FOLLOWED)),
        tuple((name, *counts) for name, counts in sorted(by.items(), key=lambda item: (-sum(item[1]), item[0]))),
        "Who has something to follow up?",
    )
    columns = (
        Column("owner", "Owner"), Column("id", "Record"), Column("name", "Name"), Column("stage", "Stage"),
        Column("amount", "Amount", "money"), Column("evidence", "Evidence"),
    )  # fmt: skip
    blocks: list[Block] = [owners, Table("deals", columns, tuple(rows), "Overdue, silent, or without a next step")]
    blocks += [
        Note(f"{one.label}: cannot say without {one.needs}", "warning")
        for one in found.rules
        if one.name in FOLLOWED and one.needs
    ]
    issues = found.issues
    if what:
        blocks[:0] = [what.figure]
        issues += what.issues
        blocks += [Note(said) for said in told(what)]
    lede = f"{plural(len(rows), 'finding')} to follow up with {plural(len(by), 'owner')}."
    return Report("What was to be done, and what came of it?", blocks, lede=lede, issues=(*issues, *at.stale))


def told(what: Saved) -> list[str]:
    """What came of the proposals, in words, with the assumption."""
    today = f"Proposed today: {plural(what.today, 'value')}."
    if what.taken is None:
        return [f"What the proposals of {what.since} saved cannot be said: {what.reason}.", today]
    assumed = (
        f"at {what.seconds} seconds each, an assumption ({what.assumed})"
        if what.assumed
        else f"at {what.seconds} seconds each, an assumption"
    )
    return [
        f"Of {plural(what.proposed, 'value')} proposed on {what.since}, {what.taken:,} {are(what.taken, 'stands', 'stand')} in the "
        f"record now exactly as proposed, {assumed}.",
        today,
    ]


FOLLOWED = ("step_overdue", "silent", "no_next_step")
ACTIONS: tuple[Any, ...] = (review_scrub, review_fixes, review_suggest, review_message, review_fine, review_follow)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    rules.KIND: rules.json_schema,
    marks.KIND: marks.json_schema,
    saving.KIND: saving.json_schema,
}
