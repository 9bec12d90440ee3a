"""Show the product on a generated company, through the same importer everybody uses."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from saleswright.commands.init import make, settings
from saleswright.commands.serve import PORT, serving
from saleswright.kernel import clock
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import App, Desk
from saleswright.kernel.report import Block, Note, Report
from saleswright.kernel.workspace import FILE
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

MARK = "demo.json"


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
    wanted = {"seed": seed, "until": last.isoformat()}
    mark = target / ".saleswright" / MARK
    if (target / FILE).exists() and not (target / ".saleswright").exists():
        raise _taken(target)
    if (
        (target / FILE).exists()
        and not mark.exists()
        and "sample = true" not in (target / FILE).read_text(encoding="utf-8")
    ):
        raise _taken(target)
    issues: tuple[Issue, ...] = ()
    blocks: list[Block] = []
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != wanted:
        shutil.rmtree(target, ignore_errors=True)
        issues = _fill(desk, target, seed, last)
        mark.write_text(json.dumps(wanted), encoding="utf-8")
    app = desk.app
    told = app.call(app.open_workspace(target), "headline", {}).report
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
    desk.tell("making two years of a company")
    make(target, settings("Sample company", "USD", "UTC", sample=True))
    with tempfile.TemporaryDirectory(prefix="saleswright-demo-") as place:
        emit(build(seed, last), Path(place))
        desk.tell("importing its export")
        report = app.call(app.open_workspace(target), "import", {"path": place}, tell=desk.tell).report
    return tuple(i for i in report.issues if i.level == "error")


def _taken(target: Path) -> Stop:
    return Stop(
        Issue(
            str(target),
            "this folder holds a workspace that is not the sample",
            "the demo would replace it",
            "saleswright demo --folder another-name",
        ),
        exit_code=CONFLICT,
    )
