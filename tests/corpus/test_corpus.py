"""Is the corpus as large as it should be, and each of its cases one of its own?"""

from __future__ import annotations

from collections import Counter
from importlib import import_module

from tests.corpus.case import Imported, Refused, chosen

GROUPS = ("encodings", "dialects", "headers", "dates", "money", "ids", "texts", "workbooks", "hostile", "others")
CASES = [case for group in GROUPS for case in import_module(f"tests.corpus.{group}").CASES]


def test_there_are_enough_and_no_two_share_a_name() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    assert len(CASES) >= 400 and len(chosen(CASES)) >= 150


def test_every_outcome_says_something_that_can_fail() -> None:
    for case in CASES:
        expect = case.expect
        if isinstance(expect, Refused):
            assert expect.says and all(expect.says), case.name
        else:
            assert isinstance(expect, Imported)
            assert expect.rejected or expect.won is not None or expect.cells or expect.deals is not None, case.name


def test_every_kind_of_outcome_is_there() -> None:
    refused = sum(isinstance(case.expect, Refused) for case in CASES)
    rejecting = sum(isinstance(case.expect, Imported) and bool(case.expect.rejected) for case in CASES)
    assert refused >= 50 and rejecting >= 50 and len(CASES) - refused - rejecting >= 150
