"""Make a workspace out of an export."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Block, Note, Report
from saleswright.kernel.workspace import FILE
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop, unknown
from saleswright.lib.money import CURRENCIES

FIRST_SCREEN = "now"


def settings(name: str, currency: str, zone: str, sample: bool = False, period: str = "all") -> str:
    """The text of a new saleswright.toml."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "format = 1",
        f'name = "{quoted}"',
        f'currency = "{currency}"  # what totals are said in',
        f'zone = "{zone}"  # where a day begins',
    ]
    if sample:
        lines.append("sample = true")
    return "\n".join(lines) + f'\n\n[defaults]\nperiod = "{period}"  # what is measured when nobody says\n'


def make(folder: Path, text: str) -> None:
    """Write the settings and the ignore file of a new workspace; state stays out of version control."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "definitions").mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text(".saleswright/\n", encoding="utf-8")


@action(effect="apply", alone=True, title="New workspace")
def init(
    desk: Desk,
    folder: Annotated[str, Arg("path", "the folder to make the workspace in")],
    from_: Annotated[str, Arg("path", "a CSV, Excel or Parquet file, or a folder of them, to import at once")] = "",
    currency: Annotated[
        str, Arg("text", "what totals are said in, and amounts without a currency are read in")
    ] = "USD",
    zone: Annotated[str, Arg("text", "where a day begins, such as Europe/Berlin")] = "UTC",
    name: Annotated[str, Arg("text", "the company's name")] = "",
    answer: Annotated[
        tuple[tuple[str, str], ...], Arg("pairs", "the answer to a question, such as amount_meaning=ACV")
    ] = (),
) -> Report:
    """Make a workspace, and import an export into it.

    The folder gets saleswright.toml and definitions/, both yours to edit and to keep under version control. When the
    export cannot be used, nothing is left behind.
    """
    target = Path(folder).expanduser().resolve()
    if (target / FILE).exists():
        raise Stop(
            Issue(
                str(target / FILE),
                "there is a workspace here already",
                "a new one would replace its settings",
                f"saleswright import PATH -w {folder}, or another folder",
            ),
            exit_code=CONFLICT,
        )
    if currency.upper() not in CURRENCIES:
        raise Stop(unknown("currency", currency, CURRENCIES, where="currency"), exit_code=USAGE)
    existed = target.exists()
    before = {p.name for p in target.iterdir()} if existed else set()
    source = str(Path(from_).expanduser().resolve()) if from_ else ""
    make(target, settings(name or target.name, currency.upper(), zone))
    try:
        return _filled(desk, target, source, answer)
    except BaseException:
        for made in [p for p in target.iterdir() if p.name not in before]:
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        if not existed:
            target.rmdir()
        raise


def _filled(desk: Desk, target: Path, source: str, answer: tuple[tuple[str, str], ...]) -> Report:
    app = desk.app
    workspace = app.open_workspace(target)
    blocks: list[Block] = [Note(f"Made {target.name}/ with {FILE} and definitions/.")]
    if not source:
        return Report("A new workspace", blocks, changed=1, next=(f"saleswright import PATH -w {target.name}",))
    given = {"path": source, "answer": [f"{code}={value}" for code, value in answer]}
    told = app.call(workspace, "import", given, tell=desk.tell, step=desk.step).report
    first = app.call(app.open_workspace(target), FIRST_SCREEN, {}).report
    return Report(
        "The first numbers",
        [*first.blocks, *blocks, *told.blocks],
        lede=first.lede,
        issues=(*told.issues, *first.issues),
        next=(f"saleswright measure win_rate --by owner -w {target.name}", f"saleswright serve -w {target.name}"),
        changed=told.changed,
        exit_code=told.exit_code,
        data=told.data,
    )
