"""What is this file, and what does each column mean? A proposal for every file of an import, with its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import duckdb

from saleswright.data.mapping.across import agree_on_keys, left_out, records_of, stages_written
from saleswright.data.mapping.amounts import pair_currency
from saleswright.data.mapping.by_values import told_by_values
from saleswright.data.mapping.columns import column_bodies
from saleswright.data.mapping.finish import finish
from saleswright.data.mapping.grid import grid
from saleswright.data.mapping.happenings import history
from saleswright.data.mapping.headers import Known, find, synonyms
from saleswright.data.mapping.links import linked
from saleswright.data.mapping.lookups import labels, used_issue
from saleswright.data.mapping.named import name_references
from saleswright.data.mapping.orders import settle_order
from saleswright.data.mapping.pairs import pairs
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, form_of_ids, name_of, proposed
from saleswright.data.mapping.questions import Question
from saleswright.data.mapping.rates import settle_rates
from saleswright.data.mapping.recognise import Ranked, identity, likely, ranked, stem_of
from saleswright.data.mapping.versions import versions
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.values import read_columns
from saleswright.history.schema import Entity
from saleswright.lib.issue import Issue

__all__ = ["Facts", "Guess", "guess"]

Body = dict[str, Any]


def guess(files: Sequence[tuple[FileEvidence, str]], con: duckdb.DuckDBPyConnection, known: Facts) -> list[Guess]:
    """What is each loaded file (evidence, table)? In the order given; a file that is not recognised gives an issue and
    the rest goes on. At most one question is asked over all files; what else is in doubt is assumed, and said."""
    starts: list[Guess] = []
    asked: list[Question] = []
    for evidence, table in files:
        seen = read_columns(con, table, evidence.header, evidence.delimiter, name_of(evidence))
        start, question = settle_order(con, Guess(evidence, table, seen, issues=seen.issues), known)
        starts.append(start)
        asked += [question] if question else []
    told = labels(con, starts)
    names, called = set(known.taken), dict[str, str]()
    found: list[tuple[Guess, Body]] = []
    for start in starts:
        if start.table in told.tables:
            found.append((replace(start, issues=(*start.issues, used_issue(start, told.tables[start.table]))), {}))
            continue
        start, body = _one(con, start, known)
        if body:
            called[start.table] = _name(start.evidence, names)
        found.append((start, body))
    found = linked(con, found, known)
    called |= {s.table: _name(s.evidence, names) for s, body in found if body and s.table not in called}
    found = agree_on_keys(left_out(con, found))
    told.written = {v.casefold(): v for v in stages_written(con, found)}
    done: list[tuple[Guess, Body]] = []
    for start, body in found:
        if body:
            body["ids"] = form_of_ids(con, start, body, known)
            start, body, question = finish(con, start, body, known, told, records_of(found))
            asked += [question] if question else []
        done.append((start, body))
    done = name_references(con, done, known)
    return _ask([proposed(start, called[start.table], body, known) if body else start for start, body in done], asked)


def _ask(guesses: list[Guess], asked: list[Question]) -> list[Guess]:
    """The heaviest question goes to its file, the others become words about what was assumed."""
    known = [q for q in asked if any(g.mapping and name_of(g.evidence) == q.file for g in guesses)]
    best = max(known, key=lambda q: q.weight, default=None)
    done = []
    for one in guesses:
        mine = [q for q in known if q.file == name_of(one.evidence)]
        issues = list(one.issues)
        for question in mine:
            if question is not best:
                option = next(o for o in question.options if o.value == question.taken)
                what = f"{question.column}: {question.text} Taken: {option.label}"
                try_ = f"answer with {question.code}={question.options[-1].value} if that is wrong"
                issues.append(Issue(question.file, what, option.effect, try_, level="warning", code=question.code))
        asks = (best,) if best is not None and best in mine else ()
        done.append(replace(one, questions=asks, issues=tuple(issues)))
    return done


def _one(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, Body]:
    for layout in (versions, history, grid, pairs, partial(versions, unmarked=True)):
        happened = layout(con, start, known)
        if happened:
            return happened
    order = ranked(start, known)
    why: list[tuple[Ranked, str]] = []
    for one in likely(order):
        matched = _paired(start, one)
        if one.entity.name == "deal":
            chosen = known.choices.get(name_of(start.evidence), {})
            matched |= {h: k for h, k in told_by_values(con, start, matched).items() if h not in chosen}
        what = identity(con, start, one.entity, matched)
        if isinstance(what, str):
            why.append((one, what))
            continue
        deleted = _deleted(start)
        body = {**first_lines(start, one.entity.name, "rows", known), **what.lines}
        body |= {"deleted": deleted} if deleted else {}
        also = {**_timed(start, one.entity, matched), **what.also}
        columns, issues, guesses = column_bodies(
            con, start.table, start.seen, one.entity, matched, also, known.currency, start.evidence, {deleted}
        )
        body["columns"] = columns
        if what.said:
            issues.append(Issue(name_of(start.evidence), what.said, _unsure(one.entity), level="note", code="no_id"))
        if one.entity.name == "rate":
            issues += settle_rates(con, start, body, known)
        issues = [*start.issues, *issues]
        return replace(start, score=one.points, said=one.said, columns=guesses, issues=tuple(issues)), body
    return replace(start, issues=(*start.issues, _not_recognised(start, order, why))), {}


def _unsure(entity: Entity) -> str:
    return f"a {entity.name} whose name changes is a new one" if entity.name == "deal" else ""


def _paired(start: Guess, one: Ranked) -> dict[str, Known]:
    """What each header means, with a person's name out of two columns, and the currency that goes with the amount."""
    matched = pair_currency(start, one.matched, one.entity)
    if one.entity.name == "rate" and "currency" not in {k.field for k in matched.values()}:
        code = next((h for h, s in start.seen.by_name.items() if s.kind == "currency" and h not in matched), "")
        matched |= {code: Known("currency", 0, True)} if code else {}
    return matched


def _timed(start: Guess, entity: Entity, matched: dict[str, Known]) -> dict[str, list[str]]:
    """The moment that a day's column tells as well, where its values say the time of day and no other column does."""
    told = {known.field: header for header, known in matched.items()}
    pairs = synonyms()["entities"].get(entity.name, {}).get("timed", {})
    found = {told[day]: [at] for day, at in pairs.items() if day in told and at not in told}
    return {header: also for header, also in found.items() if start.seen.by_name[header].kind == "moment"}


def _deleted(start: Guess) -> str:
    """The column whose truth marks a deleted record: of several the one that marks any."""
    truths = [h for h, c in start.seen.by_name.items() if c.kind == "bool"]
    marked = [
        h for h in truths if any(v.casefold() in ("true", "yes", "t", "y") for v in start.seen.by_name[h].samples)
    ]
    return find(marked, synonyms()["deleted"]) or find(truths, synonyms()["deleted"])


def _not_recognised(start: Guess, order: list[Ranked], why: list[tuple[Ranked, str]]) -> Issue:
    where = name_of(start.evidence)
    if why:
        one, reason = why[0]
        kind = one.entity.name.replace("_", " ")
        key = synonyms()["entities"].get(one.entity.name, {}).get("fields", {}).get("id", ["id"])[0]
        return Issue(
            where,
            f"not recognised as {kind}s, though {one.said}: {reason}",
            "so its rows cannot be told apart and the file is left out; the other files go on",
            f"add the column '{key.title().replace('Id', 'ID')}' to the export, or write key: in a mapping by hand",
            level="warning",
            code="no_id_column",
        )
    nearest = max(order, key=lambda r: (sum(k.own for k in r.matched.values()), len(r.matched)))
    closest = (
        f"it is closest to {nearest.entity.name} ({nearest.said})"
        if nearest.matched
        else "none of its columns is known"
    )
    return Issue(
        where,
        f"not recognised: {closest}",
        "so it is left out; the other files go on",
        "rename its columns to what they are (such as Opportunity ID, Stage, Amount) and bring it again,\n"
        "or write a mapping for it",
        level="warning",
        code="not_recognised",
    )


def _name(evidence: FileEvidence, taken: set[str]) -> str:
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem_of(name_of(evidence))).casefold()
    base = re.sub(r"[^a-z0-9]+", "_", stem).strip("_") or "file"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name
