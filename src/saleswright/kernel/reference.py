"""Which number is this? A figure's reference says it whole, in one canonical line.

    win_rate@3f2a91;by=team:EMEA;where=region:Central;period=2017Q1;scope=company;asof=2017-03-31;snap=r12.j0;cur=USD

The parts before `snap` are the question, `@3f2a91` hashes the definition and everything it stands on, `snap` pins the
state of the record (r = release, j = position among the things we did). Scope is part of it: whoever lacks that scope
is refused, never shown another value under the same reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from saleswright.lib.issue import USAGE, Issue, Stop

Pairs = tuple[tuple[str, str], ...]
_KEYS = ("by", "where", "period", "scope", "asof", "known", "scenario", "snap", "cur")
_SAFE = " .-_/&+()'"


@dataclass(frozen=True, slots=True)
class Reference:
    """The parsed form. `by` and `where` are (field, member) pairs, kept sorted; an empty member is "" (unknown)."""

    name: str
    hash: str
    period: str
    scope: str
    as_of: str
    release: int
    journal: int = 0
    currency: str = ""
    known: str = ""
    scenario: str = ""
    by: Pairs = ()
    where: Pairs = ()

    def __str__(self) -> str:
        parts = [f"{self.name}@{self.hash}"]
        for key, pairs in (("by", self.by), ("where", self.where)):
            if pairs:
                parts.append(f"{key}=" + ",".join(f"{_enc(f)}:{_enc(m)}" for f, m in sorted(pairs)))
        parts += [f"period={self.period}", f"scope={_enc(self.scope, ':')}", f"asof={self.as_of}"]
        if self.known:
            parts.append(f"known={self.known}")
        if self.scenario:
            parts.append(f"scenario={_enc(self.scenario)}")
        parts += [f"snap=r{self.release}.j{self.journal}", f"cur={self.currency}"]
        return ";".join(parts)

    def only(self, by: Pairs) -> Reference:
        """The same question for one member of a breakdown."""
        return replace(self, by=tuple(sorted(by)))

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference. Stop (usage) when the line is not one, naming the part that is wrong."""
        head, *rest = text.strip().split(";")
        name, at, digest = head.partition("@")
        given: dict[str, str] = {}
        for part in rest:
            key, eq, value = part.partition("=")
            if not eq or key not in _KEYS or key in given:
                raise _bad(text, f"the part '{part}' is not one of {', '.join(_KEYS)}, once each")
            given[key] = value
        missing = [key for key in ("period", "scope", "asof", "snap") if not given.get(key)]
        if not (name and at and digest) or missing:
            raise _bad(text, f"it lacks {', '.join(missing) or 'name@hash in front'}")
        release, _, journal = given["snap"].partition(".")
        if not (release[:1] == "r" and release[1:].isdigit() and journal[:1] == "j" and journal[1:].isdigit()):
            raise _bad(text, f"snap={given['snap']} is not of the form r12.j0")
        return cls(
            name=name,
            hash=digest,
            by=_pairs(given.get("by", "")),
            where=_pairs(given.get("where", "")),
            period=given["period"],
            scope=unquote(given["scope"]),
            as_of=given["asof"],
            known=given.get("known", ""),
            scenario=unquote(given.get("scenario", "")),
            release=int(release[1:]),
            journal=int(journal[1:]),
            currency=given.get("cur", ""),
        )


def _enc(text: str, also: str = "") -> str:
    return quote(text, safe=_SAFE + also)


def _pairs(text: str) -> Pairs:
    if not text:
        return ()
    pairs = []
    for item in text.split(","):
        field, _, member = item.partition(":")
        pairs.append((unquote(field), unquote(member)))
    return tuple(sorted(pairs))


def _bad(text: str, what: str) -> Stop:
    return Stop(
        Issue(
            where=text if len(text) < 90 else text[:87] + "...",
            what=f"this is not a figure's reference: {what}",
            why="so no rows can be opened for it",
            try_="copy the whole line from the page, the table or --json, inside quotes",
            code="bad-reference",
        ),
        exit_code=USAGE,
    )
