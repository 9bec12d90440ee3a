"""What is wrong in the record, deal by deal, and whose is it? Every rule in one scan, each finding with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import before_first, ended_words
from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Note
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.words import are, plural
from saleswright.measure.review.scrub import facts, marks, words
from saleswright.measure.review.scrub.fixes import Proposals
from saleswright.measure.review.scrub.model import Finding, Fix, OwnerCount, RuleCount, Scrub, Suspect
from saleswright.measure.review.scrub.needs import column, needs, unsaid
from saleswright.measure.review.scrub.others import OTHERS
from saleswright.measure.review.scrub.own import Own, own
from saleswright.measure.review.scrub.rules import KIND, Rule, read_rules, strangers

NOBODY = "(no owner)"
DEALS = ("pipeline", "open", "closed")


@dataclass(frozen=True)
class InForce:
    """The rules of a day, those that can say, what the others need, what is marked, and what is wrong in the texts."""

    rules: tuple[Rule, ...]
    able: tuple[Rule, ...]
    lacking: Mapping[str, str]
    own: Own
    marked: set[tuple[str, str]]
    issues: tuple[Issue, ...]
    notes: tuple[Note, ...]


class _ById(tuple):  # type: ignore[type-arg]
    """Definitions compared by identity: they hold mappings, which cannot be hashed."""

    def __hash__(self) -> int:
        return hash(tuple(id(item) for item in self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and [id(a) for a in self] == [id(b) for b in other]


@lru_cache(maxsize=8)
def _read(definitions: tuple[Definition, ...], schema: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> Any:
    return read_rules(definitions, {entity: dict(columns) for entity, columns in schema})


def in_force(at: Snapshot) -> InForce:
    """The rules in force on the as-of day, read and weighed against what the record holds."""
    # Of one name the text that began last holds, as a rule of yours does over a shipped one.
    latest = {one.name: one for one in at.workspace.all(KIND, at.day)}
    columns = tuple((name, at.schema[name].columns) for name in ("deal", *OTHERS))
    rules, issues = _read(_ById(latest.values()), columns)
    known = {rule.name: rule for rule in rules}
    lines, wrong = marks.marked(at.workspace.all(marks.KIND, at.day), known)
    unread = [issue for issue in at.workspace.issues if issue.where.startswith((marks.FILE, "definitions/checks/"))]
    usual = own(at, rules)
    lacking = {rule.name: needs(at, rule, usual) for rule in rules}
    early = before_first(at)
    able, notes = [], [Note(early, "warning")] if early else []
    if usual.ended:
        still = ended_words(usual.ended)
        notes.append(Note(f"{still[0].upper()}{still[1:]}. Nothing is proposed that counts from today.", "warning"))
    for rule in rules:
        if not lacking[rule.name]:
            untold = unsaid(rule, usual)
            if untold:
                rule = replace(rule, fields=tuple(f for f in rule.fields if f not in untold),
                               stages={s: tuple(f for f in fs if f not in untold) for s, fs in rule.stages.items()})  # fmt: skip
                lost = "; ".join(column(name) for name in untold)
                notes.append(Note(f"{rule.label} cannot say of every field: no open deal has {lost}.", "warning"))
            able.append(rule)
    strange = strangers(at.workspace.definitions)
    return InForce(rules, tuple(able), lacking, usual, lines, (*unread, *issues, *wrong, *strange), tuple(notes))


def scrub(at: Snapshot, where: Pairs = (), owner: str = "", rule: str = "") -> Scrub:
    """Which records need a fix, and whose are they? Stop (usage) for an unknown filter, owner or rule.

    `owner` is a person's name or id, `rule` a rule's name; both narrow everything. The counts by rule, by owner and in all
    are one number.
    """
    force = in_force(at)
    if rule and rule not in {one.name for one in force.rules}:
        raise Stop(unknown("rule", rule, [one.name for one in force.rules], where="rule"), exit_code=USAGE)
    able = [one for one in force.able if not rule or one.name == rule]
    # A fix stands on everything that is known of a deal, so all rules are asked even where one is shown.
    deal_rules = [one for one in force.able if one.of in DEALS]
    told = facts.facts(at, deal_rules, force.own, where)
    found = told.rows
    others = [
        (one, twin) for one in able if one.of in OTHERS and not where for twin in force.own.twins.get(one.name, ())
    ]
    people = {row.owner for row in found if row.owner} | {twin.owner for _, twin in others if twin.owner}
    called = _people(at, people)
    wanted = _owners(owner, called)
    suspects, marked = _deals(at, force, found, called, rule)
    twin_suspects, more = _twins(force, others, called)
    suspects += twin_suspects
    if wanted is not None:
        suspects = [one for one in suspects if one.owner in wanted]
    inside = {row.id: row for row in found if row.counted}
    return _counted(at, force, suspects, inside, told.open_deals, marked + more, where, rule)


def _owners(owner: str, called: Mapping[str, str]) -> set[str] | None:
    if not owner:
        return None
    if owner == NOBODY:
        return {""}
    wanted = {
        key
        for key, name in called.items()
        if owner.casefold() in (name.casefold(), key.casefold(), key.split("_", 2)[-1].casefold())
    }
    if not wanted:
        raise Stop(unknown("owner", owner, sorted({*called.values()}), where="owner"), exit_code=USAGE)
    return wanted


def _deals(
    at: Snapshot, force: InForce, found: Sequence[facts.Row], called: Mapping[str, str], only: str
) -> tuple[list[Suspect], int]:
    proposals = Proposals(at, force.own, force.rules, found)
    rate = _exchange(force.own, at.currency)
    suspects: list[Suspect] = []
    marked = 0
    for row in found:
        key, held = row.id.split("_", 2)[-1], row.found
        if force.marked:
            held = tuple(one for one in held if not {(key, one[0].name), (row.id, one[0].name)} & force.marked)
            marked += sum(not only or one[0].name == only for one in row.found if one not in held)
            if not held:
                continue
            if len(held) < len(row.found):
                row = replace(row, found=held)
        fixes = proposals.fixes(row)
        findings = tuple(
            [
                Finding(
                    rule.name, words.evidence(at, rule, row, value, force.own), proposals.ends(row, rule, value, fixes)
                )
                for rule, value in held
                if not only or rule.name == only
            ]
        )
        if findings:
            amount = None if row.amount is None else rate(row.amount, row.currency or at.currency)
            suspects.append(
                Suspect(
                    "deal",
                    row.id,
                    key,
                    row.name or key,
                    row.account_name or "",
                    row.owner or "",
                    called.get(row.owner or "", NOBODY),
                    row.team or "",
                    row.stage or "",
                    amount,
                    findings,
                    fixes,
                )
            )
    return suspects, marked


def _people(at: Snapshot, people: Iterable[str]) -> dict[str, str]:
    """What owners are called; people whose names are not shown are told apart by the source's own id."""
    if at.policy.field_allowed("person", "name"):
        return names(at, "person", people)
    return {one: f"hidden ({one.split('_', 2)[-1]})" for one in people}


def _twins(force: InForce, found: Iterable[tuple[Rule, Any]], called: Mapping[str, str]) -> tuple[list[Suspect], int]:
    suspects: list[Suspect] = []
    marked = 0
    for rule, twin in found:
        key, first = twin.id.split("_", 2)[-1], twin.first.split("_", 2)[-1]
        if {(key, rule.name), (twin.id, rule.name)} & force.marked:
            marked += 1
            continue
        same = " or ".join(" and ".join(keys) for keys in rule.same)
        told = f"Same {same} as {twin.first_name or first}, which is older ({first})"
        ask = Fix("name", "Record", "2 copies", None, "", rule.ask or "Which of the two goes on?")
        owner_name = called.get(twin.owner, NOBODY)
        suspects.append(
            Suspect(
                rule.of,
                twin.id,
                key,
                twin.name or key,
                twin.account,
                twin.owner,
                owner_name,
                "",
                "",
                None,
                (Finding(rule.name, told),),
                (ask,),
            )
        )
    return suspects, marked


def _exchange(own: Own, currency: str) -> Callable[[int, str], Money | None]:
    """Minor units in one currency as money in the asked one, half-even; None without a rate."""
    up = own.rates.get(currency)

    def rate(minor: int, code: str) -> Money | None:
        if code == currency:
            return Money(minor, currency)
        down = own.rates.get(code)
        if not up or not down:
            return None
        whole, rest = divmod(abs(minor) * up, down)
        whole += 2 * rest > down or (2 * rest == down and whole % 2 == 1)
        return Money(whole if minor >= 0 else -whole, currency)

    return rate


def _counted(
    at: Snapshot, force: InForce, suspects: list[Suspect], inside: Mapping[str, facts.Row], open_deals: int, marked: int,
    where: Pairs, only: str,
) -> Scrub:  # fmt: skip
    by_rule = Counter(finding.rule for one in suspects for finding in one.findings)
    company = _company(at, force) if not only or any(r.name == only and r.of == "company" for r in force.able) else ()
    rules = tuple(
        RuleCount(
            rule.name,
            words.label(rule, force.own),
            rule.question,
            by_rule[rule.name],
            words.threshold(at, rule, force.own),
            rule.definition.where(),
            _lack(force, rule, where),
        )
        for rule in force.rules
    )
    owners = _by_owner(at, suspects, inside, {rule.name: words.label(rule, force.own) for rule in force.rules})
    findings = sum(len(one.findings) for one in suspects)
    if findings != sum(one.count for one in rules) or findings != sum(one.findings for one in owners):
        raise AssertionError(f"the findings by rule or by owner do not add to {findings}")
    held = [one for one in suspects if one.id in inside]
    total = _stake(at, held)
    unknown_rate = sum(one.amount is None and inside[one.id].amount is not None for one in held)
    deals, rest = len(held), len(suspects) - len(held)
    some = sum(1 for one in rules if one.count)
    said = [
        f"{plural(some, 'rule')} with findings {are(some, 'adds', 'add')} "
        f"to {findings:,}, and so {are(len(owners), 'does', 'do')} {plural(len(owners), 'owner')}."
    ]
    if rest:
        kinds = Counter(one.entity for one in suspects if one.id not in inside)
        told = ", ".join(
            plural(count, f"other {kind}" if kind == "deal" else kind) for kind, count in sorted(kinds.items())
        )
        said.append(f"{plural(deals, 'qualified open deal')} and {told} have a finding.")
    notes = list(force.notes)
    if unknown_rate:
        notes.append(
            Note(
                f"{plural(unknown_rate, 'deal')} without an exchange rate {are(unknown_rate)} not in what is at stake.",
                "warning",
            )
        )
    if where and any(rule.of in OTHERS for rule in force.able):
        notes.append(Note("Filters are of deals: accounts, leads and contacts are left aside while one is set."))
    suspects.sort(
        key=lambda one: (one.id not in inside, -len(one.findings), -(one.amount.minor if one.amount else 0), one.id)
    )
    return Scrub(
        at.day, rules, owners, tuple(suspects), findings, deals, open_deals, total, company, marked, tuple(said),
        tuple(notes), force.issues,
    )  # fmt: skip


def _lack(force: InForce, rule: Rule, where: Pairs) -> str:
    if not force.lacking[rule.name] and where and rule.of in OTHERS:
        return "the filter that is set is one of deals"
    return force.lacking[rule.name]


def _stake(at: Snapshot, held: Iterable[Suspect]) -> Money | None:
    """What the deals are worth together; None where none has an amount that can be converted."""
    amounts = [one.amount.minor for one in held if one.amount]
    return Money(sum(amounts), at.currency) if amounts else None


def _by_owner(
    at: Snapshot, suspects: Iterable[Suspect], inside: Mapping[str, facts.Row], labels: Mapping[str, str]
) -> tuple[OwnerCount, ...]:
    held: dict[str, list[Suspect]] = {}
    for one in suspects:
        held.setdefault(one.owner, []).append(one)
    found = []
    for owner, mine in held.items():
        counts = Counter(finding.rule for one in mine for finding in one.findings)
        mostly = max(counts, key=lambda name: (counts[name], name))
        deals = [one for one in mine if one.id in inside]
        teams = Counter(one.team for one in mine if one.team)
        team = teams.most_common(1)[0][0] if teams else ""
        found.append(
            OwnerCount(
                owner, mine[0].owner_name, team, sum(counts.values()), len(deals), _stake(at, deals), labels[mostly]
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.findings, one.name, one.owner)))


def _company(at: Snapshot, force: InForce) -> tuple[Finding, ...]:
    rule = next((one for one in force.able if one.shape == "out-of-wobble"), None)
    if rule is None:
        return ()
    return tuple(
        Finding(
            rule.name,
            f"{month.period.label}: {month.won / month.decided:.0%} of {plural(month.decided, 'deal')} won, where the other months "
            f"at its mix give {month.expected:.0%} and chance {month.low:.0%} to {month.high:.0%}",
        )
        for month in force.own.months
    )
