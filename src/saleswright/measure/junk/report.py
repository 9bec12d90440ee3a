"""How are findings told? As tables: what was found and its effect, what to do about it, the rules, and those in force."""

from __future__ import annotations

from collections.abc import Sequence

from saleswright.history.snapshot import Snapshot
from saleswright.kernel import clock
from saleswright.kernel.report import Cell, Column, Figure, Table
from saleswright.lib.zone import local_date
from saleswright.measure.junk.effect import Told
from saleswright.measure.metrics.asked import ask, rules_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.leave_out import FOLDER

TAKEN_BACK = (
    "To take a rule back from a day on, write to: and that day into its file; deleting the file takes it back for past "
    "days too."
)
NOT_TODAY = "Findings are kept as of today: ask without a day to keep one."
SHOWN = ("win_rate", "open_pipeline")


def of_today(at: Snapshot) -> bool:
    """Is this asked as of today? A rule holds from the day it is kept on, and nothing can be kept in the past."""
    return at.day >= local_date(clock.now().replace(tzinfo=None), at.workspace.zone)


def current(at: Snapshot) -> list[Figure]:
    """The figures whose change is shown, under the rules in force."""
    return [evaluate(at, ask(at, name, (), "all")).total for name in SHOWN]


def findings(found: Sequence[Told], before: Sequence[Figure]) -> Table:
    """Each finding with the figures before and after it alone."""
    rows = tuple(
        (t.finding.title, t.deals, t.amount, before[0], t.win_rate, before[1], t.open_pipeline, t.finding.evidence)
        for t in found
    )
    columns = (
        Column("finding", "Finding"),
        Column("deals", "Deals", "count"),
        Column("amount", "Amount", "money"),
        Column("win_rate", "Win rate", "share"),
        Column("win_rate_kept", "without them", "share"),
        Column("open_pipeline", "Open pipeline", "money"),
        Column("open_pipeline_kept", "without them", "money"),
        Column("evidence", "Evidence"),
    )
    return Table("findings", columns, rows, "Findings, each with its effect by itself")


def treatments(found: Sequence[Told]) -> Table:
    """What is proposed, and the command that does it."""
    columns = (Column("finding", "Finding"), Column("treatment", "Proposed"), Column("keep", "To keep it"))
    rows = tuple((t.finding.title, t.finding.treatment, command(t)) for t in found)
    return Table("treatments", columns, rows, "What to do about it")


def command(told: Told) -> str:
    """What keeps a finding."""
    return f"saleswright junk keep {told.finding.name}"


def rules(at: Snapshot, found: Sequence[Told]) -> Table:
    """The text of each rule as it would be kept."""
    columns = (Column("name", "File"), Column("rule", "The rule that would be kept"))
    rows = tuple((f"{FOLDER}/{t.finding.name}.yaml", t.finding.text(at.day, flow=True)) for t in found)
    return Table("rules", columns, rows, "The rules")


def kept(at: Snapshot) -> Table:
    """The rules in force, whoever wrote them."""
    rows: list[tuple[Cell, ...]] = []
    for rule in rules_in_force(at):
        names = ", ".join(rule.metrics) or "every metric"
        rows.append((rule.name, rule.because, rule.definition.start, names, rule.definition.where()))
    columns = (
        Column("rule", "Rule"),
        Column("because", "Leaves out"),
        Column("start", "From", "date"),
        Column("metrics", "Of"),
        Column("where", "Written in"),
    )
    footer = TAKEN_BACK if rows else "Nothing is left out by a rule yet."
    return Table("kept", columns, tuple(rows), "Rules in force", footer=footer)
