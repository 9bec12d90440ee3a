"""Which deals and touches stand behind a credit? One page of deals, each of their touches with its share and its money."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.report import Cell, Column, Note, Report, Table
from saleswright.lib.issue import USAGE, Issue, Stop, nearest
from saleswright.lib.money import Money
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.attribution.actions import SAID, By, ModelName, question
from saleswright.measure.metrics.attribution.find import (
    NO_TOUCH,
    Credited,
    allowed,
    integers,
    labels,
    share_out,
    split_named,
    text,
    texts,
)
from saleswright.measure.metrics.attribution.share import MODELS, Model, credits, shares, weights
from saleswright.measure.metrics.words import plural

PAGE = 20


@action(
    effect="read", name="attribute deals", example={"by": "channel", "model": "linear"}, title="Deals behind a credit"
)
def attribute_deals(
    at: Snapshot,
    by: By = "channel",
    member: Annotated[str, Arg("text", "whose credit, such as Events; everybody's when left out")] = "",
    model: ModelName = "linear",
    period: PeriodText = "",
    where: Where = (),
    page: Annotated[int, Arg("int", "which page of deals, from 1")] = 1,
) -> Report:
    """List the won deals behind a credit, each of their touches with its share of the deal and its money."""
    by, page = split_named(by), max(page, 1)
    model_: Model = next((one for one in MODELS if one == model), "linear")
    asked = question(at, period, where)
    credited = share_out(at, asked, by)
    wanted = members(at, credited, member)
    lines = [line for line in credited.lines if line.member in wanted]
    stored = [m or "" for m in wanted if m is not NO_TOUCH]
    allowed(at, by)
    bound = {"asked": stored, "page_size": PAGE, "page_start": (page - 1) * PAGE}
    sql, params = text(at, asked, by, credited.rule, "opened", bound)
    found = at.reader.columns(sql, params)
    rank, n, value = (integers(found[name]) for name in ("rank", "n", "value"))
    weight = weights(model_, rank, n, credited.rule.weights)
    money, part = credits(value, weight, rank).tolist(), shares(weight, rank).tolist()
    words = labels(at, by, [m or "" for m in texts(found["m"])])
    names, statuses, campaigns = (texts(found[name]) for name in ("name", "status", "campaign"))
    until, occurred = texts(found["until"]), texts(found["occurred"])
    said = labels(at, "campaign", sorted({c for c in campaigns if c}))
    rows: list[tuple[Cell, ...]] = []
    for i, one in enumerate(texts(found["m"])):
        if member and (one or "") not in stored:
            continue
        rows.append(
            (
                names[i] or str(found["id"][i]),
                _day(until[i]),
                Money(int(value[i]), at.currency),
                _day(occurred[i]),
                said.get(campaigns[i], ""),
                words[one or ""],
                statuses[i] or "",
                part[i],
                Money(money[i], at.currency),
            )
        )
    deals = sum(line.deals for line in lines) if member else credited.touched
    columns = (
        Column("deal", "Deal"),
        Column("won", "Won", "date"),
        Column("value", "Value", "money"),
        Column("touched", "Touched", "date"),
        Column("campaign", "Campaign"),
        Column(by, by.capitalize()),
        Column("status", "Status"),
        Column("share", "Share", "share"),
        Column("credit", "Credit", "money"),
    )
    shown = len({row[:3] for row in rows})
    more = page * PAGE < deals
    again = (
        f"saleswright attribute deals --by {by}" + (f" --member '{member}'" if member else "") + f" --model {model_}"
    )
    whose = f" of {member}" if member else ""
    return Report(
        f"Which deals and touches stand behind the credit{whose}?",
        [
            Table("touches", columns, tuple(rows), f"{SAID[model_]}: touch by touch"),
            Note(credited.rule.in_words),
        ],
        lede=f"{plural(deals, 'deal')}, the latest first; {shown} on page {page}.",
        issues=at.stale,
        next=((f"{again} --page {page + 1}",) if more else ()) + (f"saleswright attribute --by {by}",),
    )


def members(at: Snapshot, credited: Credited, typed: str) -> list[str | None]:
    """The stored members that a typed name means; all of them when nothing is typed. Stop (usage) with the nearest."""
    called = labels(at, credited.by, credited.members)
    if not typed:
        return list(called)
    folded = typed.casefold()
    found: list[str | None] = []
    for m, label in called.items():
        if m is not NO_TOUCH and folded in (m.casefold(), label.casefold()):
            found.append(m)
    if found:
        return found
    known = sorted(label for m, label in called.items() if m is not NO_TOUCH)
    close = nearest(typed, known)
    raise Stop(
        Issue(
            "member",
            f"no {credited.by} called '{typed}' has touched a deal that was won",
            "so there are no rows to show",
            (f"did you mean {', '.join(close)}? " if close else "") + f"known: {', '.join(known[:12])}",
            code="unknown_member",
        ),
        exit_code=USAGE,
    )


def _day(value: object) -> Cell:
    """A day as NumPy has it, as a date."""
    from datetime import date, datetime

    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
