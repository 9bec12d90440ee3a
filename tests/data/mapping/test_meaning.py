"""What a column cannot say by its name: what the amount is, which deals are renewals, how dates are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saleswright.data.mapping.questions import checked

Drop = Callable[..., Any]


def deals(rows: list[tuple[str, str, str]]) -> str:
    """A list of (name, stage, close date) as a file, one account for each name."""
    head = "Deal ID,Deal Name,Account,Stage,Amount,Close Date\n"
    return head + "".join(
        f"{n},{name},{name.split(' - ')[0]},{stage},5,{close}\n" for n, (name, stage, close) in enumerate(rows)
    )


def mixed(renewals_won: int, renewals_lost: int) -> str:
    rows = [(f"A{n} - New", "Won" if n % 3 == 0 else "Lost", "2026-01-31") for n in range(60)]
    rows += [(f"B{n} - Renewal", "Won", "2026-01-31") for n in range(renewals_won)]
    return deals(rows + [(f"C{n} - Renewal", "Lost", "2026-01-31") for n in range(renewals_lost)])


COUNT = "SELECT count(*) FROM {facts} WHERE type = 'Renewal'"


def test_renewals_by_name_and_rate_are_taken_without_a_question(drop: Drop) -> None:
    box = drop({"deals.csv": mixed(20, 1)})
    assert not box.asked and "renewals_told" in box.codes("deals.csv")
    assert box.facts("deals.csv", COUNT) == [(21,)]


def test_renewals_by_name_and_by_what_the_account_won_before(drop: Drop) -> None:
    rows = [(f"A{n} - New", "Won", "2025-01-31") for n in range(30)] + [
        (f"Z{n} - New", "Lost", "2025-01-31") for n in range(9)
    ]
    rows += [(f"A{n} - RENEWAL 2026", "Open", "2026-01-31") for n in range(30)]
    box = drop({"deals.csv": deals(rows)})
    assert not box.asked
    assert box.facts("deals.csv", COUNT) == [(30,)]


def test_names_alone_are_one_question_and_its_answer_holds(drop: Drop) -> None:
    weak = mixed(10, 20)
    asked = drop({"deals.csv": weak}).asked
    assert [(q.code, q.column, q.taken) for q in asked] == [("deal_type", "Deal Name", "renewal")]
    assert all(option.effect for option in asked[0].options)
    for answer, count in (("renewal", 30), ("new", 0)):
        box = drop({"deals.csv": weak}, answers={"deal_type": answer})
        assert not box.asked
        if count:
            assert box.facts("deals.csv", COUNT) == [(count,)]
        else:
            assert "says" not in str(box.body("deals.csv")["columns"])


@pytest.mark.parametrize("word", ["Verlängerung", "Renouvellement", "Renovación", "Verlenging", "Contract Renewal"])
def test_a_type_in_another_language_is_a_renewal(drop: Drop, word: str) -> None:
    text = f"Deal ID,Deal Name,Type,Stage,Amount,Close Date\n1,A,{word},Won,5,2026-01-31\n2,B,Neu,Lost,5,2026-01-31\n"
    rows = drop({"deals.csv": text}).facts("deals.csv", "SELECT type FROM {facts} ORDER BY id")
    assert "renew" in rows[0][0].casefold() and rows[1] == ("Neu",)


@pytest.mark.parametrize(
    ("header", "meaning"),
    [("ARR", "ARR"), ("Annual Contract Value", "ACV"), ("TCV (USD)", "TCV"), ("Monthly Recurring Revenue", "monthly")],
)
def test_the_name_of_an_amount_may_say_what_it_is(drop: Drop, header: str, meaning: str) -> None:
    text = f"Deal ID,Deal Name,Stage,{header},Close Date\n1,A,Won,5,2026-01-31\n2,B,Lost,6,2026-01-31\n"
    box = drop({"deals.csv": text})
    assert box.body("deals.csv")["defaults"]["amount_meaning"] == meaning
    assert not box.asked


def test_a_plain_amount_is_said_and_not_asked(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Stage,Amount,Close Date\n1,A,Won,5,2026-01-31\n2,B,Lost,6,2026-01-31\n"
    box = drop({"deals.csv": text})
    assert not box.asked and "amount_assumed" in box.codes("deals.csv")
    answered = drop({"deals.csv": text}, answers={"amount_meaning": "ACV"})
    assert answered.facts("deals.csv", "SELECT DISTINCT amount_meaning FROM {facts}") == [("ACV",)]


RIVALS = "Deal ID,Deal Name,Stage,TCV,ACV,Close Date\n1,A,Won,30,10,2026-01-31\n2,B,Lost,60,20,2026-01-31\n"


def test_rival_amounts_are_one_question_and_never_added(drop: Drop) -> None:
    box = drop({"deals.csv": RIVALS})
    assert [(q.code, {o.value for o in q.options}) for q in box.asked] == [("amount_meaning", {"TCV", "ACV"})]
    for answer, total in (("TCV", 9000), ("ACV", 3000)):
        box = drop({"deals.csv": RIVALS}, answers={"amount_meaning": answer})
        assert not box.asked
        query = "SELECT sum(amount), min(amount_meaning) FROM {facts}"
        assert box.facts("deals.csv", query) == [(total, answer)]


def test_an_amount_that_equals_another_column_means_the_same(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Stage,Amount,ARR,Close Date\n" + "".join(
        f"{n},D{n},Won,{n}00,{n}00,2026-01-31\n" for n in range(1, 9)
    )
    box = drop({"deals.csv": text})
    assert not box.asked
    assert box.body("deals.csv")["defaults"]["amount_meaning"] == "ARR"


def dated(*rows: tuple[str, str]) -> str:
    head = "Deal ID,Deal Name,Stage,Amount,Created Date,Close Date\n"
    return head + "".join(f"{n},D{n},Won,5,{a},{b}\n" for n, (a, b) in enumerate(rows))


def test_dates_that_cannot_be_settle_their_order(drop: Drop) -> None:
    # Month first these would be created in August and closed in March of the same year.
    box = drop({"deals.csv": dated(("08/02/2026", "01/03/2026"), ("09/01/2026", "03/02/2026"))})
    assert not box.asked
    assert box.mapping("deals.csv").dates == "dmy"
    assert "would be after" in box.said("deals.csv")["Created Date"]


def test_firsts_of_months_settle_their_order(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Stage,Amount,Close Date\n" + "".join(
        f"{n},D{n},Open,5,{n:02}/01/2026\n" for n in range(1, 9)
    )
    box = drop({"deals.csv": text})
    assert not box.asked
    assert box.facts("deals.csv", "SELECT count(DISTINCT month(close)) FROM {facts}") == [(8,)]


def test_an_order_that_nothing_settles_is_one_question(drop: Drop) -> None:
    text = dated(("02/03/2026", "05/06/2026"), ("01/04/2026", "07/08/2026"))
    box = drop({"deals.csv": text})
    assert [q.code for q in box.asked] == ["date_order"]
    assert {o.value: o.effect for o in box.asked[0].options} == {
        "dmy": "02/03/2026 is 02 March 2026.",
        "mdy": "02/03/2026 is 03 February 2026.",
    }
    for answer, day in (("dmy", "2026-03-02"), ("mdy", "2026-02-03")):
        box = drop({"deals.csv": text}, answers={"date_order": answer})
        assert not box.asked
        assert box.facts("deals.csv", "SELECT CAST(created AS VARCHAR) FROM {facts} ORDER BY id")[0] == (day,)


def test_of_two_doubts_only_the_heavier_is_asked(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Stage,TCV,ACV,Created Date,Close Date\n1,A,Won,30,10,02/03/2026,05/06/2026\n"
    text += "2,B,Lost,60,20,01/04/2026,07/08/2026\n"
    box = drop({"deals.csv": text})
    assert [q.code for q in box.asked] == ["date_order"]
    assert "amount_meaning" in box.codes("deals.csv"), "the other is said as an assumption"


def test_an_answer_that_is_no_option_is_told(drop: Drop) -> None:
    assert checked({"date_order": "dmy", "amount_meaning": "ACV", "deal_type": "new"}) == []
    assert checked({"amount_meaning": "list price"}, headers=["Deal ID", "List Price"]) == []
    wrong = checked({"amount_meaning": "ACVV", "deal_typ": "new", "date_order": "ymd"})
    assert [(i.level, i.code, i.what) for i in wrong] == [
        ("error", "unknown_answer", "unknown answer 'ACVV'"),
        ("error", "unknown_question", "unknown question 'deal_typ'"),
        ("error", "unknown_answer", "unknown answer 'ymd'"),
    ]
    assert "did you mean ACV" in wrong[0].try_ and wrong[0].where == "amount_meaning"
    assert "deal_type" in wrong[1].try_


TWO_AMOUNTS = "Deal ID,Deal Name,Stage,Amount,ACV,Close Date\n1,A,Won,15,5,2026-01-31\n2,B,Lost,30,10,2026-01-31\n"


def test_every_option_of_a_question_is_an_answer(drop: Drop) -> None:
    files = (
        TWO_AMOUNTS,
        mixed(10, 20),
        "Deal ID,Deal Name,Stage,Amount,Close Date\n1,A,Won,5,01/02/2026\n2,B,Lost,6,03/04/2026\n",
    )
    asked = [q for text in files for q in drop({"deals.csv": text}, currency="USD").asked]
    assert {q.code for q in asked} >= {"amount_meaning", "deal_type"}
    for question in asked:
        for option in question.options:
            assert checked({question.code: option.value}, headers=["Amount", "ACV"]) == []


def test_an_answer_nobody_offered_leaves_the_question_open(drop: Drop) -> None:
    assert [q.code for q in drop({"deals.csv": TWO_AMOUNTS}, answers={"amount_meaning": "ACVV"}).asked] == [
        "amount_meaning"
    ]


def test_an_answered_column_tells_what_it_is_now(drop: Drop) -> None:
    box = drop({"deals.csv": TWO_AMOUNTS}, answers={"amount_meaning": "ACV"})
    said = box.said("deals.csv")
    assert "not known" not in said["ACV"] and said["ACV"].endswith("Value of one year (ACV), as answered")
    assert said["Amount"].endswith("kept in raw: ACV is the amount, as answered")
    assert box.facts("deals.csv", "SELECT sum(amount) FROM {facts}") == [(1500,)]


def test_renewals_are_told_once(drop: Drop) -> None:
    rows = [(f"A{n} - New", "Won" if n % 3 == 0 else "Lost", "2026-01-31") for n in range(9)]
    box = drop({"deals.csv": deals([*rows, ("B - Renewal", "Won", "2026-01-31")])})
    told = [i for i in box.guesses["deals.csv"].issues if i.code == "renewals_told"]
    assert [i.level for i in told] == ["warning"] and "it is a renewal" in told[0].what
