"""The command line: `saleswright`, or `python -m saleswright`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saleswright.kernel.call import App


def main() -> None:
    """Run the command line this process was started with."""
    from saleswright.faces.cli.command import run

    sys.exit(run(sys.argv[1:], _build))


def _build() -> App:
    # Late, so that --version does not pay for the chapters.
    from saleswright.app import build

    return build()


if __name__ == "__main__":
    main()
