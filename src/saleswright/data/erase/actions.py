"""The face of forgetting a person."""

from __future__ import annotations

from typing import Annotated

from saleswright.data.erase.erasure import Erased, look
from saleswright.data.erase.erasure import erase as forget
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import USAGE, Issue, Stop

Who = Annotated[str, Arg("text", "a record's id (contact, lead, person), an e-mail address, or the exact name")]
Because = Annotated[str, Arg("text", "why, for the audit log: such as the date of the request; never the name")]
Yes = Annotated[bool, Arg("flag", "do it: this cannot be undone")]
Files = Annotated[bool, Arg("flag", "your own files in the workspace too: exports, definitions, notes")]
DryRun = Annotated[bool, Arg("flag", "say what was found where, write nothing")]


@action(
    effect="apply",
    title="Erase a person",
    verb="Erase",
    back="This cannot be undone. Say yes to do it; without it you see what would be erased.",
    recorded=False,  # it writes its own record, without what it was asked with: that is a name
)
def erase(
    desk: Desk, subject: Who, because: Because = "", yes: Yes = False, files: Files = False, dry_run: DryRun = False
) -> Report:
    """Erase a person everywhere: raw rows, every state of the record, exports, caches, the audit log, backups.

    First it says what it found where. With --yes it is done: personal cells of the person's own rows go, and their
    address, name and number wherever they stand, in notes and unknown columns too. Records, ids and figures stay. A keyed
    hash of the address is kept, so that a later import does not bring the person back. A crash halfway is finished by
    the same command.
    """
    if dry_run or not yes:
        found = look(desk, subject)
        refused = not dry_run
        return _report(found, (_unconfirmed(),) if refused else (), USAGE if refused else 0)
    if not because.strip():
        raise Stop(
            Issue("because", "it is not said why", "so the audit log could not tell",
                  'such as --because "request of 3 November"', code="missing-argument"),
            exit_code=USAGE,
        )  # fmt: skip
    return _report(forget(desk, subject, because.strip(), files), (), 0)


def _unconfirmed() -> Issue:
    return Issue("erase", "nothing was erased yet", "it cannot be undone, so it asks twice",
                 "the same with --yes and --because", level="warning", code="unconfirmed")  # fmt: skip


def _report(found: Erased, issues: tuple[Issue, ...], code: int) -> Report:
    rows = tuple((place.name, place.found, place.unit, place.note) for place in found.places)
    heads = (Column("where", "Where"), Column("found", "Told of", "count"), Column("of", ""), Column("note", "Note"))
    blocks: list[Block] = [Table("places", heads, rows, "Where")]
    blocks += [Note(text, "warning") for text in found.notes]
    if found.own:
        shown = ", ".join(path.name for path in found.own[:12])
        more = f" and {len(found.own) - 12} more" if len(found.own) > 12 else ""
        said = (
            "are now without the person" if found.written and found.files else "are yours: delete them, or say --files"
        )
        blocks.append(Note(f"{len(found.own)} of your own files tell of the person and {said}: {shown}{more}.",
                           "note" if found.written and found.files else "warning"))  # fmt: skip
    if found.resumed:
        blocks.append(Note("An erasure that was broken off stood unfinished; this finishes it.", "warning"))
    if found.written:
        blocks.append(Note("A keyed hash of the address stays, so that no import brings the person back.", "check"))
    blocks.append(Note("Beyond reach: " + "; ".join(found.beyond) + ".", "note"))
    n = len(found.subject.records)
    whom = f"{n} record{'s' if n != 1 else ''}: {', '.join(found.subject.ids[:6])}" if n else "No record of their own."
    title = "What was erased?" if found.written else "What would be erased?"
    return Report(title, blocks, lede=whom, issues=issues, changed=found.found if found.written else 0, exit_code=code)
