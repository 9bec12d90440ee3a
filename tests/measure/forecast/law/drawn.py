"""Seeds that are drawn as a test runs, and told."""

from __future__ import annotations

import secrets
import sys

import numpy as np


def rng():
    """A generator with a new seed, which is printed: a failure can be played again."""
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    return np.random.default_rng(seed)


def pipeline(of, n, low=0.0005):
    """Amounts and chances as pipelines have them."""
    return of.lognormal(9.0, 1.0, n), of.beta(1.0, 3.0, n).clip(low, 1 - low)
