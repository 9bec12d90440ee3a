"""Rows made of what people did: answers to leads, prospects touched, calls, meetings, recipients of mail.

Who touched whom is read from the log of activities: a row counts as a touch when a person (not a machine) did it, towards
the prospect, and it is done. A lead that became a contact is one person, under whichever of the two it was logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.measure.metrics.response_words import (
    CALLED_OFF,
    CALLS,
    DISPOSITIONS,
    INBOUND,
    MACHINE,
    MEETINGS,
    NEGATIVE,
    POSITIVE,
    TOUCHES,
    UNDONE,
    UNHELD,
    UNKNOWN,
)
from saleswright.measure.metrics.working_rows import business_minutes

Schema = Mapping[str, Entity]
_WHO = ("owner", "deal", "account", "contact", "lead")
# So many days after a meeting that did not take place, the next one with the same people is the same meeting.
_CHAIN = 30


def has(column: Any, words: tuple[str, ...]) -> Any:
    """Has the text one of these words in it, whatever the case? No where there is no text."""
    text = column.lower()
    return ibis.or_(*(text.contains(word) for word in words)).fill_null(False)


def _activities(schema: Schema, shape: str, more: tuple[str, ...] = ()) -> ir.Table:
    fields = {"kind", "direction", "status", "occurred", "created", "automated", *_WHO, *more}
    return r.visible(schema, "activity", shape, fields)


def _human(rows: ir.Table) -> Any:
    return ~rows.automated.fill_null(False)


def _touches(schema: Schema, shape: str) -> ir.Table:
    """What a person did towards a prospect, and has done; `at` is null where only the day is told."""
    rows = _activities(schema, shape)
    outbound = ~has(rows.direction, INBOUND)
    rows = rows.filter(_human(rows), outbound, has(rows.kind, TOUCHES), ~has(rows.status, UNDONE))
    bare = r.local_day(rows.occurred) != r.local_day(rows.occurred - ibis.interval(seconds=1))
    same = r.local_day(rows.created) == r.local_day(rows.occurred)
    at = ibis.cases((~bare, rows.occurred), (same, rows.created), else_=None)
    return rows.mutate(at=at, on=r.local_day(rows.occurred))


def response(schema: Schema, shape: str) -> ir.Table:
    """One row for each lead: received, answered (the day of the first human answer), touched (its minute), in time or not.

    The clock starts when the lead arrives and never again: not when it changes hands.
    """
    fields = ("created", "received", "owner", "source", "channel", "campaign", "status", "deal", "account", "contact")
    leads = r.visible(schema, "lead", shape, fields)
    told = _touches(schema, "company")
    own = told.filter(told.lead.notnull()).select("at", "on", k_id=told.lead).select("k_id", "at", "on")
    # Of what was done with the contact only what followed the lead answers it.
    whose = leads.filter(leads.contact.notnull())
    whose = whose.select(k_id=whose.id, k_contact=whose.contact, k_created=whose.created, k_received=whose.received)
    later = told.filter(told.contact.notnull()).join(whose, told.contact == whose.k_contact)
    timed = later["at"].notnull() & later.k_received.notnull()
    after = ibis.cases((timed, later["at"] >= later.k_received), else_=later["on"] >= later.k_created)
    later = later.filter(after.fill_null(False)).select("k_id", "at", "on")
    answers = own.union(later)
    found = answers.group_by("k_id").aggregate(answered=answers["on"].min(), touched=answers["at"].min())
    rows = leads.left_join(found, leads.id == found.k_id).drop("k_id")
    # A first answer of which only the day is told has no minute, whatever followed it.
    known = r.local_day(rows.touched) == rows.answered
    rows = rows.mutate(touched=ibis.cases((known, rows.touched), else_=None))
    rows = rows.mutate(until=rows.touched.fill_null(r.moment("as_of")))
    waited = business_minutes(rows.received, rows.until)
    within = r.text("hours_within").cast("int64")
    done = rows.touched.notnull()
    early = (rows.touched < rows.received) | (rows.answered < r.local_day(rows.received))
    rows = rows.mutate(early=early.fill_null(False))
    return rows.mutate(
        hours=ibis.cases((done & ~rows.early, waited / 60.0), else_=None),
        prompt=ibis.cases((rows.early, None), (done, waited <= within), (rows.answered.isnull(), False), else_=None),
        due=done | (waited > within),
    )


def _people(schema: Schema) -> ir.Table:
    """Which person a lead is: the contact it became, or itself; and the deal it became."""
    leads = r.as_of(r.table(schema["lead"], {"contact", "deal", "account"}))
    return leads.select(k_lead=leads.id, person=leads.contact.fill_null(leads.id), k_deal=leads.deal)


def _named(schema: Schema, rows: ir.Table) -> ir.Table:
    """The rows with `person`: whom each of them is about. Those about nobody named are dropped."""
    leads = _people(schema)
    rows = rows.left_join(leads, rows.lead == leads.k_lead).drop("k_lead", "k_deal")
    rows = rows.mutate(person=rows.contact.fill_null(rows.person).fill_null(rows.lead))
    return rows.filter(rows.person.notnull())


def _in_period(column: Any) -> Any:
    return (column >= r.day("p_start")) & (column < r.day("p_end"))


def prospect(schema: Schema, shape: str) -> ir.Table:
    """One row for each person touched in the period: the first touch in it, and the qualified deal or sign that followed.

    Split by time, a prospect stands in the stretch of that first touch, so that the parts add up to the whole.
    """
    told = _touches(schema, shape).select(*_WHO, "on")
    mails = r.visible(schema, "message", shape, {"owner", "deal", "contact", "lead", "sent", "automated"})
    mails = mails.filter(_human(mails), mails.sent.notnull())
    sent = mails.select(
        "owner", "deal", account=ibis.null("string"), contact="contact", lead="lead", on=r.local_day(mails.sent)
    )
    touches = _named(schema, told.union(sent))
    touches = touches.filter(_in_period(touches["on"]))
    first = touches.group_by("person").aggregate(
        touched=touches["on"].min(),
        touches=touches.count(),
        owner=touches.owner.argmin(touches["on"]),
        account=touches.account.argmin(touches["on"]),
        lead=touches.lead.max(),
        contact=touches.contact.max(),
    )
    deals = _deals(schema)
    joined = first.select("person", "touched").join(deals, "person")
    came = joined.group_by("person").aggregate(
        before=joined.qualified.min(),
        qualified=ibis.cases((joined.qualified >= joined.touched, joined.qualified), else_=None).min(),
    )
    signs = _signs(schema)
    joined = first.select("person", "touched").join(signs, "person")
    back = joined.filter(joined["on"] >= joined.touched).group_by("person").aggregate(answered=lambda t: t["on"].min())
    rows = first.left_join(came, "person", rname="c_{name}").left_join(back, "person", rname="b_{name}")
    known = (rows.before < rows.touched).fill_null(False)
    return rows.mutate(id=rows.person, known=known).drop("person")


def _deals(schema: Schema) -> ir.Table:
    """(person, the day a deal of theirs was qualified)."""
    deals = r.as_of(r.table(schema["deal"], {"qualified", "primary_contact"}))
    deals = deals.filter(deals.qualified.notnull())
    people = _people(schema).filter(lambda t: t.k_deal.notnull())
    # Who takes part in a deal is looked up, not reported: few sources say since when.
    roles = r.standing_now(r.table(schema["deal_contact"], {"deal", "contact"}))
    roles = roles.filter(~roles.removed)
    main = deals.filter(deals.primary_contact.notnull()).select(person=deals.primary_contact, qualified=deals.qualified)
    of_lead = people.join(deals, people.k_deal == deals.id).select("person", "qualified")
    of_role = roles.join(deals, roles.deal == deals.id).select(person=roles.contact, qualified=deals.qualified)
    return main.union(of_lead).union(of_role)


def _signs(schema: Schema) -> ir.Table:
    """(person, day) of everything that came back: an answer, a click, a meeting held."""
    acts = _activities(schema, "company")
    met = has(acts.kind, MEETINGS) & ~has(acts.status, UNHELD)
    acts = acts.filter(met | has(acts.direction, INBOUND))
    acts = acts.select("contact", "lead", on=r.local_day(acts.occurred))
    mails = r.as_of(r.table(schema["message"], {"contact", "lead", "replied", "clicked", "reply_kind"}))
    replied = mails.filter(mails.replied.notnull(), ~has(mails.reply_kind, MACHINE))
    replied = replied.select("contact", "lead", on=r.local_day(replied.replied))
    clicked = mails.filter(mails.clicked.notnull()).select("contact", "lead", on=r.local_day(mails.clicked))
    return _named(schema, acts.union(replied).union(clicked)).select("person", "on")


def call(schema: Schema, shape: str) -> ir.Table:
    """One row for each call. status: its outcome, of a closed list; connected: somebody was on the line."""
    rows = _activities(schema, shape, ("minutes", "disposition"))
    rows = rows.filter(has(rows.kind, CALLS))
    said = rows.disposition.fill_null(rows.status)
    outcome = ibis.cases(*((has(said, words), name) for name, words in DISPOSITIONS.items()), else_=UNKNOWN)
    lasted = (outcome == UNKNOWN) & (rows.minutes > 0).fill_null(False)
    return rows.mutate(status=outcome, connected=(outcome == "connected") | lasted, done=~has(rows.status, UNDONE))


def meeting(schema: Schema, shape: str) -> ir.Table:
    """One row for each meeting or demo, however often it was moved: a chain ends when it is held.

    What follows a meeting of the same kind with the same people that did not take place, within 30 days, is the same
    meeting at another time.
    """
    rows = _activities(schema, shape)
    rows = rows.filter(has(rows.kind, MEETINGS), _human(rows), rows.occurred.notnull())
    off = has(rows.status, CALLED_OFF)
    held = ~has(rows.status, UNHELD)
    whom = ibis.coalesce(rows.contact, rows.lead, rows.deal, rows.account, rows.id)
    rows = rows.mutate(off=off, was_held=held, whom=whom, sort=rows.kind.lower())
    window = ibis.window(group_by=["whom", "sort"], order_by=["occurred", "id"])
    rows = rows.mutate(p_held=rows.was_held.cast("int32").lag().over(window), p_on=rows.occurred.lag().over(window))
    gap = rows.occurred.epoch_seconds() - rows.p_on.epoch_seconds()
    fresh = rows.p_held.isnull() | (rows.p_held == 1) | (gap > _CHAIN * 86_400)
    rows = rows.mutate(fresh=ibis.cases((fresh, 1), else_=0))
    running = ibis.window(group_by=["whom", "sort"], order_by=["occurred", "id"], preceding=None, following=0)
    rows = rows.mutate(chain=rows.fresh.sum().over(running))
    return rows.group_by("whom", "sort", "chain").aggregate(
        id=rows.id.argmin(rows.occurred),
        booked=rows.created.fill_null(rows.occurred).min(),
        occurred=rows.occurred.max(),
        held=rows.was_held.cast("int32").max() == 1,
        called_off=rows.off.cast("int32").argmax(rows.occurred) == 1,
        tries=rows.count(),
        kind=rows.kind.argmax(rows.occurred),
        status=rows.status.argmax(rows.occurred),
        **{name: rows[name].argmax(rows.occurred) for name in _WHO},
    )


def recipient(schema: Schema, shape: str) -> ir.Table:
    """One row for each person that mail reached in the period, and the first answer of each sort to it.

    A message whose recipient is neither a contact nor a lead of the record stands by itself and is not `known`.
    """
    fields = {"owner", "campaign", "contact", "lead", "delivered", "replied", "reply_kind", "clicked"}
    rows = r.visible(schema, "message", shape, fields)
    rows = rows.filter(rows.delivered.notnull(), _in_period(r.local_day(rows.delivered)))
    leads = _people(schema)
    rows = rows.left_join(leads, rows.lead == leads.k_lead).drop("k_lead", "k_deal")
    rows = rows.mutate(whom=ibis.coalesce(rows.contact, rows.person, rows.lead))
    rows = rows.mutate(key=rows.whom.fill_null(rows.id), human=~has(rows.reply_kind, MACHINE))
    replied = ibis.cases((rows.human, r.local_day(rows.replied)), else_=None)
    glad = has(rows.reply_kind, POSITIVE) & ~has(rows.reply_kind, NEGATIVE)
    good = ibis.cases((glad, replied), else_=None)
    return rows.group_by("key").aggregate(
        id=rows.key.min(),
        delivered=r.local_day(rows.delivered).min(),
        mails=rows.count(),
        known=rows.whom.notnull().cast("int32").max() == 1,
        replied=replied.min(),
        positive=good.min(),
        clicked=r.local_day(rows.clicked).min(),
        owner=rows.owner.argmin(rows.delivered),
        campaign=rows.campaign.argmin(rows.delivered),
        contact=rows.contact.max(),
        lead=rows.lead.max(),
    )
