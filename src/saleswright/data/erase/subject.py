"""Who is to be forgotten, and which texts give that person away? One rule for every cell, line and file."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

PERSONAL = ("contact", "lead", "person")
"""Entities that are people."""
ERASED = "erased-"
_TWO = 2
_DIGITS = 7  # fewer could be any number
_APART = "[ ()./\\-\u00a0]{0,3}"
# Not what stands between two cells of a line: the name's parts in two cells are each a cell of their own.
_BETWEEN = "[ _.+\\-\u00a0]{1,4}"


def folded(kind: str, text: str) -> str:
    """One spelling of an address, a number or a name, for comparing."""
    text = unicodedata.normalize("NFC", text).strip()
    if kind == "phone":
        return re.sub(r"\D", "", text)
    return " ".join(text.casefold().split())


def keyed(key: str, kind: str, text: str) -> str:
    """The hash under which an erased text is remembered: nobody can tell the text from it without the key."""
    return hmac.new(bytes.fromhex(key), f"{kind}:{folded(kind, text)}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Subject:
    """One person: the records that are theirs, and the texts that name them wherever they stand.

    emails, names, phones: found in their records and looked for everywhere. own: texts that tell nothing alone or that
    others bear too (a first name, a namesake's name, a switchboard); they go from the person's own rows only. key: of
    the hashes that stand where a text stood.
    """

    key: str
    records: tuple[tuple[str, str], ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of their records."""
        return tuple(one for _, one in self.records)

    def ids_of(self, entity: str) -> tuple[str, ...]:
        """The ids of their records of one kind."""
        return tuple(one for kind, one in self.records if kind == entity)

    @property
    def said(self) -> str:
        """What the audit log calls the person: a record's id, else a keyed hash."""
        if self.records:
            return ":".join(self.records[0])
        told = next(iter((*self.emails, *self.names)), "")
        return f"person:{keyed(self.key, 'email', told)[:16]}"

    @cached_property
    def sought(self) -> str:
        """A pattern of what gives the person away, in words RE2 and Python share; it may find too much. Empty: nothing."""
        return "|".join(_sought(self))

    @cached_property
    def _exact(self) -> re.Pattern[str] | None:
        # In an address of a page a letter is written %41: what follows it begins a word.
        parts = [
            rf"(?:(?<![\w.+%-])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))(?:{one})(?![\w-]|\.\w)" for one in _emails(self.emails)
        ]
        parts += [rf"(?<!\w)(?:{one})(?!\w)" for one in _names(self.names)]
        parts += [rf"(?<!\d)(?:{one})(?!\d)" for one in _phones(self.phones)]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def named_in(self, text: str) -> bool:
        """Does the text give the person away?"""
        return self._exact is not None and self._exact.search(text) is not None

    def clean(self, text: str) -> str:
        """The text with every mention replaced by a mark."""
        return text if self._exact is None else self._exact.sub(lambda found: self.mark(found.group()), text)

    def clean_line(self, line: str) -> str:
        """A line of a file without the person; in a line that names them, cells that are theirs go too."""
        found = self.clean(line)
        if found == line or self._cells is None:
            return found
        return self._cells.sub(lambda hit: hit.group(1) + hit.group(2) + self.mark(hit.group(3)) + hit.group(2), found)

    @cached_property
    def _cells(self) -> re.Pattern[str] | None:
        words = "|".join(re.escape(form) for one in self.own for form in _forms(one) if form)
        return re.compile(rf"(^|[,;|\t])(\"?)({words})\2(?=[,;|\t\r\n]|$)", re.IGNORECASE) if words else None

    def mark(self, text: str) -> str:
        """What stands where a text stood: the same for the same text, so that what it joined still joins."""
        return ERASED + hmac.new(bytes.fromhex(self.key), text.encode(), hashlib.sha256).hexdigest()[:8]

    def plain(self, value: Any) -> Any:
        """Plain data (of a JSON file, of a record's body) without the person, keys of tables included."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        theirs = {kind for kind, one in self.records if one in _texts(value.values())}
        hidden = {name for kind in theirs for name in self.fields.get(kind, ())}
        about_hidden = str(value.get("field", "")) in hidden
        out = {}
        for name, one in value.items():
            gone = name in hidden or (about_hidden and name in ("old", "new", "value", "label"))
            out[self.clean(str(name))] = None if gone and one is not None else self.plain(one)
        return out

    def as_dict(self) -> dict[str, Any]:
        """For the paper of an erasure under way."""
        return asdict(self)


def subject_of(found: Mapping[str, Any]) -> Subject:
    """The subject a paper of an erasure under way tells of."""
    lists = {name: tuple(found[name]) for name in ("emails", "names", "phones", "own")}
    records = tuple((str(kind), str(one)) for kind, one in found["records"])
    fields = {kind: tuple(names) for kind, names in found["fields"].items()}
    return Subject(found["key"], records, **lists, fields=fields)


def _texts(values: Iterable[Any]) -> set[str]:
    return {one for one in values if isinstance(one, str)}


def _forms(text: str) -> list[str]:
    """Both ways Unicode may spell a text."""
    return list(dict.fromkeys(unicodedata.normalize(form, text.strip()) for form in ("NFC", "NFD")))


def _escaped(text: str) -> str:
    """The text as a pattern in the words RE2 and Python share."""
    return "".join(c if c.isalnum() or ord(c) > 127 else rf"\{c}" for c in text)


def _emails(emails: Iterable[str]) -> list[str]:
    return [_escaped(form).replace(r"\@", r"(?:\@|%40|&#64;)") for one in emails for form in _forms(one) if form]


def _names(names: Iterable[str]) -> list[str]:
    found = []
    for one in names:
        for form in _forms(one):
            words = [_escaped(word).replace(r"\'", r"(?:'|&#39;|&\#x27;|’)") for word in form.split()]
            found.append(_BETWEEN.join(words))
            if len(words) == _TWO:
                found.append(rf"(?:, |{_BETWEEN})".join(reversed(words)))
    return [one for one in found if one]


def _phones(phones: Iterable[str]) -> list[str]:
    """A number as it stands, and as it is dialled within its country: a country's own number has one to three digits."""
    found: dict[str, None] = {}
    for one in phones:
        digits = folded("phone", one).removeprefix("00")
        if len(digits) < _DIGITS:
            continue
        abroad = min(3, len(digits) - _DIGITS) if one.strip().startswith(("+", "00")) else 0
        # Within a country its own number goes, and a zero may come.
        zero = f"(?:0{_APART})?" if abroad else ""
        before = "".join(f"(?:{digit}{_APART})?{zero}" for digit in digits[:abroad])
        found[zero + before + _APART.join(digits[abroad:])] = None
    return list(found)


def _sought(subject: Subject) -> list[str]:
    return [*_emails(subject.emails), *_names(subject.names), *_phones(subject.phones)]


def markable(kind: str, text: str) -> bool:
    """Is the text telling enough to be looked for everywhere? A first name or an extension is not."""
    if kind == "email":
        return "@" in text
    if kind == "phone":
        return len(folded("phone", text)) >= _DIGITS
    return len(text.split()) >= _TWO
