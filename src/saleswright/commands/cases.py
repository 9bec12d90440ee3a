"""Do the worked examples hold? A case gives rows, asks, and says what must come back.

    - case: three won of four decided
      given:
        as_of: 2026-06-30
        deals:
          - {id: A, stage: Won, qualified: 2026-01-05, closed: 2026-02-05, amount: 100, times: 3}
          - {id: B, stage: Lost, qualified: 2026-01-05, closed: 2026-03-01}
      when: {measure: {metric: win_rate}}
      then: {value: 0.75, n: 4}

Several questions about the same rows, which are then imported once:

      checks:
        - {when: {measure: {metric: win_rate}}, then: {value: 0.75}}
        - {when: {measure: {metric: lost_deals}}, then: {value: 1}}

What was said here rather than imported stands under `authored`: the kind of event, the day, its fields.

      authored:
        - {event: loss_note, said: 2026-03-02, deal: B, noted: 2026-03-02, reason: price}

Given rows are written as a CSV file and go through the public importer, like everybody's. The same file is a test, a
worked example and a page of the reference. A workspace's own cases are asked under its own metrics and fields.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import yaml

from saleswright.commands.init import make, settings
from saleswright.commands.said import say
from saleswright.history.authored import OWN
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Ambient, App, Desk
from saleswright.kernel.report import Column, Figure, Report, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop
from saleswright.lib.money import Money


@action(effect="apply", alone=True, title="Test")
def test(
    desk: Desk,
    path: Annotated[str, Arg("path", "a case file or a folder; the workspace's cases/ when left out")] = "",
    shipped: Annotated[bool, Arg("flag", "the worked examples that come with the chapters too")] = False,
) -> Report:
    """Run worked examples: your own in cases/*.yaml, and those that come with every chapter.

    Each case's rows go through the importer into a workspace of its own; nothing of yours is touched.
    """
    files: list[tuple[str, Path]] = []
    if path:
        given = Path(path)
        if not given.exists():
            raise Stop(
                Issue(path, "there is no such file or folder", "so no case can be run", "saleswright test --shipped"),
                exit_code=USAGE,
            )
        files += [(p.name, p) for p in ([given] if given.is_file() else sorted(given.glob("*.yaml")))]
    elif desk.workspace is not None:
        files += [(p.name, p) for p in sorted((desk.workspace.root / "cases").glob("*.yaml"))]
    if shipped or not (files or path):
        files += [
            (f"{c.name}/{p.name}", p) for c in desk.app.chapters for p in sorted((c.folder / "cases").glob("*.yaml"))
        ]
    rows: list[tuple[str, str, str]] = []
    issues: list[Issue] = []
    for name, file in files:
        for case in read_cases(file):
            if desk.workspace is not None and "/" not in name:
                case = with_own(desk.workspace, case)
            problems = run_case(desk.app, case, name)
            rows.append((name, str(case.get("case", "")), "holds" if not problems else "fails"))
            issues += problems
    failed = sum(1 for row in rows if row[2] == "fails")
    columns = (Column("file", "File"), Column("case", "Case"), Column("verdict", "Verdict"))
    return Report(
        "Do the worked examples hold?",
        [Table("cases", columns, tuple(rows))],
        lede=f"{len(rows) - failed} hold, {failed} fail.",
        issues=tuple(issues),
        exit_code=FAILURE if failed or not rows else 0,
        changed=0,
    )


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file: one, or a list of them."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content if isinstance(content, list) else [content]


def checks_of(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a case asks of its rows, one after the other: each a `when` and a `then`."""
    listed = list(case.get("checks") or ())
    return [case, *listed] if "when" in case else listed


def with_own(workspace: Workspace, case: Mapping[str, Any]) -> dict[str, Any]:
    """The case under the metrics, fields and kinds of events of the workspace it stands in; what it gives itself comes
    before them."""
    given = dict(case.get("given") or {})
    told = list(given.get("definitions") or ())
    said = {(one.get("kind"), one.get("name")) for one in told}
    own = [
        {"kind": d.kind, "name": d.name, "from": d.start, "to": d.end, "doc": d.doc, **d.body}
        for d in workspace.definitions
        if not d.shipped and d.kind in ("metric", "field") and (d.kind, d.name) not in said
    ]
    kinds = {path.name: path.read_text(encoding="utf-8") for path in sorted((workspace.root / OWN).glob("*.csv"))}
    return {**case, "given": {**given, "definitions": [*own, *told], "kinds": kinds}}


def run_case(app: App, case: Mapping[str, Any], where: str) -> list[Issue]:
    """Every way in which the case's answers are not what it says; empty when it holds."""
    given, name = case.get("given", {}), f"{where}: {case.get('case')}"
    checks = checks_of(case)
    if not checks:
        return [Issue(name, "the case asks nothing", "so nothing is tested", "when: and then:, or a list of checks:")]
    with tempfile.TemporaryDirectory(prefix="saleswright-case-") as place:
        root = _given(app, given, Path(place))
        ambient = Ambient(as_of=str(given.get("as_of", "")), known=str(given.get("known", "")))
        issues: list[Issue] = []
        for number, check in enumerate(checks, 1):
            told = name if len(checks) == 1 else f"{name}, check {number}"
            issues += [
                Issue(told, text, "the worked example does not hold", "mend the definition or the case")
                for text in _problems(app, root, check, ambient)
            ]
    return issues


def _given(app: App, given: Mapping[str, Any], place: Path) -> Path:
    """A workspace that holds the case's rows, imported as anybody's."""
    root = place / "workspace"
    make(root, settings("case", given.get("currency", "USD"), given.get("zone", "UTC")))
    for number, definition in enumerate(given.get("definitions", ())):
        (root / "definitions" / f"{number}.yaml").write_text(
            yaml.safe_dump(definition, sort_keys=False), encoding="utf-8"
        )
    for name, text in given.get("kinds", {}).items():
        (root / OWN).mkdir(exist_ok=True)
        (root / OWN / name).write_text(text, encoding="utf-8")
    folder = place / "export"
    folder.mkdir()
    for name, rows in given.items():
        if isinstance(rows, list) and name not in ("definitions", "authored"):
            _write(folder / f"{name}.csv", rows)
    app.call(app.open_workspace(root), "import", {"path": str(folder)})
    if given.get("authored"):
        say(app.open_workspace(root), given["authored"])
    return root


def _problems(app: App, root: Path, check: Mapping[str, Any], ambient: Ambient) -> list[str]:
    """What is wrong about one answer, in words."""
    ((action_name, args),) = check["when"].items()
    wanted = check["then"]
    refused = wanted.get("refused", "")
    try:
        report = app.call(app.open_workspace(root), action_name, args or {}, ambient).report
    except Stop as stop:
        told = " ".join(str(issue) for issue in stop.issues)
        return [] if refused and refused in told else [f"refused: {told}"]
    if refused:
        return [f"not refused: '{refused}'"]
    return [text for key, value in wanted.items() if (text := _problem(key, value, report))]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(key for row in rows for key in row if key != "times"))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names, restval="")
        writer.writeheader()
        for row in rows:
            plain = {key: value for key, value in row.items() if key != "times"}
            for copy in range(int(row.get("times", 1))):
                writer.writerow({**plain, "id": f"{plain['id']}{copy or ''}"} if "id" in plain else plain)


def _problem(key: str, wanted: Any, report: Report) -> str:
    """What is wrong about one line of `then`: value, n, low, high, reason, excluded, or groups: {member: value}."""
    figure = report.figures()[0]
    if key == "groups":
        found = _groups(report)
        wrong = {m: found.get(m) for m, v in wanted.items() if m not in found or not _same(found[m].value, v)}
        shown = {m: getattr(f, "value", None) for m, f in wrong.items()}
        return f"groups {sorted(wrong)}: {shown}, not {[wanted[m] for m in wrong]}" if wrong else ""
    got = getattr(figure, key)
    if key == "reason":
        return "" if str(wanted) in str(got) else f"reason is '{got}', not '{wanted}'"
    return "" if _same(got, wanted) else f"{key} is {got}, not {wanted}"


def _groups(report: Report) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for block in report.blocks:
        if isinstance(block, Table) and block.name.startswith("by_"):
            for row in block.rows:
                place = next(i for i, cell in enumerate(row) if isinstance(cell, Figure))
                figure = row[place]
                assert isinstance(figure, Figure)
                found[" / ".join(str(cell) for cell in row[:place])] = figure
        for point in getattr(block, "points", ()):
            found[point.label] = point.figure
    return found


def _same(got: Any, wanted: Any) -> bool:
    if got is None or wanted is None:
        return got is wanted
    if isinstance(got, Money):
        return got.decimal == Decimal(str(wanted))
    return math.isclose(float(got), float(wanted), rel_tol=0, abs_tol=5e-7)
