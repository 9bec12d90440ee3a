"""How much of a normal law lies below a value, and which value has a share below it? On whole arrays, with numpy alone.

Both are good to about 1e-15: the distribution function by Cody's rational approximations of erf (1969, Mathematics of
Computation 23:631), its inverse by Wichura's AS241 (1988, Applied Statistics 37:477).
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats

FAR = 8.3
"""Beyond so many standard deviations there is nothing that a double could tell from 0 or 1."""

# Highest power first.
_ERF = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_TAIL = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip
_CENTRE = (
    (2.50908092873012267e3, 3.34305755835881281e4, 6.72657709270087009e4, 4.59219539315498715e4, 1.37316937655094611e4,
     1.97159095030655144e3, 1.33141667891784377e2, 3.38713287279636661),
    (5.22649527885285456e3, 2.87290857357219427e4, 3.93078958000927106e4, 2.12137943015865959e4, 5.39419602142475111e3,
     6.87187007492057908e2, 4.23133307016009113e1, 1.0),
)  # fmt: skip
_NEAR = (
    (7.74545014278341408e-4, 2.27238449892691846e-2, 2.41780725177450612e-1, 1.27045825245236838, 3.64784832476320461,
     5.76949722146069141, 4.63033784615654530, 1.42343711074968358),
    (1.05075007164441684e-9, 5.47593808499534495e-4, 1.51986665636164572e-2, 1.48103976427480075e-1,
     6.89767334985100005e-1, 1.67638483018380385, 2.05319162663775882, 1.0),
)  # fmt: skip
_OUT = (
    (2.01033439929228813e-7, 2.71155556874348758e-5, 1.24266094738807844e-3, 2.65321895265761230e-2,
     2.96560571828504891e-1, 1.78482653991729133, 5.46378491116411437, 6.65790464350110378),
    (2.04426310338993979e-15, 1.42151175831644589e-7, 1.84631831751005468e-5, 7.86869131145613259e-4,
     1.48753612908506149e-2, 1.36929880922735805e-1, 5.99832206555887938e-1, 1.0),
)  # fmt: skip


def below(x: Any) -> Floats:
    """The share of a standard normal law below each value."""
    y = np.asarray(x, np.float64) / -sqrt(2)
    flat = np.clip(y.ravel(), -27.0, 27.0)
    size = np.abs(flat)
    found = np.empty_like(flat)
    small = size <= 0.46875
    near = flat[small]
    found[small] = 1 - near * _ratio(_ERF, near * near)
    for chosen, tail in ((~small & (size <= 4), False), (size > 4, True)):
        far = size[chosen]
        if tail:
            square = 1 / (far * far)
            value = (1 / sqrt(pi) - square * _ratio(_TAIL, square)) / far
        else:
            value = _ratio(_MIDDLE, far)
        # The square is taken in two parts, or the exponent would lose digits.
        whole = np.trunc(far * 16) / 16
        value *= np.exp(-whole * whole) * np.exp(-(far - whole) * (far + whole))
        found[chosen] = np.where(flat[chosen] < 0, 2 - value, value)
    return np.asarray(found.reshape(y.shape) / 2)


def density(x: Any) -> Floats:
    """The density of a standard normal law at each value."""
    y = np.asarray(x, np.float64)
    return np.asarray(np.exp(-y * y / 2) / sqrt(2 * pi))


def probit(p: Any) -> Floats:
    """The value with the share p of a standard normal law below it; shares of 0 and 1 are -8.3 and 8.3."""
    share = np.asarray(p, np.float64)
    flat = share.ravel()
    q = flat - 0.5
    found = q * _ratio(_CENTRE, 0.180625 - q * q)
    out = np.flatnonzero(np.abs(q) > 0.425)
    if out.size:
        rare = np.minimum(flat[out], 1 - flat[out])
        r = np.sqrt(-np.log(np.maximum(rare, 1e-300)))
        value = np.where(r <= 5, _ratio(_NEAR, r - 1.6), _ratio(_OUT, r - 5))
        found[out] = np.copysign(value, q[out])
    return np.asarray(np.clip(found, -FAR, FAR).reshape(share.shape))


def _ratio(of: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    above, under = (np.full_like(x, one[0]) for one in of)
    for value, coefficients in ((above, of[0]), (under, of[1])):
        for one in coefficients[1:]:
            value *= x
            value += one
    return np.asarray(above / under)
