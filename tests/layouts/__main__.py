"""Write every layout into a folder, each with its expected figures beside it, for people to try."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.layouts.catalogue import LAYOUTS


def main(folder: Path) -> int:
    """One folder a layout."""
    for number, (name, make) in enumerate(LAYOUTS.items(), 1):
        place = folder / f"{number:02} {re.sub(r'[^A-Za-z0-9]+', ' ', name).strip()}"
        made = make(place / "files")
        told = {
            "import": str(made.source.relative_to(place)), "currency": made.currency, "figures": dict(made.expected),
            "grand total": made.grand_total, "questions": made.questions,
        }  # fmt: skip
        (place / "expected.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"{place}\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m tests.layouts FOLDER")
    sys.exit(main(Path(sys.argv[1])))
