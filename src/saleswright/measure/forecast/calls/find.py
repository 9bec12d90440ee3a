"""Who is meant by a name or an id? Among the people of the record as of then."""

from __future__ import annotations

from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.forecast.calls.sheet import Sheet
from saleswright.measure.metrics.dimensions import names


def person_named(found: Sheet, given: str) -> str:
    """A person's id. Stop (usage) for what nobody is called, or several are."""
    issues: list[Issue] = []
    one = person(found, given, "who", issues)
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    return one


def person(found: Sheet, given: str, where: str, issues: list[Issue]) -> str:
    """A person's id by id, by name, or by the id as the CRM has it; what cannot be told becomes an issue."""
    held = found.now.tree.held
    called = names(found.at, "person", held)
    wanted = given.strip()
    if wanted in held:
        return wanted
    fits = [id_ for id_ in held if called.get(id_, "").casefold() == wanted.casefold()]
    fits = fits or [id_ for id_ in held if id_.split("_", 2)[-1] == wanted]
    if len(fits) == 1:
        return fits[0]
    if fits:
        what = f"{len(fits)} people are called '{wanted}'"
        issues.append(Issue(where, what, "so it is not clear who is meant", f"one of {', '.join(sorted(fits))}"))
    else:
        issues.append(unknown("person", wanted, sorted(called.values()), where=where))
    return ""
