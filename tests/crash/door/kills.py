"""One kill at the door and what comes after it: fresh processes take the work up until it is quiet, then all is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.crash.door import checks
from tests.crash.door.play import Book, Stage

WAYS = ("webhook:keyed", "webhook:askable", "webhook:neither")
GROUPED = ("csv", "mail:office")
"""One effect for all lines of a decision; the first can be asked, the second has neither key nor question."""
FAULTS = 0.3
TRIED_AGAIN = 0.1
"""The share of the providers' calls that go wrong while somebody is killed, and while the work is taken up again."""


@dataclass
class Play:
    """Some kills over one workspace, each over requests of its own."""

    stage: Stage
    book: Book
    chance: Random
    lines: int = 2
    mixed: bool = True
    kills: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    def wanted(self) -> list[tuple[str, list[str]]]:
        """What the rule of this kill asks for: some accounts by each way out."""
        ways = WAYS + (GROUPED if self.kills % 3 == 0 else ())
        return [(way, [f"{way[-3:]}{self.kills}-{n}" for n in range(self.lines)]) for way in ways]

    def jobs(self) -> list[list[Any]]:
        """Propose, decide, work, in the order of a busy morning."""
        asked = self.asked()
        if self.mixed:
            self.chance.shuffle(asked)
        first, rest = asked[0], asked[1:]
        return [first, ["decide", {}], ["work", {}], *rest, ["decide", {}], ["work", {"passes": 2}]]

    def asked(self) -> list[list[Any]]:
        """The rule at work."""
        return [["propose", {"adapter": way, "subjects": subjects}] for way, subjects in self.wanted()]

    def kill(self, within: float, beside: bool = False, twice: bool = False) -> bool:
        """Kill an actor at any moment within so many microseconds, take the work up, check. Did the kill come in time?

        beside: another worker is at work all the while. twice: who takes the work up is killed as well.
        """
        self.kills += 1
        self.stage.faults(FAULTS, self.chance.randrange(10**9))
        jobs = self.jobs()
        others = [{"jobs": [["work", {"worker": "beside", "passes": 6}]]}] if beside else []
        ended = self.book.give(*jobs, after=self.chance.randrange(200, int(within)), beside=others)
        assert all(other["code"] == 0 for other in ended["beside"]), ended
        if twice:
            self.mend(after=self.chance.randrange(200, int(within)))
        self.mend()
        self.check([ended])
        return bool(ended["killed"])

    def scene(self, name: str) -> list[list[Any]]:
        """What happens until the jobs begin over which somebody is killed; those jobs."""
        if name == "morning":
            self.stage.faults(0.0)
            return self.jobs()
        # Every answer gets lost.
        self.stage.faults(1.0, only="dropped")
        if name == "lost":
            return self.jobs()
        assert name == "later"
        ended = self.book.give(*self.jobs())
        assert ended["code"] == 0, ended["told"]
        self.stage.settled()
        self.stage.faults(0.0)
        self.book.later(hours=1)
        return [["work", {"worker": "later"}]]

    def met(self, scene: str) -> dict[str, int]:
        """How often the jobs of a scene come by each barrier when nobody is killed."""
        ended = self.book.give(*self.scene(scene), count=True)
        assert ended["code"] == 0, ended["told"]
        return dict(ended["met"])

    def kill_at(self, barrier: str, scene: str, nth: int) -> None:
        """Kill an actor where it comes by a barrier for the nth time, take the work up, check."""
        ended = self.book.give(*self.scene(scene), at=barrier, nth=nth)
        assert ended["killed"], (barrier, scene, nth, ended)
        self.mend(faults=0.0)
        self.check([ended])

    def mend(self, after: int | None = None, faults: float = TRIED_AGAIN) -> None:
        """Later, the same rule runs again, what is open is decided, and workers work until it is quiet."""
        self.stage.settled()
        self.stage.faults(faults, self.chance.randrange(10**9))
        self.book.later(hours=1)
        ended = self.book.give(*self.asked(), ["decide", {}], ["finish", {}], after=after)
        assert ended["killed"] or ended["code"] == 0, ended["told"][-1]
        # That may have taken days of the workspace's time.
        self.book.later(days=4)

    def check(self, ended: Iterable[dict[str, Any]]) -> None:
        """0 lost, 0 doubled, one clear state, one record for each change, and what was told stands."""
        self.stage.settled()
        found = self.book.found
        checks.chained(found)
        checks.recorded(found)
        checks.consistent(found)
        checks.quiet(found)
        self.ends = checks.arrived(found, self.book.taken)
        states: dict[str, set[str]] = {}
        for line in found["line"]:
            states.setdefault(line["subject"], set()).add(line["state"])
        for way, subjects in self.wanted():
            for subject in subjects:
                assert states.get(subject, set()) & {"applied", "failed", "in_doubt"}, ("lost", way, subject, states)
        requests = {row["id"]: row["state"] for row in found["request"]}
        for one in ended:
            for answer in one["told"]:
                assert "raised" not in answer and "stop" not in answer, answer
                if answer.get("request"):
                    assert answer["request"] in requests, ("told and gone", answer)
                for told in answer.get("requests", ()):
                    assert requests[told["id"]] == told["state"] == "approved", told


SCENES = ("morning", "lost", "later")


def scened(stage: Stage) -> Play:
    """A play for the barriers: the same each time."""
    return Play(stage, stage.book(), Random(0), lines=1, mixed=False)


def length(stage: Stage, chance: Random) -> float:
    """Microseconds that a morning takes when nobody is killed."""
    play = Play(stage, stage.book(), chance)
    stage.faults(0.0)
    ended = play.book.give(*play.jobs())
    assert ended["code"] == 0, ended["told"]
    play.mend()
    play.check([ended])
    assert play.ends == Counter({"confirmed": len(WAYS) * play.lines + len(GROUPED)}), play.ends
    return float(ended["took"]) * 1e6
