"""Yes or no? Each request is decided in one transaction and ends in one clear state, with a sentence that says why.

Everything that could have changed since it was asked is asked again under the lock: whether it is still open, whether its
time has passed, who may decide by the approvals in force now, and whether the record still holds the old values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from saleswright.kernel.change import JOURNAL
from saleswright.kernel.door import statements
from saleswright.kernel.door.approval import Approval, Approvals
from saleswright.kernel.door.expire import end, microseconds
from saleswright.kernel.door.lines import WHOLE, holds, not_as_said
from saleswright.kernel.door.outcomes import Outcome, absent, ended, rehearsed, report
from saleswright.kernel.door.rules import fresh, in_force, policy_of
from saleswright.kernel.door.settled import approve, drop, settle
from saleswright.kernel.door.submit import asked
from saleswright.kernel.door.told import Told, ToldLine, told
from saleswright.kernel.door.words import STATES, because, counted, listed
from saleswright.kernel.journal import Journal, Writing, open_journal
from saleswright.kernel.journal.via import via
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.report import Report
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import USAGE, Issue, Stop, unknown

if TYPE_CHECKING:
    from saleswright.kernel.call import App

Verdict = Literal["yes", "no"]
VERDICTS = ("yes", "no")
UNSEEN = "it is about records or fields that you do not see, so you cannot judge it"


def decide(
    app: App,
    workspace: Workspace,
    policy: Policy,
    ids: Sequence[int],
    verdict: str,
    reason: str = "",
    lines: Collection[int] = (),
    seen: Mapping[str, Any] | None = None,
    dry_run: bool = False,
) -> Report:
    """Decide requests, each on its own, under the approvals in force now. One record for each decision that counts.

    lines: only these of the one request named; all that are open when empty. seen: what was on the screen (snap, and the
    figures with their references). dry_run: say what would come of it, write nothing. Stop (usage) for what cannot be
    meant; what could not be done is an issue of the report with exit code 5 (not allowed) or 6 (somebody was quicker, it
    expired, the value moved).
    """
    journal = _usable(workspace, ids, verdict, reason, lines)
    done = []
    for id_ in dict.fromkeys(ids):
        with rehearsed(dry_run) as answer, journal.write(policy.actor) as w:
            answer(_one(app, workspace, w, id_, verdict, reason, lines, seen))
        done.append(answer.outcome)
    return report(done, dry_run)


def _usable(workspace: Workspace, ids: Sequence[int], verdict: str, reason: str, lines: Collection[int]) -> Journal:
    """Stop with every issue for what cannot be meant: a request or line that is not there, a no without a reason."""
    from sqlalchemy import select

    from saleswright.kernel.journal import tables as t

    issues: list[Issue] = []
    if verdict not in VERDICTS:
        issues.append(unknown("verdict", verdict, VERDICTS, where="verdict"))
    if verdict == "no" and not reason.strip():
        why = "a refusal is remembered, and who proposed it learns nothing from it"
        issues.append(Issue("because", "a no needs a reason", why, '--because "..."'))
    if not ids:
        issues.append(Issue("request", "no request is named", "so there is nothing to decide", "saleswright inbox"))
    if lines and len(set(ids)) > 1:
        issues.append(
            Issue("lines", "lines are named for several requests", "so it is not clear whose", "decide one at a time")
        )
    journal = open_journal(workspace, create=False)
    there: set[int] = set()
    if journal is not None and len(set(ids)) == 1 and not lines:
        there = set(ids)  # whether it is there is seen where it is decided
    elif journal is not None and ids:
        with journal.read() as con:
            there = {row.id for row in con.execute(select(t.request.c.id).where(t.request.c.id.in_(list(ids))))}
            for id_ in [id_ for id_ in dict.fromkeys(ids) if id_ in there][:1] if lines else []:
                held = {row.n for row in con.execute(select(t.line.c.n).where(t.line.c.request == id_))}
                for n in sorted(set(lines) - held):
                    what = f"request {id_} has no line {n}"
                    issues.append(
                        Issue("lines", what, f"it has {counted(len(held), 'line')}", "saleswright inbox show")
                    )
    issues += [absent(id_) for id_ in dict.fromkeys(ids) if id_ not in there]
    if issues or journal is None:
        raise Stop(*issues, exit_code=USAGE)
    return journal


def _one(
    app: App, workspace: Workspace, w: Writing, id_: int, verdict: str, reason: str, lines: Collection[int],
    seen: Mapping[str, Any] | None,
) -> Outcome:  # fmt: skip
    now = fresh(app, workspace)
    request = told(w.con, id_, effects=False)
    if request is None:
        raise Stop(absent(id_), exit_code=USAGE)
    zone = now.zone
    if request.state == "open" and request.expires.timestamp() * 1_000_000 <= microseconds():
        state, said = end(w, request, zone)
        return Outcome(id_, state, said, False, refusal="conflict", record=w.seq)
    if request.state != "open":
        if hidden(app, now, w, request):
            return Outcome(id_, request.state, UNSEEN, False, refusal="not_allowed")
        return Outcome(id_, request.state, ended(request, zone), False, refusal="conflict")
    chosen = [line for line in request.open if not lines or line.n in lines]
    if not chosen:
        gone = [line for line in request.lines if line.n in lines]
        said = listed(f"line {line.n} is {STATES.get(line.state, line.state)} already" for line in gone)
        return Outcome(id_, "open", said, False, open=len(request.open), refusal="conflict")
    eyes = policy_of(now, w.actor)
    rules = in_force(now)
    mine, why = _rights(app, now, w, rules, eyes, request, chosen)
    if mine and verdict == "yes" and via() and request.by == w.actor:
        # Whoever works the tools may be led by what they read: they never agree to their own, whatever `own` says.
        mine, why = (
            [],
            "you suggested it, and nobody agrees over tools to their own: say so on a page or a command line",
        )
    if not mine:
        return Outcome(id_, "open", why, False, open=len(request.open), refusal="not_allowed")
    made = _Decision(app, now, w, request, w.actor, reason, seen, rules, [line for line, _ in mine])
    short = f"; {counted(len(chosen) - len(mine), 'line')} not: {why}" if len(mine) < len(chosen) else ""
    return made.no(short) if verdict == "no" else made.yes({line.n: one for line, one in mine}, short)


def hidden(app: App, workspace: Workspace, w: Writing, request: Told) -> bool:
    """Is nothing of this request theirs to see who act here? Then they are not told what became of it either."""
    eyes = policy_of(workspace, w.actor)
    if eyes is None or (eyes.scope == COMPANY and not eyes.hidden):
        return eyes is None
    places = [(line.entity, line.subject, line.field) for line in request.lines]
    return request.by != eyes.actor and not holds(app, workspace, w.con, eyes, places)


def _rights(
    app: App, workspace: Workspace, w: Writing, rules: Approvals, eyes: Policy | None, request: Told,
    lines: Sequence[ToldLine],
) -> tuple[list[tuple[ToldLine, Approval]], str]:  # fmt: skip
    """Which lines this person may decide, by which approval; and why not the others (one sentence)."""
    if eyes is None:
        return [], "you have no access to this workspace any more"
    seen: Collection[tuple[str, str, str]] | None = None
    if eyes.scope != COMPANY or eyes.hidden:
        seen = holds(app, workspace, w.con, eyes, [(line.entity, line.subject, line.field) for line in lines])
    mine: list[tuple[ToldLine, Approval]] = []
    why = ""
    for line in lines:
        if seen is not None and (line.entity, line.subject, line.field) not in seen:
            why = why or UNSEEN
            continue
        approval, refusal = rules.right(eyes, asked(request, line, len(request.lines)))
        if approval is None:
            why = why or refusal
        else:
            mine.append((line, approval))
    if rules.faults and why:
        why += f"; {rules.faults[0].where} cannot be read"
    return mine, why


@dataclass(frozen=True)
class _Decision:
    """One person's word on some lines of one request, inside its transaction."""

    app: App
    workspace: Workspace
    w: Writing
    request: Told
    actor: str
    reason: str
    seen: Mapping[str, Any] | None
    rules: Approvals
    lines: list[ToldLine]

    def no(self, short: str) -> Outcome:
        """Refused: one no is enough, whoever agreed before."""
        ns = [line.n for line in self.lines]
        self._write("no", ns)
        drop(self.w, self.request, ns, "refused", self.reason)
        state = settle(self.w, self.request.id)
        record = self._record("no", state, refused=ns)
        left = len(self.request.open) - len(ns)
        what = "refused" if not left else f"{counted(len(ns), 'line')} refused, {left:,} still waiting"
        return Outcome(
            self.request.id,
            state,
            f"{what}{because(self.reason)}{short}",
            True,
            refused=tuple(ns),
            open=left,
            record=record,
        )

    def yes(self, under: Mapping[int, Approval], short: str) -> Outcome:
        """Agreed: lines whose old value has moved fall out, lines that need more people wait for them."""
        request = self.request
        places = [(line.n, (line.entity, line.subject, line.field), line.old) for line in self.lines]
        held = holds(self.app, self.workspace, self.w.con, WHOLE, [place for _, place, _ in places])
        moved = not_as_said(held, request.adapter, places)
        for said in dict.fromkeys(moved.values()):
            drop(self.w, request, [n for n, one in moved.items() if one == said], "moved", said)
        still = [line for line in self.lines if line.n not in moved]
        before = self._agreed()
        passed = [line for line in still if self._persons(line, under[line.n], before(line.n)) >= under[line.n].persons]
        through = {line.n for line in passed}
        waits = [line for line in still if line.n not in through]
        fresh_ = passed + [line for line in waits if self.actor not in before(line.n)]
        if not moved and not fresh_:
            one = under[waits[0].n]
            more = _more(one.persons, self._persons(waits[0], one, before(waits[0].n)))
            said = f"you have agreed already; it waits for {more}"
            return Outcome(request.id, "open", said + short, False, open=len(request.open), refusal="conflict")
        if fresh_:
            self._write("yes", sorted(line.n for line in fresh_))
        events = approve(self.app, self.workspace, self.w, request, passed)
        lost = [line for line in passed if request.adapter == JOURNAL and line.n not in events]
        passed = [line for line in passed if line not in lost]
        barrier("decision-written")
        state = settle(self.w, request.id)
        barrier("decision-settled")
        record = self._record(
            "yes", state, approved=[line.n for line in passed], lost=[line.n for line in lost], waiting=[line.n for line in waits],
            moved={str(n): said for n, said in moved.items()}, events={str(n): seq for n, seq in events.items()},
            approvals={str(n): [one.name, one.where] for n, one in under.items()} if len(under) < 50 else {},
        )  # fmt: skip
        left = len(request.open) - len(passed) - len(moved) - len(lost)
        said = self._sentence(passed, waits, moved, under, left, lost)
        counts = len(fresh_) > len(lost)
        return Outcome(
            request.id, state, said + short, counts, approved=tuple(line.n for line in passed), moved=tuple(moved),
            open=left, refusal="" if counts else "conflict", record=record,
        )  # fmt: skip

    def _sentence(
        self, passed: Sequence[ToldLine], waits: Sequence[ToldLine], moved: Mapping[int, str],
        under: Mapping[int, Approval], left: int, lost: Sequence[ToldLine],
    ) -> str:  # fmt: skip
        parts = []
        if passed:
            whole = len(passed) == len(self.request.lines)
            parts.append("approved" if whole else f"{counted(len(passed), 'line')} approved")
        if waits:
            line = waits[0]
            one = under[line.n]
            have = self._persons(line, one, self._agreed()(line.n))
            parts.append(
                f"your yes counts; approval {one.name} asks for {one.persons} people, so it waits for {_more(one.persons, have)}"
            )
        if moved:
            first = next(iter(moved.values()))
            every = len(moved) == len(self.lines) == 1
            parts.append(f"not approved: {first}" if every else f"{counted(len(moved), 'line')} out of date ({first})")
        if lost:
            now = told(self.w.con, self.request.id, effects=False)
            why = next((line.said for line in now.lines if line.n == lost[0].n), "") if now else ""
            parts.append(f"agreed to, but {counted(len(lost), 'line')} could not be written down{because(why)}")
        rest = left - len(waits)
        if rest:
            parts.append(f"{rest:,} still waiting")
        return "; ".join(parts)

    def _agreed(self) -> Any:
        """Who has said yes to a line before: names, by its number."""
        by: dict[int, set[str]] = {}
        for one in self.request.decisions:
            if one.verdict == "yes" and not one.policy:
                by.setdefault(one.n, set()).add(one.actor)
        return lambda n: by.get(0, set()) | by.get(n, set())

    def _persons(self, line: ToldLine, approval: Approval, before: Collection[str]) -> int:
        """How many people agree with this one, counting only who may still decide it now."""
        count = 1
        for name in set(before) - {self.actor}:
            eyes = policy_of(self.workspace, name)
            if eyes and self.rules.right(eyes, asked(self.request, line, len(self.request.lines)))[0]:
                count += 1
        return count

    def _write(self, verdict: str, ns: Sequence[int]) -> None:
        whole = len(ns) == len(self.request.open)
        which = [0] if whole else list(ns)
        # Who says something else than before is taken at their last word; the record keeps both.
        before = {one.n for one in self.request.decisions if one.actor == self.actor}
        again = sorted(before & set(which))
        if again:
            self.w.con.execute(_forget(), {"of": self.request.id, "who": self.w.actor_id, "ns": again})
        same = {"request": self.request.id, "actor": self.w.actor_id, "verdict": verdict, "reason": self.reason}
        for n in which:
            statements.DECIDE(self.w.con, **same, n=n, policy="", at=self.w.at)

    def _record(self, verdict: str, state: str, **more: Any) -> int:
        body = {"verdict": verdict, "reason": self.reason, "state": state, **{k: v for k, v in more.items() if v}}
        if self.seen:
            body["seen"] = dict(self.seen)
        return self.w.record("decided", f"request:{self.request.id}", body)


@cache
def _forget() -> Any:
    from sqlalchemy import bindparam, delete

    from saleswright.kernel.journal.tables import decision

    d = decision.c
    mine = (d.request == bindparam("of")) & (d.actor == bindparam("who"))
    return delete(decision).where(mine & d.n.in_(bindparam("ns", expanding=True)))


def _more(need: int, have: int) -> str:
    missing = max(need - have, 1)
    return "one more person" if missing == 1 else f"{missing} more people"
