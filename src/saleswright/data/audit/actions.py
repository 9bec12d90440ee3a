"""The faces of the audit log: show it, verify it, hand it over."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from saleswright.data.audit import heads, log
from saleswright.data.audit.export import lines, write
from saleswright.data.audit.verify import Erasures, Proof, erasures, verify
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Context, Desk
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.policy import COMPANY, refused
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import INTEGRITY, USAGE, Issue, Stop
from saleswright.lib.zone import day_start

MOST = 10_000
COLUMNS = (
    Column("seq", "Record", "count"),
    Column("at", "When", "moment"),
    Column("actor", "Who"),
    Column("act", "Did"),
    Column("about", "About"),
    Column("what", "What"),
    Column("seen", "On screen"),
)


def _choices(column: str) -> Any:
    def live(at: Any) -> Iterable[Choice]:
        journal = open_journal(at.workspace, create=False)
        if journal is None:
            return []
        with journal.read() as con:
            return [Choice(name) for name in log.choices(con, column)]

    return live


@action(effect="read", name="audit show", example={}, title="Audit log")
def audit_show(
    at: Context,
    who: Annotated[str, Arg("choice", "who did it", _choices("actor"), "person", closed=False)] = "",
    act: Annotated[str, Arg("choice", "what was done, such as decided", _choices("act"), "act", closed=False)] = "",
    subject: Annotated[str, Arg("text", "what it was done to, such as request:17, or how that begins")] = "",
    since: Annotated[str, Arg("text", "the first day, or a moment, such as 2026-11-01")] = "",
    until: Annotated[str, Arg("text", "the last day, or the moment before which")] = "",
    limit: Annotated[int, Arg("int", "how many records, the newest first")] = 50,
) -> Report:
    """Show who did what and when, with what was on screen when it was decided.

    What was erased says so: that something was done, by which number, and when, stays.
    """
    _may(at, "audit show")
    zone = at.workspace.zone
    issues: list[Issue] = []
    starts, ends = _moment("since", since, zone, False, issues), _moment("until", until, zone, True, issues)
    if not 1 <= limit <= MOST:
        why = f"from 1 to {MOST:,} at once; audit export hands over all of them"
        issues.append(Issue("limit", f"{limit:,} records cannot be shown", why, "--limit 50"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    journal = open_journal(at.workspace, create=False)
    found, many = [], 0
    if journal is not None:
        wanted = log.Wanted(who, act, subject, starts, ends)
        with journal.read() as con:
            found, many = log.entries(con, wanted, limit), log.count(con, wanted)
    rows = tuple(
        (e.seq, e.at, log.ERASED if e.actor is None else e.actor, e.act, e.about, e.words, _seen(e)) for e in found
    )
    lede = f"{many:,} record{'s' if many != 1 else ''}." if many else "Nothing was done yet that asks for a record."
    if not many and any((who, act, subject, since, until)):
        lede = "No record fits."
    told = [
        {"seq": e.seq, "at": e.at, "actor": e.actor, "act": e.act, "subject": e.subject, "body": e.body} for e in found
    ]
    table = Table("records", COLUMNS, rows, total=many if many > len(rows) else None)
    nxt = ("saleswright audit verify",) if many else ()
    return Report("Who did what?", [table], lede=lede, next=nxt, data={"records": told})


@action(effect="read", name="audit verify", example={}, title="Is the audit log sound?")
def audit_verify(
    at: Context,
    head: Annotated[str, Arg("path", "a signed head that was kept elsewhere, or an exported log")] = "",
) -> Report:
    """Verify the whole chain of records, what stands beside it, and the signed heads.

    A chain alone does not show that its end was cut off: a head kept elsewhere does. Exit code 8 when anything is not
    what was written; the first such record is named.
    """
    _may(at, "audit verify")
    given = heads.read(Path(head).expanduser()) if head else None
    journal = open_journal(at.workspace, create=False)
    if journal is None:
        if given is None:
            return Report("Is the audit log sound?", [], lede="Nothing was done yet that asks for a record.")
        what, why = f"the log is not there, and was at record {given.seq}", "so nothing proves what was done"
        issue = Issue(head, what, why, "saleswright restore, from a backup", code="integrity")
        return Report("Is the audit log sound?", [], issues=(issue,), exit_code=INTEGRITY)
    return proved(journal, at.workspace, given, head)


def proved(journal: Journal, workspace: Workspace, given: heads.Head | None = None, where: str = "") -> Report:
    """The chain and every head, as a report; exit code 8 with an Issue for each thing that does not agree."""
    own = heads.kept(workspace)
    with journal.read() as con:
        proof = verify(con, {one.seq for one in (*own, *([given] if given else []))})
        gone = erasures(con) if proof.broken is None else Erasures()
    issues = [_told(proof)] if proof.broken else [_altered(seq) for seq in gone.altered]
    issues += heads.against(proof, own)
    if given:
        issues += heads.against(proof, [given], heads.public(workspace), where)
    blocks: list[Block] = [
        Figure("records", proof.records, "count", "Records that are what was written"),
        Figure("erased", proof.erased, "count", "Of which what they are about was erased"),
        Figure("heads", len(own) + bool(given), "count", "Signed heads compared"),
    ]
    if not issues:
        end = f"{log.moment(proof.at):%Y-%m-%d %H:%M:%S} UTC" if proof.records else "not begun"
        blocks.append(Note(f"Every record follows from the one before it, up to {proof.records:,} of {end}.", "check"))
        if given:
            blocks.append(Note(f"It holds record {given.seq:,} as it was signed {given.signed}.", "check"))
        elif not own:
            words = (
                "No signed head was kept yet, so an end that was cut off would not show: saleswright audit head FILE."
            )
            blocks.append(Note(words, "warning"))
    if gone.unsaid:
        many = len(gone.unsaid)
        which = "1 record is" if many == 1 else f"{many:,} records are"
        words = f"What {which} about is gone, and no erasure in this log says so; the first is record {gone.unsaid[0]}."
        blocks.append(Note(f"{words} A log that was restored from a backup may look so.", "warning"))
    code = INTEGRITY if issues else 0
    data: dict[str, object] = {"head": {"log": proof.journal, "seq": proof.records, "hash": proof.hash.hex()}}
    return Report("Is the audit log sound?", blocks, issues=tuple(issues), exit_code=code, data=data)


@action(effect="apply", name="audit export", title="Hand over the audit log")
def audit_export(
    desk: Desk,
    path: Annotated[str, Arg("path", "the file to write, such as audit.jsonl")],
    bodies: Annotated[bool, Arg("flag", "with names, and with what each record is about")] = False,
) -> Report:
    """Write the log as lines of JSON: every record of the chain, and at the end a signed head with the public key.

    Nobody is named in it unless it is asked for. Whoever has the file can hold the log against it later:
    saleswright audit verify --head FILE.
    """
    target, journal = Path(path).expanduser(), _journal(desk)
    with journal.read() as con:
        many = write(target, (json.dumps(one, ensure_ascii=False) for one in lines(desk.here, con, bodies)))
    blocks: list[Block] = [
        Figure("records", many - 2, "count", "Records"),
        Note(f"{target.name} ends with a signed head."),
    ]
    return Report("The audit log", blocks, changed=1, next=(f"saleswright audit verify --head {path}",))


@action(effect="apply", name="audit head", title="Sign how far the audit log is", recorded=False)
def audit_head(
    desk: Desk, path: Annotated[str, Arg("path", "the file to write, kept where others cannot change it")]
) -> Report:
    """Write a signed head: the last record's number, hash and moment, with the public key. No person is in it.

    Kept elsewhere it shows later whether the end of the log was cut off, or the log written anew.
    """
    target, journal = Path(path).expanduser(), _journal(desk)
    with journal.read() as con:
        head = heads.sign(desk.here, con)
    write(target, iter([head.text()]))
    blocks = [Note(f"Record {head.seq:,}, signed with {head.key}.")]
    return Report("How far is the audit log?", blocks, changed=1, next=(f"saleswright audit verify --head {path}",))


def _journal(desk: Desk) -> Journal:
    found = open_journal(desk.here, create=False)
    if found is None:
        what, why = "nothing was done yet that asks for a record", "so there is no log to hand over"
        raise Stop(Issue("the audit log", what, why, "import something first"), exit_code=USAGE)
    return found


def _may(at: Context, what: str) -> None:
    """Who does not see the whole company does not see what others did."""
    if at.policy.scope != COMPANY or at.policy.hidden:
        raise refused(at.policy.actor, what)


def _told(proof: Proof) -> Issue:
    assert proof.broken is not None
    where = f"record {proof.broken.seq}" if proof.broken.seq else "the audit log"
    why = f"so it proves what was done up to record {proof.records}, and nothing after it"
    return Issue(where, proof.broken.what, why, "saleswright restore, from a backup that verifies", code="integrity")


def _altered(seq: int) -> Issue:
    what, why = "what its erasure left of it was changed afterwards", "so what it says now is not what was written"
    how = "saleswright restore, from a backup that verifies"
    return Issue(f"record {seq}", what, why, how, code="integrity")


def _seen(entry: log.Entry) -> str:
    figures = entry.seen.get("figures") or ()
    return f"{len(figures)} figures of {entry.seen.get('snap', '')}" if figures else ""


def _moment(name: str, text: str, zone: str, whole: bool, issues: list[Issue]) -> datetime | None:
    """A day in the workspace's zone (its end when `whole`) or a moment, as UTC."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if whole and day < date.max:
            day += timedelta(days=1)
        return day_start(day, zone).replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        issues.append(Issue(f"--{name}", f"'{text}' is no day and no moment", "", f"--{name} 2026-11-22"))
        return None
    if found.tzinfo is None:
        why = "the same clock time is another instant elsewhere"
        issues.append(Issue(f"--{name}", f"'{text}' has no zone", why, f"--{name} {text}Z"))
        return None
    return found.astimezone(UTC)
