"""The faces of attribution: who is credited with the bookings, and which touches that stands on."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.money import Money
from saleswright.lib.ratio import Ratio
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import Asked, ask, metric_named
from saleswright.measure.metrics.attribution.find import (
    SPLITS,
    Credited,
    Line,
    bookings,
    labels,
    proof,
    share_out,
    sums_of_money,
)
from saleswright.measure.metrics.attribution.model import rule_in_force
from saleswright.measure.metrics.attribution.share import MODELS, Model
from saleswright.measure.metrics.compute import Result
from saleswright.measure.metrics.words import plural

SAID: dict[Model, str] = {"first": "First touch", "last": "Last touch", "linear": "Linear", "position": "Position"}
CAUTION = "Credit says what came before a win, not what caused it."


def split_choices(at: Snapshot) -> list[Choice]:
    """By what touches can be told apart."""
    return [Choice(name, name.capitalize(), words) for name, words in SPLITS.items()]


def model_choices(at: Snapshot) -> list[Choice]:
    """The four ways to share a deal."""
    return [Choice(model, SAID[model]) for model in MODELS]


By = Annotated[
    str, Arg("choice", "split by channel, campaign, kind, source or status", choices=split_choices, what="dimension")
]
ModelName = Annotated[
    str,
    Arg(
        "choice",
        "first, last, linear or position; all four side by side when left out",
        choices=model_choices,
        what="model",
    ),
]


@action(effect="read", example={"by": "channel"}, title="Credit marketing")
def attribute(
    at: Snapshot, by: By = "channel", model: ModelName = "", period: PeriodText = "", where: Where = ()
) -> Report:
    """Credit the bookings of won deals to the campaigns that touched them before they were won.

    Each deal is shared among its touches: the first takes it, the last takes it, all alike (linear), or by position. The
    shares of a deal are the deal, so every model adds up to the bookings to the cent. Deals without a touch stand apart.
    """
    asked = question(at, period, where)
    return report(at, share_out(at, asked, by), bookings(at, asked), model)


def question(at: Snapshot, period: str, where: tuple[tuple[str, str], ...]) -> Asked:
    """What is shared out: the bookings the rule in force names, over a period. Stop as `ask` does."""
    rule = rule_in_force(at)
    metric = metric_named(at, rule.bookings)
    sums_of_money(metric, rule.definition.where("bookings"))
    return ask(at, metric, (), period, where)


def report(at: Snapshot, credited: Credited, whole: Result, model: str = "") -> Report:
    """The bookings, who is credited with them, and the proof that it is all of them."""
    blocks: list[Block] = [whole.total]
    if credited.deals:
        blocks.append(table(at, credited, whole, model))
    blocks.append(Note(credited.rule.in_words))
    blocks += [Note(text) for text in whole.notes]
    if credited.touched < credited.deals:
        blocks.append(Note(untouched(credited)))
    blocks.append(Note(CAUTION))
    drill = f"saleswright attribute deals --by {credited.by}"
    return Report(
        "Which marketing came before the bookings?",
        blocks,
        lede=lede(at, credited, whole),
        footer=(*proof(credited, whole), f"By the definition attribution@{credited.rule.definition.hash}."),
        issues=at.stale,
        next=(drill, f"saleswright explain '{whole.reference}'"),
    )


def lede(at: Snapshot, credited: Credited, whole: Result) -> str:
    """The answer in one sentence: who leads under each model, or that they agree."""
    period = whole.asked.period
    when = "" if period.grain == "all" else f", {period.label}"
    if not credited.deals:
        return f"Nothing was booked{when}."
    of = f"{credited.touched:,} of {plural(credited.deals, 'won deal')} had a touch before the win{when}"
    lines = [line for line in credited.lines if line.member]
    if not lines or not isinstance(whole.total.value, Money):
        return f"{of}."
    called = labels(at, credited.by, [line.member for line in lines])
    leading: dict[str, list[str]] = {}
    for model in MODELS:
        best = max(lines, key=lambda line: _minor(line, model))
        leading.setdefault(called[best.member], []).append(SAID[model].lower())
    if len(leading) == 1:
        return f"{of}. {next(iter(leading))} leads under every model."
    told = "; ".join(f"{name} by {_and(models)}" for name, models in leading.items())
    return f"{of}. Who leads depends on the model: {told}."


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _minor(line: Line, model: Model) -> int:
    money = line.credit[model]
    return money.minor if money else 0


def untouched(credited: Credited) -> str:
    """What became of the deals without a touch."""
    count = plural(credited.deals - credited.touched, "deal")
    if credited.rule.untouched == "own":
        return f"{count} had no touch before the win and {'goes' if count.startswith('1 ') else 'go'} to what the deal itself says."
    return f"{count} had no touch before the win: their bookings are credited to nobody."


def table(at: Snapshot, credited: Credited, whole: Result, model: str = "") -> Table:
    """One row per member: its credit under one model with its share, or under all four; its deals and touches."""
    chosen = [one for one in MODELS if model in ("", one)]
    called = labels(at, credited.by, credited.members)
    head = [Column(credited.by, credited.by.capitalize())]
    head += [Column(one, SAID[one], "money") for one in chosen]
    if model:
        head += [Column("share", "Share", "share"), Column("wins", "Won deals credited", "number")]
    head += [Column("deals", "Deals", "count"), Column("touches", "Touches", "count")]
    rows: list[tuple[Cell | Figure, ...]] = []
    for line in credited.lines:
        row: list[Cell | Figure] = [called[line.member], *(_figure(line, one, whole) for one in chosen)]
        if model:
            row += [_share(line, chosen[0], whole), round(line.wins[chosen[0]], 2)]
        rows.append((*row, line.deals, line.touches))
    return Table(
        f"by_{credited.by}",
        tuple(head),
        tuple(rows),
        f"{whole.total.label} credited by {credited.by}",
        footer="A deal counts once for each that touched it, so the deals add to more than there are.",
    )


def _figure(line: Line, model: Model, whole: Result) -> Figure:
    money = line.credit[model]
    reason = "" if money is not None else whole.total.reason or "no exchange rate for one of its deals"
    return Figure(f"credited_{model}", money, "money", SAID[model], reason=reason)


def _share(line: Line, model: Model, whole: Result) -> float | None:
    money, total = line.credit[model], whole.total.value
    return Ratio(money, total).value if money is not None and isinstance(total, Money) else None
