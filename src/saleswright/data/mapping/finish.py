"""What of a proposal hangs on the other files, or on all rows: labels, standings, trusted dates, currency, meaning?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from saleswright.data.mapping.amounts import is_converted, settle_amount
from saleswright.data.mapping.closing import closing
from saleswright.data.mapping.columns import ColumnGuess, with_said
from saleswright.data.mapping.entered import entered
from saleswright.data.mapping.headers import synonyms
from saleswright.data.mapping.kinds import settle_kind
from saleswright.data.mapping.lookups import Labels
from saleswright.data.mapping.proposal import Facts, Guess, column_of, name_of, sets, values_of
from saleswright.data.mapping.questions import Question
from saleswright.data.mapping.standing import settle_standing
from saleswright.data.mapping.typed import standings
from saleswright.lib.issue import Issue

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """What the files of an import hold together: entities with a history, whether deals name their currency.

    alone: the table of the first history of deals, where no list of deals is beside it.
    """

    dated: frozenset[str] = frozenset()
    coded: bool = False
    alone: str = ""


def finish(
    con: duckdb.DuckDBPyConnection, start: Guess, body: Body, known: Facts, labels: Labels, records: Records
) -> tuple[Guess, Body, Question | None]:
    """The proposal with all that the whole file and the other files say of it, and the question it leaves."""
    entity = known.entities[body["entity"]]
    issues: list[Issue] = _labelled(con, start, body, labels, known)
    said: dict[str, str] = {}
    questions: list[Question] = []
    columns = list(start.columns)
    if entity.name == "deal":
        told, more = settle_standing(con, start, body)
        start = replace(start, standings={**labels.standings, **told})
        issues += more
    if entity.name == "deal" and body["layout"] == "rows":
        found, words = entered(con, start, body, labels)
        if found:
            body["entered"] = found
            columns = [c for c in columns if c.header not in found] + words
            for header in found:
                body["columns"].pop(header, None)
            what = f"{len(found)} columns say when a deal entered a stage: {', '.join(found.values())}"
            issues.append(
                Issue(
                    name_of(start.evidence),
                    what,
                    "they are the history of its stages",
                    level="note",
                    code="wide_history",
                )
            )
        more, question, words_ = settle_amount(con, start, body, known)
        issues, said = [*issues, *more], {**said, **words_}
        questions += [question] if question else []
    issues += _currency(start, body, known, records)
    if entity.name == "deal" and body["layout"] == "rows":
        issues += closing(con, start, body, known)
    if body["layout"] == "rows":
        _trusted(body, known, records)
    if entity.name == "deal" and body["layout"] == "rows":
        more, question, words_ = settle_kind(con, start, body, known)
        issues, said = [*issues, *more], {**said, **words_}
        questions += [question] if question else []
        said |= _stage_said(con, start, body, known)
    columns = _as_set(start, body, columns)
    unused = [c.header for c in columns if not c.fields and c.header in body["columns"]]
    if unused and body["columns"]:
        what = f"kept in raw and not used: {', '.join(unused)}"
        issues.append(Issue(name_of(start.evidence), what, level="note", code="unused_columns"))
    order = {header: place for place, header in enumerate(start.evidence.header)}
    columns.sort(key=lambda c: order.get(c.header, len(order)))
    start = replace(start, columns=with_said(tuple(columns), said), issues=(*start.issues, *issues))
    return start, body, max(questions, key=lambda q: q.weight, default=None)


def _as_set(start: Guess, body: Body, columns: list[ColumnGuess]) -> list[ColumnGuess]:
    """The guesses as the body now has them: a status or a day of winning may have come to set something."""
    done = []
    for guess in columns:
        given = body["columns"].get(guess.header)
        rules = given if isinstance(given, list) else [given]
        fields = tuple(
            dict.fromkeys(f for r in rules if isinstance(r, dict) for f in (r.get("field"), *r.get("fields", ())) if f)
        )
        if not guess.fields and fields:
            seen = guess.seen
            said = seen.evidence + (f"; {seen.empty:,} rows are empty" if seen.empty else "")
            guess = replace(guess, fields=fields, said=said)
        elif guess.fields and given is None and guess.header in body["columns"]:
            guess = replace(guess, fields=())
        done.append(guess)
    return done


def _labelled(con: duckdb.DuckDBPyConnection, start: Guess, body: Body, labels: Labels, known: Facts) -> list[Issue]:
    """Ids of stages and pipelines read as the labels a table of them gives; HubSpot's own ids by heart."""
    if body["entity"] != "deal":
        return []
    own: dict[str, str] = synonyms()["hubspot"]["stages"]
    # A list beside it may write the same label in other capitals.
    own = {v: labels.written.get(label.casefold(), label) for v, label in own.items() if v not in known.stages.stages}
    issues = []
    for field, table in (("stage", {**own, **labels.stages}), ("pipeline", labels.pipelines)):
        if body["layout"] == "fields":
            for theirs, ours in list(body["names"].items()):
                if (ours.get("field") if isinstance(ours, dict) else ours) == field:
                    values = {v: table[v] for v, _ in values_of(con, start.table, body["value"]) if v in table}
                    if values:
                        rest: dict[str, Any] = dict(ours) if isinstance(ours, dict) else {"field": ours}
                        body["names"][theirs] = rest | {"values": values}
            continue
        column = column_of(body, field)
        if column not in start.evidence.header:
            continue
        values = {v: table[v] for v, _ in values_of(con, start.table, column) if v in table}
        if values:
            given = body["columns"][column]
            rule: dict[str, Any] = dict(given) if isinstance(given, dict) else {"field": field}
            body["columns"][column] = rule | {"values": {**rule.get("values", {}), **values}}
            what = f"{column}: {len(values)} ids are read as their labels, like {next(iter(values.items()))[1]}"
            issues.append(Issue(name_of(start.evidence), what, level="note", code="labels"))
    return issues


def _trusted(body: Body, known: Facts, records: Records) -> None:
    """Which dates may date other fields: facts of a row are true from them on, not only from the import."""
    entity = known.entities[body["entity"]]
    told = set(body.get("defaults", {}))
    for given in body["columns"].values():
        told |= {
            f
            for rule in (given if isinstance(given, list) else [given])
            if isinstance(rule, dict)
            for f in rule.get("with", {})
        }
    anchors = [a for a in entity.anchors if sets(body, a) or a in told or (a == "closed" and sets(body, "close"))]
    if entity.name == "deal" and "deal" in records.dated:
        anchors = [a for a in anchors if a != "closed"]
    if anchors:
        body["fixed"] = anchors


def _currency(start: Guess, body: Body, known: Facts, records: Records) -> list[Issue]:
    """In which currency amounts are where no column and no sign tells."""
    entity = known.entities[body["entity"]]
    money = [f.name for f in entity.fields if f.type == "money" and sets(body, f.name)]
    rules = [r for given in body["columns"].values() for r in (given if isinstance(given, list) else [given])]
    signed = any(isinstance(rule, dict) and rule.get("currency") for rule in rules)
    if not money or "currency" not in entity.by_name or sets(body, "currency") or signed:
        return []
    if records.coded and entity.name == "line_item":
        return []
    if entity.name == "deal" and body["layout"] != "rows":
        # A happening never gives a deal its currency: the list of deals does, in this import or in another.
        what = (
            f"no currency column: amounts are in the currency of their deal, in {known.currency} where no file tells it"
        )
        why = "the currency of a deal stands in the list of deals"
        try_ = "import the deals with their currency, before or after"
        issue = Issue(name_of(start.evidence), what, why, try_, level="warning", code="currency_assumed")
        return [issue] if start.table == records.alone else []
    body.setdefault("defaults", {})["currency"] = known.currency
    column = column_of(body, money[0])
    own = "the company's currency" if is_converted(column) else "the workspace's currency"
    what = f"no currency column: amounts are read as {known.currency}, {own}"
    try_ = "write another code after defaults: currency"
    level = "warning" if entity.name == "deal" else "note"
    return [Issue(name_of(start.evidence), what, try_=try_, level=level, code="currency_assumed")]  # type: ignore[arg-type]


def _stage_said(con: duckdb.DuckDBPyConnection, start: Guess, body: Body, known: Facts) -> dict[str, str]:
    """How many of the stages are known, or what they are by their names."""
    column = column_of(body, "stage")
    if column not in start.evidence.header:
        return {}
    values = values_of(con, start.table, column)
    if known.stages.stages:
        strange = [v for v, _ in values if v.strip().casefold() not in known.stages.stages]
        listed = f"{len(values) - len(strange)} of {len(values)} values are in your stage list"
        return {
            column: listed
            + (f"; {', '.join(strange[:3])} {'is' if len(strange) == 1 else 'are'} not" if strange else "")
        }
    where = list(standings(values, start, known).values())
    return {
        column: f"{where.count('won')} won, {where.count('lost') + where.count('disqualified')} lost, {where.count('open')} open"
    }
