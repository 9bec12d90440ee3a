"""What stands beside the deals: expected figures, and the same file again changes nothing."""

from __future__ import annotations

import pytest

from tests.layouts.catalogue import BESIDE
from tests.layouts.going import Get, check_again, check_figures
from tests.layouts.going import imported as imported


@pytest.mark.parametrize("name", BESIDE)
def test_figures(imported: Get, name: str) -> None:
    check_figures(imported(name))


@pytest.mark.parametrize("name", BESIDE)
def test_again(imported: Get, name: str) -> None:
    check_again(imported(name))
