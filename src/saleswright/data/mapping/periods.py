"""Which period does the head of a column name? `Jan 2026`, `2026-01`, `01/2026`, `Q1 FY26`, `H1 2026`, `2026`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from saleswright.data.mapping.headers import plain, synonyms
from saleswright.data.read.forms import MONTHS

_FULL = (
    "january february march april may june july august september october november december januar februar märz mai "
    "juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero "
    "febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre januari februari maart augustus "
    "sept"
).split()
_NAME = r"(?P<name>[^\W\d_]{3,10})\.?"
_YEAR = r"(?P<fy>FY|GJ|')?\s?(?P<year>20\d\d|\d\d)"
_LONG = r"(?P<year>20\d\d)"
_TIME = r"(?:[T ]00:00(?::00)?)?"
_MONTH = [
    re.compile(rf"{_NAME}[-/ _.']*{_YEAR}", re.I),
    re.compile(rf"{_LONG}[-/ _.]*{_NAME}", re.I),
    re.compile(rf"{_LONG}[-/._ ]?M?(?P<month>0[1-9]|1[0-2])(?:[-/.]01{_TIME})?", re.I),
    re.compile(rf"(?:M)?(?P<month>0?[1-9]|1[0-2])[-/._ ]{_LONG}", re.I),
    re.compile(rf"(?:0?1)[-/._ ](?P<month>0?[1-9]|1[0-2])[-/._ ]{_LONG}", re.I),
    re.compile(rf"(?P<day>\d{{1,2}})[-/ ]{_NAME}[-/ ]{_YEAR}", re.I),
]
_BARE = re.compile(_NAME, re.I)
_PART = r"(?:(?P<q>Q|T|K|Quarter|Quartal|Trimestre|Trim\.?|Kwartaal)|(?P<h>H|S|HY|Half|Halbjahr))"
_NUMBER = r"(?P<n>[1-4])"
_QUARTER = [
    re.compile(rf"{_PART}\s?{_NUMBER}[-/ _.,]*{_YEAR}", re.I),
    re.compile(rf"{_NUMBER}\.?\s?{_PART}[-/ _.,]*{_YEAR}", re.I),
    re.compile(rf"{_YEAR}[-/ _.,]*{_PART}\s?{_NUMBER}", re.I),
]
_BARE_QUARTER = re.compile(rf"{_PART}\s?{_NUMBER}", re.I)
_NAMED = re.compile(
    r"(?<![^\W\d_])(?P<fy>FY|GJ)[\s_]?'?(?P<named>20\d\d|\d\d)(?!\d)|(?<!\d)(?P<bare>20\d\d)(?!\d)", re.I
)
_WHOLE = re.compile(r"(?:(?P<fy>FY|GJ|CY)\s?'?(?P<year>20\d\d|\d\d)|(?P<only>20\d\d))", re.I)


@dataclass(frozen=True, slots=True)
class Period:
    """A period with its first day and the first day after it; `months` it is long."""

    starts: date
    ends: date
    fiscal: bool = False

    @property
    def months(self) -> int:
        return (self.ends.year - self.starts.year) * 12 + self.ends.month - self.starts.month


def period(text: str, fiscal_start: int = 1, year: int = 0, fiscal: bool = False) -> Period | None:
    """The period a text names as a whole; `year` stands in where it names none (0: then it is no period), a fiscal one
    where `fiscal`.

    fiscal_start: the month a fiscal year begins in; a fiscal year is called by the year it ends in.
    """
    text = " ".join(text.replace("’", "'").split())
    for pattern in _MONTH:
        found = pattern.fullmatch(text)
        if found:
            groups = found.groupdict()
            number = int(groups["month"]) if groups.get("month") else _month(groups["name"])
            if (number and not groups.get("day")) or (number and int(groups["day"]) == 1):
                return _from(date(_year(groups["year"]), number, 1), 1)
            return None
    for pattern in _QUARTER:
        found = pattern.fullmatch(text)
        if found:
            return _quarter(found.groupdict(), _year(found["year"]), fiscal_start)
    found = _WHOLE.fullmatch(text)
    if found:
        named = _year(found["year"] or found["only"])
        fiscal = (found["fy"] or "").upper() in ("FY", "GJ") and fiscal_start != 1
        return _from(date(named - 1 if fiscal else named, fiscal_start if fiscal else 1, 1), 12, fiscal)
    if not year:
        return None
    found = _BARE.fullmatch(text)
    if found and (number := _month(found["name"])):
        before = fiscal and fiscal_start != 1 and number >= fiscal_start
        return _from(date(year - before, number, 1), 1)
    found = _BARE_QUARTER.fullmatch(text)
    return _quarter({**found.groupdict(), "fy": "FY" if fiscal else ""}, year, fiscal_start) if found else None


def periods(headers: Iterable[str], fiscal_start: int = 1, year: int = 0, fiscal: bool = False) -> dict[str, Period]:
    """The headers that name periods, of the length most of them have: of months beside their quarters, the months."""
    every = {h: p for h in headers if (p := period(h, fiscal_start, year, fiscal))}
    lengths = Counter(p.months for p in every.values())
    if not lengths:
        return {}
    # The shortest that stands there more than once: longer ones are sums of it.
    most = min((m for m, n in lengths.items() if n > 1), default=min(lengths))
    return {h: p for h, p in every.items() if p.months == most}


def year_in(texts: Iterable[str]) -> tuple[int, bool]:
    """(the one year that these texts name, is it called a fiscal one); 0 when they name none or several."""
    told = [found for text in texts for found in _NAMED.finditer(text)]
    years = {_year(found["named"] or found["bare"]) for found in told}
    return (years.pop(), any(found["fy"] for found in told)) if len(years) == 1 else (0, False)


def _month(name: str) -> int:
    name = name.casefold()
    whole = name in MONTHS or name in _FULL
    return (MONTHS.get(name[:4]) or MONTHS.get(name[:3]) or 0) if whole else 0


def _quarter(groups: dict[str, str | None], named: int, fiscal_start: int) -> Period | None:
    number, long = int(groups["n"] or 0), 6 if groups.get("h") else 3
    if long == 6 and number > 2:
        return None
    fiscal = (groups.get("fy") or "").upper() in ("FY", "GJ") and fiscal_start != 1
    month = (fiscal_start if fiscal else 1) + (number - 1) * long
    base = named - 1 if fiscal else named
    return _from(date(base + (month - 1) // 12, (month - 1) % 12 + 1, 1), long, fiscal)


def _from(starts: date, months: int, fiscal: bool = False) -> Period:
    place = starts.month - 1 + months
    return Period(starts, date(starts.year + place // 12, place % 12 + 1, 1), fiscal)


def _year(text: str | None) -> int:
    number = int(text or 0)
    return number if number > 99 else 2000 + number


def is_total(label: str) -> bool:
    """Does a word in it say that it adds up others?"""
    table = synonyms()["grids"]
    said = {plain(w) for w in re.findall(r"[^\W\d_]+", label)}
    return bool(said & {plain(w) for w in table["total"]}) or plain(label) in {plain(w) for w in table["whole"]}
