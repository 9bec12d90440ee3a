"""Attribution over a record: every way a touch reaches a deal, recounted in plain Python, and what may not be seen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import jsonschema
import numpy as np
import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Table
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Stop
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.attribution import credited, primary
from saleswright.measure.metrics.attribution.find import share_out
from saleswright.measure.metrics.attribution.model import json_schema, read_rule
from saleswright.measure.metrics.attribution.share import MODELS
from tests.workspaces import copied

SEED = 20261122
CHANNELS = ("Events", "Webinars", "Content", "")
Row = dict[str, str]
Tables = dict[str, list[Row]]


def record(seed: int = SEED, deals: int = 60, touches: int = 260) -> Tables:
    """Deals won and not, of two currencies, and touches that come to them by every way there is."""
    rng = Random(seed)
    day = date(2026, 1, 1)

    def when(low: int, high: int) -> str:
        return (day + timedelta(rng.randrange(low, high))).isoformat()

    made: Tables = {
        "rates": [{"currency": "EUR", "starts": "2025-01-01", "ends": "2027-01-01", "rate": "0.9"}],
        "accounts": [{"account id": f"A{i}", "account name": f"Firm {i}"} for i in range(12)],
        "contacts": [{"contact id": f"P{i}", "account id": f"A{i % 12}", "last name": f"N{i}"} for i in range(30)],
        "campaigns": [
            {"campaign id": f"C{i}", "campaign name": f"Run {i}", "campaign type": "K", "channel": CHANNELS[i % 4]}
            for i in range(9)
        ],
    }
    made["deals"] = [
        {
            "id": f"D{i:02}",
            "stage": ("Won", "Won", "Lost", "Negotiation")[i % 4],
            "type": "Renewal" if i % 11 == 10 else "New",
            "created": "2026-01-01",
            "qualified": "2026-01-02",
            "closed": when(30, 200) if i % 4 < 3 else "",
            "amount": f"{rng.randrange(1, 99_999)}.{rng.randrange(100):02}",
            "currency": "EUR" if i % 7 == 3 else "USD",
            "account id": f"A{rng.randrange(12)}",
            "channel": "Partner" if i % 3 == 0 else "",
        }
        for i in range(deals)
    ]
    made["opportunity_contact_roles"] = [
        {"opportunity id": f"D{rng.randrange(deals):02}", "contact id": f"P{rng.randrange(30)}", "role": role}
        for role in ("Buyer", "User", "Buyer")
        for _ in range(20)
    ]
    made["leads"] = [
        {
            "lead id": f"L{i}",
            "company": f"Firm {i}",
            "lead source": ("Web", "Fair")[i % 2],
            "created": "2025-12-01",
            "converted date": "2026-01-05" if i % 5 else "",
            "converted opportunity id": f"D{rng.randrange(deals):02}" if i % 5 in (1, 2) else "",
            "converted contact id": f"P{rng.randrange(30)}" if i % 5 in (2, 3) else "",
            "converted account id": f"A{rng.randrange(12)}" if i % 5 in (3, 4) else "",
        }
        for i in range(40)
    ]
    made["campaign_members"] = []
    for i in range(touches):
        way = rng.randrange(4)
        made["campaign_members"].append(
            {
                "campaign member id": f"T{i:04}",
                "campaign id": f"C{rng.randrange(9)}",
                "deal id": f"D{rng.randrange(deals):02}" if way == 0 else "",
                "lead id": f"L{rng.randrange(40)}" if way in (0, 1, 3) else "",
                "contact id": f"P{rng.randrange(30)}" if way in (2, 3) else "",
                "member status": ("Sent", "Responded", "Attended")[i % 3],
                "first responded date": when(-60, 200) if i % 50 else "",
            }
        )
    return made


def write(place: Path, tables: Tables) -> Book:
    folder = place / "export"
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    build().call(None, "init", {"folder": str(place / "w"), "from": str(folder)})
    return saleswright.open(place / "w")


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now("2026-11-22T12:00:00+00:00")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write(tmp_path_factory.mktemp("touches"), record())


def reached(tables: Tables, touch: Row) -> set[str]:
    """The deals a touch speaks for: it names one, or its lead does; else its person's; else its lead's account's."""
    lead = next((one for one in tables["leads"] if one["lead id"] == touch["lead id"]), {})
    named = touch["deal id"] or lead.get("converted opportunity id", "")
    if named:
        return {named}
    person = touch["contact id"] or lead.get("converted contact id", "")
    if person:
        return {r["opportunity id"] for r in tables["opportunity_contact_roles"] if r["contact id"] == person}
    account = lead.get("converted account id", "")
    return {deal["id"] for deal in tables["deals"] if account and deal["account id"] == account}


def worth(deal: Row) -> Money:
    minor = int(deal["amount"].replace(".", ""))
    return Money(minor, "USD") if deal["currency"] == "USD" else Money(round(minor * 10 / 9), "USD")


def recounted(
    tables: Tables, model: str, look_back: int = 10_000, statuses: tuple[str, ...] = (), own: bool = False
) -> dict[str, Money]:
    """Credit by channel, one deal and one touch at a time."""
    channel = {row["campaign id"]: row["channel"] or "(none)" for row in tables["campaigns"]}
    found: dict[str, Money] = {}
    for deal in tables["deals"]:
        if deal["stage"] != "Won" or deal["type"] == "Renewal":
            continue
        won = date.fromisoformat(deal["closed"])
        touches = []
        for touch in tables["campaign_members"]:
            told = touch["first responded date"]
            if (
                not told
                or deal["id"] not in reached(tables, touch)
                or (statuses and touch["member status"] not in statuses)
            ):
                continue
            if timedelta(0) <= won - date.fromisoformat(told) <= timedelta(look_back):
                touches.append((told, touch["campaign member id"], channel[touch["campaign id"]]))
        touches.sort()
        n = len(touches)
        weight = {
            "first": [1] + [0] * (n - 1),
            "last": [0] * (n - 1) + [1],
            "linear": [1] * n,
            "position": [1] if n == 1 else [1, 1] if n == 2 else [40 * (n - 2), *[20] * (n - 2), 40 * (n - 2)],
        }[model][: max(n, 1)]
        shared = worth(deal).allocate(weight) if n else [worth(deal)]
        for money, member in zip(
            shared, [t[2] for t in touches] or [(deal["channel"] if own else "") or "(no touch)"], strict=True
        ):
            found[member] = found.get(member, Money(0, "USD")) + money
    return {member: money for member, money in found.items() if money.minor}


def told(book: Book, **args: object) -> tuple[Figure, dict[str, dict[str, Money]]]:
    """(bookings, credit by member and model)."""
    report = book.call("attribute", **args).report
    rows = [row for block in report.blocks if isinstance(block, Table) for row in block.rows]
    by_member: dict[str, dict[str, Money]] = {}
    for row in rows:
        for cell in row:
            if isinstance(cell, Figure) and isinstance(cell.value, Money) and cell.value.minor:
                by_member.setdefault(str(row[0]), {})[cell.name.removeprefix("credited_")] = cell.value
    return report.figures()[0], by_member


def ruled(book: Book, text: str) -> Book:
    path = book.workspace.root / "definitions" / "attribution.yaml"
    path.write_text(f"kind: attribution\nname: attribution\n{text}\n", encoding="utf-8")
    return saleswright.open(book.workspace.root)


@pytest.fixture
def own(book: Book, tmp_path: Path) -> Book:
    """The same record, with definitions that a test may change."""
    return saleswright.open(copied(book.workspace.root, tmp_path / "w"))


def test_every_way_a_touch_reaches_a_deal_is_counted_once_and_adds_up(book: Book) -> None:
    whole, found = told(book)
    for model in MODELS:
        mine = {member: money[model] for member, money in found.items() if model in money}
        assert mine == recounted(record(), model)
        assert sum(one.minor for one in mine.values()) == whole.value.minor  # type: ignore[union-attr]
    assert whole.value == book.measure("won_value").value
    footer = book.call("attribute").report.footer
    assert any(f"add to USD {whole.value.decimal:,}" in line for line in footer)  # type: ignore[union-attr]


def test_touches_are_those_of_the_look_back_and_the_statuses_of_the_rule(own: Book) -> None:
    tables = record()
    _, before = told(own)
    assert {m: v["linear"] for m, v in before.items()} == recounted(tables, "linear")
    mended = ruled(own, "look_back_days: 20\nstatuses: [responded, Attended]")
    _, after = told(mended)
    for model in MODELS:
        mine = {member: money[model] for member, money in after.items() if model in money}
        assert mine == recounted(tables, model, 20, ("Responded", "Attended"))
    assert after != before


def test_campaigns_add_to_their_channel(book: Book) -> None:
    _, channels = told(book, by="channel")
    _, campaigns = told(book, by="campaign")
    added: dict[str, dict[str, Money]] = {}
    for name, by_model in campaigns.items():
        number = int(name.split()[-1]) if name.startswith("Run") else -1
        channel = (CHANNELS[number % 4] or "(none)") if number >= 0 else name
        for model, money in by_model.items():
            mine = added.setdefault(channel, {})
            mine[model] = mine.get(model, Money(0, "USD")) + money
    assert added == channels


@pytest.mark.parametrize("by", ["channel", "campaign", "kind", "source", "status"])
@pytest.mark.parametrize("period", ["all", "2026Q1", "2026-05"])
def test_it_sums_to_bookings_whatever_the_split_the_period_and_the_filter(book: Book, by: str, period: str) -> None:
    for where in ([], ["currency=EUR"]) if by == "channel" else ([],):
        whole, found = told(book, by=by, period=period, where=where)
        assert whole == book.measure("won_value", period=period, where=where).figures[0]
        if not whole.n:
            assert not found
            continue
        for model in MODELS:
            credits = sum(one[model].minor for one in found.values() if model in one)
            assert credits == whole.value.minor  # type: ignore[union-attr]


def test_the_deals_behind_a_credit_add_to_it(book: Book) -> None:
    for model in MODELS:
        _, found = told(book)
        for member in ("Events", "(none)"):
            credit, page = 0, 1
            while True:
                report = book.call("attribute deals", member=member, model=model, page=page).report
                table = next(block for block in report.blocks if isinstance(block, Table))
                credit += sum(cell.minor for *_, cell in table.rows if isinstance(cell, Money))
                page += 1
                if not any("--page" in line for line in report.next):
                    break
            assert credit == found[member].get(model, Money(0, "USD")).minor


def test_as_of_an_earlier_day_it_is_what_was_won_and_touched_by_then(book: Book) -> None:
    then = book.as_of("2026-03-31")
    whole, found = told(then)
    assert whole.value == then.measure("won_value").value
    early = record()
    early["deals"] = [
        {**d, "stage": "Won" if d["closed"] <= "2026-03-31" and d["stage"] == "Won" else "Open"} for d in early["deals"]
    ]
    assert {m: v["last"] for m, v in found.items() if "last" in v} == recounted(early, "last")


def test_a_missing_rate_gives_null_with_the_reason_never_a_part(book: Book) -> None:
    report = book.currency("GBP").call("attribute").report
    figures = report.figures()
    assert len(figures) > 4
    assert all(one.value is None and "no exchange rate" in one.reason for one in figures)
    assert not any("add to" in line for line in report.footer)


def test_only_those_who_touched_a_deal_without_a_rate_are_unknown(book: Book) -> None:
    at = open_snapshot(book.workspace, Ambient())
    try:
        made = share_out(at, ask(at, "won_value"))
    finally:
        at.close()
    # Two deals: the first, without a rate, touched by a and b; the second by b and c.
    rank, n = np.array([0, 1, 0, 1]), np.array([2, 2, 2, 2])
    value, priced = np.array([0, 0, 100, 100]), np.array([False, False, True, True])
    member = np.array([0, 1, 1, 2])
    mixed = replace(made, value=value, priced=priced, rank=rank, n=n, member=member, members=("a", "b", "c"))
    credit = {line.member: line.credit["linear"] for line in mixed.lines}
    assert credit == {"a": None, "b": None, "c": Money(50, "USD")}


def test_deals_without_a_touch_go_where_the_rule_says(own: Book) -> None:
    tables = record()
    apart, mine = recounted(tables, "linear"), recounted(tables, "linear", own=True)
    assert set(mine) - set(apart) == {"Partner"} and "(no touch)" in mine
    _, found = told(ruled(own, "untouched: own"))
    assert {member: money["linear"] for member, money in found.items()} == mine


def test_one_channel_a_deal_so_that_totals_add(book: Book) -> None:
    at = open_snapshot(book.workspace, Ambient())
    try:
        for metric in ("won_value", "win_rate", "open_pipeline"):
            asked = ask(at, metric)
            channels = primary(at, asked)
            whole = book.measure(metric).figures[0]
            assert len(channels) == whole.n
        with pytest.raises(Stop, match="no deals of its own"):
            primary(at, ask(at, "sales_velocity"))
        asked = ask(at, "won_value")
        for model in MODELS:
            shared = credited(at, asked, model)
            assert sum(money.minor for money in shared.values() if money) == whole_minor(book)
        assert set(primary(at, asked).values()) <= {*CHANNELS, "Partner"}
    finally:
        at.close()


def whole_minor(book: Book) -> int:
    value = book.measure("won_value").value
    assert isinstance(value, Money)
    return value.minor


def test_who_may_not_see_a_field_is_refused_not_shown_another_number(own: Book) -> None:
    root = own.workspace.root
    for number, hidden in enumerate(("touch.campaign", "campaign.channel", "lead.deal", "deal.amount")):
        text = f"kind: access\nname: who{number}\nscope: company\nhide: [{hidden}]\n"
        (root / "definitions" / f"who{number}.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(Stop) as stopped:
            saleswright.open(root).as_actor(f"who{number}").call("attribute")
        assert stopped.value.exit_code == NOT_ALLOWED


def test_unknown_words_are_refused_with_the_nearest(book: Book) -> None:
    for args, near in (
        ({"by": "chanel"}, "channel"),
        ({"model": "linaer"}, "linear"),
        ({"period": "2026Q7"}, "period"),
    ):
        with pytest.raises(Stop) as stopped:
            book.call("attribute", **args)
        assert stopped.value.exit_code == USAGE
        assert near in str(stopped.value.issues[0])
    with pytest.raises(Stop, match="Events"):
        book.call("attribute deals", member="Evnts")


def test_a_rule_written_wrongly_says_all_of_it_and_no_page_falls(own: Book) -> None:
    bad = ruled(own, "weights: {first: 50, last: 40}\nlook_back_days: soon\nuntouched: away\nstatuses: Sent\nmodle: x")
    with pytest.raises(Stop) as stopped:
        bad.call("attribute")
    told_ = "\n".join(map(str, stopped.value.issues))
    for words in (
        "attribution.yaml:3",
        "sum to 100",
        "attribution.yaml:4",
        "soon",
        "apart",
        "attribution.yaml:6",
        "modle",
    ):
        assert words in told_
    assert told(ruled(own, "to: 2026-01-01")) == told(ruled(own, "from: 2026-01-01"))
    with pytest.raises(Stop, match="no sum of money"):
        ruled(own, "bookings: win_rate").call("attribute")


def test_the_shipped_rule_meets_its_schema(own: Book) -> None:
    shipped = own.workspace.get("attribution", "attribution")
    assert shipped is not None and shipped.shipped
    jsonschema.validate({"kind": "attribution", "name": "attribution", **shipped.body}, json_schema())
    rule, issues = read_rule(shipped)
    assert rule is not None and not issues and rule.weights == (40, 20, 40)
