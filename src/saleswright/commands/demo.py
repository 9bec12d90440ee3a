"""Show the product on a generated company, through the same importer everybody uses."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from saleswright.commands.init import make, settings
from saleswright.commands.serve import PORT, serving
from saleswright.kernel import clock
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Ambient, App, Desk
from saleswright.kernel.journal import let_go
from saleswright.kernel.report import Block, Note, Report
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

MARK = "demo.json"
WHY = (
    "the largest of these deals has no date from the buyer yet",
    "two of these deals wait for their legal department, as last quarter",
)
"""Why two managers say another number than their reps."""


@action(effect="apply", alone=True, title="Demo")
def demo(
    desk: Desk,
    seed: Annotated[int, Arg("int", "which company: the same seed gives the same one")] = 7,
    folder: Annotated[str, Arg("path", "where the sample workspace goes")] = "demo-company",
    no_serve: Annotated[bool, Arg("flag", "stop after the report")] = False,
    until: Annotated[str, Arg("text", "the company's last day, such as 2026-11-22; today when left out")] = "",
    port: Annotated[int, Arg("int", "the port on this machine")] = PORT,
) -> Report:
    """Make a sample company of two years, import its export, say the first numbers, and serve them.

    40 reps in 6 teams, about 12,000 deals with their history, three currencies. No account and no network is needed.
    """
    target = Path(folder).expanduser().resolve()
    try:
        last = date.fromisoformat(until) if until else clock.now().date()
    except ValueError:
        raise Stop(
            Issue("until", f"'{until}' is not a date", "", "such as --until 2026-11-22"), exit_code=USAGE
        ) from None
    wanted = {"seed": seed, **({"until": last.isoformat()} if until else {})}
    issues: tuple[Issue, ...] = ()
    blocks: list[Block] = []
    mark = target / ".saleswright" / MARK
    if mark.exists():
        there = json.loads(mark.read_text(encoding="utf-8"))
        if any(there.get(key) != value for key, value in wanted.items()):
            raise _taken(target, f"the sample of seed {there['seed']} up to {there['until']}")
        last = date.fromisoformat(there["until"])
    elif target.exists() and any(target.iterdir()):
        raise _taken(target, "something that is not the sample")
    else:
        issues = _fill(desk, target, seed, last)
    app = desk.app
    told = app.call(app.open_workspace(target), "now", {}).report
    blocks += told.blocks
    blocks.append(
        Note(f"Sample data: a generated company, seed {seed}, up to {last}. Its workspace is {target.name}/.")
    )
    after, address = serving(app, target, "127.0.0.1", port, "", True) if not no_serve else (None, "")
    nxt = (address,) if address else (f"saleswright serve -w {target.name}",)
    return Report(
        "A sample company",
        blocks,
        lede=told.lede,
        issues=issues,
        next=(*nxt, f"saleswright measure win_rate --by team -w {target.name}"),
        changed=1,
        after=after,
    )


def _fill(desk: Desk, target: Path, seed: int, last: date) -> tuple[Issue, ...]:
    from saleswright.demo.emit import emit
    from saleswright.demo.world import build

    app: App = desk.app
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place and moved there whole, so that an interrupted demo leaves nothing to clear away.
    with tempfile.TemporaryDirectory(prefix=".saleswright-demo-", dir=target.parent) as place:
        made, export = Path(place) / target.name, Path(place) / "export"
        desk.tell("making two years of a company")
        make(made, settings("Sample company", "USD", "UTC", sample=True))
        emit(build(seed, last), export)
        desk.tell("importing its export")
        report = app.call(
            app.open_workspace(made), "import", {"path": str(export)}, tell=desk.tell, step=desk.step
        ).report
        # Every metric is asked once, so that the first page finds its queries compiled.
        app.call(app.open_workspace(made), "metrics", {})
        if last == app.open_workspace(made).today:
            _override(app, made)
        (made / ".saleswright" / MARK).write_text(
            json.dumps({"seed": seed, "until": last.isoformat()}), encoding="utf-8"
        )
        if target.exists():
            target.rmdir()
        let_go(app.open_workspace(made))
        made.rename(target)
    return tuple(i for i in report.issues if i.level == "error" or i.code == "rejected")


def _override(app: App, made: Path) -> None:
    """Two managers say less than one of their reps called this week, with the reason, through the door as a person would.

    Only where the company's last day is today: a call is of the day on which it is made.
    """
    from saleswright.history.snapshot import Snapshot
    from saleswright.lib.money import Money
    from saleswright.measure.forecast.calls.sheet import sheet

    workspace = app.open_workspace(made)
    context = app.open_context(workspace, Ambient())
    assert isinstance(context, Snapshot)
    try:
        found = sheet(context, with_model=False)
    finally:
        context.close()
    bosses = [row for row in found.rows if row.leads and row.held.call is not None]
    for boss, reason in zip(bosses, WHY, strict=False):
        below = [row for row in found.rows if found.now.tree.above.get(row.person) == boss.person]
        called = [(row.call.value, row) for row in below if isinstance(row.call.value, Money)]
        if not called:
            continue
        amount, rep = max(called, key=lambda one: (one[0].minor, one[1].person))
        less = Money(amount.minor * 85 // 100 // 10_000 * 10_000, amount.currency)
        args = {"amount": str(less.decimal), "about": rep.person, "by": boss.person, "reason": reason}
        app.call(workspace, "forecast submit", args)


def _taken(target: Path, what: str) -> Stop:
    return Stop(
        Issue(
            str(target),
            f"this folder holds {what}",
            "the demo never replaces anything",
            "saleswright demo --folder another-name, or remove the folder yourself",
        ),
        exit_code=CONFLICT,
    )
