"""Where is a secret kept? Never in a definition: a definition says where it is, such as env:WEBHOOK_SECRET."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from saleswright.lib.issue import USAGE, Issue, Stop

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that does not show itself when it is printed, logged, or part of an error."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


NONE = Secret("")


def wrong(reference: object, where: str) -> list[Issue]:
    """What is wrong with the way a secret is referred to; it is not looked up."""
    if reference in (None, "") or (
        isinstance(reference, str) and re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", reference)
    ):
        return []
    # What stands there may be the secret itself, so it is not repeated.
    why = "a definition is text that many read"
    return [Issue(where, "this is not a reference to a secret", why, "env:NAME, the variable that holds it")]


def reveal(reference: object, where: str) -> Secret:
    """The secret that is meant; none for no reference. Stop (usage) when the reference is wrong or the variable is not set."""
    if issues := wrong(reference, where):
        raise Stop(*issues, exit_code=USAGE)
    if not reference:
        return NONE
    name = str(reference)[4:]
    found = os.environ.get(name, "")
    if not found:
        raise Stop(
            Issue(where, f"the variable {name} is not set", "so nothing can be sent", f"export {name}=..."),
            exit_code=USAGE,
        )
    return Secret(found)


def told(text: str, *secrets: Secret) -> str:
    """Words of the other side that may be kept: one line, not long, and without the secrets, should it repeat them."""
    for secret in secrets:
        if secret.text:
            text = text.replace(secret.text, "***")
    return _CONTROL.sub(" ", text).strip()[:LONGEST]
