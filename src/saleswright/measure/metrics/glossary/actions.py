"""The faces of the glossary: all terms, and one with everything that answers to it."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.measure.metrics.glossary.find import NOT_COVERED, Entry, entries, entry_named, having, leading_to
from saleswright.measure.metrics.words import plural

UNANSWERED = "Not covered: nothing here answers to it yet."


@action(effect="read", example={"find": "attainment"}, title="Glossary")
def glossary(
    at: Snapshot, find: Annotated[str, Arg("text", "only terms with these words in their name or meaning")] = ""
) -> Report:
    """List the terms of the field: what each means, and the metric, command or page that answers to it.

    What nothing answers to is said to be not covered. Terms of your own are definitions of kind `term`.
    """
    found, issues = entries(at)
    shown = having(found, find) if find else found
    covered = sum(entry.covered for entry in shown)
    columns = (Column("term", "Term"), Column("means", "What it means"), Column("leads_to", "Where it is answered"))
    rows = tuple((entry.term.label, entry.term.means, entry.leads_to) for entry in shown)
    first = shown[0].term.name if shown else "win_rate"
    return Report(
        "What do the words mean?",
        [Table("terms", columns, rows, "Terms", footer="" if rows else "Try fewer or shorter words.")],
        lede=f"{plural(len(shown), 'term')}, {covered:,} of them answered here; the others say: {NOT_COVERED}.",
        issues=issues,
        next=(f"saleswright define {first}",),
    )


@action(effect="read", example={"term": "win rate"}, title="What a term means")
def define(
    at: Snapshot,
    term: Annotated[str, Arg("text", "a word of the field, such as MEDDIC or win rate; or a metric's name")],
) -> Report:
    """Say what a term means, and what answers to it here: metrics, a command, a page; or that nothing does."""
    return report(at, entry_named(at, term))


def report(at: Snapshot, entry: Entry) -> Report:
    """One term with everything it leads to."""
    term = entry.term
    blocks: list[Block] = []
    if term.aliases:
        blocks.append(Note(f"Also called {', '.join(alias.replace('_', ' ') for alias in term.aliases)}."))
    if entry.metrics:
        columns = (Column("metric", "Metric"), Column("question", "Question"), Column("formula", "Formula"))
        rows = tuple((one.name, one.question, one.formula) for one in entry.metrics)
        blocks.append(Table("metrics", columns, rows, "The metrics that measure it"))
    if term.page:
        blocks.append(Note(f"On the page {term.page}."))
    if not entry.covered:
        blocks.append(Note(UNANSWERED))
    beside = {one.name: one for one in entry.see}
    if entry.metrics:
        beside |= {one.term.name: one.term for one in leading_to(at, entry.metrics[0].name)}
    beside.pop(term.name, None)
    if beside:
        rows_ = tuple((one.label, one.means) for one in beside.values())
        blocks.append(Table("see", (Column("term", "Term"), Column("means", "What it means")), rows_, "See also"))
    steps = [f"saleswright measure {one.name}" for one in entry.metrics[:3]]
    steps += [f"saleswright {term.command}"] if term.command else []
    return Report(f"What is {term.label}?", blocks, lede=term.means, next=tuple(dict.fromkeys(steps)))
