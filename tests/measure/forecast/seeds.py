"""A seed that nobody chose, printed so that a failure can be played again."""

from __future__ import annotations

import random
import sys

import numpy as np


def drawn() -> np.random.Generator:
    seed = random.SystemRandom().randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    return np.random.default_rng(seed)
