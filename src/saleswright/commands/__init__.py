"""How do I start, look round, and prove it works? The commands of the house itself.

**Question.** How does a folder become a workspace, where is the web page, is this machine fit, do my own cases hold?

**Rule.** Everything binds to this machine alone unless told otherwise, and nothing here knows more than the public
importer and the public actions do.

**Worked example.** `saleswright init acme --from export.csv` makes a workspace, imports the file, and says the first
numbers; `saleswright serve -w acme` shows them.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.commands.cases import test
from saleswright.commands.demo import demo
from saleswright.commands.docs import docs
from saleswright.commands.doctor import doctor
from saleswright.commands.export import export
from saleswright.commands.init import init
from saleswright.commands.mcp import check, mcp, schema
from saleswright.commands.serve import serve
from saleswright.kernel.chapter import Chapter

CHAPTER = Chapter(
    name="start",
    group="Data",
    title="Start",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(demo, init, serve, mcp, test, export, docs, doctor),
    kinds={"tools": schema},
    check=check,
)
