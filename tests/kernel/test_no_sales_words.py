"""Is the kernel free of the field's words? It would hold for any record of anything."""

from __future__ import annotations

import re
from pathlib import Path

WORDS = re.compile(r"\b(deals?|leads?|quotas?|opportunit(y|ies)|pipelines?|reps?)\b", re.IGNORECASE)


def test_no_file_of_the_kernel_has_a_sales_word(root: Path) -> None:
    files = [path for path in (root / "src/saleswright/kernel").iterdir() if path.suffix in (".py", ".json")]
    assert len(files) > 10
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(line)
    ]
    assert found == []
