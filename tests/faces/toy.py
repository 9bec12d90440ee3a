"""A made-up product for testing faces: a greenhouse that knows every kind of argument, unit and block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Ambient, App, Desk
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.policy import COMPANY, Policy, refused
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Column, Figure, Note, Point, Report, Series, Table
from saleswright.kernel.workspace import Workspace, find, load
from saleswright.lib.issue import CONFLICT, REJECTS, Issue, Stop
from saleswright.lib.money import Money

FOLDER = Path(__file__).parent / "toy_chapter"


@dataclass
class View:
    """The context of the greenhouse."""

    workspace: Workspace
    policy: Policy
    as_of_text: str = "2026-03-31"
    known_text: str = "2026-03-31T12:00:00+00:00"
    snap: str = "r3.j0"
    currency: str = "USD"
    closed: bool = False

    def close(self) -> None:
        self.closed = True


PLANTS = (Choice("fern", "Fern", "likes shade"), Choice("palm", "Palm"), Choice("moss", "Moss"))


def plants(at: Any) -> tuple[Choice, ...]:
    return PLANTS


Plant = Annotated[str, Arg("choice", "The plant to ask about.", plants, "plant")]
Filters = Annotated[tuple[tuple[str, str], ...], Arg("pairs", "Only rows where a field has a value.")]
Names = Annotated[tuple[str, ...], Arg("words", "Names to show.")]


def reference(name: str, member: str = "") -> str:
    by = f";by=bed:{member}" if member else ""
    return f"{name}@0a1b2c{by};period=2026Q1;scope=company;asof=2026-03-31;snap=r3.j0;cur=USD"


def survival(bed: str = "") -> Figure:
    return Figure(
        "survival",
        0.6315,
        "share",
        "Survival",
        6711,
        0.6239,
        0.6390,
        (4238, 6711),
        1300,
        ref=reference("survival", bed),
    )


@action("read", {"plant": "fern", "by": "bed"})
def grow(
    at: View,
    plant: Plant,
    by: Annotated[str | None, Arg(help="Split by this field.")] = None,
    period: Annotated[str, Arg("period", "Which days.")] = "this quarter",
    where: Filters = (),
    names: Names = (),
    top: Annotated[int, Arg("int", "How many rows.")] = 5,
    dead: Annotated[bool, Arg("flag", "Count dead plants too.")] = False,
    chart: Annotated[bool, Arg("flag", "Draw a chart.")] = True,
) -> Report:
    """How does a plant grow?

    A longer word on growing.
    """
    return Report(
        f"How does the {plant} grow?",
        (
            survival(),
            Figure("worth", Money(1_000_553_400, "USD"), "money", "Worth", 4238, excluded=3, ref=reference("worth")),
            Figure("age", 57.0, "days", "Age", 4238, 20.0, 110.5),
            Figure("leaves", 4238, "count", "Leaves", 4238),
            Figure("speed", Money(-123_456_789, "USD"), "money_per_day", "Speed"),
            Figure("depth", None, "share", "Depth", 0, reason="no bed was measured"),
            Table(
                "beds",
                (Column("bed", "Bed"), Column("survival", "Survival", "share"), Column("worth", "Worth", "money")),
                (
                    ("East, south", survival("East"), Money(-5_000, "USD")),
                    ("=cmd|'/c calc'!A0", Figure("survival", None, "share", reason="no plants"), None),
                ),
                "By bed",
                total=7,
                footer="rows add to the whole",
            ),
            Series(
                "leaves",
                "month",
                (
                    Point("2026-01", date(2026, 1, 1), Figure("leaves", 10, "count", n=10)),
                    Point("2026-02", date(2026, 2, 1), Figure("leaves", 40, "count", n=40)),
                ),
                "By month",
                "count",
            ),
            Note("Moss was not planted before May."),
            Note("Two beds have no name.", "warning"),
            Note("10 + 40 = 50", "check"),
        ),
        lede=f"by={by} period={period} where={where} names={names} top={top} dead={dead} chart={chart}",
        footer=("as of 2026-03-31", f"scope {at.policy.scope}"),
        issues=(Issue("beds.csv:7  bed", "no name", "so it is counted apart", "name it", "warning", "no-name"),),
        next=("saleswright grow palm",),
        data={"when": datetime(2026, 3, 31, tzinfo=UTC)},
    )


@action("read")
def wilt(at: View) -> Report:
    """What has wilted?"""
    raise RuntimeError("a pipe burst")


@action("read", name="spell")
def spell(at: View, text: str) -> Report:
    """How is a text from outside shown?"""
    return Report("Spelling", (Table("texts", (Column("text", "Text"),), ((text,),)),))


@action("read", {"ref": reference("survival")})
def explain(at: View, ref: Annotated[str, Arg(help="The figure's reference.")]) -> Report:
    """Which rows stand behind a figure?"""
    found = Reference.parse(ref)
    return Report(f"What stands behind {found.name}?", (Figure("rows", 6711, "count", "Rows", ref=ref),))


@action("apply", {"path": "seeds.csv"}, name="import")
def take_in(
    desk: Desk,
    path: Annotated[str, Arg("path", "The file to read.")],
    dry_run: Annotated[bool, Arg("flag", "Check everything, write nothing.")] = False,
) -> Report:
    """Read seeds from a file."""
    desk.tell("read 10 rows")
    desk.tell("read 20 rows")
    desk.tell("checked")
    if path == "taken.csv":
        raise Stop(Issue(path, "someone else is importing", "", "wait"), exit_code=CONFLICT)
    if path == "slow.csv":
        raise KeyboardInterrupt
    return Report(f"Read {path}", (Note("2 rows were rejected"),), changed=0, exit_code=REJECTS if dry_run else 0)


@action("apply", {"run": "r1"}, name="import undo")
def undo(desk: Desk, run: Annotated[str, Arg(help="The import to take back.")]) -> Report:
    """Take an import back."""
    return Report(f"Took back {run}", (), changed=3)


@action("apply", name="init", alone=True)
def init(desk: Desk, folder: str, currency: Annotated[str, Arg(help="The currency.")] = "USD") -> Report:
    """Make a greenhouse."""
    return Report(f"Made {folder} in {currency}", (Note("new" if desk.workspace is None else "inside another"),))


CHAPTER = Chapter(
    "greenhouse", "Measure", "Greenhouse", "What grows here, and why.", FOLDER, (grow, wilt, spell, explain)
)
SHED = Chapter("shed", "Data", "Shed", "What comes in.", FOLDER, (take_in, undo, init))


def open_context(workspace: Workspace, ambient: Ambient) -> View:
    policy = workspace.policy(ambient.actor).narrow(ambient.scope)
    if ambient.scope == "bed:secret":
        raise refused(policy.actor, ambient.scope)
    return View(workspace, policy, ambient.as_of or "2026-03-31")


def build() -> App:
    return App((CHAPTER, SHED), lambda folder: load(find(folder)), open_context)


def make(folder: Path) -> Path:
    """Write a workspace for the greenhouse."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saleswright.toml").write_text('format = 1\nname = "Green"\n', encoding="utf-8")
    access = folder / "definitions" / "access.yaml"
    access.parent.mkdir(exist_ok=True)
    access.write_text(
        f"- {{kind: access, name: ann, scope: 'bed:East'}}\n- {{kind: access, name: bo, scope: {COMPANY}}}\n"
    )
    return folder
