"""Play one input again: python -m tests.fuzz.replay TARGET FILE."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run the file through the target; whatever it raises is shown."""
    name, file = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as place, TARGETS[name].opened(Path(place)) as run:
        run([Path(file).read_bytes()])
    print(f"{name}: it holds")  # noqa: T201


if __name__ == "__main__":
    main()
