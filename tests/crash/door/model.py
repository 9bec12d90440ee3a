"""The door in plain Python: what should become of requests when people, rules and the clock do as they please.

It knows nothing of the product. Lines are worth a decision unless the same is open, on its way, or was refused for the
same old value; a yes counts from who may decide now and did not propose; enough of them approve what has not moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DAYS = 14
Change = tuple[str, str, str]
"""(account, old tier, new tier)."""


@dataclass
class Rules:
    """Who may decide, how many it takes, and up to how much is at stake in a line."""

    who: frozenset[str]
    persons: int
    most: int

    def text(self) -> str:
        """As a definition."""
        people = ", ".join(sorted(self.who))
        grants = "".join(f"- {{kind: access, name: {name}, scope: company}}\n" for name in ("ann", "bo", "cy", "di"))
        return grants + (
            f"- {{kind: approval, name: head, who: [{people}], persons: {self.persons}, amount: {self.most} EUR}}\n"
        )


@dataclass
class Line:
    """One change, and where it stands."""

    account: str
    old: str
    new: str
    amount: int
    state: str = "open"
    yes: set[str] = field(default_factory=set)


@dataclass
class Request:
    """Some changes by one way out, asked for at a moment (days)."""

    by: str
    way: str
    lines: list[Line]
    at: float
    state: str = "open"

    def settle(self) -> None:
        """Where it stands by its lines."""
        states = [line.state for line in self.lines]
        if "open" in states:
            self.state = "open"
        elif set(states) - {"refused", "moved", "expired", "withdrawn"}:
            self.state = "approved"
        else:
            self.state = next(one for one in ("expired", "refused", "moved", "withdrawn") if one in states)

    def end(self, state: str) -> None:
        """Its open lines come to this."""
        for line in self.lines:
            if line.state == "open":
                line.state = state
        self.settle()


@dataclass
class Model:
    """All requests by number. held: what each account is thought to be."""

    rules: Rules
    held: dict[str, str]
    day: float = 0.0
    requests: dict[int, Request] = field(default_factory=dict)

    def expire(self) -> None:
        """What has waited too long ends as soon as anybody asks."""
        for request in self.requests.values():
            if request.state == "open" and self.day >= request.at + DAYS:
                request.end("expired")

    def sifted(self, way: str, changes: list[Change]) -> tuple[list[Change], list[Change], int]:
        """(worth a decision, out of date, how many are not asked again)."""
        self.expire()
        kept, moved, left = [], [], 0
        for account, old, new in changes:
            same = [
                line.state
                for request in self.requests.values()
                for line in request.lines
                if (request.way, line.account, line.old, line.new) == (way, account, old, new)
            ]
            if {"open", "approved", "in_doubt", "refused"} & set(same):
                left += 1
            elif self.held[account] != old:
                moved.append((account, old, new))
            else:
                kept.append((account, old, new))
        return kept, moved, left

    def propose(self, number: int, by: str, way: str, found: Any, amounts: dict[str, int]) -> None:
        """A request came to be of what was worth it."""
        kept, moved, _ = found
        lines = [Line(*change, amounts[change[0]]) for change in kept]
        lines += [Line(*change, amounts[change[0]], "moved") for change in moved]
        self.requests[number] = Request(by, way, lines, self.day)

    def decide(self, number: int, who: str, verdict: str, ns: list[int]) -> str:
        """What the answer is: ok, conflict, not_allowed."""
        request = self.requests[number]
        if request.state == "open" and self.day >= request.at + DAYS:
            request.end("expired")
            return "conflict"
        if request.state != "open":
            return "conflict"
        chosen = [line for n, line in enumerate(request.lines, 1) if line.state == "open" and (not ns or n in ns)]
        if not chosen:
            return "conflict"
        mine = [line for line in chosen if self._may(who, request, line)]
        if not mine:
            return "not_allowed"
        if verdict == "no":
            for line in mine:
                line.state = "refused"
            request.settle()
            return "ok"
        counted = False
        for line in mine:
            if self.held[line.account] != line.old:
                line.state = "moved"
                continue
            agreed = {who} | {name for name in line.yes if self._may(name, request, line)}
            if len(agreed) >= self.rules.persons:
                line.state, counted = "approved", True
            elif who not in line.yes:
                counted = True
            line.yes.add(who)
        request.settle()
        return "ok" if counted else "conflict"

    def withdraw(self, number: int, who: str) -> str:
        """What the answer is: ok, conflict, not_allowed."""
        request = self.requests[number]
        if request.state == "open" and self.day >= request.at + DAYS:
            request.end("expired")
            return "conflict"
        if request.state != "open":
            return "conflict"
        if request.by != who:
            return "not_allowed"
        request.end("withdrawn")
        return "ok"

    def _may(self, who: str, request: Request, line: Line) -> bool:
        return who in self.rules.who and who != request.by and line.amount <= self.rules.most
