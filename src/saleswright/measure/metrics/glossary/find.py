"""Which term is meant, and where does it lead? Shipped terms and the workspace's own, joined with the live catalogue.

A metric is reached from every term that names it, and from a term that is called as it is; a metric no term leads to is
an entry of its own. The shipped terms are read when somebody asks, not at every start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import read_definitions
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.asked import metrics_in_force
from saleswright.measure.metrics.glossary.model import KIND, Term, plain, read_term
from saleswright.measure.metrics.model import Metric

FOLDER = Path(__file__).parent / "terms"
NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and what answers to it here. The first metric is the one that is called so, or that the term names first."""

    term: Term
    metrics: tuple[Metric, ...] = ()
    see: tuple[Term, ...] = ()

    @property
    def covered(self) -> bool:
        """Does anything here answer to it?"""
        return bool(self.metrics or self.term.command or self.term.page)

    @property
    def leads_to(self) -> str:
        """Where it leads, in words."""
        told = [metric.name for metric in self.metrics]
        told += [f"saleswright {self.term.command}"] if self.term.command else []
        told += [f"page {self.term.page}"] if self.term.page else []
        return ", ".join(told) or NOT_COVERED


@cache
def shipped() -> tuple[Term, ...]:
    """The terms that come with the product."""
    found: list[Term] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        definitions, issues = read_definitions(path, f"glossary/terms/{path.name}", shipped=True)
        for definition in definitions:
            term, problems = read_term(definition)
            issues += problems
            found += [term] if term else []
        assert not issues, issues
    return tuple(found)


def entries(at: Snapshot) -> tuple[tuple[Entry, ...], tuple[Issue, ...]]:
    """Every entry by its label, and the issues of the workspace's own terms. A workspace's term replaces ours of its name."""
    terms = {term.name: term for term in shipped()}
    issues: list[Issue] = []
    for definition in at.workspace.all(KIND, at.day):
        term, problems = read_term(definition)
        issues += problems
        if term is not None:
            terms[term.name] = term
    metrics = metrics_in_force(at)
    own = [term for term in terms.values() if term.where.startswith("definitions/")]
    issues += [
        unknown("metric", name, metrics, where=term.where)
        for term in own
        for name in term.metrics
        if name not in metrics
    ]
    called: dict[str, Metric] = {}
    for metric in metrics.values():
        for word in (metric.name, *metric.aliases, metric.label):
            called.setdefault(plain(word), metric)
    by_word = {word: term for term in terms.values() for word in term.words} | {
        term.name: term for term in terms.values()
    }
    found = [_entry(term, metrics, called, by_word) for term in terms.values()]
    issues += [
        unknown("term", name, terms, where=term.where)
        for term in own
        for name in term.see
        if plain(name) not in by_word
    ]
    reached = {metric.name for entry in found for metric in entry.metrics}
    found += [_of_metric(metric) for metric in metrics.values() if metric.name not in reached]
    return tuple(sorted(found, key=lambda entry: entry.term.label.casefold())), tuple(issues)


def _entry(term: Term, metrics: dict[str, Metric], called: dict[str, Metric], by_word: dict[str, Term]) -> Entry:
    same = [called[word] for word in term.words if word in called]
    named = [metrics[name] for name in term.metrics if name in metrics]
    first = [metric for metric in same if metric.name == term.name]
    see = [by_word[plain(name)] for name in term.see if plain(name) in by_word]
    both = {metric.name: metric for metric in (*first, *named, *same)}
    return Entry(term, tuple(both.values()), tuple(see))


def _of_metric(metric: Metric) -> Entry:
    """A metric that no term leads to speaks for itself."""
    return Entry(Term(metric.name, metric.label, metric.definition.doc or metric.question, metric.aliases), (metric,))


def entry_named(at: Snapshot, typed: str) -> Entry:
    """The entry of that word: a term, one of its other words, or a metric by any of its names. Stop with the nearest."""
    found, _ = entries(at)
    word = plain(typed)
    for entry in found:
        if plain(entry.term.name) == word:
            return entry
    for entry in found:
        if word in entry.term.words:
            return entry
    for entry in found:
        if any(word in map(plain, (metric.name, metric.label, *metric.aliases)) for metric in entry.metrics):
            return entry
    words = [said for entry in found for said in (entry.term.label, *entry.term.aliases)]
    raise Stop(unknown("term", typed, words, where="term"), exit_code=USAGE)


def leading_to(at: Snapshot, metric: str) -> tuple[Entry, ...]:
    """Every term that leads to a metric: what is said about it."""
    return tuple(entry for entry in entries(at)[0] if any(one.name == metric for one in entry.metrics))


def having(found: tuple[Entry, ...], words: str) -> tuple[Entry, ...]:
    """The entries with all of these words in their names, their meaning or their metrics; names first."""
    wanted = words.casefold().split()

    def named(entry: Entry) -> bool:
        said = " ".join((entry.term.label, entry.term.name, *entry.term.aliases)).casefold()
        return all(word in said for word in wanted)

    def told(entry: Entry) -> bool:
        metrics = [name for metric in entry.metrics for name in (metric.name, metric.label, *metric.aliases)]
        said = " ".join((entry.term.label, *entry.term.aliases, entry.term.means, *metrics)).casefold()
        return all(word in said for word in wanted)

    first = [entry for entry in found if named(entry)]
    return tuple(first + [entry for entry in found if told(entry) and entry not in first])
