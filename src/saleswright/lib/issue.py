"""How a problem is told to a person: where, what, why it matters, what to try."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FAILURE = 1
USAGE = 2
REJECTS = 3
NOT_ALLOWED = 5
CONFLICT = 6
SOURCE = 7
INTEGRITY = 8
INTERRUPTED = 130

Level = Literal["error", "warning", "note"]

_LISTED = 24
_CLOSE_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong, and what can the reader do about it?

    `where` is a location the reader can open (`pay/ae-2026.yaml:14`) or empty. The first line of `what` names the
    thing the reader typed; further lines of `what`, then `why` (one consequence) and `try_` (one next step) follow.
    `code` is a stable word for programs. An issue is a value: collect all of them, then raise one `Stop`.
    """

    where: str
    what: str
    why: str = ""
    try_: str = ""
    level: Level = "error"
    code: str = ""

    def __str__(self) -> str:
        subject, *rest = self.what.splitlines() or [""]
        lines = ["  ".join(part for part in (self.where, subject) if part)]
        lines += [f"  {line}" for line in rest]
        lines += [f"  {line}" for line in self.why.splitlines()]
        lines += [f"  {'try: ' if i == 0 else '     '}{line}" for i, line in enumerate(self.try_.splitlines())]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, str]:
        """What does a program read? Keys: level, code, where, what, why, try; all text."""
        return {
            "level": self.level,
            "code": self.code,
            "where": self.where,
            "what": self.what,
            "why": self.why,
            "try": self.try_,
        }


class Stop(Exception):
    """Why was this call refused?

    Carries every issue found, never only the first, and the exit code a command line ends with (constants of this
    module). Any other exception is a bug and shows its traceback.
    """

    issues: tuple[Issue, ...]
    exit_code: int

    def __init__(self, *issues: Issue, exit_code: int = FAILURE) -> None:
        super().__init__(*issues)
        self.issues = issues
        self.exit_code = exit_code

    def __str__(self) -> str:
        return "\n".join(str(issue) for issue in self.issues)


def nearest(word: str, options: Iterable[str], n: int = 3) -> list[str]:
    """Which known words did the reader probably mean? At most `n`, the likeliest first.

    Case, spaces, `-` and `_` are ignored. The similarity is the ratio of matching characters of the standard library's
    difflib (at least 0.6); an option that contains the word (three letters or more) always counts as near.
    """
    from difflib import SequenceMatcher

    wanted = _plain(word)
    if not wanted:
        return []
    # SequenceMatcher caches what it knows of the second sequence, so the typed word goes there.
    matcher = SequenceMatcher(None, "", wanted)
    scored: list[tuple[float, int, str]] = []
    for place, option in enumerate(dict.fromkeys(options)):
        plain = _plain(option)
        matcher.set_seq1(plain)
        if len(wanted) >= 3 and wanted in plain:
            score = 0.75 + matcher.ratio() / 4
        elif matcher.real_quick_ratio() < _CLOSE_ENOUGH or matcher.quick_ratio() < _CLOSE_ENOUGH:
            continue
        else:
            score = matcher.ratio()
        if score >= _CLOSE_ENOUGH:
            scored.append((-score, place, option))
    return [option for _, _, option in sorted(scored)[:n]]


def unknown(kind: str, word: str, options: Iterable[str], where: str = "") -> Issue:
    """What to say when a name is not known: `unknown metric 'winrate'`, the nearest names, then the known ones.

    `kind` is the reader's word for the thing (`metric`, `currency`). The list of known names is cut after 24.
    """
    if isinstance(options, (set, frozenset)):
        options = sorted(options)
    known = list(dict.fromkeys(options))
    near = nearest(word, known)
    parts = [f"did you mean {' or '.join(near)}?"] if near else []
    if known:
        more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        parts.append(f"known: {', '.join(known[:_LISTED])}{more}")
    else:
        parts.append(f"no {kind} is known here")
    code = "unknown_" + kind.replace(" ", "_").replace("-", "_")
    return Issue(where=where, what=f"unknown {kind} '{word}'", try_=" ".join(parts), code=code)


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")
