"""The faces of the door: suggest a change, see what waits, decide, withdraw, take back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Desk
from saleswright.kernel.change import SOON, ChangeRequest, Line
from saleswright.kernel.door import undo as undoing
from saleswright.kernel.door.decide import decide as decided
from saleswright.kernel.door.lines import with_sent
from saleswright.kernel.door.outcomes import absent
from saleswright.kernel.door.withdraw import withdraw as withdrawn
from saleswright.kernel.door.words import STATES, counted, day
from saleswright.kernel.journal import open_journal
from saleswright.kernel.report import Block, Report
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.run.approvals import inbox as eyes
from saleswright.run.approvals import record as records
from saleswright.run.approvals import shown
from saleswright.run.approvals.current import current
from saleswright.run.schedules.failed import failed

LONGEST = 366
SHOW = "What would change, and why?"


def _entities(at: Any) -> list[Choice]:
    known = getattr(at, "schema", {})
    return [Choice(name, name.replace("_", " ").capitalize()) for name in known]


def _waiting(at: Any) -> list[Choice]:
    return [Choice(str(one.request.id), one.request.title) for one in eyes.inbox(at).waiting]


def _mine(at: Any) -> list[Choice]:
    return [Choice(str(one.id), one.title) for one in eyes.inbox(at).mine if one.state == "open"]


def _applied(at: Any) -> list[Choice]:
    return [Choice(str(one.id), one.title) for one in eyes.inbox(at).mine if "applied" in one.counts()]


def _verdicts(at: Any) -> list[Choice]:
    return [Choice("yes", "Yes"), Choice("no", "No")]


Because = Annotated[str, Arg("text", "why, in a few words")]
Rehearse = Annotated[bool, Arg("flag", "say what would happen, write nothing")]
Way = Annotated[str, Arg("text", "the way out, such as csv, webhook or mail")]
Request = Annotated[str, Arg("choice", "the number of the request", _waiting, what="request", closed=False)]


@action(
    effect="propose",
    example={
        "entity": "deal", "record": "006", "change": ["next_step=Confirm the date"], "because": "the buyer asked for it",
        "dry_run": True,
    },
    title="Suggest a change",
    verb="Suggest",
    back="A suggestion changes nothing. While nobody has decided it, withdraw it.",
)  # fmt: skip
def propose(
    at: Snapshot,
    entity: Annotated[str, Arg("choice", "the table the record is in, such as deal", _entities, what="table")],
    record: Annotated[str, Arg("text", "the record id as the CRM has it, or the name where only one is called so")],
    change: Annotated[tuple[tuple[str, str], ...], Arg("pairs", "field=value; an empty value clears the field")],
    because: Because = "",
    adapter: Way = "csv",
    days: Annotated[int, Arg("int", "after how many days it expires when nobody decides")] = SOON,
    new_value: Annotated[bool, Arg("flag", "a value is meant that no record has yet")] = False,
    again: Annotated[bool, Arg("flag", "ask even for what was refused before")] = False,
    dry_run: Rehearse = False,
) -> ChangeRequest:
    """Suggest a change of one record: what its fields should say, and why. Nothing changes until somebody agrees."""
    issues: list[Issue] = []
    if not because.strip():
        issues.append(Issue("because", "there is no reason", "nobody could judge it", '--because "..."'))
    if not 1 <= days <= LONGEST:
        issues.append(Issue("days", f"{days} days", "so it would expire at once or never", f"from 1 to {LONGEST}"))
    found, wrong = records.find(at, entity, record)
    issues += wrong
    held = _now(at, entity, found.id) if found else {}
    stake = held.get("amount")
    currency = stake.currency if isinstance(stake, Money) else at.workspace.currency
    new, wrong = records.read(at, entity, change, currency, new_value)
    issues += wrong
    if issues or found is None:
        raise Stop(*issues, exit_code=USAGE)
    reason = " ".join(because.split())
    label = f"{found.name} ({records.key(found.id)})" if found.name != records.key(found.id) else found.name
    lines = []
    for name, value in new.items():
        old = held.get(name)
        if old == value:
            issues.append(Issue(name, f"{name} is that already", "so nothing would change", "leave it out"))
        amount = _larger(stake, value) if name == "amount" else stake if isinstance(stake, Money) else None
        lines.append(Line(entity, found.id, name, old, value, reason, label, amount=amount))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    title = f"{', '.join(name.replace('_', ' ').capitalize() for name in new)} of {label}"
    return ChangeRequest(title, reason, tuple(lines), adapter, days=days, again=again)


def _larger(old: Any, new: Any) -> Money | None:
    """What is at stake where an amount changes: the larger of both, so that a small new one hides no large one; None where
    they cannot be compared, which is above every limit."""
    known = [one for one in (old, new) if isinstance(one, Money)]
    if len({one.currency for one in known}) != 1:
        return None
    return max(known, key=lambda one: abs(one.minor))


def _now(at: Snapshot, entity: str, id_: str) -> dict[str, Any]:
    """What the fields of a record hold now, as far as they are seen, with what was sent since the record was read."""
    standing = current(at.workspace, at.policy, [(entity, id_, name) for name in at.schema[entity].by_name])
    journal = open_journal(at.workspace, create=False)
    if journal is None:
        return {place[2]: value for place, value in standing.values.items()}
    with journal.read() as con:
        return {place[2]: value for place, value in with_sent(con, standing).items()}


@action(effect="read", example={}, title="What waits for me?")
def inbox(at: Snapshot) -> Report:
    """Show what waits for your decision, grouped, and what became of what you suggested.

    It is always as of now.
    """
    found, zone = eyes.inbox(at), at.workspace.zone
    blocks: list[Block] = [shown.groups(found.waiting), shown.requests(found.waiting, zone)] if found.waiting else []
    if found.mine:
        blocks.append(shown.mine(found.mine))
    broken = failed(at.workspace, at.policy)
    if broken:
        blocks.append(shown.failed(broken))
    lines = sum(len(one.mine) for one in found.waiting)
    lede = f"{counted(len(found.waiting), 'request')} with {counted(lines, 'change')} for you to decide."
    first = found.waiting[0].request.id if found.waiting else 0
    if not first:
        lede = "Nothing waits for you."
    if broken:
        lede += f" Of what runs by itself, {counted(len(broken), 'schedule')} did not end well."
    next_ = (f"saleswright inbox show {first}", f"saleswright decide {first} yes") if first else ()
    return Report(
        "What waits for me?",
        blocks,
        lede=lede,
        data={"waiting": [one.request.id for one in found.waiting], "lines": lines, "failed": [b.name for b in broken]},
        next=(*next_, *(one.again for one in broken[:3])),
    )


@action(effect="read", example={"request": "1"}, name="inbox show", title=SHOW)
def inbox_show(at: Snapshot, request: Request) -> Report:
    """Show one request: every change with reason and evidence, what it does to the headline, how the like was decided."""
    found = eyes.told(at, _number(request))
    if found is None:
        missing = absent(_number(request))
        return Report(SHOW, [], lede=f"{missing.what.capitalize()}.", issues=(missing,), exit_code=FAILURE)
    zone = at.workspace.zone
    lede = f"Request {found.id}, {STATES.get(found.state, found.state)}: {found.title}. Suggested by {found.by}: {found.reason}"
    until = day(int(found.expires.timestamp() * 1_000_000), zone)
    tail = f" Without a decision it expires on {until}." if found.state == "open" else ""
    return Report(
        SHOW,
        shown.whole(found, eyes.alike(at, found)),
        lede=f"{lede.rstrip('.')}.{tail}",
        data={"request": found.id, "state": found.state, "lines": len(found.lines)},
        next=(f"saleswright decide {found.id} yes",) if found.state == "open" else (),
    )


@action(
    effect="apply",
    name="decide",
    example={},
    title="Decide what was suggested",
    verb="Decide",
    back="Applied lines are taken back by a suggestion of the opposite: undo request.",
    judges=True,
)
def decide(
    desk: Desk,
    request: Annotated[tuple[str, ...], Arg("words", "numbers of requests", _waiting, what="request", closed=False)],
    verdict: Annotated[str, Arg("choice", "yes or no", _verdicts, what="verdict")],
    because: Because = "",
    lines: Annotated[tuple[str, ...], Arg("words", "only these lines of one request, such as 1 4-6")] = (),
    seen: Annotated[str, Arg("text", "what was on the screen, as a page tells it")] = "",
    dry_run: Rehearse = False,
) -> Report:
    """Decide requests, whole or line by line: yes lets them happen, no is remembered and needs a reason.

    Who may decide what is said in definitions of kind approval.
    """
    issues: list[Issue] = []
    ids = _numbers(request, "request", issues)
    ns = _numbers(lines, "lines", issues)
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    return decided(desk.app, desk.here, desk.policy, ids, verdict, because.strip(), ns, _seen(seen), dry_run)


@action(
    effect="apply",
    name="withdraw",
    example={},
    title="Withdraw what you suggested",
    verb="Withdraw",
    back="Suggest it again.",
    judges=True,
)
def withdraw(
    desk: Desk,
    request: Annotated[str, Arg("choice", "the number of your request", _mine, what="request", closed=False)],
    because: Because = "",
    dry_run: Rehearse = False,
) -> Report:
    """Withdraw a request of your own that nobody has decided yet. It is not remembered as refused."""
    return withdrawn(desk.app, desk.here, desk.policy, _number(request), because.strip(), dry_run)


@action(
    effect="propose",
    name="undo request",
    example={},
    title="Take back what was applied",
    verb="Suggest the opposite",
    back="It is a suggestion as any other: withdraw it, or say no.",
)
def undo_request(
    at: Snapshot,
    request: Annotated[str, Arg("choice", "the number of the request", _applied, what="request", closed=False)],
    because: Because = "",
    dry_run: Rehearse = False,
) -> ChangeRequest:
    """Suggest the opposite of what was applied: old and new swapped, for the lines that were. It is decided as any other."""
    found = eyes.told(at, _number(request))
    if found is None:
        raise Stop(absent(_number(request)), exit_code=USAGE)
    return undoing.undoing(found, because.strip())


def _number(text: str) -> int:
    issues: list[Issue] = []
    found = _numbers((text,), "request", issues)
    if issues or len(found) != 1:
        raise Stop(*(issues or [Issue("request", f"'{text}' is not one request", "", "such as 17")]), exit_code=USAGE)
    return found[0]


def _numbers(words: Iterable[str], where: str, issues: list[Issue]) -> list[int]:
    """Whole numbers and ranges such as 4-6, commas allowed; what cannot be read becomes an issue."""
    found: list[int] = []
    for word in (part for text in words for part in str(text).replace(",", " ").split()):
        first, dash, last = word.removeprefix("request:").partition("-")
        ends = (first, last) if dash else (first, first)
        if not all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends):
            issues.append(Issue(where, f"'{word}' is not a number", "", "such as 17, or 4-6"))
        elif int(ends[1]) - int(ends[0]) > 100_000:
            issues.append(Issue(where, f"'{word}' are too many", "", "at most 100,000 at once"))
        else:
            found += range(int(ends[0]), int(ends[1]) + 1)
    return found


def _seen(text: str) -> dict[str, Any] | None:
    """What a page had on the screen; it is kept as it is told, so it has to be short and plain."""
    if not text:
        return None
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or len(text) > 20_000:
        raise Stop(Issue("seen", "it is not what a page tells", "", "leave it out"), exit_code=USAGE)
    return told


ACTIONS = (propose, inbox, inbox_show, decide, withdraw, undo_request)
