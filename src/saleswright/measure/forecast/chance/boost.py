"""What do cells that multiply not tell? Small trees on top of them, each correcting what all before it leave over.

Gradient boosting on histograms (Friedman 2001; Ke and others 2017) of rows, Poisson deviance, with the ends expected by the
cells' model as the offset: a tree parts the rows by at most three questions, and a leaf's ratio is seen over expected, drawn to
1. A fifth of the deals is kept apart and says when to stop. Rows of a deal lie on one side. Only NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.forecast.chance.lead import STARTS, Lives
from saleswright.measure.forecast.panel.panel import Panel

DEPTH, TREES, RATE, BINS, PATIENCE = 3, 60, 0.15, 24, 6
WORTH = 30.0
"""A leaf is drawn to 1 by so many expected deals."""

UNTIL = 26.0
"""Trees are told by what comes within so many weeks."""

TURNED = ("win", "lose")


@dataclass(frozen=True)
class Trees:
    """edges: by question. At every node of a tree in order (1, 2, 4 ...) which question, and up to which bin left. leaves:
    (trees, 2 ** DEPTH) logs of ratios."""

    edges: tuple[Floats, ...]
    question: Ints
    split: Ints
    leaves: Floats

    def ratio(self, asked: Floats) -> Floats:
        """(rows): what the intensity is multiplied by. asked: (rows, questions)."""
        return np.exp(self.log(_binned(asked, self.edges)))

    def log(self, code: Ints) -> Floats:
        """The log of it, by bins of the answers."""
        rows = np.arange(len(code))
        found = np.zeros(len(code))
        for question, split, leaf in zip(self.question, self.split, self.leaves, strict=True):
            node = np.zeros(len(code), np.int64)
            for _ in range(DEPTH):
                node = 2 * node + 1 + (code[rows, question[node]] > split[node])
            found += leaf[node - (2**DEPTH - 1)]
        return found


def asked(panel: Panel, win: Floats, lose: Floats) -> Floats:
    """(rows, questions): what trees may ask of a row. win, lose: the near intensities that its cells have."""

    def blank(values: Floats) -> Floats:
        return np.where(np.isnan(values), -1.0, values)

    columns = (
        np.log(win), np.log(lose), panel.stage, panel.segment, panel.in_stage, panel.age, panel.pushes, panel.pushed_days,
        panel.back, panel.entries, np.where(panel.past_due, -2.0, blank(panel.to_close)), blank(panel.silent),
        np.where(np.isnan(panel.change), -9.0, panel.change), np.where(panel.unknown, -1.0, panel.amount),
    )  # fmt: skip
    return np.stack([np.asarray(one, np.float64) for one in columns], axis=1)


def seen_and_due(lives: Lives, intensity: Floats, way: int) -> tuple[Floats, Floats]:
    """By row: ends of this kind within UNTIL weeks, and as many as were expected of it."""
    bins = np.flatnonzero(STARTS < UNTIL)
    due = (lives.stay[:, bins] * intensity[:, bins]).sum(axis=1)
    seen = np.where((lives.way == way) & (lives.bin < len(bins)), lives.counts, 0.0)
    return seen, np.asarray(due, np.float64)


def grow(panel: Panel, answers: Floats, seen: Floats, due: Floats, seed: int) -> Trees | None:
    """Trees until the deals kept apart gain no more; None where the first one helps them not at all."""
    edges = tuple(_edges(answers[:, q]) for q in range(answers.shape[1]))
    code = _binned(answers, edges)
    rng = np.random.default_rng(seed)
    names, deal = np.unique(panel.deal, return_inverse=True)
    apart = (rng.random(len(names)) < 0.2)[deal]
    n = np.bincount(deal[seen > 0], minlength=1).astype(np.float64)
    share = n.sum() / max((n**2).sum(), 1.0)
    mine, other = ~apart, apart
    growing = _Growing(code[mine], seen[mine], due[mine].copy(), WORTH / max(share, 1e-9))
    log = np.zeros(int(other.sum()))
    best, best_at, worst = 0.0, 0, 0
    trees: list[tuple[Ints, Ints, Floats]] = []
    rest, n_rest, due_rest = code[other], seen[other], due[other]
    for _ in range(TREES):
        tree = growing.tree()
        trees.append(tree)
        log += Trees(edges, tree[0][None], tree[1][None], tree[2][None]).log(rest)
        gain = float((n_rest * log - due_rest * np.expm1(log)).sum())
        if gain > best:
            best, best_at, worst = gain, len(trees), 0
        else:
            worst += 1
        if worst >= PATIENCE:
            break
    if not best_at:
        return None
    kept = trees[:best_at]
    return Trees(edges, *(np.stack(part) for part in zip(*kept, strict=True)))


class _Growing:
    """Rows, and what is still expected of each as trees are added."""

    def __init__(self, code: Ints, seen: Floats, due: Floats, worth: float) -> None:
        self.code, self.seen, self.due, self.worth = code, seen, due, worth
        self.questions = code.shape[1]
        self.flat = code + BINS * np.arange(self.questions)
        self.ends = np.flatnonzero(seen > 0)

    def tree(self) -> tuple[Ints, Ints, Floats]:
        """The tree that tells most of what is left over; its rows expect what it says."""
        nodes = 2**DEPTH - 1
        question, split = np.zeros(nodes, np.int64), np.full(nodes, BINS)
        node = np.zeros(len(self.seen), np.int64)
        size = self.questions * BINS
        for depth in range(DEPTH):
            first, many = 2**depth - 1, 2**depth
            shape = (many, self.questions, BINS)
            at = (node - first)[:, None] * size + self.flat
            due = np.bincount(at.ravel(), np.repeat(self.due, self.questions), minlength=many * size).reshape(shape)
            few = at[self.ends].ravel()
            seen = np.bincount(few, np.repeat(self.seen[self.ends], self.questions), minlength=many * size).reshape(
                shape
            )
            left_n, left_due = np.cumsum(seen, axis=2), np.cumsum(due, axis=2)
            n, whole = left_n[:, :1, -1:], left_due[:, :1, -1:]
            gain = self._score(left_n, left_due) + self._score(n - left_n, whole - left_due) - self._score(n, whole)
            gain[..., -1] = 0.0
            best = gain.reshape(many, -1).argmax(axis=1)
            worth = gain.reshape(many, -1)[np.arange(many), best] > 1e-9
            question[first : first + many] = best // BINS
            split[first : first + many] = np.where(worth, best % BINS, BINS)
            node = 2 * node + 1 + (self.code[np.arange(len(node)), question[node]] > split[node])
        leaf = node - nodes
        n = np.bincount(leaf[self.ends], self.seen[self.ends], minlength=2**DEPTH)
        mean = np.bincount(leaf, self.due, minlength=2**DEPTH)
        log = RATE * np.log((n + self.worth) / (mean + self.worth))
        self.due *= np.exp(log)[leaf]
        return question, split, log

    def _score(self, n: Floats, due: Floats) -> Floats:
        return np.asarray((n - due) ** 2 / (np.maximum(due, 0.0) + self.worth))


def _edges(values: Floats) -> Floats:
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS))


def _binned(answers: Floats, edges: tuple[Floats, ...]) -> Ints:
    return np.stack([np.searchsorted(one, answers[:, q], side="left") for q, one in enumerate(edges)], axis=1)
