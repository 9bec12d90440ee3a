"""The sales force: one VP, a manager for each team, forty reps, and the re-organisation."""

from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from .assumptions import REORGANISATION, REORGANISATION_MONTH, TEAMS
from .dates import NEVER, Calendar, working_day
from .keys import keys

EXECUTIVE, MANAGER, REP, OPERATIONS = "VP Sales", "Sales Manager", "Account Executive", "Sales Operations"
LATE_STARTS = {11: 4, 26: 9, 37: 13}  # rep number: month of the window in which the rep starts


@dataclass(slots=True)
class User:
    """A user; `teams` is the dated list of teams, oldest first."""

    key: str
    name: str
    role: str
    hired: int
    teams: list[tuple[int, str]] = field(default_factory=list)
    skill: float = 1.0

    def team_on(self, day: int) -> str:
        """The team on a day: the first one for any day before the start."""
        team = self.teams[0][1]
        for since, name in self.teams:
            if since <= day:
                team = name
        return team

    @property
    def team(self) -> str:
        """The team now."""
        return self.teams[-1][1] if self.teams else ""


@dataclass
class People:
    """All users in the order of their ids, and who owns new deals when."""

    users: list[User]
    moved: list[tuple[User, str, str]]
    moved_on: int

    def __post_init__(self) -> None:
        self.reps = [u for u in self.users if u.role == REP]
        self.managers = {u.team: u for u in self.users if u.role == MANAGER}
        self.executive = next(u for u in self.users if u.role == EXECUTIVE)
        self.operations = next(u for u in self.users if u.role == OPERATIONS)
        self._rota: dict[tuple[int, ...], tuple[list[User], list[float]]] = {}
        self._breaks = sorted({u.hired for u in self.reps} | {self.moved_on})

    def _active(self, day: int, team: str | None) -> tuple[list[User], list[float]]:
        era = sum(1 for b in self._breaks if b <= day)
        key = (era, list(TEAMS).index(team) if team else -1)
        if key not in self._rota:
            reps = [u for u in self.reps if u.hired <= day and team in (None, u.team_on(day))]
            self._rota[key] = reps, list(accumulate(0.6 + 0.4 * u.skill for u in reps))
        return self._rota[key]

    def draw_owner(self, rng: Random, day: int, team: str | None = None) -> User:
        """A rep at work on that day, of one team if asked."""
        reps, weights = self._active(day, team)
        return rng.choices(reps, cum_weights=weights)[0]

    def manager_of(self, user: User) -> User | None:
        """Who the user reports to now."""
        if user.role == REP:
            return self.managers[user.team]
        return self.executive if user.role in (MANAGER, OPERATIONS) else None


def hire(rng: Random, calendar: Calendar) -> People:
    """Staff the company, and move eight reps between teams in the month of the re-organisation."""
    ids = keys("005")
    long_ago = min(calendar.start, calendar.until - 730) - 800
    users = [User(next(ids), "VP Sales", EXECUTIVE, long_ago)]
    users.append(User(next(ids), "Sales Operations", OPERATIONS, long_ago))
    for team in TEAMS:
        users.append(User(next(ids), team.replace("Team", "Manager"), MANAGER, long_ago, [(long_ago, team)]))
    number = 0
    for team, size in TEAMS.items():
        for _ in range(size):
            number += 1
            hired = working_day(long_ago + rng.randrange(30, 250))
            if number in LATE_STARTS and LATE_STARTS[number] < calendar.months:
                hired = working_day(calendar.month_start(LATE_STARTS[number]))
            skill = rng.triangular(0.72, 1.32, 1.0)
            users.append(User(next(ids), f"Rep {number:02}", REP, hired, [(hired, team)], skill))
    moved_on = NEVER
    moved: list[tuple[User, str, str]] = []
    if calendar.months >= REORGANISATION_MONTH:
        moved_on = working_day(calendar.month_start(REORGANISATION_MONTH))
        for old, new in REORGANISATION:
            stay = [u for u in users if u.role == REP and u.team == old and len(u.teams) == 1]
            user = rng.choice([u for u in stay if u.hired < moved_on])
            user.teams.append((moved_on, new))
            moved.append((user, old, new))
    return People(users, moved, moved_on)
