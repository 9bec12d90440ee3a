"""What can the file not tell? A question worth asking, with what each answer does and what is taken until somebody says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from saleswright.data.mapping.headers import plain
from saleswright.lib.issue import Issue, unknown

ANSWERS = {
    "date_order": ("dmy", "mdy"),
    "amount_meaning": ("TCV", "ACV", "ARR", "monthly"),
    "deal_type": ("renewal", "new"),
}
"""The answers each question takes. What the amount is may also be answered with the column that holds it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: the value kept, the words for it, and what it does to the figures."""

    value: str
    label: str
    effect: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a file. `code` names it for good (`amount_meaning`), so that an answer is given once.

    taken: the value of the option that holds until somebody answers. weight: how much hangs on it; of several questions
    only the heaviest is asked, the others are settled by what was taken and said as assumptions.
    """

    code: str
    file: str
    column: str
    text: str
    why: str
    options: tuple[Option, ...]
    taken: str
    weight: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """The question as plain data, options in a list."""
        return asdict(self) | {"options": [asdict(option) for option in self.options]}


def checked(answers: Mapping[str, str], headers: Iterable[str] = ()) -> list[Issue]:
    """What is wrong with these answers (question code -> value)? `headers` are the columns of all files they are for."""
    columns = list(dict.fromkeys(headers))
    issues = []
    for code, value in answers.items():
        if code not in ANSWERS:
            issues.append(unknown("question", code, ANSWERS))
            continue
        named = columns if code == "amount_meaning" else []
        if value not in ANSWERS[code] and plain(value) not in map(plain, named):
            issues.append(unknown("answer", value, [*ANSWERS[code], *named], code))
    return issues
