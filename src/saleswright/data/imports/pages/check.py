"""What would these files change? Everything a person needs before saying yes, and what the yes does."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from saleswright.data.imports.files import FileRun
from saleswright.data.imports.pages import inbox
from saleswright.data.imports.pages.alike import joined
from saleswright.data.imports.rehearsal import ColumnLine, FileAccount, Rehearsal, commit, rehearse
from saleswright.data.imports.told import Told
from saleswright.data.imports.totals import Total
from saleswright.data.mapping.questions import Question
from saleswright.history.release import current, definitions_hash
from saleswright.kernel.call import Desk
from saleswright.kernel.chapter import Sent, Slow
from saleswright.kernel.definition import digest
from saleswright.kernel.report import Figure, Report, Table
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop
from saleswright.lib.money import Money, sum_money

PATIENCE = 120.0
"""Seconds to wait for another import before saying that one is running."""

_SHOWN = 60
_MOST = 4
_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str, str], Rehearsal] = OrderedDict()
Made = TypeVar("Made")


_FOLD = 6


@dataclass(frozen=True, slots=True)
class FileView:
    """One table on the page: the columns that say something, and those that are kept aside when they are many."""

    file: FileAccount
    used: tuple[ColumnView, ...]
    kept: tuple[ColumnView, ...]


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column on the page. `field` names its choice in the form; fixed ones are said, not chosen."""

    line: ColumnLine
    field: str
    value: str
    choices: tuple[tuple[str, str], ...]


def slow(desk: Desk, args: Mapping[str, str]) -> Slow:
    """The page is made anew when the files, what was said about them, or the record beside them is another."""
    drop = inbox.find(desk.here, args["token"])
    return Slow((drop.token, state(desk, drop.told)), drop.size)


def state(desk: Desk, told: Told) -> str:
    """What was looked at when somebody says yes: the record, the definitions, and what was said."""
    release = current(desk.here.state)
    number = release.number if release else 0
    return (
        f"r{number}-{definitions_hash(desk.here)}-{digest([dict(told.answers), _plain(told.choices), told.whole], 10)}"
    )


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of check.html; what cannot be read at all is said on the page too."""
    drop = inbox.find(desk.here, args["token"])
    names = [path.name for path in drop.paths]
    values: dict[str, Any] = {
        "title": f"Import: {names[0] if len(names) == 1 else f'{len(names)} files'}",
        "names": names,
        "state": state(desk, drop.told),
        "told": drop.told,
        "moved": args.get("moved", ""),
    }
    try:
        made = rehearsed(desk, drop)
    except Stop as stop:
        if stop.exit_code == CONFLICT:
            raise
        return values | {"r": None, "issues": stop.issues}
    asked = _asked(drop.asked, made.questions)
    if asked != drop.asked:
        drop.keep(drop.told, asked)
    return values | _values(made, drop.told, asked)


def post(desk: Desk, args: Mapping[str, str], sent: Sent) -> str:
    """Check again, commit or cancel, as the button says. Only what was shown is ever committed."""
    with inbox.held(args["token"]):
        # Sent twice, by a double click or from two tabs: the second goes where the first one led.
        return inbox.led(desk.here, args["token"]) or _post(desk, args["token"], sent)


def _post(desk: Desk, token: str, sent: Sent) -> str:
    drop = inbox.find(desk.here, token)
    here = f"/data/import/{drop.token}"
    does = sent.one("do")
    if does == "cancel":
        drop.remove()
        return "/data/import?cancelled=yes"
    told = _told(drop, sent)
    if does != "commit":
        drop.keep(told)
        return here
    if told != drop.told or sent.one("state") != state(desk, told):
        drop.keep(told)
        return f"{here}?moved=yes"
    # Who commits with a question in view has answered it, with what was marked.
    confirmed = {q.code: q.taken for q in drop.asked if q.code not in told.answers}
    said = Told({**told.answers, **confirmed}, told.choices, told.whole)
    done = patiently(desk, lambda: commit(desk, drop.source, said))
    led = f"/data/runs/{done.run}?done=yes" if done.published else "/data/import?same=yes"
    drop.remove(led)
    return led


def rejected(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The rejected rows of one file, before anything is committed: whole, with what is wrong."""
    drop = inbox.find(desk.here, args["token"])
    made = rehearsed(desk, drop)
    found = [file for file in made.files if file.rejected]
    place = int(args["file"]) if args["file"].isascii() and args["file"].isdigit() and len(args["file"]) < 4 else -1
    file = made.files[place] if 0 <= place < len(made.files) else None
    if file is None or not file.rejected:
        where = args["file"][:80]
        what = "there are no rejected rows of that file"
        raise Stop(Issue(where, what, "", "see the page of the import", code="unknown_file"), exit_code=USAGE)
    name = "rejected.csv" if len(found) == 1 else f"rejected-{file.file}.csv"
    return {"name": name, "body": file.rejected_csv.encode("utf-8")}


def rehearsed(desk: Desk, drop: inbox.Dropped) -> Rehearsal:
    """The files worked through, once for as long as nothing they depend on has moved."""
    key = (str(desk.here.root), drop.token, state(desk, drop.told))
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = patiently(desk, lambda: rehearse(desk, drop.source, drop.told))
        with _lock:
            _kept[key] = found
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return found


def patiently(desk: Desk, work: Callable[[], Made]) -> Made:
    """Do the work when no other import is running; wait for one that is, and say so."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except Stop as stop:
            if stop.exit_code != CONFLICT or time.monotonic() > until:
                raise
        desk.tell("waiting for another import to finish")
        time.sleep(0.4)


def _values(made: Rehearsal, told: Told, asked: Sequence[Question]) -> dict[str, Any]:
    counts = {key: sum(getattr(f, key) for f in made.files) for key in ("read", "new", "changed", "unchanged")}
    rejected = made.rejected
    rejects = [(place, file, reject) for place, file in enumerate(made.files) for reject in file.rejects]
    lines = {(place, r.line): r.amount for place, _, r in rejects}
    whole = len(lines) == rejected
    return {
        "r": made,
        "counts": {**counts, "rejected": rejected},
        "taken": counts["read"] - rejected,
        "files": [_file(file, made.done.mapped[place]) for place, file in enumerate(made.files)],
        "sums": _sums(made.done.totals),
        "asked": [(q, told.answers.get(q.code, q.taken), q.code in told.answers) for q in asked],
        "open": sum(q.code not in told.answers for q in asked),
        "rejects": rejects[:_SHOWN],
        "rejecting": [(place, file) for place, file in enumerate(made.files) if file.rejected],
        "unreadable": sum(amount is None for amount in lines.values()) if whole else None,
        "amounts": _by_currency(amount for amount in lines.values() if amount) if whole else [],
        "said": any(effect.after.value is not None for effect in made.effects),
        "unrated": any(effect.after.reason.startswith("no exchange rate") for effect in made.effects),
        "currencies": _currencies(made.after),
        "differences": joined(made.done.differences),
        "lost": [f.name for f in made.done.files if f.mapping is None],
        "first": all(effect.before is None for effect in made.effects),
        "absent": sum(scope.absent for scope in made.done.scopes),
        "warnings": [issue for issue in made.done.issues if issue.code != "rejected" and issue.level != "note"],
    }


def _currencies(after: Report | None) -> Table | None:
    """What would be open in each currency, where one total cannot be told; nothing to open yet, so without references."""
    found = (b for b in (after.blocks if after else ()) if isinstance(b, Table))
    table = next((table for table in found if table.name == "by_currency"), None)
    if table is None:
        return None
    rows = tuple(tuple(replace(c, ref="") if isinstance(c, Figure) else c for c in row) for row in table.rows)
    return replace(table, rows=rows)


def _file(file: FileAccount, run: FileRun) -> FileView:
    entered = run.mapping.entered if run.mapping else {}
    shown = [_column(file, line, entered) for line in file.columns]
    kept = tuple(c for c in shown if c.line.mark == "kept")
    if len(kept) <= _FOLD:
        return FileView(file, tuple(shown), ())
    return FileView(file, tuple(c for c in shown if c not in kept), kept)


def _column(file: FileAccount, line: ColumnLine, entered: Mapping[str, str]) -> ColumnView:
    if not line.fields and line.column in entered:
        # The date in it says when a deal came into a stage: history, not a field to choose.
        line = replace(line, fields=(f"came into {entered[line.column]}",), mark="sure")
        return ColumnView(line, "", "", ())
    value = line.fields[0] if len(line.fields) == 1 else ""
    known = dict(file.choices)
    free = not line.fields or (len(line.fields) == 1 and value in known)
    name = "column:" + json.dumps([file.file, line.column, value])
    return ColumnView(line, name if free else "", value, _named(file) if free else ())


def _sums(totals: Sequence[Total]) -> dict[str, Any]:
    """The printed sum worth showing in full, those that do not add up, and the others, which do."""
    first = next((t for t in totals if t.column), totals[0] if totals else None)
    rest = [t for t in totals if t is not first]
    return {"first": first, "wrong": [t for t in rest if t.difference], "right": [t for t in rest if not t.difference]}


def _named(file: FileAccount) -> tuple[tuple[str, str], ...]:
    """The choices with words that say whose they are: Deal id, Deal name, Close date."""
    kind = file.entity.replace("_", " ").capitalize()
    words = {"id": f"{kind} id", "name": f"{kind} name", "close": "Close date", "created": "Created date"}
    return tuple((value, words.get(value, said)) for value, said in file.choices)


def _by_currency(amounts: Any) -> list[Money]:
    found: dict[str, list[Money]] = {}
    for amount in amounts:
        found.setdefault(amount.currency, []).append(amount)
    return [total for items in found.values() if (total := sum_money(items))]


def _asked(before: tuple[Question, ...], now: tuple[Question, ...]) -> tuple[Question, ...]:
    """The questions put so far, and the one that is open: an answered one stays in view, to be answered otherwise."""
    known = {q.code: q for q in before} | {q.code: q for q in now}
    return tuple(known.values())


def _told(drop: inbox.Dropped, sent: Sent) -> Told:
    """What the form says, over what was said before. A choice that was left as it was shown is nobody's decision."""
    answers = dict(drop.told.answers)
    for question in drop.asked:
        given = sent.one(f"answer:{question.code}")
        if given in {option.value for option in question.options} and given != answers.get(
            question.code, question.taken
        ):
            answers[question.code] = given
    choices = {file: dict(columns) for file, columns in drop.told.choices.items()}
    for name in sent.fields:
        head, _, rest = name.partition(":")
        if head != "column":
            continue
        file, column, shown = _triple(rest)
        given = sent.one(name)
        if file and given != shown:
            choices.setdefault(file, {})[column] = given
    whole = sent.one("whole") == "yes" if "whole" in sent.fields else drop.told.whole
    return Told(answers, choices, whole)


def _triple(text: str) -> tuple[str, str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return "", "", ""
    if isinstance(found, list) and len(found) == 3 and all(isinstance(item, str) for item in found):
        return found[0], found[1], found[2]
    return "", "", ""


def _plain(choices: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {file: dict(columns) for file, columns in choices.items()}
