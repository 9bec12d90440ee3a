"""Why can a rule not say? Which field is not in the record, and which export would bring it. Never a guess."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import ended_words
from saleswright.kernel.policy import COMPANY
from saleswright.measure.review.scrub.others import keyless
from saleswright.measure.review.scrub.own import Own
from saleswright.measure.review.scrub.rules import Rule

# The column that usually holds a field: Salesforce's name, then how others call it.
COLUMNS = {
    "expected_close": 'the close date of open deals (Salesforce CloseDate, HubSpot "Close Date", Pipedrive "Expected close '
    'date")',
    "next_step": 'the next step (Salesforce NextStep, HubSpot "Next step")',
    "next_step_on": "the day of the next step (a date column beside the next step, or open tasks: Salesforce Task, Pipedrive "
    "activities)",
    "amount": 'the amount of open deals (Salesforce Amount, HubSpot "Amount", Pipedrive "Value")',
    "owner": 'the owner (Salesforce OwnerId, HubSpot "Deal owner", Pipedrive "Owner")',
    "account": 'the account (Salesforce AccountId, HubSpot "Associated Company", Pipedrive "Organization")',
    "type": 'the kind of sale (Salesforce Type, HubSpot "Deal Type")',
    "name": "the name of the deal (Salesforce Name, HubSpot and Pipedrive the first column of a deal export)",
    "closed": 'the day a deal was decided (Salesforce CloseDate of closed deals, HubSpot "Close Date", Pipedrive "Won time")',
    "forecast_category": 'the forecast category (Salesforce ForecastCategoryName, HubSpot "Forecast category")',
    "stage": 'the stage (Salesforce StageName, HubSpot "Deal Stage", Pipedrive "Stage")',
}
HISTORY = (
    "how close dates and stages changed: import the history beside the deals (Salesforce OpportunityHistory and "
    'OpportunityFieldHistory, HubSpot property history, or "Date entered" columns), or export the same list again next week'
)
ACTIVITY = (
    'when anybody last touched a deal (Salesforce LastActivityDate, HubSpot "Last Activity Date", Pipedrive "Last activity '
    'date", or the activities themselves: Salesforce Task and Event)'
)


# What these find is counted to today, which tells nothing of a record that ended before.
TO_TODAY = ("date-passed", "silent", "too-long-in", "too-old", "slipped")


def needs(at: Snapshot, rule: Rule, own: Own) -> str:
    """What a rule lacks, in words; empty when it can say."""
    lacks = _lacks(at, rule, own)
    if not lacks and own.ended and rule.shape in TO_TODAY:
        return ended_words(own.ended)
    return lacks


def _lacks(at: Snapshot, rule: Rule, own: Own) -> str:
    hidden = [name for name in fields_of(rule) if not at.policy.field_allowed(_entity(rule), name)]
    if hidden:
        return f"{', '.join(hidden)} is not shown to you"
    if rule.shape in ("out-of-wobble", "too-old") and at.policy.scope != COMPANY:
        return "it is measured over the whole record, of which you see a part"
    if rule.of in ("account", "lead", "contact"):
        missing = keyless(at, rule, own.tables)
        if rule.of not in own.tables:
            return f"no {rule.of}s are in the record: import the export of {rule.of}s too"
        return (
            f"no {rule.of} has {' or '.join(missing)}: add that column to the export of {rule.of}s" if missing else ""
        )
    has = own.has
    if rule.shape in ("changed-too-often", "too-long-in") and f"changes of {rule.field}" not in has:
        return HISTORY
    if rule.shape == "slipped":
        if "history" not in has:
            return HISTORY
        if "forecast_category" not in has:
            return COLUMNS["forecast_category"]
        return "" if "calls" in has else HISTORY
    if rule.shape == "silent":
        return "" if "open last_activity" in has or "activity" in has else ACTIVITY
    if rule.field == "next_step_on" and rule.shape == "date-passed":
        return "" if "open next_step_on" in has or "tasks" in has else COLUMNS["next_step_on"]
    if rule.shape == "missing":
        lacking = [name for name in rule.all_fields if not _told(name, own)]
        return "; ".join(column(name) for name in lacking) if len(lacking) == len(rule.all_fields) else ""
    if rule.shape == "too-old":
        return "" if {"created", "qualified"} & has else "the day a deal was created or qualified"
    if rule.shape == "says-otherwise":
        lacking = [name for name in (rule.field, "type") if name not in has]
        return "; ".join(column(name) for name in lacking)
    if rule.shape == "same-key":
        lacking = [name for name in rule.same[0] if name in ("account", "name") and f"open {name}" not in has]
        return "; ".join(column(name) for name in lacking)
    if rule.shape == "contradiction":
        return "" if "closed" in has else column("closed")
    if rule.shape == "out-of-wobble":
        return "" if "closed" in has else column("closed")
    if rule.shape in ("date-passed", "placeholder") and f"open {rule.field or 'amount'}" not in has:
        return column(rule.field or "amount")
    return ""


def unsaid(rule: Rule, own: Own) -> tuple[str, ...]:
    """Of the fields a rule asks for, those no open deal has: the export does not hold them, so no deal lacks them."""
    if rule.shape != "missing":
        return ()
    return tuple(name for name in rule.all_fields if not _told(name, own))


def _told(name: str, own: Own) -> bool:
    return (name in own.has or "tasks" in own.has) if name == "next_step" else f"open {name}" in own.has


def column(name: str) -> str:
    """Where a field would come from."""
    return COLUMNS.get(name) or f"{name.replace('_', ' ')} (a column of the export of deals that holds it)"


def _entity(rule: Rule) -> str:
    return rule.of if rule.of in ("account", "lead", "contact") else "deal"


def fields_of(rule: Rule) -> tuple[str, ...]:
    """Every field a rule must be allowed to see."""
    more: tuple[str, ...] = ()
    if rule.shape == "slipped":
        more = ("forecast_category", "expected_close")
    elif rule.shape == "contradiction":
        more = ("closed", "created")
    elif rule.shape == "silent":
        more = ("last_activity",)
    elif rule.shape == "says-otherwise":
        more = ("type",)
    elif rule.shape == "too-old":
        more = ("created",)
    named = (rule.field, *rule.all_fields, *(name for key in rule.same for name in key), *map(str, rule.when), *more)
    return tuple(dict.fromkeys(name for name in named if name))
