"""A leakage guard refuses or flags fields known only at the end."""

from __future__ import annotations

import csv

import numpy as np

from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.chance import leaks
from tests.measure.forecast.chance.measured import seeds

LEAK = {
    "Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity", "Asymmetrique Activity Index",
    "Asymmetrique Profile Index", "Asymmetrique Activity Score", "Asymmetrique Profile Score",
}  # fmt: skip


def drawn(n=2_000):
    rng = np.random.default_rng(next(iter(seeds(1))))
    return rng, rng.choice([OPEN, WON, LOST], n, p=[0.3, 0.3, 0.4])


def test_a_field_filled_with_the_decision_is_refused():
    rng, fate = drawn()
    reason = [("price" if rng.random() < 0.5 else "timing") if f != OPEN else "" for f in fate]
    (issue,) = leaks({"why": reason}, fate)
    assert issue.level == "error" and "100% of decided deals and 0% of open ones" in issue.what
    assert issue.try_


def test_a_field_that_is_the_outcome_in_other_words_is_refused_even_when_dated():
    rng, fate = drawn()
    stage = np.where((fate == WON) & (rng.random(len(fate)) < 0.95), "signed", "talking")
    (issue,) = leaks({"phase": stage.tolist()}, fate, dated=("phase",))
    assert issue.level == "error" and "alone tells" in issue.what


def test_what_predicts_honestly_passes_and_noise_passes():
    rng, fate = drawn()
    score = rng.normal(size=len(fate)) + 0.7 * (fate == WON)
    columns = {
        "amount": score,
        "colour": rng.choice(["red", "blue"], len(fate)),
        "id": np.arange(len(fate)),
        "none": [None] * len(fate),
    }
    assert leaks(columns, fate) == ()


def test_a_name_that_says_now_is_flagged_unless_the_field_is_dated():
    rng, fate = drawn()
    values = rng.integers(0, 5, len(fate))
    (issue,) = leaks({"Last Activity": values}, fate)
    assert issue.level == "warning" and issue.code == "leak"
    assert leaks({"Last Activity": values}, fate, dated=("Last Activity",)) == ()
    assert leaks({"blast radius": values}, fate) == ()


def test_the_public_leads_have_nine_fields_that_leak_and_it_notices_them(shared):
    with (shared / "leads_x_education" / "Lead_Scoring.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    fate = np.array([WON if row["Converted"] == "1" else LOST for row in rows])
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    found = {issue.what.split("'")[1]: issue.level for issue in leaks(columns, fate)}
    assert set(found) == LEAK | {"Converted"}
    assert found["Tags"] == found["Converted"] == "error"
