"""Which days are off? A country's public holidays, and the days a workspace names itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from saleswright.lib.issue import Issue, unknown

_SATURDAY = 5
_LONGEST = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Days off. country: "DE", or with a part of it "DE-BY"; empty for none. closed: days of one's own."""

    country: str = ""
    closed: frozenset[date] = frozenset()

    def off(self, day: date) -> bool:
        """Is it a holiday, or closed?"""
        return day in self.closed or (bool(self.country) and day in _holidays(self.country, day.year))

    def working(self, day: date) -> bool:
        """Is it a day from Monday to Friday on which somebody works?"""
        return day.weekday() < _SATURDAY and not self.off(day)

    def next_working(self, day: date) -> date | None:
        """The first working day behind this one; None when none comes within two months."""
        return next((d for d in (day + _DAY * n for n in range(1, _LONGEST)) if self.working(d)), None)


def unknown_country(code: str, where: str) -> Issue | None:
    """What is wrong with a country's code; None when its holidays are known."""
    import holidays

    country, _, part = code.partition("-")
    parts = holidays.list_supported_countries()
    if country not in parts:
        return unknown("country", country, sorted(name for name in parts if len(name) == 2), where=where)
    if part and part not in parts[country]:
        return unknown(f"part of {country}", part, sorted(parts[country]), where=where)
    return None


@lru_cache(maxsize=64)
def _holidays(code: str, year: int) -> frozenset[date]:
    import holidays

    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
