"""What can the file not tell? A question worth asking, with what each answer does and what is taken until somebody says."""

from __future__ import annotations

from dataclasses import dataclass


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
