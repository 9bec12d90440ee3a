"""A law: in whatever order people propose, decide, withdraw, take back, edit rules and workers work, the door keeps to it.

Each step is compared with a model in plain Python: one clear state, effects of approved lines only and from the value
they say, what was refused stays away, what moved is refused, the rules in force are respected, the chain verifies.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY
from tests.crash.door.orders import Order

ORDERS = int(os.environ.get("DOOR_ORDERS", 2_000 if NIGHTLY else 8))
STEPS = 60


def test_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-06-01T09:00:00+00:00")
    first = int(os.environ.get("DOOR_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {first}")
    applied = 0
    for seed in range(first, first + ORDERS):
        order = Order(tmp_path / str(seed), random.Random(seed))
        try:
            for _ in range(STEPS):
                order.step()
        except BaseException:
            print(f"DOOR_SEED={seed}", *order.steps, sep="\n")
            raise
        finally:
            order.close()
        applied += len(order.taken)
    assert applied >= ORDERS, "the orders of one run change something"
    print(f"{ORDERS} orders, {applied} changes taken")
