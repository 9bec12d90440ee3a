"""Which files are meant, and what becomes of each on its way into the record?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from saleswright.data.imports.compare import Outcome
from saleswright.data.mapping.columns import ColumnGuess
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.questions import Question
from saleswright.data.mapping.repairs import Repair
from saleswright.data.read.evidence import FileEvidence
from saleswright.history.changes import Source
from saleswright.lib.issue import SOURCE, Issue, Stop

FIXES = ("_line", "_line_2", "_column", "_reason", "_fix", "_mapping")
"""What a file of rejected rows has beside its own columns (`_line` under a second name, for `_line` is our own)."""
ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".xlsx", ".xlsm", ".parquet")


@dataclass
class FileRun:
    """One table on its way into the record: how it was read, what it holds, what it would change.

    columns, questions, assumed: what the guess said, where one was made; like: the mapping it is read by as last time;
    passed: rows that the mapping knows to be no records, such as totals typed below a grid. mended: is it a file of
    rejected rows, given back by an import and mended since; origin: the mapping that gave them back. answered: was a
    question about it answered just now.
    """

    evidence: FileEvidence
    table: str
    number: int
    read: int
    mapping: Mapping | None = None
    guessed: tuple[str, ...] = ()
    columns: tuple[ColumnGuess, ...] = ()
    questions: tuple[Question, ...] = ()
    assumed: tuple[Issue, ...] = ()
    like: str = ""
    passed: int = 0
    mended: bool = False
    origin: str = ""
    answered: bool = False
    source: Source | None = None
    beside: list[Source] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    rejected: int = 0
    rejects: str = ""
    repairs: list[Repair] = field(default_factory=list)
    missing: str = ""

    @property
    def name(self) -> str:
        return self.evidence.name

    @property
    def bad(self) -> str:
        """The temp table of its rejects."""
        return f"bad_{self.number}"

    @property
    def good(self) -> str:
        """The rows that are taken in, as something to select from."""
        if not self.rejected:
            return self.table
        return f"(SELECT * FROM {self.table} WHERE _line NOT IN (SELECT line FROM {self.bad}))"


def files_of(path: Path) -> tuple[list[Path], list[str]]:
    """(the files to read, what was passed over and why). Stop (source) when there is nothing to read."""
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*"))[:8] if path.parent.exists() else []
        raise Stop(
            Issue(
                str(path),
                "there is no such file or folder",
                "so there is nothing to import",
                f"beside it: {', '.join(near)}" if near else "check the path",
                code="no-such-file",
            ),
            exit_code=SOURCE,
        )
    if path.is_file():
        return [path], []
    inside = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    files = [p for p in inside if p.is_file() and p.name.lower().endswith(ENDINGS)]
    passed = [p for p in inside if p not in files]
    skipped = [f"{p.name}/ is a folder" if p.is_dir() else f"{p.name} is no CSV, Excel or Parquet file" for p in passed]
    if not files:
        raise Stop(
            Issue(
                str(path),
                "no CSV, Excel or Parquet file in this folder",
                "so there is nothing to import",
                f"it holds: {', '.join(p.name for p in inside[:8]) or 'nothing'}",
            ),
            exit_code=SOURCE,
        )
    return files, skipped
