"""What did a person say about the files? Answers, columns read otherwise than guessed, and whether it is all there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """answers: question code -> option. choices: file -> column -> field, or empty for none. whole: each file is the
    whole table, so that what is missing from it is gone from the source."""

    answers: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    whole: bool = False

    def about(self, file: str) -> bool:
        """Was anything said that asks for this file to be read anew, whatever its mapping says?"""
        return bool(self.answers or self.choices.get(file))
