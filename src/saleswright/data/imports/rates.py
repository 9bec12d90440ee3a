"""What is a currency worth? A line typed in, kept as an import like any other, so that it has a date and an undo."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import EXPONENTS

ALWAYS = date(1900, 1, 1)
FILE = "typed-rates.csv"


def written(folder: Path, rates: Sequence[tuple[str, str]], starts: str, base: str) -> Path:
    """A file of the rates: units of each currency for one unit of `base`, from a day on. Stop with every issue."""
    issues: list[Issue] = []
    rows: list[tuple[str, str, str]] = []
    try:
        day = date.fromisoformat(starts) if starts else ALWAYS
    except ValueError:
        issues.append(Issue("starts", f"'{starts}' is not a date", "", "such as --starts 2026-01-01"))
        day = ALWAYS
    for code, text in rates:
        currency = code.strip().upper()
        if currency not in EXPONENTS:
            issues.append(unknown("currency", code, sorted(EXPONENTS), where="rate"))
        elif currency == base:
            issues.append(Issue(f"rate {code}", f"{base} is what totals are said in", "one of it is worth one", ""))
        try:
            worth = float(text)
        except ValueError:
            worth = 0.0
        if not 0 < worth < 1e12:
            example = f"{currency}=0.92 when one {base} is 0.92 {currency}"
            issues.append(Issue(f"rate {code}={text}", f"'{text}' is not a rate", "so nothing was kept", example))
        rows.append((currency, text.strip(), day.isoformat()))
    if not rows:
        issues.append(Issue("rate", "no rate was given", "", f"such as saleswright rate EUR=0.92 for one {base}"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["currency", "rate", "starts", "base"])
        writer.writerows((*row, base) for row in rows)
    return path
