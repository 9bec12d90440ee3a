"""The deal model for any number of deals: intensities of winning and losing, drawn from cell to cell towards what all have.

    intensity(row, week ahead, way) = company(week ahead, way) x period end x level x product of the row's cells' ratios

Company intensities are drawn towards a shipped prior, ratios of cells towards shipped ones (mostly 1), ratios of a span of
weeks ahead towards the ratio of all weeks, each as far as counts say (pull.py). Factors take turns: each is told with all
others as they are, three times round. Counted are deals: where a deal has several rows in a cell, its rows share one deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.chance import drift
from saleswright.measure.forecast.chance.cells import Factor
from saleswright.measure.forecast.chance.lead import BINS, SPAN, SPANS, Lives, Narrow
from saleswright.measure.forecast.chance.pull import Pulled, pull
from saleswright.measure.forecast.panel.panel import Panel

ROUNDS = 3
SHIPPED = np.array([[0.012] * BINS, [0.035] * BINS])
"""Chance per week to be won, and to be lost, of an open deal anywhere: worth FIRST ends."""

SPANS_USUAL = 96.0
"""The ratio of all weeks is worth so many ends to that of a span, before anything is seen."""

SAMPLE = 20_000
"""Rows that ended, of which the share of deals is told."""

TRUSTS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
"""How far deals may be told apart: powers of a row's ratio that are tried on the past (trial.py)."""

FIRST = 3.0
FOLLOWS = 4.0
"""The company's intensity in a bin is drawn towards that in the bin before by so many ends: far ahead little is seen."""


@dataclass(frozen=True)
class Told:
    """What a factor says, by way out: the ratio of a cell over all weeks, then that of each span of weeks."""

    whole: tuple[Pulled, ...]
    spans: tuple[tuple[Pulled, ...], ...]

    def ratio(self, way: int) -> Floats:
        """(cells, SPANS)."""
        return np.stack([one.ratio for one in self.spans[way]], axis=1)

    def drawn(self, way: int, shipped: Floats, times: int, rng: np.random.Generator) -> Floats:
        """(times, cells, SPANS): as ratios may truly be. How much all of them are together is the company's to say."""
        parent = self.whole[way].drawn(np.broadcast_to(shipped[way], (times, shipped.shape[1])), rng)
        return np.stack([_level(one, one.drawn(parent, rng)) for one in self.spans[way]], axis=-1)


@dataclass(frozen=True)
class Bayes:
    """A fitted model. company: (2, BINS) intensities per week; unsure: (2, BINS, BINS), how they vary together, relative.

    typical: the ratio of the usual row. told: by factor. calendar: period ends and level. trust: the power of a row's ratio to
    the usual one, 0 (nothing tells deals apart) to 1. lift: (TRUSTS, 2, BINS), what each of them takes from the mean of
    all rows: a mean of powers is not the power of a mean.
    """

    factors: tuple[Factor, ...]
    told: tuple[Told, ...]
    company: Floats
    unsure: Floats
    typical: Floats
    calendar: drift.Calendar
    lift: Floats
    trust: float = 1.0

    def intensities(self, panel: Panel, trust: float | None = None) -> Floats:
        """(2, rows, BINS): to be won and to be lost, per week."""
        return self.trusting(*self.parts(panel), self.trust if trust is None else trust)

    def trusting(self, plain: Floats, ratio: Floats, trust: float) -> Floats:
        """Intensities of `parts` under a trust. What all rows had together stays."""
        at = min(int(np.searchsorted(TRUSTS, trust, side="right")), len(TRUSTS) - 1)
        part = (trust - TRUSTS[at - 1]) / (TRUSTS[at] - TRUSTS[at - 1])
        lift = self.lift[at - 1] ** (1 - part) * self.lift[at] ** part
        return np.asarray(plain * ratio**trust * lift[:, None, :])

    def parts(self, panel: Panel) -> tuple[Floats, Floats]:
        """What all deals open on a row's day have, and the ratio of each row to it: (2, rows, BINS) both."""
        found = np.ones((2, len(panel), SPANS))
        for factor, told in zip(self.factors, self.told, strict=True):
            code = factor.codes(panel)
            for way in range(2):
                found[way] *= told.ratio(way)[code]
        plain = (self.company * self.typical)[:, None, :] * self.calendar.factor(panel.day)
        return plain, found[:, :, SPAN] / self.typical[:, None, :]

    def drawn(self, panel: Panel, times: int, rng: np.random.Generator) -> Floats:
        """(times, 2, rows, BINS): as intensities may truly be, by the counts behind every ratio."""
        found = np.ones((times, 2, len(panel), SPANS))
        for factor, told in zip(self.factors, self.told, strict=True):
            code = factor.codes(panel)
            for way in range(2):
                found[:, way] *= told.drawn(way, factor.shipped, times, rng)[:, code]
        size, axes = np.linalg.eigh(self.unsure)
        off = np.einsum(
            "wkj,twj->twk", axes * np.sqrt(np.maximum(size, 0.0))[:, None, :], rng.normal(size=(times, 2, BINS))
        )
        half = np.einsum("wkk->wk", self.unsure) / 2
        base = np.exp(off - half) * self.company * self.typical
        plain = base[:, :, None, :] * self.calendar.drawn(panel.day, times, rng)
        return self.trusting(plain, found[..., SPAN] / self.typical[:, None, :], self.trust)


def fit(panel: Panel, lives: Lives, factors: Sequence[Factor], ends: Ints | None = None) -> Bayes:
    """Fit to rows and what became of them. ends: last days of periods (calendar quarters if None)."""
    codes = [factor.codes(panel) for factor in factors]
    rows, deal = len(panel), panel.deal
    seen = _ends(lives)
    span = np.where(lives.way >= 0, SPAN[lives.bin], 0)
    nobody = np.zeros(rows, np.int64)
    share = _shares(deal, nobody, 1, lives, span)
    shares = [_shares(deal, code, factor.size, lives, span) for code, factor in zip(codes, factors, strict=True)]
    counted = [_counted(code, factor.size, lives, span) for code, factor in zip(codes, factors, strict=True)]
    calendar = drift.none(panel.day, ends)
    told = [_blank(factor) for factor in factors]
    ratios: Narrow = np.ones((2, rows, SPANS), np.float32)
    company = SHIPPED.copy()
    for _ in range(ROUNDS):
        place_of_day = calendar.usual(panel.day)
        company = _company(seen, _weeks(lives, place_of_day, ratios), share)
        due = _due(lives, company, place_of_day)
        due *= ratios
        for place, factor in enumerate(factors):
            new = _tell(factor, codes[place], counted[place], due, told[place], shares[place])
            for way in range(2):
                step = (new.ratio(way) / told[place].ratio(way)).astype(np.float32)[codes[place]]
                ratios[way] *= step
                due[way] *= step
            told[place] = new
        calendar = drift.fit(panel.day, lives, ratios, company, calendar, share, panel.told)
    place_of_day = calendar.usual(panel.day)
    weeks = _weeks(lives, place_of_day, ratios)
    alone = np.maximum(_weeks(lives, place_of_day, np.ones_like(ratios)), 1e-9)
    typical = np.where(weeks > 0, weeks / alone, 1.0)
    lift = np.ones((len(TRUSTS), 2, BINS))
    for place in range(1, len(TRUSTS) - 1):
        powered = _weeks(lives, place_of_day, ratios ** np.float32(TRUSTS[place]))
        lift[place] = np.where(powered > 0, alone * typical ** TRUSTS[place] / np.maximum(powered, 1e-9), 1.0)
    return Bayes(tuple(factors), tuple(told), company, _unsure(deal, lives, seen, share), typical, calendar, lift)


def _level(of: Pulled, drawn: Floats) -> Floats:
    """Drawn ratios with the mean that the fitted ones have over the expected ends."""
    whole = drawn @ of.due
    return drawn * np.where(whole > 0, of.ratio @ of.due / np.where(whole > 0, whole, 1.0), 1.0)[:, None]


def _weeks(lives: Lives, calendar: Floats, ratios: Narrow) -> Floats:
    """(2, BINS): weeks seen open, each counting for what is expected of its row."""
    found = np.zeros((2, BINS))
    for way in range(2):
        for k in range(BINS):
            found[way, k] = np.einsum("i,i,i->", lives.stay[:, k], ratios[way, :, SPAN[k]], calendar[way, :, k])
    return found


def _ends(lives: Lives) -> Floats:
    """(2, BINS): ends of each kind, by bin."""
    return np.stack(
        [np.bincount(lives.bin[lives.way == way], lives.counts[lives.way == way], minlength=BINS) for way in range(2)]
    )


def _shares(deal: Ints, code: Ints, size: int, lives: Lives, span: Ints) -> Floats:
    """(2, SPANS + 1): what a row that ended is worth, in deals, by span and over all of them.

    Weekly rows of a deal tell its one end again and again, so counts of rows scatter more than counts of deals would:
    sum of n squared over sum of n, n rows of a deal in a cell (Kish 1965). A sample of deals tells it.
    """
    found = np.ones((2, SPANS + 1))
    for way in range(2):
        ended = np.flatnonzero(lives.way == way)
        if ended.size > SAMPLE:
            ended = ended[deal[ended] % (ended.size // SAMPLE + 1) == 0]
        key = deal[ended] * size + code[ended]
        for k in range(SPANS + 1):
            some = key if k == SPANS else key[span[ended] == k]
            if some.size:
                n = np.unique(some, return_counts=True)[1]
                found[way, k] = n.sum() / (n.astype(np.float64) ** 2).sum()
    return found


def _unsure(deal: Ints, lives: Lives, seen: Floats, share: Floats) -> Floats:
    """(2, BINS, BINS): how the company's intensities vary together by whose ends there happened to be, relative.

    A deal's one end is told in every bin that its rows reach, so bins do not err apart: sum over deals of n in one bin times n in
    the other, over the sums of both. What a bin is drawn by (_company) counts as so many ends of its own.
    """
    found = np.zeros((2, BINS, BINS))
    worth = np.diag([FIRST, *[FOLLOWS] * (BINS - 1)])
    for way in range(2):
        ended = np.flatnonzero(lives.way == way)
        _, whose = np.unique(deal[ended], return_inverse=True)
        n = np.bincount(
            whose * BINS + lives.bin[ended], lives.counts[ended], minlength=BINS * (whose.max(initial=-1) + 1)
        )
        part = share[way, SPAN]
        told = n.reshape(-1, BINS) * part
        total = part * seen[way] + np.diag(worth)
        found[way] = (told.T @ told + worth) / np.outer(total, total)
    return found


def _counted(code: Ints, size: int, lives: Lives, span: Ints) -> Floats:
    """(2, cells, SPANS): ends by cell and span."""
    found = np.zeros((2, size, SPANS))
    for way in range(2):
        some = lives.way == way
        at = code[some] * SPANS + span[some]
        found[way] = np.bincount(at, lives.counts[some], minlength=size * SPANS).reshape(size, SPANS)
    return found


def _company(seen: Floats, weeks: Floats, share: Floats) -> Floats:
    """Bin after bin, drawn to the bin before; the first to the shipped prior."""
    found = np.zeros(seen.shape)
    for way in range(2):
        prior, worth = float(SHIPPED[way, 0]), FIRST
        for k in range(BINS):
            part = share[way, SPAN[k]]
            found[way, k] = (part * seen[way, k] + worth) / (part * weeks[way, k] + worth / prior)
            prior, worth = found[way, k], FOLLOWS
    return found


def _due(lives: Lives, company: Floats, calendar: Floats) -> Narrow:
    """(2, rows, SPANS): ends expected of a row if it were like all others."""
    found: Narrow = np.zeros((2, len(lives.way), SPANS), np.float32)
    for way in range(2):
        for k in range(BINS):
            found[way, :, SPAN[k]] += lives.stay[:, k] * calendar[way, :, k] * company[way, k]
    return found


def _blank(factor: Factor) -> Told:
    nothing = np.zeros(factor.size)
    one = Pulled(nothing, nothing, np.ones(factor.size), np.ones(1), np.ones(factor.size))
    return Told((one, one), ((one,) * SPANS,) * 2)


def _tell(factor: Factor, code: Ints, counted: Floats, due: Narrow, before: Told, share: Floats) -> Told:
    wholes, spans = [], []
    for way in range(2):
        expected = np.stack(
            [np.bincount(code, due[way, :, k], minlength=factor.size) for k in range(SPANS)], axis=1
        ) / np.maximum(before.ratio(way), 1e-9)
        of_all, part = share[way, SPANS], share[way, :SPANS]
        n, mean = counted[way] * part, expected * part
        whole = pull(
            counted[way].sum(axis=1) * of_all, expected.sum(axis=1) * of_all, factor.shipped[way], factor.usual
        )
        wholes.append(whole)
        spans.append(tuple(pull(n[:, k], mean[:, k], whole.ratio, SPANS_USUAL) for k in range(SPANS)))
    return Told(tuple(wholes), tuple(spans))
