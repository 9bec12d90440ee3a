"""Does the command line keep its contract? Data on stdout, everything else on stderr, and the right exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

from saleswright.faces.cli.command import run
from saleswright.kernel.envelope import schema
from tests.faces import toy


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


Say = Callable[..., Said]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    toy.make(tmp_path / "green")
    monkeypatch.chdir(tmp_path / "green")
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-04-01T00:00:00+00:00")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def command(*argv: str, terminal: bool = False) -> Said:
        out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
        with redirect_stdout(out), redirect_stderr(err):
            code = run(argv, toy.build)
        return Said(code, out.getvalue(), err.getvalue())

    return command


def test_piped_output_is_one_line_per_item(say: Say) -> None:
    said = say("grow", "fern")
    assert said.code == 0
    assert said.out.splitlines() == [
        "Survival\t63.15%\t4238 of 6711\tlikely range 62.39% to 63.90%\t1300 left out",
        "Worth\tUSD 10005534.00\tn 4238\t3 left out",
        "Age\t57 d\tn 4238\tlikely range 20 d to 110.5 d",
        "Leaves\t4238",
        "Speed\tUSD -1234567.89 / d",
        "Depth\tcannot say yet: no bed was measured\tn 0",
        "East, south\t63.15%\t6711\t62.39% to 63.90%\t1300\tUSD -50.00",
        "=cmd|'/c calc'!A0\tcannot say yet: no plants\t\t\t0\t",
        "2026-01\t10",
        "2026-02\t40",
    ]


def test_everything_beside_the_data_goes_to_stderr(say: Say) -> None:
    said = say("grow", "fern")
    for text in (
        "How does the fern grow?",
        "2 of 7 rows shown",
        "! Two beds have no name.",
        "scope company",
        "beds.csv:7  bed  no name",
        "next: saleswright grow palm",
    ):
        assert text in said.err
        assert text not in said.out


def test_quiet_leaves_only_the_data(say: Say) -> None:
    assert say("grow", "fern", "--quiet").err == ""
    assert say("grow", "fern", "--quiet").out == say("grow", "fern").out
    assert "unknown plant" in say("grow", "oak", "--quiet").err


def test_arguments_reach_the_action(say: Say) -> None:
    flags = "--by bed --where a=b --where c=-1 --names x --names -y --top -3 --dead --no-chart --period 2026Q1"
    said = say("grow", "fern", *flags.split())
    assert (
        "by=bed period=2026Q1 where=(('a', 'b'), ('c', '-1')) names=('x', '-y') top=-3 dead=True chart=False"
        in said.err
    )


def test_options_round_the_call_stand_before_or_after_the_verb(say: Say, tmp_path: Path) -> None:
    folder = str(tmp_path / "green")
    before = say("--as-of", "2025-01-01", "--json", f"-w{folder}", "grow", "fern")
    after = say("grow", "--json", "fern", "--as-of=2025-01-01", "--workspace", folder)
    assert before == after
    assert json.loads(before.out)["as_of"] == "2025-01-01"


def test_the_longest_run_of_words_is_the_command(say: Say) -> None:
    assert "Read seeds.csv" in say("import", "seeds.csv").err
    assert "Took back r1" in say("import", "undo", "r1").err
    refused = say("import", "undo")
    assert refused.code == 2
    assert "run is missing" in refused.err
    assert "usage: saleswright import undo RUN" in refused.err


def test_words_after_a_double_dash_are_never_options(say: Say) -> None:
    assert say("spell", "--", "--json").out == "--json\n"
    assert say("spell", "-5").out == "-5\n"


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["grwo"], 2, "did you mean grow?"),
        (["grow", "frn"], 2, "unknown plant 'frn'\n  try: did you mean fern?"),
        (["grow", "fern", "--tpo", "3"], 2, "unknown option '--tpo'\n  try: did you mean --to or --top?"),
        (["grow", "--plant", "fern"], 2, "--plant is written without its name"),
        (["grow", "fern", "moss"], 2, "more words than arguments: moss"),
        (["grow", "fern", "--top"], 2, "--top needs a value"),
        (["grow", "fern", "--dead=3"], 2, "--dead"),
        (["grow", "fern", "--json", "--csv"], 2, ""),
        (["--zap"], 2, "unknown option '--zap'"),
        (["grow", "fern", "--scope", "bed:secret"], 5, "me may not see this"),
        (["grow", "fern", "--as", "zed"], 5, "zed may not see this"),
        (["import", "x.csv", "--as", "ann"], 5, "ann may not see this"),
        (["import", "taken.csv"], 6, "someone else is importing"),
        (["import", "x.csv", "--dry-run"], 3, "2 rows were rejected"),
        (["import", "slow.csv"], 130, "try: the same command again"),
        (["explain", "nothing"], 2, "this is not a figure's reference"),
    ],
)
def test_every_refusal_has_its_code_and_says_what_to_do(say: Say, argv: list[str], code: int, told: str) -> None:
    said = say(*argv)
    assert said.code == code
    assert told in said.err
    if "--json" not in argv:
        assert said.out == ""


def test_all_issues_come_at_once(say: Say) -> None:
    said = say("grow", "oak", "--top", "x", "--where", "y")
    assert [line for line in said.err.splitlines() if not line.startswith(" ")] == [
        "plant  unknown plant 'oak'",
        "where  'y' has no =",
        "top  'x' is not a whole number",
    ]
    assert say("grow", "fern", "--zip", "--zap").err.count("unknown option") == 2


def test_json_is_the_envelope_also_for_refusals(say: Say) -> None:
    answered = say("grow", "fern", "--json")
    jsonschema.validate(json.loads(answered.out), schema())
    refused = say("grow", "oak", "--json")
    envelope = json.loads(refused.out)
    jsonschema.validate(envelope, schema())
    assert refused.code == 2
    assert (envelope["action"], envelope["args"], envelope["data"]) == ("grow", {"plant": "oak"}, None)
    assert json.loads(say("grow", "--json", "--zap").out)["issues"][0]["code"] == "unknown_option"


def test_csv_is_the_table_with_intervals_and_references(say: Say) -> None:
    said = say("grow", "fern", "--csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert said.out.count("\r\n") == 3
    assert rows[0]["survival"] == "0.6315"
    assert rows[0]["survival_low"] == "0.6239"
    assert rows[0]["survival_ref"] == toy.reference("survival", "East")
    assert (rows[0]["worth"], rows[0]["worth_currency"]) == ("-50.00", "USD")
    assert rows[1]["bed"] == "'=cmd|'/c calc'!A0"
    assert (rows[1]["survival"], rows[1]["survival_reason"]) == ("", "no plants")
    assert "not in this file: survival, worth" in said.err


def test_a_terminal_shows_words(say: Say) -> None:
    said = say("grow", "fern", "--no-color", terminal=True)
    for text in ("$10.0M", "USD 10,005,534.00", "\u2212$1.23M / d", "63.15%", "By bed", "2 of 7 rows shown", "likely"):
        assert text in said.out
    assert "cannot say yet: no bed was measured" in said.out
    assert f"open it: saleswright explain '{toy.reference('survival')}'" in said.err
    assert "\x1b[3" not in said.out


def test_a_terminal_with_verbose_shows_cents_in_tables(say: Say) -> None:
    assert "USD \u221250.00" not in say("grow", "fern", terminal=True).out
    said = say("grow", "fern", "-v", terminal=True)
    assert "USD \u221250.00" in said.out
    assert "as of 2026-03-31" in said.err
    assert "state r3.j0" in said.err


def test_no_color_is_heard(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = say("grow", "fern", terminal=True).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" in coloured
    assert "\x1b[33m" not in say("grow", "fern", terminal=True).out


@pytest.mark.parametrize("terminal", [True, False])
def test_text_from_outside_cannot_drive_the_terminal(say: Say, terminal: bool) -> None:
    said = say("spell", "a\x1b]0;title\x07b\tc\nd\u202ee [red]f", terminal=terminal)
    assert "\x1b]" not in said.out
    assert "\x07" not in said.out
    assert "\u202e" not in said.out
    assert "a ]0;title b c de [red]f" in said.out


def test_a_bug_is_a_traceback_not_a_refusal(say: Say) -> None:
    with pytest.raises(RuntimeError, match="a pipe burst"):
        say("wilt")


def test_without_a_workspace(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = say("grow", "fern")
    assert refused.code == 2
    assert "no saleswright.toml here or in any folder above" in refused.err
    nowhere = say("import", "seeds.csv")
    assert nowhere.code == 2 and "no saleswright.toml here" in nowhere.err
    made = say("init", "new", "--currency", "EUR")
    assert made.code == 0
    assert "Made new in EUR" in made.err
    assert "\nnew\n" in made.err
    assert say("--help").code == 0


def test_a_mistyped_workspace_never_falls_back_to_one_above(say: Say) -> None:
    refused = say("-w", "gren", "grow", "fern")
    assert refused.code == 2
    assert "no saleswright.toml in this folder" in refused.err


def test_help_lists_commands_by_group(say: Say) -> None:
    said = say("--help")
    assert said == say("-h") == say()
    assert said.out.index("Measure") < said.out.index("grow") < said.out.index("Data") < said.out.index("import undo")
    assert "--as-of T" in said.out


@pytest.mark.parametrize("argv", [["grow", "-h"], ["--help", "grow"], ["grow", "oak", "--help"]])
def test_help_of_a_command(say: Say, argv: list[str]) -> None:
    said = say(*argv)
    assert said.code == 0
    for text in (
        "usage: saleswright grow PLANT [OPTIONS]",
        "A longer word on growing.",
        "--where FIELD=VALUE",
        "--chart / --no-chart",
        "[default: this quarter]",
        "saleswright grow fern --by bed",
    ):
        assert text in said.out


def test_version(say: Say) -> None:
    assert say("--version").out.startswith("saleswright ")


PROGRAM = "import sys; from tests.faces import toy; from saleswright.faces.cli.command import run; "
RUN = PROGRAM + "sys.exit(run(sys.argv[1:], toy.build))"


def test_help_and_pipes_import_nothing_heavy(root: Path, say: Say) -> None:
    check = PROGRAM + (
        "code = run(sys.argv[1:], toy.build); "
        "heavy = {'rich', 'duckdb', 'ibis', 'pandas', 'numpy', 'fastapi', 'typer', 'pydantic', 'jinja2'}; "
        "loaded = heavy & set(sys.modules); sys.exit(f'loaded {loaded}' if loaded else code)"
    )
    for argv in (["--help"], ["grow", "--help"], ["grow", "fern"], ["grow", "fern", "--json"]):
        done = subprocess.run(
            [sys.executable, "-c", check, *argv],
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(root)},
            check=False,
        )
        assert done.returncode == 0, (argv, done.stderr)


def test_a_reader_that_leaves_early_is_no_error(root: Path, say: Say) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "grow", "fern"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        told = started.stderr.read()
    assert b"Traceback" not in told
    assert b"Broken" not in told
