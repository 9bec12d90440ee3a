"""How does a change request come in? Its lines are checked, what was refused before stays out, policies may decide at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from saleswright.kernel.change import JOURNAL, ChangeRequest, Line, Shift
from saleswright.kernel.door.approval import Asked
from saleswright.kernel.door.expire import NOTICED, expire, microseconds
from saleswright.kernel.door.rules import fresh, in_force
from saleswright.kernel.door.settled import approve, plan_each, settle
from saleswright.kernel.door.sift import Sifted, sift
from saleswright.kernel.door.told import Told, ToldLine, preview_text, told
from saleswright.kernel.door.value import packed
from saleswright.kernel.door.words import counted, day, listed
from saleswright.kernel.journal import Writing, open_journal
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

if TYPE_CHECKING:
    from saleswright.kernel.call import App, Context

TITLE = "What was suggested?"
DAY = 86_400_000_000


def submit(app: App, context: Context, request: ChangeRequest, dry_run: bool = False) -> Report:
    """Put a request into the journal under the actor of the context; the report says its number and where it stands.

    dry_run: say what would be asked, write nothing. Stop (usage) with every issue for a request that cannot be one.
    """
    workspace, policy = context.workspace, context.policy
    _usable(app, context, request)
    expire(workspace)
    journal = open_journal(workspace)
    assert journal is not None
    with journal.read() as con:
        found = sift(app, workspace, policy, con, request)
    preview = _preview(app, context, request, found)
    if dry_run or not found.kept:
        return _nothing(request, found, preview, dry_run)
    with journal.write(policy.actor) as w:
        # Asked again under the lock: another may have asked for the same, or decided it, meanwhile.
        found = sift(app, workspace, policy, w.con, request)
        if not found.kept:
            return _nothing(request, found, (), False)
        id_ = _insert(w, context, request, found, preview)
        barrier("request-written")
        records = [w.record("proposed", f"request:{id_}", _body(context, request, found))]
        made = told(w.con, id_)
        assert made is not None
        plan_each(app, w, made, made.open)
        barrier("request-planned")
        by_policy = _by_policy(app, fresh(app, workspace), w, made)
        if by_policy:
            records.append(w.seq)
        state = settle(w, id_)
        done = told(w.con, id_)
        assert done is not None
    return _said(context, done, found, preview, state, records, by_policy)


def asked(request: Told, line: ToldLine, lines: int) -> Asked:
    """A line as approvals judge it."""
    return Asked(request.action, request.adapter, request.risk, request.by, lines, line.entity, line.field, line.amount)


def _usable(app: App, context: Context, request: ChangeRequest) -> None:
    """Stop with every issue where nothing sensible could be decided."""
    from saleswright.kernel.effects.adapter import way_out

    issues: list[Issue] = []
    if request.adapter == JOURNAL:
        if app.author is None:
            issues.append(Issue("adapter", "nothing is written down by ourselves here", "so nothing could be applied"))
    else:
        try:
            way_out(app.adapters, context.workspace, request.adapter)
        except Stop as stop:
            issues += stop.issues
    if not request.lines:
        issues.append(Issue(request.action, "it suggests no change", "so there is nothing to decide", "name a change"))
    new: dict[tuple[str, str, str], str] = {}
    for line in request.lines:
        place = (line.entity, line.subject, line.field)
        value = packed(line.new)
        if line.field and new.setdefault(place, value) != value:
            name = line.label or line.subject
            why = "so it is not clear which one is meant"
            issues.append(Issue(name, f"two values for {line.field}", why, "name one value for a field"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)


def _preview(app: App, context: Context, request: ChangeRequest, found: Sifted) -> tuple[Shift, ...]:
    if app.preview is None or not found.kept:
        return ()
    from dataclasses import replace

    return tuple(app.preview(context, replace(request, lines=tuple(line for line, _ in found.kept))))


def _insert(w: Writing, context: Context, request: ChangeRequest, found: Sifted, preview: Sequence[Shift]) -> int:
    from sqlalchemy import insert

    from saleswright.kernel.journal import tables as t

    lines = [(line, key, "open", "") for line, key in found.kept]
    lines += [(line, key, "moved", said) for line, key, said in found.moved]
    values = {
        "key": hashlib.sha256("".join(sorted(key for _, key, _, _ in lines)).encode()).hexdigest()[:40],
        "action": request.action,
        "title": request.title,
        "reason": request.reason,
        "adapter": request.adapter,
        "risk": request.risk,
        "actor": w.actor_id,
        "at": w.at,
        "expires": microseconds() + request.days * DAY,
        "state": "open",
        "undoes": request.undoes,
        "preview": preview_text(preview),
        "snap": context.snap,
    }
    id_ = int(w.con.execute(insert(t.request).values(values)).inserted_primary_key[0])
    rows = [_row(id_, n, line, key, state, said) for n, (line, key, state, said) in enumerate(lines, 1)]
    w.con.execute(insert(t.line), rows)
    return id_


def _row(request: int, n: int, line: Line, key: str, state: str, said: str) -> dict[str, Any]:
    return {
        "request": request,
        "n": n,
        "entity": line.entity,
        "subject": line.subject,
        "field": line.field,
        "label": line.label,
        "old": packed(line.old),
        "new": packed(line.new),
        "reason": line.reason,
        "evidence": json.dumps(list(line.evidence), ensure_ascii=False),
        "amount": line.amount.minor if line.amount else None,
        "currency": line.amount.currency if line.amount else None,
        "state": state,
        "said": said,
        "key": key,
    }


def _body(context: Context, request: ChangeRequest, found: Sifted) -> dict[str, Any]:
    """What the record of a request holds: enough to tell it again without the tables."""
    lines = [line for line, _ in found.kept] + [line for line, _, _ in found.moved]
    return {
        "action": request.action,
        "title": request.title,
        "reason": request.reason,
        "adapter": request.adapter,
        "risk": request.risk,
        "undoes": request.undoes,
        "snap": context.snap,
        "lines": [
            {"n": n, "entity": one.entity, "subject": one.subject, "field": one.field, "old": one.old, "new": one.new,
             "reason": one.reason, "evidence": list(one.evidence), "amount": one.amount}
            for n, one in enumerate(lines, 1)
        ],
        "moved": {str(len(found.kept) + n): said for n, (_, _, said) in enumerate(found.moved, 1)},
        "not asked again": [[one.entity, one.subject, one.field, said] for one, said in found.left],
    }  # fmt: skip


def _by_policy(app: App, workspace: Workspace, w: Writing, made: Told) -> dict[str, list[int]]:
    """What approvals let through by themselves: the lines by the name of the approval. One record where there are any."""
    from sqlalchemy import insert

    from saleswright.kernel.journal import tables as t

    rules = in_force(workspace)
    chosen: dict[str, list[ToldLine]] = {}
    where: dict[str, str] = {}
    waiting = made.open
    for line in waiting:
        approval = rules.automatic(asked(made, line, len(waiting)))
        if approval is not None:
            chosen.setdefault(approval.name, []).append(line)
            where[approval.name] = approval.where
    if not chosen:
        return {}
    nobody = w.who(NOTICED)
    every = len(chosen) == 1 and sum(map(len, chosen.values())) == len(made.lines)
    rows = [
        {"request": made.id, "n": n, "actor": nobody, "verdict": "yes", "reason": "", "policy": name, "at": w.at}
        for name, lines in chosen.items()
        for n in ([0] if every else [line.n for line in lines])
    ]
    w.con.execute(insert(t.decision), rows)
    every_line = sorted((line for lines in chosen.values() for line in lines), key=lambda line: line.n)
    events = approve(app, workspace, w, made, every_line)
    named = {name: [line.n for line in lines] for name, lines in chosen.items()}
    body = {
        "verdict": "yes",
        "approvals": named,
        "written in": where,
        "events": {str(n): seq for n, seq in events.items()},
    }
    w.record("decided by approval", f"request:{made.id}", body)
    return named


def _nothing(request: ChangeRequest, found: Sifted, preview: Sequence[Shift], dry_run: bool) -> Report:
    """The answer where nothing is written: a rehearsal, or no line is left to decide."""
    left = len(found.left)
    if found.kept:
        lede = f"{counted(len(found.kept), 'change')} would be put up for a decision; nothing was written."
    elif found.waits and not found.moved and left == sum(1 for _, said in found.left if "waits" in said):
        lede = f"Request {listed(map(str, found.waits))} asks for this already and waits for a decision."
    elif found.moved and not left:
        lede = f"Nothing to decide: {found.moved[0][2]}."
    else:
        lede = "Nothing to decide: " + "; ".join(_tally(found)) + "."
    blocks: list[Block] = [_lines(found)] if found.kept or found.moved else []
    blocks += shifts_table(preview) + _left(found)
    one = len(found.waits) == 1 and not found.kept
    data: dict[str, object] = {"request": found.waits[0] if one else None, "state": "open" if one else "", "new": False}
    data |= {"lines": len(found.kept), "moved": len(found.moved), "left_out": left}
    stuck = bool(found.moved) and not found.kept and not left
    issues = [
        Issue(name_of(line), said, "so it is not asked for", "look at the record again")
        for line, _, said in found.moved
    ]
    follow = (f"saleswright inbox show {found.waits[0]}",) if one else ()
    return Report(
        TITLE, blocks, lede=lede, changed=0, data=data, next=follow,
        issues=tuple(issues) if stuck else (), exit_code=CONFLICT if stuck else 0,
    )  # fmt: skip


def _tally(found: Sifted) -> list[str]:
    told = [f"{counted(len(found.moved), 'line')} out of date"] if found.moved else []
    return told + ([f"{counted(len(found.left), 'line')} not asked again"] if found.left else [])


def _said(
    context: Context, done: Told, found: Sifted, preview: Sequence[Shift], state: str, records: list[int],
    by_policy: dict[str, list[int]],
) -> Report:  # fmt: skip
    """The answer for a request that was put up."""
    waits = len(done.open)
    through = sum(map(len, by_policy.values()))
    until = day(int(done.expires.timestamp() * 1_000_000), context.workspace.zone)
    parts = [f"Request {done.id}: {counted(len(found.kept), 'change')}"]
    if through:
        parts.append(f"{through:,} approved by {listed(by_policy)}")
    if waits:
        parts.append(
            f"{waits:,} waiting for a decision until {until}" if through else f"waiting for a decision until {until}"
        )
    lede = ", ".join([*parts, *_tally(found)]) + "."
    data: dict[str, object] = {"request": done.id, "state": state, "new": True, "lines": len(found.kept)}
    data |= {
        "approved": through,
        "open": waits,
        "moved": len(found.moved),
        "left_out": len(found.left),
        "records": records,
    }
    follow = (f"saleswright inbox show {done.id}", f"saleswright decide {done.id} yes") if waits else ()
    blocks: list[Block] = [_lines(found), *shifts_table(preview), *_left(found)]
    return Report(TITLE, blocks, lede=lede, changed=len(found.kept), data=data, next=follow)


def name_of(line: Line | ToldLine) -> str:
    """What a line is about, for people."""
    return line.label or line.subject


def _lines(found: Sifted) -> Table:
    columns = (
        Column("label", "What"), Column("field", "Field"), Column("old", "Now"), Column("new", "Suggested"),
        Column("reason", "Why"), Column("said", "State"),
    )  # fmt: skip
    kept = [(line, "") for line, _ in found.kept]
    moved = [(line, said) for line, _, said in found.moved]
    rows = tuple(
        (name_of(line), line.field or line.entity, cell(line.old), cell(line.new), line.reason, said)
        for line, said in kept + moved
    )
    return Table("lines", columns, rows, "What would change")


def cell(value: Any) -> Any:
    """A value as a table takes it: the fields of an event as words."""
    from saleswright.kernel.door.words import shown

    return shown(value) if isinstance(value, (dict, list)) else value


def _left(found: Sifted) -> list[Block]:
    shown = [
        Note(f"{name_of(line)}, {line.field or line.entity}: not asked again, {said}") for line, said in found.left[:12]
    ]
    rest = len(found.left) - len(shown)
    return [*shown, *([Note(f"{rest:,} more are not asked again.")] if rest else [])]


def shifts_table(preview: Sequence[Shift]) -> list[Block]:
    """The headline figures that move, before and after; how many stay is said."""
    if not preview:
        return []
    moving = [one for one in preview if one.before != one.after]
    stay = len(preview) - len(moving)
    if not moving:
        return [Note(f"None of the {counted(stay, 'headline figure')} moves.")]
    rows = tuple(
        (
            one.label,
            Figure(one.name, one.before, one.unit, one.label, ref=one.ref, reason=one.reason),  # type: ignore[arg-type]
            Figure(one.name, one.after, one.unit, one.label, reason=one.reason),  # type: ignore[arg-type]
        )
        for one in moving
    )
    columns = (Column("figure", "Figure"), Column("before", "Now"), Column("after", "With these changes"))
    footer = f"{counted(stay, 'headline figure')} more, which would stay as they are." if stay else ""
    return [Table("preview", columns, rows, "What it would do to the headline figures", footer=footer)]
