"""Is a file a grid: what it is about at the side, periods on top (or the other way round), an amount in each cell?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from saleswright.data.mapping.columns import ColumnGuess, Reading, rule_of
from saleswright.data.mapping.headers import Known, find, plain, synonyms
from saleswright.data.mapping.periods import Period, is_total, period, periods, year_in
from saleswright.data.mapping.proposal import Facts, Guess, first_lines, name_of
from saleswright.data.mapping.rates import settle_rates
from saleswright.data.mapping.sums import Sums, sums
from saleswright.kernel import clock
from saleswright.lib.issue import Issue
from saleswright.lib.money import EXPONENTS


@dataclass
class Grid:
    """A grid as it lies: the columns with amounts, and what each stands for beside the value of the side columns."""

    entity: str
    side: dict[str, str]
    cells: dict[str, dict[str, str]]
    amount: str
    said: str
    ignored: dict[str, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


def grid(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, dict[str, Any]] | None:
    """The proposal for a grid; None when the file is none."""
    found = _periods_on_top(start, known) or _periods_at_side(start)
    if found is None:
        return None
    return _proposal(con, start, known, found)


def _texts(start: Guess) -> list[str]:
    """Everything that names the file: its name, its sheet, the lines above its header."""
    return [name_of(start.evidence), start.evidence.sheet, *start.evidence.title]


def _called(start: Guess, kind: str) -> bool:
    words = set(synonyms()["grids"][kind])
    told = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", " ".join(_texts(start))))
    return any(plain(word) in {plain(w) for w in words} for word in told)


def _is(header: str, kind: str) -> bool:
    return bool(find([header], synonyms()["grids"][kind]))


def _numeric(start: Guess, header: str) -> bool:
    seen = start.seen.by_name[header]
    return seen.kind in ("number", "empty") or (seen.kind == "date" and seen.format == "ymd" and not seen.filled)


def _periods_on_top(start: Guess, known: Facts) -> Grid | None:
    headers = start.evidence.header
    top = periods(headers, known.fiscal_start)
    year, fiscal = year_in(_texts(start))
    if len(top) >= 2:
        return _on_top(start, top, year)
    # Months without a year: the year the file's own name or title says, else this one.
    taken = year or clock.now().year
    top = periods(headers, known.fiscal_start, taken, fiscal)
    found = _on_top(start, top, year) if len(top) >= 3 else None
    if found is None:
        return None
    first, last = next(iter(found.cells)), next(reversed(found.cells))
    told = f"{'FY' if fiscal else ''}{taken}"
    issues = []
    if not year:
        what = f"{first} to {last}: nothing says of which year, so {taken} is taken"
        try_ = f"write the year into the columns (like {first} {taken}) or into the file's name, and bring it again"
        why = f"every amount counts in {taken}, whatever year it was meant for"
        issues.append(Issue(name_of(start.evidence), what, why, try_, "warning", "year_assumed"))
    elif fiscal and known.fiscal_start == 1:
        issues.append(_calendar(start, told))
    said = f"{found.said}, of {told} " + (
        "as the file's name or title says" if year else "because nothing says another"
    )
    return replace(found, said=said, issues=tuple(issues))


def _calendar(start: Guess, told: str) -> Issue:
    what = f"{told} is read as a part of the calendar year"
    try_ = "write starts and ends after the column if the fiscal year differs"
    return Issue(name_of(start.evidence), what, try_=try_, level="note", code="fiscal_assumed")


def _on_top(start: Guess, top: dict[str, Period], year: int) -> Grid | None:
    headers, seen = start.evidence.header, start.seen.by_name
    top = {h: p for h, p in top.items() if _numeric(start, h)}
    rest = [h for h in headers if h not in top]
    if len(top) < 2 or not rest:
        return None
    totals = {
        h: "a sum of the others" for h in rest if is_total(h) or (seen[h].kind == "number" and period(h, 1, year))
    }
    side = [h for h in rest if h not in totals]
    codes = [h for h in side if seen[h].kind == "currency"]
    texts = [h for h in side if seen[h].kind in ("text", "currency")]
    if not texts:
        return None
    cells = {h: {"starts": p.starts.isoformat(), "ends": p.ends.isoformat()} for h, p in top.items()}
    length = next(iter(top.values())).months
    said = f"{len(top)} columns are {_LENGTHS.get(length, f'periods of {length} months')}, one record for each"
    if codes and len(texts) == 1 and not _called(start, "asked"):
        return Grid("rate", {codes[0]: "currency"}, cells, "rate", said, totals)
    people = next((h for h in texts if _is(h, "people")), "")
    teams = next((h for h in texts if _is(h, "teams")), "")
    channels = next((h for h in texts if _is(h, "channels")), "")
    if (_called(start, "spent") and not _called(start, "asked")) or (channels and not people and not teams):
        return Grid("spend", {channels or texts[0]: "channel"} | _coded(codes), cells, "amount", said, totals)
    if _called(start, "planned") and not people:
        return Grid("plan_line", {texts[0]: "name"} | _coded(codes), cells, "amount", said, totals)
    if people or not teams:
        # Of several columns of text the one with the most different values names the people.
        other = [h for h in texts if not _is(h, "teams") and not _is(h, "manager") and h not in codes]
        person = people or (max(other, key=lambda h: seen[h].distinct) if other else "")
        if person:
            return Grid("quota", {person: "person"} | _coded(codes), cells, "amount", said, totals)
    return Grid("quota", {teams: "team"} | _coded(codes), cells, "amount", said, totals) if teams else None


def _first(start: Guess, header: str) -> str:
    return start.seen.by_name[header].samples[0] if start.seen.by_name[header].samples else ""


_LENGTHS = {1: "months", 3: "quarters", 6: "half years", 12: "years"}


def _coded(codes: list[str]) -> dict[str, str]:
    return {codes[0]: "currency"} if codes else {}


def _periods_at_side(start: Guess) -> Grid | None:
    """Months at the side, and on top channels, kinds of business or currencies."""
    headers, seen = start.evidence.header, start.seen.by_name
    months = [
        h for h in headers if _is(h, "month") and (seen[h].kind in ("date", "moment") or period(_first(start, h)))
    ]
    if len(months) != 1:
        return None
    rest = [h for h in headers if h not in months]
    codes = [h for h in rest if h.strip().upper() in EXPONENTS and _numeric(start, h)]
    totals = {h: "a sum of the others" for h in rest if is_total(h)}
    numbers = [h for h in rest if _numeric(start, h) and h not in totals and seen[h].kind != "empty"]
    side: dict[str, str] = {months[0]: "starts"} | _coded([h for h in rest if seen[h].kind == "currency"])
    if len(codes) >= 2 and len(codes) >= len(numbers) * 0.8:
        cells = {h: {"currency": h.strip().upper()} for h in codes}
        return Grid("rate", side, cells, "rate", f"{len(codes)} columns are currencies", totals)
    lines = [h for h in numbers if _is(h, "lines")]
    if len(lines) >= 2 and len(lines) >= len(numbers) * 0.6:
        cells = {h: {"name": _title(h)} for h in lines}
        return Grid("plan_line", side, cells, "amount", f"{len(lines)} columns are lines of a plan", totals)
    channels = [h for h in numbers if _is(h, "channel")]
    if len(channels) >= 2 and (len(channels) >= len(numbers) * 0.5 or _called(start, "spent")):
        cells = {h: {"channel": _title(h)} for h in numbers}
        return Grid("spend", side, cells, "amount", f"{len(cells)} columns are channels", totals)
    if _called(start, "spent") and len(numbers) >= 2 and len(numbers) == len(rest) - len(totals) - (len(side) - 1):
        cells = {h: {"channel": _title(h)} for h in numbers}
        return Grid("spend", side, cells, "amount", f"{len(cells)} columns are channels", totals)
    return None


def _title(header: str) -> str:
    return header.replace("_", " ").strip().title() if header == header.lower() else header.replace("_", " ").strip()


def _proposal(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts, found: Grid) -> tuple[Guess, dict[str, Any]]:
    entity = known.entities[found.entity]
    issues: list[Issue] = []
    coded = "currency" in found.side.values() and found.entity != "rate"
    reading = Reading(con, start.table, start.seen, start.evidence, entity, known.currency, coded, issues)
    columns: dict[str, Any] = {}
    guesses: list[ColumnGuess] = []
    added = sums(con, start.table, list(found.side), list(found.cells), start)
    for header in start.evidence.header:
        seen = start.seen.by_name[header]
        if header in found.cells:
            rule, doubt = rule_of(reading, Known(found.amount, 0, True), seen, header)
            if doubt and seen.kind != "empty":
                columns[header] = None
                guesses.append(ColumnGuess(header, (), doubt, seen))
                continue
            constants = {f: v for f, v in found.cells[header].items() if f in entity.by_name}
            columns[header] = rule | {"with": constants}
            words = " to ".join(constants.values())
            guesses.append(
                ColumnGuess(header, (found.amount, *found.cells[header]), f"one record for each row: {words}", seen)
            )
        elif header in found.side:
            rule, doubt = rule_of(reading, Known(found.side[header], 0, True), seen, header)
            columns[header] = rule["field"] if list(rule) == ["field"] else rule
            guesses.append(ColumnGuess(header, (found.side[header],), _side_said(seen, added), seen))
        else:
            columns[header] = None
            guesses.append(ColumnGuess(header, (), found.ignored.get(header, "kept in raw and not used"), seen))
    body = {**first_lines(start, found.entity, "rows", known), "columns": columns}
    body["key"] = [f for f in _KEYS[found.entity] if f in _told(found)]
    if added.skip:
        body["skip"] = added.skip
    if found.entity == "rate":
        issues += settle_rates(con, start, body, known)
    issues += added.issues(name_of(start.evidence))
    fiscal = [h for h in found.cells if "FY" in h.upper()]
    if fiscal and known.fiscal_start == 1:
        issues.append(_calendar(start, fiscal[0]))
    issues += found.issues
    score, said = 5.0, f"a grid of {found.entity.replace('_', ' ')}s: {found.said}"
    return replace(start, score=score, said=said, columns=tuple(guesses), issues=(*start.issues, *issues)), body


_KEYS = {
    "quota": ("person", "team", "starts"),
    "spend": ("starts", "channel"),
    "plan_line": ("name", "starts"),
    "rate": ("currency", "base", "starts"),
}


def _told(found: Grid) -> set[str]:
    return {*found.side.values(), *(f for cell in found.cells.values() for f in cell)}


def _side_said(seen: Any, added: Sums) -> str:
    said = f"{seen.distinct:,} different values"
    return said + (f"; {added.count:,} rows are sums of others and no records" if added.count else "")
