"""Kill -9 over propose, decide, apply, effects: nothing lost, nothing doubled, nothing sent again blindly.

Three ways out: one whose other side takes keys, one that can be asked, one that has neither.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from tests.conftest import NIGHTLY
from tests.crash.door.kills import SCENES, Play, length, scened
from tests.crash.door.play import Stage
from tests.crash.play import barriers

BARRIERS = sorted(barriers()["tests/crash/door/test_kills.py"])
# How often each barrier is come by in one morning, and of those, how many are played here.
TIMES = None if NIGHTLY else 2
KILLS = int(os.environ.get("DOOR_KILLS", 5_000 if NIGHTLY else 60)) - len(BARRIERS) * 2
FULL = 300 if NIGHTLY else 6
# A workspace is used up after so many, so that its checks stay quick.
EACH = 12


@pytest.fixture(scope="module")
def met(stage: Stage) -> dict[str, dict[str, int]]:
    """How often each scene comes by each barrier."""
    return {scene: scened(stage).met(scene) for scene in SCENES}


@pytest.mark.parametrize("barrier", BARRIERS)
def test_killed_at_a_barrier(barrier: str, stage: Stage, met: dict[str, dict[str, int]]) -> None:
    """On a plain morning, on one when every answer gets lost, and when that is settled an hour later.

    Some of the times a scene comes by there; all of them in the night's version.
    """
    places = [(scene, nth) for scene in SCENES for nth in range(1, met[scene].get(barrier, 0) + 1)]
    assert places, f"no scene comes by {barrier}"
    for scene, nth in places if TIMES is None else random.Random(barrier).sample(places, min(TIMES, len(places))):
        play = scened(stage)
        play.kill_at(barrier, scene, nth)
        assert set(play.ends) <= {"confirmed", "in_doubt"}, play.ends
        # Parked is at most what has neither a key nor a question: on a plain morning one of them, the one in hand.
        assert play.ends["in_doubt"] <= (1 if scene == "morning" else 2), (scene, nth, play.ends)


def test_killed_at_any_moment(stage: Stage) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    within = length(stage, chance) * 1.05
    hits = kills = 0
    ends: Counter[str] = Counter()
    while kills < KILLS:
        play = Play(stage, stage.book(), chance)
        for n in range(min(EACH, KILLS - kills)):
            hits += play.kill(within, beside=n % 4 == 1, twice=n % 6 == 2)
            kills += 1
        ends += play.ends
    print(f"{kills} kills, {hits} in time, effects {dict(ends)}")
    assert hits >= kills // 2
    assert ends["confirmed"] > kills


def test_full_at_any_moment(stage: Stage) -> None:
    """The disk is full from some byte on, anywhere in a morning: a clear message, nothing in part, then it goes on."""
    stage.faults(0.0)
    chance = random.Random(9)
    stopped = 0
    for n in range(FULL):
        play = Play(stage, stage.book(), chance, lines=1)
        ended = play.book.give(*play.jobs(), full=1 + round((n + chance.random()) / FULL * 700_000))
        if ended["code"]:
            stopped += 1
            said = ended["told"].pop()
            assert "stop" in said, said
            assert not any(word in said["said"] for word in ("SELECT", "INSERT", "UPDATE", "sqlalche")), said
        play.mend(faults=0.0)
        play.check([ended])
        assert play.ends["in_doubt"] <= 2, play.ends
    assert stopped >= FULL // 3
