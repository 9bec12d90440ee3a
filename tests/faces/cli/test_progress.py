"""Is progress told often enough, and not too often?"""

from __future__ import annotations

import io
from contextlib import redirect_stderr

from saleswright.faces.cli.progress import Progress


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
