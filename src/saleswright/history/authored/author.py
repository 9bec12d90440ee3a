"""How is a fact said here? Checked whole, then written as one event into the same transaction as what led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from saleswright.history.authored.back import taken_back
from saleswright.history.authored.kinds import EventType, problems, types
from saleswright.history.schema import Field
from saleswright.kernel.journal import Writing
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop, nearest, unknown
from saleswright.lib.money import EXPONENTS, Money

LONGEST = 10_000
"""Letters of a text; a longer one is a document, which has its place elsewhere."""

BOUND = 2**63
# Whom a subject may name in the chain, which is never erased: ids of things, not of people.
_PEOPLE = frozenset(("person", "contact", "lead"))


def author(
    w: Writing, name: str, fields: Mapping[str, Any], removed: bool | int = False, workspace: Workspace | None = None
) -> int:
    """Write one event of the kind `name`; gives its record's number. Stop with everything that is wrong.

    fields: plain typed values: text, whole number, number, bool, date, a moment with its zone, Money (or minor units beside
    the currency's own field, or {"amount": "12.50", "currency": "USD"}); dates and moments also as ISO text. None is left out.
    removed: True takes back all that was said of the key in `fields`; a record's number takes back that event alone, so that
    what was said of the key before stands again. workspace: where kinds of its own are looked up.

    What names a person goes into a record of its own beside the event, so that it can be erased and the table stays.
    """
    kind = _kind(name, workspace)
    plain, personal = checked(kind, fields, removed)
    if not isinstance(removed, bool):
        plain = taken_back(w, kind, plain, removed)
    seq = w.record("authored", _subject(kind, plain, w.seq + 1), plain, event=kind.name)
    if personal:
        w.record("noted", f"event:{seq}", personal)
    return seq


def checked(
    kind: EventType, fields: Mapping[str, Any], removed: bool | int = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what enters the table, what names a person) as JSON data, or Stop with every issue at once."""
    given = {name: value for name, value in fields.items() if value is not None and value != ""}
    for name, other in kind.defaults.items():
        if other in given:
            given.setdefault(name, given[other])
    issues = [
        _in(kind, unknown("field", name, kind.by_name, where=f"{kind.name}.{name}"))
        for name in given
        if name not in kind.by_name
    ]
    taken = removed is not False
    if taken and not kind.key and (isinstance(removed, bool) or removed < 1):
        what = f"every {kind.name} stands for itself"
        issues.append(Issue(kind.name, what, "so it must be said which is taken back", "removed=NUMBER OF THE RECORD"))
    asked = [kind.by_name[name] for name in kind.key] if taken else kind.fields
    money = {one.unit for one in kind.fields if one.type == "money" and _has_currency(given.get(one.name))}
    issues += [
        Issue(f"{kind.name}.{one.name}", f"a {kind.words} has a {one.name}, and none is given", "",
              one.meaning or f"give {one.name}", code="missing")
        for one in asked
        if (one.required or taken) and one.name not in given and one.name not in money and one.name not in kind.defaults
    ]  # fmt: skip
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in kind.by_name:
            made, problem = _value(kind, kind.by_name[name], value, given)
            values |= made
            issues += problem
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    plain = {name: value for name, value in values.items() if not kind.by_name[name].personal}
    personal = {} if taken else {name: value for name, value in values.items() if kind.by_name[name].personal}
    if taken:
        plain = {name: plain[name] for name in kind.key} | {"removed": True if kind.key else int(removed)}
    return plain, personal


def _kind(name: str, workspace: Workspace | None) -> EventType:
    known = types(workspace)
    if name not in known:
        wrong = [one for one in problems(workspace) if f"/{name}.csv" in one.where] if workspace is not None else []
        raise Stop(*(wrong or [unknown("kind of event", name, known)]), exit_code=USAGE)
    return known[name]


def _in(kind: EventType, issue: Issue) -> Issue:
    why = f"a {kind.words} has no such field, so it would be lost"
    return Issue(issue.where, issue.what, why, issue.try_, code=issue.code)


def _subject(kind: EventType, plain: Mapping[str, Any], seq: int) -> str:
    """What the record is about, an id for the chain: the thing the event points to, else the event itself."""
    for one in kind.plain:
        if one.ref and one.ref not in _PEOPLE and one.name in plain:
            return f"{one.ref}:{plain[one.name]}"
    return f"{kind.name}:{seq}"


def _has_currency(value: Any) -> bool:
    return isinstance(value, (Money, Mapping))


Made = tuple[dict[str, Any], list[Issue]]


def _value(kind: EventType, one: Field, value: Any, given: Mapping[str, Any]) -> Made:
    """{field: JSON value} (an amount brings its currency), or what is wrong about it."""
    where = f"{kind.name}.{one.name}"
    if one.type == "money":
        return _money(where, one, value, given)
    try:
        made = _READ[one.type if one.type in _READ else "text"](value)
    except ValueError as error:
        return {}, [Issue(where, f"{_shown(value)} is not {error}", "", one.meaning, code="wrong_type")]
    if one.name in kind.choices and made not in kind.choices[one.name]:
        near = nearest(str(made), kind.choices[one.name])
        hint = f"did you mean {near[0]}? " if near else ""
        listed = f"{hint}known: {', '.join(kind.choices[one.name])}"
        return {}, [Issue(where, f"{_shown(value)} is not among what it may be", "", listed, code="wrong_choice")]
    if made not in EXPONENTS and one.name in {other.unit for other in kind.fields if other.type == "money"}:
        return {}, [unknown("currency", str(made), sorted(EXPONENTS), where=where)]
    return {one.name: made}, []


def _money(where: str, one: Field, value: Any, given: Mapping[str, Any]) -> Made:
    beside = given.get(one.unit)
    try:
        if isinstance(value, Mapping):
            value = Money.parse(str(value.get("amount", "")), str(value.get("currency", "")))
    except Stop as stop:
        return {}, [Issue(where, issue.what, issue.why, issue.try_, code=issue.code) for issue in stop.issues]
    if isinstance(value, Money):
        if beside is not None and beside != value.currency:
            why = "so nobody could say how much it is"
            return {}, [
                Issue(where, f"the amount is in {value.currency} and {one.unit} says {beside}", why, "one of them")
            ]
        if not -BOUND <= value.minor < BOUND:
            return {}, [Issue(where, "the amount is larger than can be kept", "", one.meaning)]
        return {one.name: value.minor, one.unit: value.currency}, []
    if isinstance(value, bool) or not isinstance(value, int) or not -BOUND <= value < BOUND:
        try_ = 'an amount with its currency, such as {"amount": "12.50", "currency": "USD"}, or whole minor units'
        return {}, [Issue(where, f"{_shown(value)} is not an amount", "", try_, code="wrong_type")]
    if beside is None:
        why = "so nobody could say how much it is"
        return {}, [Issue(where, "minor units without a currency", why, f"give {one.unit}", code="missing")]
    return {one.name: value}, []


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text if len(text) < 40 else text[:37] + '...'}'"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    if len(value) > LONGEST:
        raise ValueError(f"at most {LONGEST:,} letters")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("text that can be kept: it holds signs that are no letters")
    return value


def _day(value: Any) -> str:
    if isinstance(value, str) and len(value) == 10:
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date such as 2026-03-31") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date such as 2026-03-31")
    return value.isoformat()


def _moment(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("a moment such as 2026-03-31T10:00:00Z") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a moment with its zone, such as 2026-03-31T10:00:00Z")
    try:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    except OverflowError:
        raise ValueError("a moment of our time") from None


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -BOUND <= value < BOUND:
        raise ValueError("a whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -BOUND < value < BOUND:
        raise ValueError("a number")
    return float(value)


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "date": _day,
    "moment": _moment,
    "int": _whole,
    "number": _number,
    "share": _number,
    "bool": _yes,
}
