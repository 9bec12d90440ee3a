"""One table of rows for each file of the export, in the columns of the Salesforce objects."""

from collections.abc import Iterator, Sequence

from .assumptions import DISQUALIFIED, LOST, PROSPECTING, WON
from .dates import DAY_SECONDS, ISO, add_months, stamp
from .history import BUSINESS_DAY
from .keys import keys
from .marketing import TYPE
from .pricing import month_date
from .world import World

Row = Sequence[object]
Rows = Iterator[Row]
BOOLEAN = ("false", "true")
OPEN_END = "9999-12-31"
BOOKED_BEFORE = 4 * 3600  # a meeting is entered so long before it is held


def _money(amount: int | None) -> str:
    return "" if amount is None else f"{amount}.00"


def _morning(day: int, number: int = 0) -> str:
    """An instant for records whose hour means nothing; the number only keeps them apart."""
    return stamp(day * DAY_SECONDS + BUSINESS_DAY[0] + number * 37 % BUSINESS_DAY[1])


def users(world: World) -> Rows:
    """Everybody as of now."""
    for number, user in enumerate(world.people.users):
        manager = world.people.manager_of(user)
        mail = user.name.lower().replace(" ", ".") + "@saleswright.example"
        yield (
            user.key, user.name, mail, "true", manager.key if manager else "", user.role, user.team,
            _morning(user.hired, number),
        )  # fmt: skip


def user_history(world: World) -> Rows:
    """The team of everybody over time."""
    ids, by = keys("017"), world.people.operations.key
    for number, user in enumerate(world.people.users):
        before = ""
        for day, team in user.teams:
            yield next(ids), user.key, "Team__c", before, team, _morning(day, number), by
            before = team


def accounts(world: World) -> Rows:
    """Companies, the duplicates among them."""
    for number, a in enumerate(sorted(world.accounts, key=lambda a: a.key)):
        yield (
            a.key, a.name, a.industry, a.country, a.segment, a.employees, _money(a.revenue), a.owner.key, a.parent,
            _morning(a.created, number), f"https://{a.domain}" if a.domain else "",
        )  # fmt: skip


def contacts(world: World) -> Rows:
    """People at the accounts."""
    for number, c in enumerate(world.contacts):
        created = _morning(c.account.created, number)
        yield c.key, c.account.key, c.first, c.last, c.email, c.phone, c.title, created


def leads(world: World) -> Rows:
    """Leads; a converted one names what it became."""
    for number, lead in enumerate(world.leads):
        deal = lead.deal
        yield (
            lead.key, lead.first, lead.last, lead.company, lead.email, lead.status, lead.source, lead.owner.key,
            _morning(lead.created, number), BOOLEAN[deal is not None], ISO[lead.converted] if deal else "",
            deal.key if deal else "", deal.account.key if deal else "", lead.contact,
        )  # fmt: skip


def opportunities(world: World) -> Rows:
    """Deals as they stand."""
    for d in world.deals:
        now = d.now
        qualified = "" if now.stage == PROSPECTING or d.qualified > world.calendar.until else ISO[d.qualified]
        closed = now.stage in (WON, LOST, DISQUALIFIED)
        yield (
            d.key, d.name, d.account.key, now.owner.key, d.kind, now.stage, _money(now.amount), d.account.currency,
            stamp(d.changes[0].instant), qualified, ISO[now.close], now.category, now.next_step,
            ISO[d.last_activity] if d.last_activity else "", d.source, d.campaign, d.loss_reason, d.competitor,
            d.segment, d.term or "", "ACV", "false", BOOLEAN[closed], BOOLEAN[now.stage == WON],
        )  # fmt: skip


def opportunity_history(world: World) -> Rows:
    """A snapshot for every change of stage, amount, close date or forecast category."""
    ids = keys("008", 10_000)
    for d in world.deals:
        last: tuple[object, ...] = ()
        for c in d.changes:
            state = (c.stage, c.amount, c.close, c.category)
            if state != last:
                last = state
                money, close = _money(c.amount), ISO[c.close]
                yield next(ids), d.key, c.stage, money, close, c.category, stamp(c.instant), c.by.key


def opportunity_field_history(world: World) -> Rows:
    """Owners and next steps over time; the first row of a deal has no old value."""
    ids = keys("017", 20_000)
    for d in world.deals:
        owner = step = ""
        for c in d.changes:
            if c.owner.key != owner:
                yield next(ids), d.key, "Owner", owner, c.owner.key, stamp(c.instant), c.by.key
                owner = c.owner.key
            if c.next_step != step:
                yield next(ids), d.key, "NextStep", step, c.next_step, stamp(c.instant), c.by.key
                step = c.next_step


def contact_roles(world: World) -> Rows:
    """Who takes part in which deal."""
    ids = keys("00K", 600)
    roles = ("Decision Maker", "Evaluator", "Business User")
    for d in world.deals:
        for place, person in enumerate(d.people):
            created = stamp(d.changes[0].instant)
            yield next(ids), d.key, person.key, roles[place % 3], BOOLEAN[place == 0], created


def line_items(world: World) -> Rows:
    """What was quoted."""
    ids = keys("00k", 600)
    for d in world.deals:
        for product, quantity, unit in d.lines:
            yield next(ids), d.key, world.products[product].key, quantity, _money(unit), _money(quantity * unit)


def splits(world: World) -> Rows:
    """Shared deals."""
    return ((deal.key, user, percentage) for deal, user, percentage in world.splits)


def products(world: World) -> Rows:
    """The price list."""
    return ((p.key, p.name, p.family, _money(p.price), "USD") for p in world.products)


def campaigns(world: World) -> Rows:
    """Campaigns and their cost."""
    for c in world.campaigns:
        kind = TYPE[c.channel]
        yield c.key, c.name, kind, c.channel, ISO[c.start], ISO[c.end], _money(c.budget), _money(c.actual)


def campaign_members(world: World) -> Rows:
    """Touches."""
    for number, m in enumerate(world.members):
        yield m.key, m.campaign, m.lead, m.contact, m.status, _morning(m.created, number)


def tasks(world: World) -> Rows:
    """Calls and mails, with the day they are due or done."""
    for a in world.activities:
        if not a.event:
            yield (
                a.key, a.who, a.what, a.owner, a.type, a.subject, a.status, ISO[a.day], a.minutes or "",
                BOOLEAN[a.automated], stamp(a.created),
            )  # fmt: skip


def events(world: World) -> Rows:
    """Meetings and demos, with the instant they were held."""
    for a in world.activities:
        if a.event:
            held = stamp(a.created)
            booked = stamp(a.created - BOOKED_BEFORE)
            yield (
                a.key, a.who, a.what, a.owner, a.type, a.subject, a.status, held, a.minutes,
                BOOLEAN[a.automated], booked,
            )  # fmt: skip


def conversion_rates(world: World) -> Rows:
    """Dated rates, half-open, the last one without an end."""
    for currency, months in world.rates.table.items():
        last = max(months)
        for month, rate in months.items():
            start = month_date(world.calendar, month)
            end = OPEN_END if month == last else add_months(start, 1).isoformat()
            yield currency, f"{rate:.6f}", start.isoformat(), end
