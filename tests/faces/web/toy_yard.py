"""A toy that writes: a yard where files are dropped, counted aside, and kept or thrown away; and an action with a verb."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import App
from saleswright.kernel.chapter import Chapter, Page, Sent, Slow
from saleswright.kernel.report import Note, Report
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop
from tests.faces.web import toy_web


@dataclass
class Yard:
    """What was dropped and done, and a gate that holds slow work until it is opened."""

    root: Path
    gate: threading.Event = field(default_factory=threading.Event)
    built: int = 0
    posted: list[tuple[Mapping[str, str], Sent]] = field(default_factory=list)
    filled: list[tuple[str, bool]] = field(default_factory=list)

    def takes(self, desk: Any) -> Path:
        made = self.root / secrets.token_urlsafe(12)
        made.mkdir(parents=True)
        return made

    @property
    def dropped(self) -> dict[str, bytes]:
        return (
            {p.name: p.read_bytes() for p in sorted(self.root.rglob("*")) if p.is_file()} if self.root.exists() else {}
        )

    def drop(self, desk: Any, args: Mapping[str, str], sent: Sent) -> str:
        self.posted.append((args, sent))
        if sent.folder is None:
            raise Stop(Issue("the yard", "no file came", code="no-file"), exit_code=USAGE)
        return f"/yard/{sent.folder.name}"

    def yard(self, desk: Any, args: Mapping[str, str]) -> dict[str, Any]:
        return {"names": list(self.dropped)}

    def slow(self, desk: Any, args: Mapping[str, str]) -> Slow:
        return Slow(args["token"], 1000)

    def count(self, desk: Any, args: Mapping[str, str]) -> dict[str, Any]:
        desk.tell("counting")
        desk.step(25, 100)
        self.gate.wait(10)
        self.built += 1
        if args["token"] == "bad":
            raise Stop(Issue("the yard", "cannot be counted"), exit_code=USAGE)
        return {"names": [f"counted {self.built}"]}

    def keep(self, desk: Any, args: Mapping[str, str], sent: Sent) -> str:
        self.posted.append((args, sent))
        if sent.one("do") == "trouble":
            raise RuntimeError("SECRET-TRACE")
        if sent.one("do") == "conflict":
            raise Stop(Issue("the yard", "somebody else is at it", "", "look again"), exit_code=CONFLICT)
        self.gate.wait(10)
        if sent.one("do") == "late trouble":
            raise RuntimeError("SECRET-TRACE")
        return "/yard?kept=yes"

    def give(self, desk: Any, args: Mapping[str, str]) -> dict[str, Any]:
        return {"name": f"{args['token']}.csv", "body": b"a,b\n1,2\n"}


def make(root: Path, **more: Any) -> tuple[App, Workspace, Yard]:
    """The toy with a yard beside its pond."""
    yard = Yard(root / "inbox")
    yard.gate.set()
    policy = more.pop("policy", "writes")

    @action(effect="apply", verb="Fill", back="Drain it.", title="Fill the pond")
    def fill(
        desk: Any,
        with_: Annotated[
            str, Arg("choice", "what with", lambda at: [Choice("water"), Choice("wine"), Choice("taken")], "filling")
        ],
        dry_run: Annotated[bool, Arg("flag")] = False,
    ) -> Report:
        """Fill the pond with something."""
        busy = not yard.gate.is_set() or (with_ == "taken" and not dry_run)
        yard.filled.append((with_, dry_run))
        if busy:
            raise Stop(Issue("the pond", "somebody else is at it", "", "wait"), exit_code=CONFLICT)
        said = f"{'Would be filled' if dry_run else 'Filled'} with {with_}."
        return Report(
            "What was filled?", [Note(said, "check")], changed=3, next=(f"saleswright fill {with_}", "saleswright kpis")
        )

    pages = (
        Page("/yard", "Yard", "yard.html", yard.yard, "Data", "Yard", policy=policy, alone=True, post=yard.drop,
             takes=yard.takes),
        Page("/yard/{token}", "Counting", "yard.html", yard.count, policy=policy, alone=True, slow=yard.slow,
             post=yard.keep),
        Page("/yard/{token}/list", "List", "", yard.give, policy=policy, alone=True),
    )  # fmt: skip
    app, workspace, _ = toy_web.make(root=root, **more)
    folder = Path(__file__).parent / "toy_desk"
    chapter = Chapter("yard", "Data", "Yard", "A yard.", folder, (fill,), pages)
    return App((*app.chapters, chapter), app.open_workspace, app.open_context, app.before), workspace, yard
