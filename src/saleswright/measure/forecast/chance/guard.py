"""Which fields were not known yet when a chance was asked for? Refused where the values show it, flagged where they hint at it.

Three signs. A field filled for decided deals and empty for open ones came with the decision. A field that alone tells most of
what becomes of deals is the decision in other words: its share of the entropy of the outcome, told to deals that did not
teach it. And a name may say that a field holds what is so now: a last activity, a score, a reason. Fields read from a history
as of the day asked about are `dated`: their names are not held against them, their values are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from saleswright.lib.issue import Issue
from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import OPEN, WON

REFUSED, FLAGGED = 0.40, 0.20
"""Share of the outcome's entropy that a field alone may not tell, and from which it is doubted. In a public
export of leads what was known at the start tells 0.17 at most, what was written later 0.17 to 0.56."""

SURE, SURE_SHARE = 0.03, 0.30
"""So many rows in values that are all but decided (at most 3 in 100 the other way) are as bad."""

FILLED, EMPTY = 0.50, 0.05
FEWEST = 30
BINS = 10
FOLDS = 5
NOTHING = ("", "select", "none", "null", "nan", "n/a", "-")
NOW = {
    "last": "what happened last is known for decided deals only when they are decided",
    "latest": "what happened last is known for decided deals only when they are decided",
    "score": "a score is usually kept as it is now",
    "index": "an index is usually kept as it is now",
    "quality": "a judgement of quality is usually written when much is known already",
    "profile": "a profile is usually filled in for those who went on",
    "tags": "tags are added until a deal is decided",
    "reason": "a reason is given when a deal is decided",
    "closed": "what is told of the closing comes with it",
    "outcome": "it is named after the outcome",
    "result": "it is named after the outcome",
    "status": "a status is usually kept as it is now",
    "final": "it is named after the end",
    "won": "it is named after the outcome",
    "lost": "it is named after the outcome",
    "modified": "it changes until a deal is decided",
}


def leaks(
    columns: Mapping[str, Sequence[Any]], fate: Ints, dated: Collection[str] = (), seed: int = 0
) -> tuple[Issue, ...]:
    """An error for each field that must not be used, a warning for each that is doubtful.

    columns: values by field, one for each deal, of any kind. fate: OPEN, WON or LOST of each. dated: fields known to be as
    of the day asked about. seed: of the folds.
    """
    found = []
    decided = fate != OPEN
    won = (fate == WON)[decided]
    for name, values in columns.items():
        code, empty = _coded(values)
        issue = _late(name, empty, decided) or _telling(name, code[decided], won, seed)
        found.append(issue or (None if name in dated else _named(name)))
    return tuple(issue for issue in found if issue)


def _late(name: str, empty: Bools, decided: Bools) -> Issue | None:
    """Filled when a deal is decided?"""
    if min(int(decided.sum()), int((~decided).sum())) < FEWEST:
        return None
    then, now = 1 - float(empty[decided].mean()), 1 - float(empty[~decided].mean())
    if then < FILLED or now > EMPTY:
        return None
    what = f"'{name}' is filled for {then:.0%} of decided deals and {now:.0%} of open ones"
    return _refused(what, "late")


def _telling(name: str, code: Ints, won: Bools, seed: int) -> Issue | None:
    """Does it alone tell what became of deals?"""
    share, sure = told_alone(code, won, seed)
    if share >= REFUSED or sure >= SURE_SHARE:
        what = f"'{name}' alone tells {share:.0%} of what becomes of deals, and decides {sure:.0%} of them"
        return _refused(what, "telling")
    if share >= FLAGGED:
        what = f"'{name}' alone tells {share:.0%} of what becomes of deals"
        why = "few things known beforehand tell so much"
        return Issue(
            "", what, why, "read it from the history as of the day asked about, or leave it out", "warning", "leak"
        )
    return None


def _named(name: str) -> Issue | None:
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    for word in words:
        if word in NOW:
            try_ = "read it from the history as of the day asked about, or leave it out"
            return Issue("", f"'{name}' may hold what is so now", NOW[word], try_, "warning", "leak")
    return None


def told_alone(code: Ints, won: Bools, seed: int = 0) -> tuple[float, float]:
    """(share of the entropy of winning that a field tells of deals that did not teach it, share of deals in values that are
    all but decided). 0 of fewer than FEWEST deals, or where all ended alike."""
    n = len(won)
    rate = float(won.mean()) if n else 0.0
    if n < FEWEST or rate in (0.0, 1.0):
        return 0.0, 0.0
    size = int(code.max()) + 1
    fold = np.random.default_rng(seed).integers(0, FOLDS, n)
    p = np.empty(n)
    for k in range(FOLDS):
        rest = fold != k
        seen = np.bincount(code[rest], minlength=size)
        good = np.bincount(code[rest], won[rest], minlength=size)
        p[~rest] = ((good + FOLDS * rate) / (seen + FOLDS))[code[~rest]]
    loss = -np.where(won, np.log(p), np.log1p(-p)).mean()
    entropy = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    seen, good = np.bincount(code, minlength=size), np.bincount(code, won, minlength=size)
    share = good / np.maximum(seen, 1)
    sure = (seen >= FEWEST) & ((share <= SURE) | (share >= 1 - SURE)) & (min(rate, 1 - rate) > 2 * SURE)
    return float(1 - loss / entropy), float(seen[sure].sum() / n)


def _coded(values: Sequence[Any]) -> tuple[Ints, Bools]:
    """Codes from 0, and what is empty: numbers in tenths, texts by value. What is empty is a value, too."""
    told = np.array(["" if one is None else str(one).strip() for one in values], object)
    empty = np.array([text.lower() in NOTHING for text in told], bool)
    try:
        number = np.array([float(text) for text in told[~empty]])
    except ValueError:
        names, code = np.unique(np.where(empty, "", told).astype(str), return_inverse=True)
        del names
        return code.astype(np.int64), empty
    code = np.zeros(len(told), np.int64)
    if number.size:
        edges: Floats = np.unique(np.quantile(number, np.arange(1, BINS) / BINS))
        code[~empty] = 1 + np.searchsorted(edges, number)
    return code, empty


def _refused(what: str, code: str) -> Issue:
    why = "it was written when the deal was decided, so a forecast would look far better than it is"
    return Issue(
        "", what, why, "leave it out, or read it from the history as of the day asked about", "error", f"leak_{code}"
    )
