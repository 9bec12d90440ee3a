"""What do you write to a person about their deals? Short, polite, ready to paste: each deal with its record id."""

from __future__ import annotations

from datetime import date

from saleswright.kernel.report import Cell
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.scrub.model import Fix, Scrub, Suspect
from saleswright.measure.review.scrub.words import day

SHOWN = 15


def message(scrub: Scrub, owner: str) -> str:
    """The message to one person, by id or name. Stop (usage) when that person has no finding."""
    wanted = owner.casefold()
    mine = [one for one in scrub.suspects if wanted in (one.owner.casefold(), one.owner_name.casefold())]
    if not mine:
        raise Stop(unknown("owner", owner, [one.name for one in scrub.owners], where="owner"), exit_code=USAGE)
    findings = sum(len(one.findings) for one in mine)
    name = mine[0].owner_name
    many = "these" if len(mine) > 1 else "this"
    lines = [
        f"Hi {_plain(name)},",
        "",
        f"before the review of {day(scrub.day, scrub.day)}: could you look at {many} {plural(len(mine), 'record')} "
        f"({plural(findings, 'finding')})?",
    ]
    for number, one in enumerate(mine[:SHOWN], 1):
        lines += ["", *_record(number, one, scrub.day)]
    if len(mine) > SHOWN:
        rest = mine[SHOWN:]
        lines += ["", f"And {plural(len(rest), 'more record')}: {', '.join(one.key for one in rest)}."]
    lines += ["", "If one of them is fine as it is, say why and until when, and it will not be asked again. Thank you!", ""]
    return "\n".join(lines)


def _record(number: int, one: Suspect, now: date) -> list[str]:
    amount = f", {one.amount.currency} {one.amount.decimal:,}" if one.amount else ""
    stage = f", {_plain(one.stage)}" if one.stage else ""
    kind = "" if one.entity == "deal" else f"{one.entity} "
    lines = [f"{number}. {_plain(one.name)} ({kind}{one.key}{stage}{amount})"]
    lines += [f"   - {_plain(finding.evidence)}" for finding in one.findings]
    for fix in one.fixes:
        if fix.new is not None:
            lines.append(f"   Proposed: {proposal(fix, now)}")
    for ask in dict.fromkeys(fix.ask for fix in one.fixes if fix.new is None and fix.ask):
        lines.append(f"   {ask}")
    return lines


def proposal(fix: Fix, now: date) -> str:
    """A proposal in one line: Close 17 Nov -> 9 Dec (usual time from this stage)."""
    why = f" ({_plain(fix.why)})" if fix.why else ""
    return f"{fix.label} {shown(fix.old, now) or 'empty'} -> {shown(fix.new, now)}{why}"


def shown(value: Cell, now: date) -> str:
    """A value of a record in words."""
    if value is None:
        return ""
    if isinstance(value, date):
        return day(value, now)
    if isinstance(value, Money):
        return f"{value.currency} {value.decimal:,}"
    return _plain(str(value))


def _plain(text: str) -> str:
    """One line of text, whatever stood in the record."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()) if text.strip() else text
