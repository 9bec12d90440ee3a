"""Which cells of a row that both count say something else there, though they move no amount? Owner, stage, type, a date.

Words are compared as the importer reads them: people by name in either order, a stage by what the stage map makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from saleswright.lib.money import CURRENCIES
from saleswright.measure.review.settle.match import Columns, Line, Matched, basis_of, plain
from saleswright.measure.review.settle.ours import DATE_WORDS, Deal, Ours
from saleswright.measure.review.settle.theirs import Stages, stages

_KNOWN = 0.5
"""The share of a column's cells that have to be words we know: a column of e-mail addresses is no column of names."""


@dataclass(frozen=True, slots=True)
class Apart:
    """One cell that differs: the deal, the line of theirs, which field, and what either side has there."""

    deal: str
    called: str
    line: int
    field: str
    ours: str
    theirs: str


def apart(matched: Matched, ours: Ours) -> list[Apart]:
    """Every such cell of the rows that both count, by field and deal. An empty cell of theirs says nothing.

    A date of a row whose amount differs is left to the causes: it may be what the amount was converted by.
    """
    rows = [(line, ours.deals[one]) for one, line in matched.lines_of.items() if one in ours.counted]
    found = [*_words(rows, matched.columns, ours), *_codes(rows, matched.columns, ours)]
    for header, name in basis_of(matched, ours.deals).items():
        for line, deal in rows:
            own, theirs = deal.days.get(name), line.row.days.get(header)
            if own and theirs and own != theirs and line.minor == ours.counted[deal.id]:
                found.append(_cell(deal, line, DATE_WORDS[name], own.isoformat(), theirs.isoformat()))
    return sorted(found, key=lambda one: (one.field, one.called, one.line))


def _cell(deal: Deal, line: Line, field: str, own: str, theirs: str) -> Apart:
    return Apart(deal.id, deal.called, line.number, field, own or "(none)", theirs)


Rows = list[tuple[Line, Deal]]


def _words(rows: Rows, columns: Columns, ours: Ours) -> Iterable[Apart]:
    meant = stages(ours.at.workspace)
    fields = (("owner", columns.owner, "owner"), ("stage", columns.stage, "stage"), ("deal type", columns.type, "type"))
    for field, header, name in fields:
        if not header or not ours.at.policy.field_allowed("deal", name):
            continue
        known = {_person(getattr(deal, name)) for deal in ours.deals.values()} - {""}
        cells = [(line, deal, text) for line, deal in rows if (text := line.row.text(header))]
        told = sum(_person(text) in known or (name == "stage" and meant.standing(text) != "") for _, _, text in cells)
        if not cells or told < _KNOWN * len(cells):
            continue
        for line, deal, text in cells:
            own = str(getattr(deal, name))
            if plain(own) == plain(text) or (name == "owner" and _person(own) == _person(text)):
                continue
            if name == "stage" and _same_stage(deal, text, meant):
                continue
            yield _cell(deal, line, field, own, text)


def _person(text: str) -> str:
    """A name in words, "Doe, Jane" turned round."""
    last, comma, first = text.partition(",")
    return plain(f"{first} {last}") if comma else plain(text)


def _same_stage(deal: Deal, text: str, meant: Stages) -> bool:
    """Do both say that it is won, or lost? What is open has to be at the same stage, unless theirs says no more."""
    standing = meant.standing(text)
    return standing == deal.standing and (standing != "open" or plain(text) == "open")


def _codes(rows: Rows, columns: Columns, ours: Ours) -> Iterable[Apart]:
    """The currency of each deal. One code all over is the currency of their report, not of each deal."""
    if not columns.currency or not ours.at.policy.field_allowed("deal", "currency"):
        return
    codes: Mapping[int, str] = {line.number: line.row.text(columns.currency).strip().upper() for line, _ in rows}
    if len(set(codes.values()) - {""}) < 2:
        return
    for line, deal in rows:
        theirs = codes[line.number]
        if theirs in CURRENCIES and deal.currency and theirs != deal.currency:
            yield _cell(deal, line, "currency", deal.currency, theirs)
