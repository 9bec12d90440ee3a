"""What did an import do, or what would it do?"""

from __future__ import annotations

from dataclasses import dataclass, field

from saleswright.data.imports.differences import Difference
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.scope import Scope
from saleswright.data.imports.totals import Total
from saleswright.lib.issue import Issue


@dataclass
class ImportRun:
    """What an import did, or would do."""

    run: int
    files: list[FileRun]
    issues: list[Issue]
    written: list[str]
    skipped: list[str]
    dry: bool
    published: bool = False
    totals: list[Total] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    @property
    def mapped(self) -> list[FileRun]:
        return [f for f in self.files if f.mapping is not None]

    @property
    def changed(self) -> int:
        return sum(f.outcome.new + f.outcome.changed + f.outcome.removed for f in self.files)
