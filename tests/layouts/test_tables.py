"""Tables with history, from vendors and warehouses: expected figures, and nothing changes the second time."""

from __future__ import annotations

import pytest

from tests.layouts.catalogue import TABLES
from tests.layouts.going import Get, check_again, check_figures
from tests.layouts.going import imported as imported


@pytest.mark.parametrize("name", TABLES)
def test_figures(imported: Get, name: str) -> None:
    check_figures(imported(name))


@pytest.mark.parametrize("name", TABLES)
def test_again(imported: Get, name: str) -> None:
    check_again(imported(name))
