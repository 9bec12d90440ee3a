"""The product put through one order of steps after another, beside the model; both have to say the same."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from saleswright.kernel.call import App
from saleswright.kernel.change import ChangeRequest, Place, Standing
from saleswright.kernel.change import Line as Asked
from saleswright.kernel.door.decide import decide
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.told import told
from saleswright.kernel.door.undo import undoing
from saleswright.kernel.door.withdraw import withdraw
from saleswright.kernel.effects import background, settle
from saleswright.kernel.effects.adapter import Arrived, Later, Outgoing, Promise, Refused, Unknown
from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace, load
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from tests.crash.door import checks
from tests.crash.door.jobs import TERMS, Seat
from tests.crash.door.model import Change, Model, Request, Rules

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
PEOPLE = ("ann", "bo", "cy", "di")
TIERS = ("Bronze", "Silver", "Gold", "Platinum", "Diamond")
AMOUNTS = {"A1": 100, "A2": 400, "A3": 900, "A4": 2_000}
ACCOUNTS = tuple(AMOUNTS)
WAYS: dict[str, Promise] = {"keyed": "key", "askable": "ask", "neither": "neither"}


@dataclass
class Way:
    """A way out to the world of one order; what befalls a call is drawn."""

    name: str
    promise: Promise
    order: Order
    had: dict[str, int] = field(default_factory=dict)

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        """Nobody is suppressed here."""
        return ""

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        """Take it, or not, and say so, or not."""
        fate = self.order.chance.choices(
            ("well", "later", "refused", "lost before", "lost after"),
            (10, 2, 0 if outgoing.key in self.had else 1, 2, 2),
        )[0]
        if fate == "later":
            raise Later("busy", 3.0)
        if fate == "refused":
            raise Refused("this will never do")
        if fate != "lost before" and not (self.promise == "key" and outgoing.key in self.had):
            self.order.take(self, outgoing)
        if fate.startswith("lost"):
            raise Unknown("the line went dead")
        return Arrived(str(self.had[outgoing.key]))

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        """Is it there?"""
        if self.order.chance.random() < 0.2:
            raise Unknown("the line went dead")
        return Arrived(str(self.had[outgoing.key])) if outgoing.key in self.had else None


@dataclass
class Order:
    """One workspace, its world, its clock, and the steps taken so far."""

    root: Path
    chance: Random
    steps: list[str] = field(default_factory=list)
    now: datetime = START

    def __post_init__(self) -> None:
        (self.root / "definitions").mkdir(parents=True)
        (self.root / "saleswright.toml").write_text('format = 1\nname = "order"\ncurrency = "EUR"\n', encoding="utf-8")
        self.world = dict.fromkeys(ACCOUNTS, "Bronze")
        self.seen, self.read = dict(self.world), START
        # What was taken and is not settled yet, by account: nothing else may overwrite it unseen.
        self.on_way: dict[str, str] = {}
        self.newest: dict[str, str] = {}
        self.wrong: list[str] = []
        self.taken: list[tuple[str, str]] = []
        self.model = Model(Rules(frozenset({"bo", "cy"}), 1, 10_000), dict(self.world))
        self.ways = {name: Way(name, promise, self) for name, promise in WAYS.items()}
        self.app = App(
            (),
            lambda root: load(root),
            lambda workspace, ambient: Seat(workspace, workspace.policy(ambient.actor)),
            adapters=dict(self.ways),
            current=self.current,
        )
        self._tick()
        self.rule(self.model.rules)

    def current(self, workspace: Workspace, policy: Policy, places: Sequence[Place]) -> Standing:
        """What was read back last."""
        return Standing({place: self.seen[place[1]] for place in places if place[1] in self.seen}, self.read)

    def take(self, way: Way, outgoing: Outgoing) -> None:
        """What must not be is kept for the next comparison: a worker takes any error for an answer that was lost."""
        try:
            self._take(way, outgoing)
        except AssertionError as error:
            self.wrong.append(str(error))
            raise

    def _take(self, way: Way, outgoing: Outgoing) -> None:
        """The other side does it: only what was approved, only from the value it says, never twice."""
        line = outgoing.payload
        request = self.model.requests[line["request"]]
        kept = request.lines[line["n"] - 1]
        assert outgoing.key not in way.had, ("doubled", outgoing)
        assert kept.state == "approved", ("sent, and is", kept.state, outgoing)
        assert (kept.account, kept.old, kept.new) == (line["subject"], line["old"], line["new"])
        # One pass may settle a change and then rightly send the next one of the same field: the model learns of it later.
        ended = self._ended()
        self.on_way = {account: key for account, key in self.on_way.items() if key not in ended}
        if outgoing.attempts <= 1:
            known = {self.model.held[kept.account], ended.get(self.newest.get(kept.account, ""))}
            assert kept.old in known, ("overwrites", known, outgoing)
        assert self.on_way.setdefault(kept.account, outgoing.key) == outgoing.key, ("two at once", outgoing)
        way.had[outgoing.key] = len(way.had) + 1
        self.world[kept.account] = kept.new
        self.newest[kept.account] = outgoing.key
        self.taken.append((outgoing.key, kept.account))

    def _ended(self) -> dict[str, str]:
        """Effects that came to an end, by key: the value each was to set, so far as it did."""
        ended: dict[str, str] = {}
        for effect in checks.tables(self.root)["effect"]:
            if effect["state"] in ("confirmed", "resolved", "failed", "cancelled"):
                did = effect["state"] in ("confirmed", "resolved")
                ended[effect["key"]] = json.loads(effect["payload"])["new"] if did else ""
        return ended

    def step(self) -> None:
        """One thing that somebody does, then everything is compared."""
        self._tick()
        acts = (
            (self.propose, 7), (self.decide, 14), (self.work, 12), (self.again, 2), (self.withdraw, 2), (self.undo, 3),
            (self.rules, 1), (self.meddle, 2), (self.sync, 3), (self.wait, 2), (self.person, 2), (self.cross, 1),
        )  # fmt: skip
        act = self.chance.choices([one for one, _ in acts], [weight for _, weight in acts])[0]
        self.steps.append(act.__name__)
        act()
        self.compare()

    def propose(self) -> None:
        """Somebody asks for some changes, now and then from values that are not so."""
        by, way = self.chance.choice(PEOPLE), self.chance.choice(list(WAYS))
        changes: list[Change] = []
        for account in self.chance.sample(ACCOUNTS, self.chance.choice((1, 1, 2, 3))):
            old = self.model.held[account] if self.chance.random() < 0.85 else self.chance.choice(TIERS)
            changes.append((account, old, self.chance.choice([tier for tier in TIERS if tier != old])))
        self.ask(by, way, changes)

    def again(self) -> None:
        """The rule that asked once asks for the same once more."""
        if self.model.requests:
            request = self.chance.choice(list(self.model.requests.values()))
            self.ask(request.by, request.way, [(line.account, line.old, line.new) for line in request.lines])

    def cross(self) -> None:
        """Two ask for different values of one account, and both get their yes before anything goes out."""
        account = self.chance.choice(ACCOUNTS)
        old = self.model.held[account]
        new = self.chance.sample([tier for tier in TIERS if tier != old], 2)
        for by, tier in zip(self.chance.sample(PEOPLE, 2), new, strict=True):
            self.ask(by, self.chance.choice(list(WAYS)), [(account, old, tier)])
            number = max(self.model.requests, default=0)
            for who in sorted(self.model.rules.who - {by}) if number else ():
                self.say(number, who, "yes", [])

    def ask(self, by: str, way: str, changes: list[Change], undoes: int | None = None) -> None:
        """Through the door with it."""
        self.steps[-1] += f" {by} {way} {changes}"
        lines = tuple(
            Asked("account", account, "tier", old, new, "so be it", amount=Money(AMOUNTS[account] * 100, "EUR"))
            for account, old, new in changes
        )
        request = ChangeRequest("Tiers", "so be it", lines, adapter=way, action="tiers", undoes=undoes)
        found = self.model.sifted(way, changes)
        said = submit(self.app, Seat(self.workspace, Policy(by)), request).data
        counts = (said["lines"], said["moved"], said["left_out"])
        assert counts == (len(found[0]), len(found[1]), found[2]), (counts, found)
        assert said["new"] == bool(found[0])
        if found[0]:
            self.model.propose(int(str(said["request"])), by, way, found, AMOUNTS)

    def decide(self) -> None:
        """Somebody says yes or no to something, often to what is open."""
        number = self._some(("open",) * 12 + ("approved", "refused", "expired"))
        if number is None:
            return
        request = self.model.requests[number]
        may = sorted(self.model.rules.who - {request.by})
        who = self.chance.choice(may if may and self.chance.random() < 0.8 else PEOPLE)
        verdict = "yes" if self.chance.random() < 0.85 else "no"
        ns = [] if self.chance.random() < 0.7 else [self.chance.randrange(len(request.lines)) + 1]
        self.say(number, who, verdict, ns)

    def say(self, number: int, who: str, verdict: str, ns: list[int]) -> None:
        """Somebody's word on a request."""
        self.steps[-1] += f" {who} {verdict} {number} {ns}"
        expected = self.model.decide(number, who, verdict, ns)
        report = decide(self.app, self.workspace, Policy(who), [number], verdict, "so be it", lines=tuple(ns))
        self._answered(report, number, expected)

    def withdraw(self) -> None:
        """Somebody takes a request back, or tries to."""
        number = self._some(("open", "open", "approved", "withdrawn"))
        if number is None:
            return
        who = self.model.requests[number].by if self.chance.random() < 0.7 else self.chance.choice(PEOPLE)
        self.steps[-1] += f" {who} {number}"
        expected = self.model.withdraw(number, who)
        self._answered(withdraw(self.app, self.workspace, Policy(who), number, "changed my mind"), number, expected)

    def undo(self) -> None:
        """What was applied is asked to be as it was."""
        number = self._some(("approved",))
        if number is None:
            return
        request = self.model.requests[number]
        back = [(line.account, line.new, line.old) for line in request.lines if line.state == "applied"]
        who = self.chance.choice(PEOPLE)
        journal = open_journal(self.workspace)
        assert journal is not None
        with journal.read() as con:
            kept = told(con, number)
        assert kept is not None
        try:
            made = undoing(kept, "it was wrong")
        except Stop as stop:
            if back:
                raise AssertionError((stop, request)) from stop
            return
        assert [(line.subject, line.old, line.new) for line in made.lines] == back
        self.ask(who, made.adapter, back, undoes=number)

    def rules(self) -> None:
        """Somebody edits who may decide what."""
        who = frozenset(self.chance.sample(PEOPLE, self.chance.choice((2, 3, 3))))
        self.rule(Rules(who, self.chance.choice((1, 1, 1, 2)), self.chance.choice((500, 1_000, 10_000))))

    def rule(self, rules: Rules) -> None:
        """These rules from now on."""
        self.model.rules = rules
        (self.root / "definitions" / "rules.yaml").write_text(rules.text(), encoding="utf-8")
        self.workspace = self.app.open_workspace(self.root)

    def meddle(self) -> None:
        """Somebody changes an account where it is kept, without us."""
        self.world[self.chance.choice(ACCOUNTS)] = self.chance.choice(TIERS)

    def sync(self) -> None:
        """The record is read back from where it is kept."""
        self.seen, self.read = dict(self.world), self.now
        self.model.held = dict(self.world)

    def wait(self) -> None:
        """Some days pass."""
        self._tick(days=self.chance.choice((1, 5, 15)))

    def work(self) -> None:
        """A worker makes a pass, a minute or an hour after the last."""
        self._tick(minutes=self.chance.choice((1, 1, 60)))
        background.once(self.app, self.workspace, f"worker-{self.chance.randrange(3)}", TERMS)

    def person(self) -> None:
        """Somebody looks at what is in doubt or failed, and says how it is."""
        journal = open_journal(self.workspace)
        assert journal is not None
        for effect in checks.tables(self.root)["effect"]:
            there = any(effect["key"] in way.had for way in self.ways.values())
            if effect["state"] == "in_doubt":
                settle.resolve(journal, "bo", effect["id"], "happened" if there else "not", "I looked")
            elif effect["state"] == "failed" and self.chance.random() < 0.3:
                settle.retry(journal, "bo", effect["id"])

    def compare(self) -> None:
        """The tables say what the model says; what goes out may be further than the model knows, by legal steps."""
        assert not self.wrong, self.wrong
        found = checks.tables(self.root)
        if len(self.steps) % 20 == 0:
            checks.chained(found)
        checks.recorded(found)
        checks.consistent(found)
        numbers = {row["id"]: row for row in found["request"]}
        assert set(numbers) == set(self.model.requests)
        out = {"approved", "applied", "failed", "in_doubt"}
        for row in found["line"]:
            request = self.model.requests[row["request"]]
            line = request.lines[row["n"] - 1]
            if line.state in out and row["state"] in out | {"moved"}:
                if row["state"] == "applied" and line.state != "applied":
                    self.model.held[line.account] = line.new
                line.state = row["state"]
            assert row["state"] == line.state, (dict(row), line)
        for id_, request in self.model.requests.items():
            late = request.state == "open" and self.model.day >= request.at + 14
            assert numbers[id_]["state"] == request.state or late, (numbers[id_], request)
        settled = {effect["key"] for effect in found["effect"] if effect["state"] in ("confirmed", "resolved")}
        self.on_way = {account: key for account, key in self.on_way.items() if key not in settled}
        for effect in found["effect"]:
            times = sum(effect["key"] in way.had for way in self.ways.values())
            assert times == 1 or effect["state"] not in ("confirmed", "resolved"), effect
            assert times == 0 or effect["state"] in ("sending", "in_doubt", "confirmed", "resolved"), effect

    def close(self) -> None:
        """Let the journal go."""
        let_go(self.workspace)

    def _answered(self, report: Any, number: int, expected: str) -> None:
        said = report.data["requests"][0]
        answer = {0: "ok", 5: "not_allowed", 6: "conflict"}[report.exit_code]
        assert (answer, said["ok"]) == (expected, expected == "ok"), (said, expected)
        assert said["said"], "no sentence"
        assert said["state"] == self.model.requests[number].state, (said, self.model.requests[number])

    def _some(self, states: tuple[str, ...]) -> int | None:
        state = self.chance.choice(states)
        fit = [number for number, request in self.model.requests.items() if request.state == state]
        return self.chance.choice(fit) if fit else None

    def _tick(self, **by: float) -> None:
        self.now += timedelta(**by) if by else timedelta(seconds=1)
        self.model.day = (self.now - START).total_seconds() / 86_400
        os.environ["SALESWRIGHT_NOW"] = self.now.isoformat()


__all__ = ["Order", "Request"]
