"""The face of choosing: say how you sell, and get a first set with its reasons and the YAML that keeps it."""

from __future__ import annotations

from typing import Annotated, Any

import yaml

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.asked import catalogue
from saleswright.measure.metrics.governance import outcome, sets
from saleswright.measure.metrics.governance.choose import Chosen, choose, own_cycle
from saleswright.measure.metrics.governance.guide import Guide, definition_of, guide
from saleswright.measure.metrics.keys import TRACKS

FILE = "definitions/kpi_sets.yaml"


def _listed(key: str) -> Any:
    def choices(at: Any) -> list[Choice]:
        return [Choice(str(name), str(words)) for name, words in definition_of(at).body.get(key, {}).items()]

    return choices


@action(
    effect="read",
    name="kpi choose",
    example={"process": "inbound", "industry": "software", "model": "subscription", "cycle": "45"},
    title="Which KPIs would do?",
)
def kpi_choose(
    at: Snapshot,
    process: Annotated[str, Arg("choice", "how you sell", _listed("processes"), what="process", closed=False)] = "",
    industry: Annotated[str, Arg("choice", "your industry", _listed("industries"), what="industry", closed=False)] = "",
    model: Annotated[str, Arg("choice", "how you earn", _listed("models"), what="model", closed=False)] = "",
    cycle: Annotated[str, Arg("text", "days from qualified to won; measured from your record when left out")] = "",
    role: Annotated[str, Arg("text", "whose set it is")] = TRACKS[4],
) -> Report:
    """Choose at most seven KPIs to start with, by how you sell, your industry, the length of your cycle and how you earn.

    Each has its reason, and so has what was left out. Only what your data can compute is chosen; the rest is named with the
    source that would bring it. The rules are a definition of kind kpi_guide; nothing is written.
    """
    found, issues = catalogue(at)
    rules = guide(at, found)
    days, told = _days(at, cycle)
    facts = {"process": process, "industry": industry, "model": model}
    _check(rules, facts)
    facts["cycle"] = rules.cycle(days)
    made = choose(at, rules, facts)
    text = as_text(made, facts, role)
    blocks: list[Block] = [*_tables(at, made), *(Note(note) for note in (told, *made.notes))]
    blocks.append(Note(f"To keep it, put this into {FILE}:\n{text}"))
    words = f"{process}, {industry}, {model}, a {facts['cycle']} cycle of {days:.0f} days"
    return Report(
        "Which KPIs would do?",
        blocks,
        lede=f"{len(made.picks)} KPIs for {words}. {len(made.left)} left out, {len(made.lacking)} the data cannot compute.",
        issues=(*issues, *at.stale),
        next=(f'saleswright kpi --role "{role}"',),
        data={"definition": text, "file": FILE},
    )


def _days(at: Snapshot, cycle: str) -> tuple[float, str]:
    """The cycle in days, and where it comes from. Stop (usage) for what is no number, or where nothing was ever won."""
    if cycle:
        typed = cycle.casefold().removesuffix("days").removesuffix("d").strip()
        if not typed.isdigit() or not int(typed):
            raise Stop(Issue("cycle", f"'{cycle}' is no number of days", "", "--cycle 45"), exit_code=USAGE)
        return float(typed), f"The cycle of {typed} days is as you said."
    days = own_cycle(at)
    if days is None:
        why = "so its length is not in the record"
        raise Stop(Issue("cycle", "no deal was won yet", why, "--cycle 45"), exit_code=USAGE)
    return days, f"The cycle of {days:.0f} days is the median of your own record, qualified to won."


def _check(rules: Guide, facts: dict[str, str]) -> None:
    issues = []
    for fact, given in facts.items():
        options = rules.words[fact]
        if not given:
            what = f"{fact} is missing"
            listed = ", ".join(options)
            issues.append(Issue("kpi choose", what, "the choice depends on it", f"--{fact}, one of: {listed}"))
        elif given not in options:
            issues.append(unknown(fact, given, options, where=fact))
    if issues:
        raise Stop(*issues, exit_code=USAGE)


def _tables(at: Snapshot, made: Chosen) -> list[Table]:
    rows = []
    for pick in made.picks:
        if pick.kpi is None or pick.figure is None:
            continue
        because = "; ".join(dict.fromkeys((pick.because, *pick.why)))
        came = next((one for one in outcome.of_lone(at, [pick.figure]) if isinstance(one, Figure)), None)
        rows.append(
            (
                pick.kpi.label,
                pick.question.ask,
                because,
                pick.figure,
                came,
                pick.kpi.timing or "not said",
                pick.kpi.name,
            )
        )
    columns = (
        Column("kpi", "KPI"), Column("asks", "It answers"), Column("because", "Why"), Column("value", "Value", "number"),
        Column("beside", "Beside it", "number"), Column("timing", "Leading or lagging"), Column("name", "Name"),
    )  # fmt: skip
    pair = (Column("kpi", "Left out"), Column("because", "Why"))
    three = (
        Column("kpi", "Not computable yet"),
        Column("because", "What it would tell"),
        Column("source", "What is missing"),
    )
    tables = [Table("chosen", columns, tuple(rows), "The set")]
    if made.left:
        tables.append(
            Table("left_out", pair, tuple((one.label, one.because) for one in made.left), "Left out, and why")
        )
    if made.lacking:
        lost = tuple((one.label, one.because, one.source) for one in made.lacking)
        tables.append(Table("lacking", three, lost, "What the data cannot compute, and what would bring it"))
    return tables


def as_text(made: Chosen, facts: dict[str, str], role: str) -> str:
    """The set as a definition, a reason beside each name."""
    names = [pick.kpi.name for pick in made.picks if pick.kpi]
    because = {pick.kpi.name: pick.because for pick in made.picks if pick.kpi}
    name = "_".join(["our", *role.casefold().replace("-", " ").split()])
    doc = "Chosen for " + ", ".join(f"{fact} {value}" for fact, value in facts.items()) + "."
    body = {"kind": sets.KIND, "name": name, "role": role, "doc": doc, "kpis": names, "because": because}
    return yaml.safe_dump([body], sort_keys=False, allow_unicode=True, width=110)
