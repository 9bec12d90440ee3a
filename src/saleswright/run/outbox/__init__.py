"""What goes out, and did it arrive? Files of changes, calls to programs, mail; each with a key, a state and a record.

**Question.** Of what was agreed to: what is waiting, what was sent, of what is it not confirmed that it arrived, and what
failed?

**Rule.** Nothing goes out that nobody agreed to. What was agreed to is claimed by a worker under a lease, and everything
that may speak against it is asked once more inside the claim: the value it changes, permission, who asked not to be
written to, quiet hours. Where the other side takes a key or can be asked, nothing is lost and nothing doubled; elsewhere
what may or may not have gone out waits for a person and is never blindly sent again.

**Worked example.** A request of 40 lines is approved, and `saleswright work --once` writes them into one file in `out/`.
A worker that is killed between writing the file and saying so leaves it unconfirmed; the next one looks whether the file
is there, and confirms it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from saleswright.kernel.chapter import Chapter
from saleswright.lib.issue import Issue
from saleswright.run.outbox.actions import effects_list, effects_resolve, effects_retry, effects_stop, work


# What sends is imported when something is to be sent or checked: no question about figures waits for it.
def _outbound() -> dict[str, Any]:
    from saleswright.kernel.outbound.rules import json_schema

    return json_schema()


def _webhook() -> dict[str, Any]:
    from saleswright.run.outbox.posting import json_schema

    return json_schema()


def _mail() -> dict[str, Any]:
    from saleswright.run.outbox.mailing import json_schema

    return json_schema()


def _check(at: Any) -> list[Issue]:
    from saleswright.run.outbox.checking import check

    return check(at)


CHAPTER = Chapter(
    name="outbox",
    group="Run",
    title="What goes out",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(work, effects_list, effects_retry, effects_resolve, effects_stop),
    kinds={"outbound": _outbound, "webhook": _webhook, "mail": _mail},
    check=_check,
)
