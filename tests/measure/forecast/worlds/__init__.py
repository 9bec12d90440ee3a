"""Synthetic worlds whose hazards are known, so that a forecast can be measured against the truth.

    world = World("stable", seed, number=5_000)   # a kind of KINDS; the same seed is the same world
    world.training()                              # a Panel: every open deal at every past week's end
    world.open()                                  # a Panel: who is open today, as known today
    world.chances()                               # (open deals, weeks): the true chances to be won
    world.won(), world.booked()                   # what came, by deal and as a sum
    World(..., otherwise=1)                       # the same past, another future

Every law is drawn with its seed, so no model can be made to fit one. `quiet` is the world in which nothing predicts. In `shock`
the market of each quarter is drawn anew and known to nobody, so even the true chances miss a quarter together.
"""

from tests.measure.forecast.worlds.law import KINDS, QUARTER
from tests.measure.forecast.worlds.world import Booked, World

__all__ = ["KINDS", "QUARTER", "Booked", "World"]
