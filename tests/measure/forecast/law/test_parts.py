"""The pieces: the normal law, the lognormal's function and masses, the curve that is read."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from saleswright.measure.forecast.law.amount import Wave, masses, wave
from saleswright.measure.forecast.law.curve import Curve, atoms
from saleswright.measure.forecast.law.normal import below, probit


def test_the_normal_law_is_the_standard_librarys():
    x = np.linspace(-9, 9, 3_001)
    assert below(x) == pytest.approx([math.erfc(-v / math.sqrt(2)) / 2 for v in x], rel=1e-14)
    p = np.concatenate([np.logspace(-15, -0.4, 500), 1 - np.logspace(-12, -0.4, 500)])
    assert probit(p) == pytest.approx([NormalDist().inv_cdf(v) for v in p], abs=1e-13)
    assert probit([0.0, 1.0]).tolist() == [-8.3, 8.3]


@pytest.mark.parametrize("spread", [0.002, 0.1, 0.3, 0.8, 1.5])
def test_the_lognormals_function_is_its_integral(spread):
    y = np.linspace(-9, 9, 200_001)
    weight = np.exp(-y * y / 2) / np.sqrt(2 * np.pi) * (y[1] - y[0])
    ratio = np.exp(spread * y - spread**2 / 2)
    # The plain integral itself cannot follow a wide ratio at a high frequency.
    u = np.array([0.001, 0.3, 2.0, 15.0, 60.0])[: 3 if spread > 1 else 5]
    expected = np.array([(weight * np.exp(1j * one * ratio)).sum() for one in u])
    assert np.abs(wave(u, spread) - expected).max() < 1e-9
    many = np.logspace(-8, 2, 500)
    assert np.abs(Wave(spread, 100.0)(many) - wave(many, spread)).max() < 1e-8


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.5])
def test_masses_keep_the_mean(spread):
    mass = masses(37.0, spread, 0.25, 4_096)
    assert mass.sum() == pytest.approx(1, abs=1e-12) and (mass >= 0).all()
    assert mass @ (0.25 * np.arange(4_096)) == pytest.approx(37.0, rel=1e-6)


def test_a_jump_is_told_as_one():
    law = atoms(np.array([0.0, 10.0]), np.array([0.25, 0.75]))
    assert law.under([0, 10, 11]).tolist() == [0, 0.25, 1] and law.up_to([-1, 0, 5, 10]).tolist() == [0, 0.25, 0.25, 1]
    assert law.quantile([0.1, 0.25, 0.26, 1.0]).tolist() == [0, 0, 10, 10]
    assert law.crps(10.0) == pytest.approx(10 * 0.0625) and law.crps(0.0) == pytest.approx(10 * 0.5625)
    assert law.mean == pytest.approx(7.5) and law.variance == pytest.approx(18.75)


def test_a_line_between_a_jump_and_the_end():
    law = Curve(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.array([0.5, 1.0]))
    assert float(law.up_to(1.0)) == 0.75 and float(law.quantile(0.75)) == 1.0 and float(law.quantile(0.4)) == 0.0
    assert law.mean == pytest.approx(0.5) and law.variance == pytest.approx(0.5 * 4 / 3 - 0.25)
    assert law.shortfall(1.0) == pytest.approx(0.625)
    y = np.linspace(-1, 3, 400_001)
    expected = ((law.up_to(y) - (y >= 0.7)) ** 2).sum() * 1e-5
    assert law.crps(0.7) == pytest.approx(expected, abs=1e-4)
