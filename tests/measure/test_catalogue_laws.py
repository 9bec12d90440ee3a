"""The laws of every shipped metric of rows: one half of the catalogue."""

from __future__ import annotations

from tests.measure.laws_of_rows import LawsOfRows, records

__all__ = ["records"]


class TestCatalogue(LawsOfRows):
    half = 0
