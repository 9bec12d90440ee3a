"""How are dates, numbers and truths written in text? SQL that reads each form, and SQL that says whether it is one.

Every `*_sql` function takes a SQL text expression that is trimmed and not empty, and gives NULL for what it cannot
read. Every `*_ok` function gives a boolean that is true only for text that is wholly of that form, so that nothing is
read by half. Instants are naive UTC.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from saleswright.data.read.sql import text
from saleswright.lib.zone import day_start

ORDERS = {
    "ymd": "year first",
    "dmy": "day first",
    "mdy": "month first",
    "d-mon-y": "day, month's name, year",
    "mon-d-y": "month's name, day, year",
    "epoch": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
}
"""The ways to write a date that a mapping can name."""

YEARS = (1900, 2200)
"""Years outside of these are taken for typing mistakes."""

TRUE = ("true", "yes", "y", "t", "1", "x", "on", "wahr", "ja", "oui", "vrai", "sí", "si", "verdadero", "waar")
FALSE = ("false", "no", "n", "f", "0", "off", "falsch", "nein", "non", "faux", "falso", "onwaar", "nee")

MONTHS = {
    "jan": 1, "ene": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "maa": 3, "mrt": 3, "apr": 4,
    "avr": 4, "abr": 4, "may": 5, "mai": 5, "mei": 5, "jun": 6, "juin": 6, "jul": 7, "juil": 7, "aug": 8, "aoû": 8,
    "aou": 8, "ago": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
"""First letters of the months' names in English, German, French, Spanish and Dutch."""

CURRENCY_SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₫": "VND", "₴": "UAH",
    "zł": "PLN", "Kč": "CZK", "R$": "BRL", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
}  # fmt: skip
"""Signs that mean one currency. A bare $, ¥ or kr means several and is never taken for one silently."""

_TIME = (
    r"(?:,?[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*"
    r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_ISO = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}" + _TIME + r"|\d{4}[-/]\d{1,2})"
_YEAR = r"(?:\d{4}|\d{2})"
_NUMERIC = r"\d{1,2}[-/. ]\d{1,2}[-/. ]" + _YEAR + _TIME
_NAME = r"\p{L}{3,10}\.?"
PATTERNS = {
    "ymd": _ISO,
    "dmy": f"{_ISO}|{_NUMERIC}",
    "mdy": f"{_ISO}|{_NUMERIC}",
    "d-mon-y": rf"{_ISO}|\d{{1,2}}\.?[-/. ]?{_NAME}[-/. ,]*{_YEAR}" + _TIME,
    "mon-d-y": rf"{_ISO}|{_NAME}[-/. ]?\d{{1,2}}(?:st|nd|rd|th)?[-/. ,]+{_YEAR}" + _TIME,
    "epoch": r"-?\d{9,10}(?:\.\d+)?",
    "epoch_ms": r"-?\d{12,13}",
}
"""The whole text of a date, by order."""

_CLOCKS = (
    "['%Y-%m-%d', '%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%d %I:%M %p', "
    "'%Y-%m-%d %I:%M:%S %p']"
)
_PLAIN = r"(?:19|20|21)\d{2}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_ZONED = r":\d{2}(?:[.,]\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"


def zoned(v: str) -> str:
    """Does the text name its own distance to UTC?"""
    return f"(contains({v}, ':') AND regexp_matches({v}, {text(_ZONED)}))"


def _utc(v: str) -> str:
    """Does the text end in a sign of UTC itself? Then its wall time is the instant, which is quicker to read."""
    return f"({' OR '.join(f'ends_with({v}, {text(end)})' for end in ('Z', '+00', '+0000', '+00:00'))})"


def date_sql(v: str, order: str, zone: str, written_in: str = "") -> str:
    """The DATE meant by the text. An instant falls on its day in `zone`: one with a zone of its own always, wall time
    when it was `written_in` another zone."""
    if order in ("epoch", "epoch_ms"):
        return f"CAST({local_sql(instant_sql(v, order, zone), zone)} AS DATE)"
    plain = f"coalesce(TRY_CAST({_iso(v, order)} AS DATE), TRY_CAST({_iso(_rarer(v, order), order)} AS DATE))"
    instant = _zoned_instant(v, order)
    is_instant = zoned(v)
    if written_in and written_in != zone:
        instant, is_instant = instant_sql(v, order, zone, written_in), f"contains({v}, ':')"
    at_once = f"WHEN {_utc(v)} AND {_iso(v, order)} IS NOT NULL THEN TRY_CAST({_iso(v, order)} AS DATE) "
    at_once = at_once if zone == "UTC" else ""
    return f"CASE {at_once}WHEN {is_instant} THEN CAST({local_sql(instant, zone)} AS DATE) ELSE {plain} END"


def instant_sql(v: str, order: str, zone: str, written_in: str = "") -> str:
    """The instant (TIMESTAMP, UTC) meant by the text. A day alone begins in `zone`; wall time is of the zone it was
    `written_in`, or of `zone`."""
    if order in ("epoch", "epoch_ms"):
        scale = 1_000_000 if order == "epoch" else 1_000
        micros = f"TRY_CAST(TRY_CAST({v} AS DECIMAL(20,6)) * {scale} AS BIGINT)"
        limit = 400 * 366 * 86_400 * 1_000_000
        return f"make_timestamp(CASE WHEN abs({micros}) < {limit} THEN {micros} END)"
    rarer = f"try_strptime(upper({_iso(_rarer(v, order), order)}), {_CLOCKS})"
    wall = f"coalesce(TRY_CAST({_iso(v, order)} AS TIMESTAMP), {rarer})"
    at_once = f"WHEN {_utc(v)} AND {_iso(v, order)} IS NOT NULL THEN TRY_CAST({_iso(v, order)} AS TIMESTAMP) "
    if zone == "UTC" and written_in in ("", "UTC"):
        return f"CASE {at_once}WHEN {zoned(v)} THEN {_zoned_instant(v, order)} ELSE {wall} END"
    return (
        f"CASE {at_once}WHEN {zoned(v)} THEN {_zoned_instant(v, order)} "
        f"WHEN contains({v}, ':') THEN {utc_sql(wall, written_in or zone)} "
        f"ELSE {day_start_sql(f'CAST({wall} AS DATE)', zone)} END"
    )


def date_ok(v: str, order: str) -> str:
    """Is the text wholly a date or an instant in this order? The calendar decides: 31-02 is none."""
    read = f"CAST({instant_sql(v, order, 'UTC')} AS DATE)"
    full = f"(regexp_full_match({v}, {text(PATTERNS[order])}) AND {read} IS NOT NULL)"
    return full


def plain_date(v: str) -> str:
    """Is the text an ISO date or instant of a believed year, as programs write them? Quicker than `date_ok`, never
    wider."""
    return f"(regexp_full_match({v}, {text(_PLAIN)}) AND TRY_CAST({v} AS TIMESTAMPTZ) IS NOT NULL)"


def in_years(d: str) -> str:
    """Is the DATE or TIMESTAMP within the years that are believed?"""
    return f"({d} >= DATE '{YEARS[0]}-01-01' AND {d} < DATE '{YEARS[1]}-01-01')"


def day_start_sql(d: str, zone: str) -> str:
    """The instant a day (DATE) begins in the zone."""
    plain = utc_sql(f"CAST({d} AS TIMESTAMP)", zone)
    odd = _odd_days(zone)
    if not odd:
        return plain
    cases = " ".join(f"WHEN DATE '{day}' THEN TIMESTAMP '{start}'" for day, start in odd)
    return f"CASE {d} {cases} ELSE {plain} END"


def utc_sql(wall: str, zone: str) -> str:
    """The instant of a wall time in the zone."""
    return wall if zone == "UTC" else f"timezone('UTC', timezone({text(zone)}, {wall}))"


def local_sql(instant: str, zone: str) -> str:
    """The wall time in the zone at an instant."""
    return instant if zone == "UTC" else f"timezone({text(zone)}, timezone('UTC', {instant}))"


def bool_sql(v: str) -> str:
    """The truth meant by the text."""
    return f"CASE WHEN lower({v}) IN ({_list(TRUE)}) THEN true WHEN lower({v}) IN ({_list(FALSE)}) THEN false END"


def bool_ok(v: str) -> str:
    """Is the text a truth?"""
    return f"(lower({v}) IN ({_list(TRUE + FALSE)}))"


def decimal_sql(v: str, mark: str) -> str:
    """The number as exact DECIMAL(30,4), which holds any amount of money; `mark` (`.` or `,`) stands before decimals.
    More than four decimals are rounded here: `decimals_of` finds them."""
    # DuckDB reads text into a wide decimal two hundred times slower than into a narrow one.
    bare = bare_number(v, mark)
    narrow = [v] if mark == "." else []
    casts = [f"TRY_CAST({text_} AS DECIMAL(18,4))" for text_ in (*narrow, bare)]
    return f"coalesce({', '.join(casts)}, TRY_CAST({bare} AS DECIMAL(30,4)))"


def minor_sql(v: str, mark: str, scale: str) -> str:
    """The number times `scale` (SQL of a DECIMAL(5,0)) as BIGINT; NULL when that is too large."""
    wide = f"TRY_CAST({decimal_sql(v, mark)} * {scale} AS BIGINT)"
    # Below a thousand million the product fits in 64 bits, which is many times quicker.
    narrow = f"TRY_CAST(TRY_CAST({v} AS DECIMAL(13,4)) * {scale} AS BIGINT)"
    return f"coalesce({narrow}, {wide})" if mark == "." else wide


def double_sql(v: str, mark: str) -> str:
    """The number as DOUBLE."""
    bare = f"TRY_CAST({bare_number(v, mark)} AS DOUBLE)"
    return f"coalesce(TRY_CAST({v} AS DOUBLE), {bare})" if mark == "." else bare


def bare_number(v: str, mark: str) -> str:
    """The number's digits alone: no thousands, no currency, `.` before the decimals, `-` in front."""
    group = "," if mark == "." else "."
    digits = rf"regexp_replace(replace({v}, '−', '-'), '[\s\x{{00A0}}\x{{202F}}''’%{group}]|[^0-9eE.,()+-]', '', 'g')"
    digits = f"replace({digits}, ',', '.')" if mark == "," else digits
    # A currency code may leave an E behind (EUR 5), which is no exponent: that needs a digit on both sides.
    digits = rf"regexp_replace({digits}, '^[eE]+|[eE]+$|[eE]+([^0-9+-])', '\1', 'g')"
    return rf"regexp_replace(regexp_replace({digits}, '^\((.*)\)$', '-\1'), '^([^-]+)-$', '-\1')"


CODE = r"[A-Z]{3}"
SIGN = r"(?:[A-Z]{0,3}\$|[€£¥₹₩₽₺₪₫₴₦₱฿]|kr\.?|Kč|zł|Fr\.|Rs\.?|R)"
"""A currency's code and sign beside a number."""


@lru_cache
def number_pattern(mark: str) -> str:
    """The whole text of a number with this decimal mark."""
    point = r"\." if mark == "." else ","
    groups = r",\s'’\x{00A0}\x{202F}" if mark == "." else r".\s'’\x{00A0}\x{202F}"
    whole = rf"(?:\d{{1,3}}(?:[{groups}]\d{{2,3}})*[{groups}]\d{{3}}|\d+)"
    body = rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,2}})?"
    # A code needs a space before a minus: SUB-001 is the name of something.
    before = rf"(?:{CODE}(?:\s+[-+−]?)?|{SIGN}\s*[-+−]?\s*)?"
    return rf"\(?[-+−]?\s*{before}{body}\s*%?\s*(?:{CODE}|{SIGN})?\)?-?"


def number_ok(v: str, mark: str) -> str:
    """Is the text wholly a number with this decimal mark?"""
    # More digits than a DOUBLE can hold would be read as infinity.
    return (
        f"(regexp_full_match({v}, {text(number_pattern(mark))}) AND coalesce(isfinite({double_sql(v, mark)}), false))"
    )


def decimals_of(v: str, mark: str) -> str:
    """How many decimals has the number, zeros at the end not counted?"""
    return f"length(regexp_extract({bare_number(v, mark)}, '\\.(\\d*?)0*$', 1))"


def currency_of(v: str) -> str:
    """The code of the currency beside the number; NULL without one, or where its sign is that of several."""
    sign = f"regexp_extract({v}, {text(SIGN)})"
    cases = " ".join(f"WHEN {text(known)} THEN {text(code)}" for known, code in CURRENCY_SIGNS.items())
    return f"coalesce(nullif(regexp_extract({v}, {text(CODE)}), ''), CASE {sign} {cases} END)"


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(text(word) for word in words)


def _zoned_instant(v: str, order: str) -> str:
    rarer = f"TRY_CAST({_iso(_rarer(v, order), order)} AS TIMESTAMPTZ)"
    return f"timezone('UTC', coalesce(TRY_CAST({_iso(v, order)} AS TIMESTAMPTZ), {rarer}))"


def _iso(v: str, order: str) -> str:
    """The year brought to the front. NULL while it has two digits: 03/04/05 would be read as a day of the year 3."""
    if order not in ("dmy", "mdy"):
        return v
    parts = r"\3-\2-\1" if order == "dmy" else r"\3-\1-\2"
    fronted = rf"regexp_replace({v}, '^(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}})', '{parts}')"
    return rf"CASE WHEN regexp_matches({fronted}, '^\d{{4}}') THEN {fronted} END"


def _rarer(v: str, order: str) -> str:
    """The rarer spellings brought to a common one: names of months, years of two digits, dots, a month alone."""
    t = rf"regexp_replace({v}, '\s+([+-]\d{{2}}:?\d{{0,2}})$', '\1')"
    t = rf"regexp_replace({t}, '(:\d{{2}}),(\d)', '\1.\2')"
    t = rf"regexp_replace({t}, ',?\s+(\d{{1,2}}:)', ' \1')"
    t = rf"regexp_replace({t}, '^(\d{{4}})[./](\d{{1,2}})[./](\d{{1,2}})', '\1-\2-\3')"
    t = rf"regexp_replace({t}, '^(\d{{4}})[-./](\d{{1,2}})$', '\1-\2-01')"
    if order in ("d-mon-y", "mon-d-y"):
        month = f"(MAP {{{', '.join(f'{text(k)}: {n}' for k, n in MONTHS.items())}}})"
        name = rf"lower(regexp_extract({v}, '\p{{L}}{{3,}}'))"
        number = f"coalesce({month}[substr({name}, 1, 4)], {month}[substr({name}, 1, 3)])"
        day, year = r"(\d{1,2})", r"(\d{4}|\d{2})"
        if order == "d-mon-y":
            whole = rf"^{day}\.?[-/. ]?\p{{L}}{{3,}}\.?[-/. ,]*{year}"
        else:
            whole = rf"^\p{{L}}{{3,}}\.?[-/. ]?{day}(?:st|nd|rd|th)?[-/. ,]+{year}"
        t = rf"regexp_replace({t}, '{whole}', '\2-' || {number} || '-\1')"
        t = rf"regexp_replace(regexp_replace({t}, '^([0-6]\d)-', '20\1-'), '^([7-9]\d)-', '19\1-')"
    if order in ("dmy", "mdy"):
        spelled = r"^(\d{1,2}[-/. ]\d{1,2}[-/. ])"
        t = rf"regexp_replace({t}, '{spelled}([0-6]\d)(\D|$)', '\g20\2\3')".replace(r"\g", r"\1")
        t = rf"regexp_replace({t}, '{spelled}([7-9]\d)(\D|$)', '\g19\2\3')".replace(r"\g", r"\1")
    return t


@lru_cache(maxsize=64)
def _odd_days(zone: str) -> tuple[tuple[date, datetime], ...]:
    """The days whose midnight happens twice or not at all, with the instant they begin; of any believed year."""
    if zone == "UTC":
        return ()
    tz, week = ZoneInfo(zone), timedelta(days=7)
    odd = []
    start, end = date(YEARS[0], 1, 1), date(YEARS[1], 1, 1)
    while start < end:
        if tz.utcoffset(datetime.combine(start, time())) != tz.utcoffset(datetime.combine(start + week, time())):
            for day in (start + timedelta(days=n) for n in range(8)):
                midnight = datetime.combine(day, time())
                if tz.utcoffset(midnight) != tz.utcoffset(midnight.replace(fold=1)):
                    odd.append((day, day_start(day, zone)))
        start += week
    return tuple(dict.fromkeys(odd))
