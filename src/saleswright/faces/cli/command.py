"""What happens when a person types a command? Read it, make the call, show the answer, end with the right code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from saleswright.faces.cli import arguments
from saleswright.faces.cli.progress import Progress
from saleswright.kernel.action import Action
from saleswright.kernel.call import Ambient, App, Outcome
from saleswright.kernel.workspace import Workspace, find, named
from saleswright.lib.issue import INTERRUPTED, USAGE, Issue, Stop

_MISWRITTEN = ("missing-argument", "unknown_option", "usage")


def run(argv: Sequence[str], build: Callable[[], App]) -> int:
    """Run one command line and return its exit code. Refusals are told; a bug raises."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(list(argv), build)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        command = " ".join(["saleswright", *argv])
        print(
            f"\ninterrupted: {command}\n  the data is as it was before or as it is after, never half\n"
            "  try: the same command again; it goes on from there",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left, as `head` does; the interpreter would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(argv: list[str], build: Callable[[], App]) -> int:
    if "--version" in argv:
        from importlib.metadata import version

        print(f"saleswright {version('saleswright')}")
        return 0
    name = ""
    given: Mapping[str, Any] = {}
    try:
        app = build()
        name, rest = arguments.split(argv, app.actions)
        if not name or arguments.asks_help(rest):
            from saleswright.faces.cli import front

            print(front.command(app.actions[name]) if name else front.contents(app))
            return 0
        action = app.actions[name]
        line = arguments.read(action, rest)
        given, around = line.given, line.round
        if around.get("json") and around.get("csv"):
            both = Issue("--csv", "--json and --csv together", "one output has one form", "one of them", code="usage")
            raise Stop(both, exit_code=USAGE)
        if around.get("to"):
            _writable(around)
        workspace = _workspace(app, action, around.get("workspace"))
        ambient = Ambient(**{key: around.get(key) or "" for key in Ambient.__dataclass_fields__})
        progress = Progress(bool(around.get("quiet")))
        outcome = app.call(workspace, name, given, ambient, tell=progress, step=progress.step)
        if around.get("to"):
            _write(outcome, around, workspace)
    except Stop as stop:
        if "--json" in argv:
            from saleswright.kernel.envelope import refusal

            _print_json(refusal(name, stop, given))
        else:
            _tell(stop.issues)
            if name and any(issue.code in _MISWRITTEN for issue in stop.issues):
                from saleswright.faces.cli import front

                print(f"usage: {front.usage(app.actions[name])}", file=sys.stderr)
        return stop.exit_code
    if not around.get("to"):
        _show(outcome, around)
    if outcome.report.after is not None:
        outcome.report.after()
    return outcome.report.exit_code


def _writable(around: Mapping[str, Any]) -> None:
    """Can the answer be written there? Asked before the question is, which may take long."""
    from saleswright.faces.export.file import form_of

    other = next((flag for flag in ("json", "csv") if around.get(flag)), "")
    if other:
        both = Issue("--to", f"--to and --{other} together", "one output has one form", "one of them", code="usage")
        raise Stop(both, exit_code=USAGE)
    form_of(Path(around["to"]))


def _write(outcome: Outcome, around: Mapping[str, Any], workspace: Workspace | None) -> None:
    from saleswright.faces.export.file import to_file

    currency = around.get("currency") or (workspace.currency if workspace else "")
    said = to_file(outcome, Path(around["to"]), workspace.name if workspace else "", currency)
    if not around.get("quiet"):
        print(said, file=sys.stderr)
    _tell([issue for issue in outcome.report.issues if not around.get("quiet") or issue.level == "error"])


def _workspace(app: App, action: Action, given: str | None) -> Workspace | None:
    if given:
        return app.open_workspace(named(Path(given)))
    try:
        root = find(Path.cwd())
    except Stop:
        if action.effect == "read":
            raise
        return None
    return app.open_workspace(root)


def _show(outcome: Outcome, around: Mapping[str, Any]) -> None:
    report = outcome.report
    if around.get("json"):
        from saleswright.kernel.envelope import envelope

        _print_json(envelope(outcome))
        return
    quiet, extra = bool(around.get("quiet")), []
    if around.get("csv"):
        from saleswright.faces.cli import sheet

        text, left = sheet.of_report(report)
        sys.stdout.write(text)
        if left:
            extra.append(f"not in this file: {', '.join(left)} (--json has everything)")
    elif sys.stdout.isatty():
        from saleswright.faces.cli import show
        from saleswright.kernel.clock import now

        color = not around.get("no_color") and not os.environ.get("NO_COLOR")
        show.report(report, show.console(sys.stdout, color), bool(around.get("verbose")), now().date())
        if opening := show.opening(report):
            extra.append(opening)
    else:
        from saleswright.faces.cli import lines

        for text in () if quiet else lines.before(report):
            print(text, file=sys.stderr, flush=True)
        for text in lines.of_report(report):
            print(text)
        extra.extend(lines.beside(report))
    sys.stdout.flush()
    if around.get("verbose"):
        extra.append(_stood_on(outcome))
    if not quiet:
        for text in extra:
            print(text, file=sys.stderr)
    _tell([issue for issue in report.issues if not quiet or issue.level == "error"])
    if not quiet:
        for text in report.next:
            print(f"next: {text}", file=sys.stderr)


def _stood_on(outcome: Outcome) -> str:
    parts = {"as of": outcome.as_of, "known": outcome.known, "state": outcome.snap, "scope": outcome.scope}
    told = [f"{key} {value}" for key, value in parts.items() if value]
    told += [f"{key}={value}" for key, value in outcome.args.items() if value not in (None, (), "")]
    return " \u00b7 ".join(told)


def _tell(issues: Sequence[Issue]) -> None:
    for issue in issues:
        print(issue, file=sys.stderr)


def _print_json(envelope: Mapping[str, Any]) -> None:
    json.dump(envelope, sys.stdout, ensure_ascii=False, allow_nan=False, indent=2 if sys.stdout.isatty() else None)
    print()
