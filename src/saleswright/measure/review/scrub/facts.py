"""What does the record say about every open deal? One scan that answers every rule, and what its words are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from saleswright.history import checks, identity
from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.lib.money import EXPONENTS
from saleswright.lib.zone import end_of_day
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.dimensions import scope_value
from saleswright.measure.metrics.model import Metric, read_metric
from saleswright.measure.review.scrub.conditions import condition
from saleswright.measure.review.scrub.own import Own, period_end
from saleswright.measure.review.scrub.record import AS_OF, UP_TO, days, planned_sql, scope_sql
from saleswright.measure.review.scrub.rules import Rule

DECIDED = Definition("metric", "every_deal", {"shape": "balance-at", "date": "created", "everything": True})
QUIET = "($day - coalesce(d.touched, d.created, d.qualified))"
RENEWAL = "contains(lower(d.type), 'renew')"


@dataclass(slots=True)
class Row:
    """One deal as of then, with what was derived, and by rule the evidence that was found."""

    id: str
    name: str
    type: str
    stage: str
    standing: str
    amount: int | None
    currency: str
    created: date | None
    qualified: date | None
    expected_close: date | None
    closed: date | None
    forecast_category: str
    owner: str
    account: str
    product: str
    segment: str
    account_name: str
    account_owner: str
    team: str
    next_step: str
    next_step_on: date | None
    touched: date | None
    quiet: int | None
    since: datetime | None
    moves: int
    counted: bool
    found: tuple[tuple[Rule, Any], ...] = ()


KEPT = 8
COLUMNS = tuple(name for name in Row.__dataclass_fields__ if name != "found")
# A column that the actor may not see is read as missing, and rules that need it say so.
OF_DEAL = ("name", "type", "stage", "standing", "amount", "currency", "created", "qualified", "expected_close", "closed",
           "forecast_category", "owner", "account", "product", "segment", "next_step_on")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """The deals that some rule holds against, and how many qualified deals are open in all."""

    rows: tuple[Row, ...]
    open_deals: int


def facts(at: Snapshot, rules: Sequence[Rule], own: Own, where: Pairs) -> Facts:
    """Every deal that some rule holds against, with the evidence; kept as long as what is usual is.

    Whoever goes through the owners one by one asks the record once. Never change the rows.
    """
    kept = own.kept.get(where)
    if kept is None:
        if len(own.kept) >= KEPT:
            own.kept.clear()
        kept = own.kept[where] = _scan(at, rules, own, where)
    return kept


def _scan(at: Snapshot, rules: Sequence[Rule], own: Own, where: Pairs) -> Facts:
    ids, params = _ids(at, "open_deals", where)
    inside = ""
    if where:
        inside, more = _ids(at, _every_deal(at), where)
        params |= more
    told = [(rule, *_expression(at, rule, index, own)) for index, rule in enumerate(rules)]
    told = [one for one in told if one[1]]
    for _, _, values in told:
        params |= values
    columns = [f"({text}) AS r{index}" for index, (_, text, _) in enumerate(told)]
    sql = _text(at, rules, ids, inside, columns)
    if "$scope" in sql:
        params["scope"] = scope_value(at)
    end = period_end(at)
    params |= {**at.clocks(), **days(at), "slip_day": end, "slip_at": min(end_of_day(end, at.workspace.zone), at.k)}
    params |= {"repeated": list(own.repeated), "usual": list(own.usual)}
    size = len(COLUMNS)
    found = []
    answers = at.reader.rows(sql, _named(params, sql))
    for _, *row in answers:
        held = tuple([(one[0], value) for one, value in zip(told, row[size:], strict=True) if value is not None])
        found.append(Row(*[*row[:size], held]))
    many = answers or at.reader.rows(f"SELECT count(*) FROM ({ids})", _named(params, ids))
    return Facts(tuple(found), many[0][0])


def _named(params: Mapping[str, Any], sql: str) -> dict[str, Any]:
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in params.items() if name in named}


def _every_deal(at: Snapshot) -> Metric:
    metric, issues = read_metric(DECIDED, at.schema)
    assert metric is not None, issues
    return metric


def _ids(at: Snapshot, metric: str | Metric, where: Pairs) -> tuple[str, dict[str, Any]]:
    """The text of the ids of a metric's rows, under the actor's policy, the filters and the rules in force."""
    asked: Asked = ask(at, metric, (), "all", where)
    key, make = question(at, asked)

    def build() -> Any:
        from saleswright.measure.metrics import query

        found = query.base(make())
        return found.filter(found.code == 0).select("id")

    sql = compiled(at.workspace.state / "cache", {**key, "want": "ids"}, build)
    return sql, bind(at, sql, asked)


def quoted(field: str) -> str:
    return "d." + '"' + field.replace('"', '""') + '"'


def _text(at: Snapshot, rules: Sequence[Rule], ids: str, inside: str, columns: Sequence[str]) -> str:
    allowed = at.policy.field_allowed
    mine = [f"d.{name}" if allowed("deal", name) else f"NULL AS {name}" for name in OF_DEAL]
    flag = "counted.id IS NOT NULL AS counted"
    decided = any(rule.of == "closed" for rule in rules) and allowed("deal", "closed") and allowed("deal", "created")
    wrong = f" OR ({checks.contradicting('closed', 'created', 'standing')}) IS NOT NULL" if decided else ""
    held = f"SELECT * FROM deal WHERE {AS_OF} AND (standing = 'open'{wrong}) AND {scope_sql(at)}"
    if inside:
        held += f" AND id IN ({inside})"
    steps = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS step, NULL::INT AS told LIMIT 0"
    if allowed("deal", "next_step"):
        steps = (
            "SELECT id, arg_max(coalesce(value, ''), valid_from) AS step FROM personal WHERE entity = 'deal' AND "
            "field = 'next_step' AND valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND "
            "known_to > $known AND id IN (SELECT id FROM held) GROUP BY id"
        )
    touches = "SELECT NULL::VARCHAR AS id, NULL::DATE AS done, NULL::DATE AS ahead, NULL::DATE AS late LIMIT 0"
    if allowed("activity", "occurred"):
        todo = f"coalesce({planned_sql('status')}, false)" if allowed("activity", "status") else "false"
        touches = (
            "SELECT deal AS id, local_day(max(occurred) FILTER (occurred <= $as_of AND NOT todo AND "
            "NOT coalesce(automated, false))) AS done, "
            "local_day(min(occurred) FILTER (occurred::DATE >= $day AND (todo OR occurred > $as_of))) AS ahead, "
            "local_day(min(occurred) FILTER (occurred::DATE < $day AND todo)) AS late "
            f"FROM (SELECT *, {todo} AS todo FROM activity WHERE {AS_OF}) WHERE deal IN (SELECT id FROM held) GROUP BY deal"
        )
    last = "local_day(deal.last_activity)" if allowed("deal", "last_activity") else "NULL::DATE"
    step_on = "deal.next_step_on" if allowed("deal", "next_step_on") else "NULL::DATE"
    moved = _versions(rules)
    slips = _slips(rules)
    evidence = "".join(f", {column}" for column in columns)
    account = "a.name" if allowed("account", "name") else "NULL::VARCHAR"
    steward = "a.owner" if allowed("account", "owner") else "NULL::VARCHAR"
    team = "coalesce(d.team, p.team)" if allowed("deal", "team") and allowed("person", "team") else "NULL::VARCHAR"
    named = allowed("account", "name") and any(_keyed(rule) and "account" in rule.same[0] for rule in rules)
    present = 'known_from <= $known AND known_to > $known AND valid_to > $as_of AND (valid_from <= $as_of OR "first")'
    return (
        f"WITH counted AS ({ids}), held AS MATERIALIZED ({held}), steps AS ({steps}), touches AS ({touches}){moved}{slips}, "
        f"d AS (SELECT deal.*, {flag}, nullif(steps.step, '') AS next_step, "
        f"{_account_key(named)} AS account_key, greatest(touches.done, CASE WHEN {last} <= $day THEN {last} END) AS touched, "
        f"touches.ahead, coalesce({step_on}, touches.late) AS step_due, "
        f"{'v.* EXCLUDE (id)' if moved else 'NULL::TIMESTAMP AS since_stage'}{', s.slipped' if slips else ''} "
        f"FROM held AS deal LEFT JOIN counted ON deal.id = counted.id LEFT JOIN steps ON deal.id = steps.id "
        f"LEFT JOIN touches ON deal.id = touches.id {'LEFT JOIN v ON deal.id = v.id' if moved else ''} "
        f"{'LEFT JOIN slips s ON deal.id = s.id' if slips else ''} "
        f"{f'LEFT JOIN (SELECT id, name FROM account WHERE {present}) c ON deal.account = c.id' if named else ''}"
        f"){_groups(rules)} "
        f"SELECT * FROM (SELECT (SELECT count(*) FROM counted) AS open_deals, d.id, {', '.join(mine[:-1])}, {account}, "
        f"{steward}, {team}, d.next_step, {mine[-1]}, d.touched, {QUIET} AS quiet, d.since_stage, "
        f"coalesce(d.moves_expected_close, 0), d.counted{evidence} FROM d "
        f"LEFT JOIN (SELECT * FROM account WHERE {present}) a ON d.account = a.id "
        f"LEFT JOIN (SELECT * FROM person WHERE {present}) p ON d.owner = p.id"
        + "".join(f" LEFT JOIN k{i} ON d.id = k{i}.id" for i, rule in enumerate(rules) if _keyed(rule))
        + f") WHERE {' OR '.join(f'r{index} IS NOT NULL' for index in range(len(columns))) or 'false'}"
    )


def _versions(rules: Sequence[Rule]) -> str:
    """The CTE `v`: by deal, how often each field was moved later and since when each has its present value."""
    counted = sorted({"expected_close", *(rule.field for rule in rules if rule.shape == "changed-too-often")})
    stays = sorted({"stage", *(rule.field for rule in rules if rule.shape == "too-long-in")})
    lags = ", ".join(f'"{f}", lag("{f}") OVER w AS "b_{f}"' for f in sorted({*counted, *stays}))
    moves = []
    for name in counted:
        count = checks.later_moves(f'"{name}"', f'"b_{name}"')
        moves.append(f'{count} AS "moves_{name}"')
    since = [
        f'max(valid_from) FILTER (("b_{f}" IS NULL OR "{f}" IS DISTINCT FROM "b_{f}") AND '
        f'(NOT "first" OR valid_from::DATE <= created + 1)) AS "since_{f}"'
        for f in stays
    ]
    return (
        f', h AS (SELECT id, valid_from, "first", created, {lags} FROM deal WHERE {UP_TO} AND id IN (SELECT id FROM held) '
        f"WINDOW w AS (PARTITION BY id ORDER BY valid_from, seq)), "
        f"v AS (SELECT id, {', '.join([*moves, *since])} FROM h GROUP BY id)"
    )


def _slips(rules: Sequence[Rule]) -> str:
    if not any(rule.shape == "slipped" for rule in rules):
        return ""
    return (
        ", slips AS (SELECT id, expected_close AS slipped, lower(forecast_category) AS called FROM deal WHERE "
        "valid_from <= $slip_at AND valid_to > $slip_at AND known_from <= $known AND known_to > $known AND NOT removed AND "
        "standing = 'open' AND expected_close <= $slip_day AND list_contains($called, lower(forecast_category)))"
    )


def _keyed(rule: Rule) -> bool:
    return rule.shape == "same-key" and rule.of in ("pipeline", "open")


def _groups(rules: Sequence[Rule]) -> str:
    """A CTE for each rule of records that are the same: the oldest record of each one's group."""
    made = []
    for index, rule in enumerate(rules):
        if _keyed(rule):
            keys = [f"k_{n}" for n in range(len(rule.same[0]))]
            told = ", ".join(f"{_key(name)} AS {key}" for name, key in zip(rule.same[0], keys, strict=True))
            inside = "d.counted" if rule.of == "pipeline" else "d.standing = 'open'"
            keep = ",".join(
                key for name, key in zip(rule.same[0], keys, strict=True) if name not in ("account", "name")
            )
            source = f"(SELECT d.id, d.created, {told} FROM d WHERE {inside} AND {_when(rule)})"
            query = checks.first_of_each(keys, source, "created NULLS LAST, id", keep)
            made.append(f", k{index} AS ({query})")
    return "".join(made)


def _key(name: str) -> str:
    if name == "account":
        return "d.account_key"
    return identity.plain("d.name") if name == "name" else quoted(name)


def _account_key(named: bool) -> str:
    """What an account is known by: its id, or where a source has none but the name, that name in its exact form."""
    tail = "regexp_replace(deal.account, '^account_[^_]*_', '')"
    told = f"coalesce({identity.plain(tail)}, deal.account)"
    return f"CASE WHEN c.name IS NULL OR c.name = {tail} THEN {told} ELSE deal.account END" if named else "deal.account"


def _when(rule: Rule) -> str:
    return condition(rule.when, quoted) if rule.when else "true"


def _scope(rule: Rule) -> str:
    return {"pipeline": "d.counted", "open": "d.standing = 'open'"}.get(rule.of, "true")


def _expression(at: Snapshot, rule: Rule, index: int, own: Own) -> tuple[str, dict[str, Any]]:
    """(the evidence of a rule or null, its parameters); no text for a rule about something else than deals."""
    if rule.of not in ("pipeline", "open", "closed"):
        return "", {}
    text, values = _shape(rule, index, own)
    if not text:
        return "", {}
    return f"CASE WHEN {_scope(rule)} AND ({_when(rule)}) THEN {text} END", values


def _shape(rule: Rule, index: int, own: Own) -> tuple[str, dict[str, Any]]:
    limit = own.limits.get(rule.name)
    if rule.shape == "date-passed":
        return checks.date_passed("d.step_due" if rule.field == "next_step_on" else quoted(rule.field)), {}
    if rule.shape == "changed-too-often" and limit:
        return checks.reaches(f'd."moves_{rule.field}"', f"$l{index}"), {f"l{index}": limit.value}
    if rule.shape == "missing":
        return _missing(rule), {}
    if rule.shape == "silent" and limit:
        return checks.reaches(QUIET, f"$l{index}"), {f"l{index}": limit.value}
    if rule.shape == "too-long-in" and rule.name in own.stays:
        stays = own.stays[rule.name]
        stay = f'($day - d."since_{rule.field}"::DATE)'
        values: dict[str, Any] = {}
        cases = []
        for n, (value, one) in enumerate(stays.items()):
            if value and one.value:
                values |= {f"v{index}x{n}x": value, f"l{index}x{n}x": one.value}
                cases.append(f"WHEN $v{index}x{n}x THEN $l{index}x{n}x")
        other = stays.get("")
        rest = f"ELSE {other.value}" if other and other.value else ""
        if not cases:
            return (checks.exceeds(stay, str(other.value)), {}) if rest and other else ("", {})
        return checks.exceeds(stay, f"(CASE {quoted(rule.field)} {' '.join(cases)} {rest} END)"), values
    if rule.shape == "too-old" and own.too_old:
        field, days_open = own.too_old
        return checks.exceeds(f"($day - {quoted(field)})", f"$l{index}"), {f"l{index}": days_open}
    if rule.shape == "placeholder":
        told = f"coalesce(d.currency, '') || ':' || {quoted(rule.field or 'amount')}"
        text = checks.placeholder(
            quoted(rule.field or "amount"), _units(), f"list_contains($repeated::VARCHAR[], {told})"
        )
        return (
            f"CASE WHEN d.amount > 1 AND list_contains($usual::VARCHAR[], {told}) AND d.amount <> {_units()} "
            f"THEN NULL ELSE {text} END",
            {},
        )
    if rule.shape == "same-key":
        return f"CASE WHEN k{index}.first <> d.id THEN k{index}.first END", {}
    if rule.shape == "contradiction":
        return checks.contradicting("d.closed", "d.created", "d.standing"), {}
    if rule.shape == "says-otherwise":
        plain = identity.plain(quoted(rule.field))
        named = "|".join(word.replace("'", "") for word in rule.words if word.replace(" ", "").isalnum())
        says = f"regexp_extract({plain}, strip_accents('(?:^| )({named})(?:$| )'), 1)"
        return f"CASE WHEN NOT coalesce({RENEWAL}, false) THEN nullif({says}, '') END", {}
    if rule.shape == "slipped":
        return "d.slipped", {"called": list(rule.categories)}
    return "", {}


def _missing(rule: Rule) -> str:
    def told(field: str) -> str:
        if field == "next_step":
            later = "CASE WHEN d.next_step_on >= $day THEN 'x' END"
            return f"coalesce(d.next_step, d.ahead::VARCHAR, {later})"
        return quoted(field)

    cases = [f"CASE WHEN {told(field)} IS NULL THEN '{field}' END" for field in rule.fields]
    for stage, fields in rule.stages.items():
        inside = f"d.stage = '{stage.replace(chr(39), chr(39) * 2)}'"
        cases += [f"CASE WHEN {inside} AND {told(field)} IS NULL THEN '{field}' END" for field in fields]
    return f"nullif(concat_ws(',', {', '.join(cases)}), '')"


def _units() -> str:
    other = sorted((code, places) for code, places in EXPONENTS.items() if places != 2)
    return "(CASE d.currency " + " ".join(f"WHEN '{c}' THEN {10**p}" for c, p in other) + " ELSE 100 END)"
