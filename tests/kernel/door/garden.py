"""A made-up product for testing the door: a garden whose record is a handful of values, changed by one way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saleswright.kernel.call import Ambient, App
from saleswright.kernel.change import ChangeRequest, Line, Place, Shift, Standing
from saleswright.kernel.definition import read_definitions
from saleswright.kernel.effects.adapter import Arrived, Outgoing
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace, load
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.money import Money

SHIPPED = Path(__file__).parents[3] / "src/saleswright/run/approvals/standard/approval.yaml"
READ = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Note:
    """A way out that keeps what it was sent."""

    name: str = "note"
    promise: Any = "key"
    groups: bool = False
    sent: list[Outgoing] = field(default_factory=list)

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        return ""

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        self.sent.append(outgoing)
        return Arrived()

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        return None


@dataclass
class View:
    workspace: Workspace
    policy: Policy
    as_of_text: str = "2026-11-23"
    known_text: str = ""
    snap: str = "r1.j0"
    currency: str = "USD"

    def close(self) -> None:
        pass


@dataclass
class Garden:
    """The world of one test. `record` holds what is; who has a scope sees the subjects that begin with it."""

    root: Path
    record: dict[Place, Any] = field(default_factory=dict)
    written: list[tuple[str, bool | int, Mapping[str, Any]]] = field(default_factory=list)
    shifts: tuple[Shift, ...] = ()
    journal: str = ""

    def __post_init__(self) -> None:
        if not (self.root / "saleswright.toml").exists():
            self.say("")
        for n in range(1, 6):
            self.record["plant", f"east-{n}", "height"] = n
            self.record["plant", f"west-{n}", "height"] = n
        self.app = App(
            (),
            lambda root: load(root, read_definitions(SHIPPED, "approvals/standard/approval.yaml", shipped=True)[0]),
            lambda workspace, ambient: View(workspace, workspace.policy(ambient.actor)),
            adapters={"note": Note(), "sheet": Note("sheet", groups=True)},
            current=self.current,
            preview=lambda context, request: self.shifts,
            author=self.author,
        )

    def say(self, definitions: str, settings: str = "") -> None:
        """The text of the workspace from now on."""
        self.root.mkdir(exist_ok=True, parents=True)
        kept = f'journal = "{self.journal}"\n' if self.journal else ""
        (self.root / "saleswright.toml").write_text(f'format = 1\nname = "garden"\n{kept}{settings}')
        (self.root / "definitions").mkdir(exist_ok=True)
        (self.root / "definitions" / "rules.yaml").write_text(definitions)

    @property
    def workspace(self) -> Workspace:
        return self.app.open_workspace(self.root)

    def view(self, actor: str = "") -> View:
        context = self.app.open_context(self.workspace, Ambient(actor=actor))
        assert isinstance(context, View)
        return context

    def policy(self, actor: str = "") -> Policy:
        return self.workspace.policy(actor)

    def current(self, workspace: Workspace, policy: Policy, places: Sequence[Place]) -> Standing:
        seen = {
            place: self.record[place]
            for place in places
            if place in self.record
            and (not policy.member or place[1].startswith(policy.member))
            and policy.field_allowed(place[0], place[2])
        }
        seen |= {place: None for place in places if not place[2] and (place[0], place[1]) not in self.record}
        return Standing(seen, READ)

    def author(
        self, w: Any, kind: str, fields: Mapping[str, Any], removed: bool | int = False, workspace: Any = None
    ) -> int:
        if "wrong" in fields:
            raise Stop(Issue("wrong", "there is no such field"))
        self.written.append((kind, removed, fields))
        return int(w.record("authored", f"{kind}:{fields['plant']}", dict(fields), event=kind))

    def ask(self, *names: str, new: int = 9, **more: Any) -> ChangeRequest:
        """A request to set the height of these plants."""
        lines = tuple(
            Line("plant", name, "height", self.record["plant", name, "height"], new, "it grew", name.title(),
                 amount=Money(100 * new, "USD"))
            for name in names
        )  # fmt: skip
        return ChangeRequest(
            **{"title": "Set heights", "reason": "spring", "adapter": "note", "action": "measure"}
            | more
            | {"lines": lines}
        )
