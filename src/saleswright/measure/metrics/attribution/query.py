"""Which touches came before which win? One expression: a row per touch of a deal, in order. Imported only when no text is
at hand.

A touch speaks for the deal it names; else for the deal its lead became; else for every deal of the person it reached (the
contact, or the one its lead became), as one of the deal's contacts or its primary contact; else for the deals of the
account its lead became. Whatever way it comes, it stands once in a deal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.metrics.query import Question, base

DEAL = frozenset({"account", "primary_contact", "standing", "closed"})
LEAD = ("deal", "contact", "account", "source")


@dataclass(frozen=True)
class Ways:
    """What shapes the text beside the question: by what touches are told apart, and which touches count."""

    by: str
    look_back_days: int | None = None
    statuses: bool = False


def credited(q: Question, ways: Ways) -> ir.Table:
    """Per deal and touch, in order: id, value, touched, member, own, rank (from 0), n. A deal without touches has one row."""
    deals, touches = _deals(q), _ranked(q, ways)
    joined = deals.left_join(touches, deals.id == touches.deal_id)
    return joined.select(
        "id",
        "value",
        "own",
        member=joined.member,
        rank=joined.rank.fill_null(0),
        n=joined.n.fill_null(0),
    ).order_by(["id", "rank"])


def opened(q: Question, ways: Ways) -> ir.Table:
    """The same for one page of deals: those with a touch of the asked member, latest win first."""
    deals, touches = _deals(q), _ranked(q, ways)
    touches = touches.mutate(m=touches.member.fill_null(""))
    asked = touches.filter(r.members("asked").contains(touches.m)).select(deal_id="deal_id").distinct()
    page = (
        deals.semi_join(asked, deals.id == asked.deal_id)
        .order_by([ibis.desc("until"), "id"])
        .limit(r.COUNTS["page_size"], offset=r.COUNTS["page_start"])
    )
    named = r.standing_now(r.table(q.schema["deal"], {"name"}))
    named = named.select(k_id=named.id, name=named.name)
    page = page.left_join(named, page.id == named.k_id).drop("k_id")
    joined = page.join(touches, page.id == touches.deal_id)
    columns = ["id", "name", "until", "value", "touch", "occurred", "status", "campaign", "m", "rank", "n"]
    return joined.select(*columns).order_by([ibis.desc("until"), "id", "rank"])


def _deals(q: Question) -> ir.Table:
    """The deals that are counted, what each is worth, and the day after which no touch can have helped."""
    rows = base(replace(q, also=q.also | DEAL))
    rows = rows.filter(rows.code == 0)
    until = ibis.cases((rows.standing.isin(["won", "lost"]), rows.closed), else_=None).fill_null(r.day("day"))
    value = rows["value"] if "value" in rows.columns else ibis.null("int64")
    own = rows[f"d_{q.by[0].name}"].cast("string") if q.by else ibis.null("string")
    return rows.select("id", "account", "primary_contact", value=value, until=until, own=own)


def _ranked(q: Question, ways: Ways) -> ir.Table:
    """Touch by touch within its deal: deal_id, touch, occurred, status, campaign, member, rank, n."""
    told = _told(q, ways)
    deals = _deals(q)
    deals = deals.select(deal_id=deals.id, until=deals.until, account=deals.account, person=deals.primary_contact)
    by_deal = told.filter(told.to_deal.notnull())
    by_person = told.filter(told.to_deal.isnull(), told.to_person.notnull())
    by_account = told.filter(told.to_deal.isnull(), told.to_person.isnull(), told.to_account.notnull())
    people = _people(q, deals)
    ways_in = (
        by_deal.join(deals, by_deal.to_deal == deals.deal_id),
        by_person.join(people, by_person.to_person == people.person),
        by_account.join(deals, by_account.to_account == deals.account),
    )
    columns = ["deal_id", "until", "touch", "occurred", "status", "campaign", "member"]
    pairs = ibis.union(*(one.select(*columns) for one in ways_in))
    pairs = pairs.filter(pairs.occurred <= pairs.until)
    if ways.look_back_days is not None:
        pairs = pairs.filter(pairs.occurred >= pairs.until - ibis.interval(days=ways.look_back_days))
    # The id decides within a day: touches carry no time.
    ordered = ibis.window(group_by="deal_id", order_by=["occurred", "touch"])
    return pairs.mutate(
        rank=ibis.row_number().over(ordered).cast("int64"),
        n=pairs.touch.count().over(ibis.window(group_by="deal_id")).cast("int64"),
    ).drop("until")


def _told(q: Question, ways: Ways) -> ir.Table:
    """Every touch known by then, told apart as asked, with whom it leads to: a deal, else a person, else an account."""
    touches = r.as_of(r.table(q.schema["touch"]))
    touches = touches.filter(touches.occurred.notnull())
    if ways.statuses:
        touches = touches.filter(r.members("statuses").contains(touches.status.lower()))
    leads = r.standing_now(r.table(q.schema["lead"], LEAD))
    leads = leads.filter(~leads.removed).select(k_lead=leads.id, **{f"lead_{name}": leads[name] for name in LEAD})
    rows = touches.left_join(leads, touches.lead == leads.k_lead)
    if ways.by in ("channel", "kind"):
        campaigns = r.standing_now(r.table(q.schema["campaign"], {ways.by}))
        campaigns = campaigns.select(k_campaign=campaigns.id, told=campaigns[ways.by])
        rows = rows.left_join(campaigns, rows.campaign == campaigns.k_campaign)
    member = {
        "campaign": lambda: rows.campaign,
        "status": lambda: rows.status,
        "source": lambda: rows.lead_source,
    }.get(ways.by, lambda: rows.told)()
    columns: dict[str, Any] = {
        "touch": rows.id,
        "member": member,
        "to_deal": ibis.coalesce(rows.deal, rows.lead_deal),
        "to_person": ibis.coalesce(rows.contact, rows.lead_contact),
        "to_account": rows.lead_account,
    }
    return rows.select("occurred", "status", "campaign", **columns)


def _people(q: Question, deals: ir.Table) -> ir.Table:
    """Who stands on the buying side of which deal, each once."""
    links = r.standing_now(r.table(q.schema["deal_contact"], {"deal", "contact"}))
    links = links.filter(~links.removed).select(link_deal=links.deal, person=links.contact)
    named = deals.drop("account", "person").join(links, deals.deal_id == links.link_deal)
    primary = deals.filter(deals.person.notnull())
    columns = ["deal_id", "until", "person"]
    return ibis.union(named.select(*columns), primary.select(*columns)).distinct()
