"""Is progress told often enough, and not too often?"""

from __future__ import annotations

import io
from contextlib import redirect_stderr

from saleswright.faces.cli.progress import Progress, pace


def told(lines: list[tuple[float, str]], terminal: bool = False, quiet: bool = False) -> list[str]:
    moment = 0.0

    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    with redirect_stderr(Stream()) as stream:
        tell = Progress(quiet, clock=lambda: moment)
        for at, text in lines:
            moment = at
            tell(text)
    return stream.getvalue().splitlines()


LINES = [(0.0, "read 1,000 rows"), (4.0, "read 2,000 rows"), (5.0, "writing"), (10.0, "read 9,000 rows")]


def test_the_same_line_comes_at_most_each_ten_seconds() -> None:
    assert told(LINES) == ["read 1,000 rows", "writing", "read 9,000 rows"]


def test_a_terminal_gets_every_line() -> None:
    assert told(LINES, terminal=True) == [text for _, text in LINES]


def test_quiet_is_quiet() -> None:
    assert told(LINES, quiet=True) == []


def test_rows_are_told_with_their_rate_and_the_time_left() -> None:
    assert pace(25_000, 50_000, 2.0) == "25,000 of 50,000 rows, 12,500 rows a second, 2 s left"
    assert pace(50_000, 50_000, 4.0) == "50,000 of 50,000 rows in 4.0 s"
    assert pace(0, 50_000, 0.0) == "0 of 50,000 rows"


def test_a_bar_stands_on_a_terminal_only_and_is_gone_at_the_end() -> None:
    moment = 0.0

    class Stream(io.StringIO):
        terminal = True

        def isatty(self) -> bool:
            return self.terminal

    with redirect_stderr(Stream()) as stream:
        tell = Progress(clock=lambda: moment)
        moment = 1.0
        tell.step(30, 100)
        assert stream.getvalue().endswith("30 of 100 rows, 30 rows a second, 2 s left\r")
        tell.step(100, 100)
        assert stream.getvalue().endswith("\x1b[2K\r")
    with redirect_stderr(Stream()) as plain:
        plain.terminal = False
        tell = Progress(clock=lambda: moment)
        tell.step(30, 100)
        assert plain.getvalue() == "", "a quick run says nothing of its pace"
        moment = 12.0
        tell.step(60, 100)
        assert plain.getvalue().startswith("60 of 100 rows")
