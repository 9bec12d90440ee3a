"""A record of any size, written straight into a release in the stored form: five versions of every deal.

Deals are created evenly over four years and live 20 to 199 days; who is not decided by the last day is open. Each moves
through four stages and changes its amount on the way; one owner in ten changes in the middle.
"""

from __future__ import annotations

from pathlib import Path

from bench.line import SEED
from saleswright.app import open_workspace
from saleswright.history.changes import StageMap
from saleswright.history.release import current, definitions_hash, publisher
from saleswright.history.schema import entities
from saleswright.kernel.workspace import Workspace

FIRST = "DATE '2022-01-01'"
DAYS = 1461
LAST = "2025-12-31"
PAST = "2024-06-30"
VERSIONS = 5
OWNERS = 200
TEAMS = 12
DAY = 86_400_000_000

_SETTINGS = f"""format = 1
name = "Bench"
currency = "USD"
zone = "UTC"
# seed {SEED}

[defaults]
period = "all"
"""

_DEALS = f"""
CREATE TEMP TABLE one AS
SELECT i, h, 'deal_bench_' || i AS id, 'Deal ' || i AS name, born, lives, born + lives AS ends,
       CASE h % 6 WHEN 5 THEN 'renewal' WHEN 4 THEN 'expansion' WHEN 3 THEN 'expansion' ELSE 'new' END AS type,
       born + lives <= DATE '{LAST}' AS decided, CASE WHEN h // 13 % 100 < 30 THEN 'won' ELSE 'lost' END AS fate,
       'person_bench_' || (i % {OWNERS}) AS owner, 'person_bench_' || ((i + (h % 10 = 0)::INT) % {OWNERS}) AS later,
       'account_bench_' || (i // 4) AS account,
       CASE h // 7 % 3 WHEN 0 THEN 'Enterprise' WHEN 1 THEN 'Mid-market' ELSE 'SMB' END AS segment,
       CASE h // 11 % 3 WHEN 0 THEN 'Inbound' WHEN 1 THEN 'Outbound' ELSE 'Partner' END AS source,
       epoch_us(born) AS start, greatest(1, least(lives, DATE '{LAST}' - born)) * {DAY // 4} AS step
FROM (SELECT i, h, {FIRST} + (h // 17 % {DAYS})::INT AS born, (20 + h // 19 % 180)::INT AS lives
      FROM (SELECT i, (hash(i, {SEED}) % 1000000007)::BIGINT AS h FROM range($deals) t(i)))
"""

_VERSIONS = f"""
INSERT INTO deal BY NAME
SELECT id, name, type, 'default' AS pipeline,
       CASE WHEN v < 4 OR NOT decided
            THEN CASE v WHEN 0 THEN 'Discovery' WHEN 1 THEN 'Qualified' WHEN 2 THEN 'Proposal' ELSE 'Negotiation' END
            WHEN fate = 'won' THEN 'Closed Won' ELSE 'Closed Lost' END AS stage,
       CASE WHEN h % 50 <> 0 THEN 100000 + h % 900 * 10000 + v * 12345 END AS amount, 'USD' AS currency,
       born AS created, born + 3 AS qualified, ends AS expected_close, CASE WHEN v = 4 AND decided THEN ends END AS closed,
       CASE WHEN v > 2 THEN later ELSE owner END AS owner, account, segment, source,
       CASE WHEN v < 4 OR NOT decided THEN 'open' ELSE fate END AS standing, 'field' AS qualified_by,
       false AS removed, v = 0 AS first, make_timestamp(start + v * step) AS valid_from,
       CASE WHEN v = 4 THEN TIMESTAMP '9999-12-31' ELSE make_timestamp(start + (v + 1) * step) END AS valid_to,
       make_timestamp(start + v * step) AS known_from, TIMESTAMP '9999-12-31' AS known_to,
       1 AS run_id, i * {VERSIONS} + v AS seq
FROM (SELECT *, unnest([0, 1, 2, 3, 4]) AS v FROM one)
"""

_PERSON = f"""
INSERT INTO person BY NAME
SELECT 'person_bench_' || i AS id, 'Team ' || (i % {TEAMS}) AS team, ['East', 'West', 'North'][1 + i % 3] AS region,
       false AS removed, true AS first, TIMESTAMP '2021-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,
       TIMESTAMP '2021-01-01' AS known_from, TIMESTAMP '9999-12-31' AS known_to, 1 AS run_id, i AS seq
FROM range({OWNERS}) t(i)
"""

_NAMES = f"""
INSERT INTO personal BY NAME
SELECT 'person' AS entity, 'person_bench_' || i AS id, 'name' AS field, 'Rep ' || i AS value,
       TIMESTAMP '2021-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,
       TIMESTAMP '2021-01-01' AS known_from, TIMESTAMP '9999-12-31' AS known_to, 1 AS run_id, i AS seq
FROM range({OWNERS}) t(i)
"""


# What a review looks at: next steps, the last touch, the owner's call, quotas. One open deal in seven has no next step.
_LIVELY = f"""
UPDATE deal SET last_activity = valid_from, next_step_on = CASE WHEN seq % 7 <> 0 THEN valid_from::DATE + 10 END,
       forecast_category = CASE stage WHEN 'Negotiation' THEN 'Commit' WHEN 'Proposal' THEN 'Best Case' ELSE 'Pipeline' END;
INSERT INTO personal BY NAME
SELECT 'deal' AS entity, id, 'next_step' AS field, 'Call them' AS value, valid_from, valid_to, known_from, known_to, run_id,
       seq FROM deal WHERE seq % 7 <> 0;
INSERT INTO quota BY NAME
SELECT 'quota_bench_' || p || '_' || q AS id, 'person_bench_' || p AS person, starts::DATE AS starts,
       (starts + INTERVAL 3 MONTH)::DATE AS ends, 50000000 AS amount, 'USD' AS currency, false AS removed, true AS first,
       TIMESTAMP '2021-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to, TIMESTAMP '2021-01-01' AS known_from,
       TIMESTAMP '9999-12-31' AS known_to, 1 AS run_id, p * 16 + q AS seq
FROM range({OWNERS}) a(p), (SELECT q, DATE '2022-01-01' + INTERVAL 3 MONTH * q::INT AS starts FROM range(16) b(q))
"""


def company(place: Path, deals: int, lively: bool = False) -> Workspace:
    """The workspace in `place` with this many deals; what lies there from an earlier call is used again.

    lively: with next steps, activity, calls and quotas.
    """
    folder = place / f"company-{deals}-{SEED}{'-lively' if lively else ''}"
    if not (folder / "saleswright.toml").exists():
        folder.mkdir(parents=True)
        (folder / "saleswright.toml").write_text(_SETTINGS, encoding="utf-8")
    workspace = open_workspace(folder)
    if current(workspace.state) is None:
        with publisher(workspace.state, entities(), StageMap(), workspace.zone) as p:
            p.begin(fresh=True)
            p.con.execute(_DEALS, {"deals": deals})
            p.con.execute(_VERSIONS)
            p.con.execute("DROP TABLE one")
            p.con.execute(_PERSON)
            p.con.execute(_NAMES)
            if lively:
                p.con.execute(_LIVELY)
            p.finish((1,), (1,), definitions_hash(workspace), {"custom": [], "base": workspace.currency}, "USD")
    return workspace
