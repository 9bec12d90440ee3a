"""How is an answer handed on? Any report as Markdown, an Excel workbook, slides or a PDF, with what it stands on.

The numbers are those of the envelope, typed where the form has types. Text from outside is data everywhere: no cell becomes
a formula, no text a link or markup. The same report under the same history version gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from saleswright.faces import words
from saleswright.kernel.call import Outcome
from saleswright.kernel.report import Report
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop, unknown

FORMS = ("md", "xlsx", "pptx", "pdf")
MEDIA = {
    "md": "text/markdown; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}
CALLED = {"md": "Markdown", "xlsx": "Excel", "pptx": "PowerPoint", "pdf": "PDF"}
_MADE_BY = {"md": "markdown", "xlsx": "workbook", "pptx": "slides", "pdf": "paper"}
_PACKAGES = ("xlsxwriter", "pptx", "typst")
HOW_TO_OPEN = "saleswright explain 'REFERENCE', or /n/REFERENCE in the web app"


@dataclass(frozen=True, slots=True)
class About:
    """What a report stands on: the question as asked, the moment, the state of the data, and whose eyes.

    asked: the arguments that were given, as (name, words). snap: the state, such as r12.j0. Empty texts are not said.
    """

    action: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    workspace: str = ""
    as_of: str = ""
    known: str = ""
    snap: str = ""
    scope: str = ""
    currency: str = ""

    @property
    def version(self) -> str:
        """The history version, as pages say it."""
        return self.snap.partition(".")[0].removeprefix("r")

    def lines(self) -> list[tuple[str, str]]:
        """(what, value) of everything a reader must know to trust or repeat the answer."""
        told = [
            ("Workspace", self.workspace),
            ("Question", self.action),
            *((words.label(name), value) for name, value in self.asked),
            ("As of", self.as_of),
            ("As known", self.known),
            ("History version", self.version),
            ("Rows of", self.scope),
            ("Currency", self.currency),
        ]
        return [(name, value) for name, value in told if value]

    @property
    def foot(self) -> str:
        """The same in one line, for the foot of a page."""
        version = f"history version {self.version}" if self.version else ""
        scope = "" if self.scope in ("", "company") else self.scope
        parts = (self.workspace, f"as of {self.as_of}" if self.as_of else "", version, scope, self.currency)
        return " \u00b7 ".join(part for part in parts if part)


def about(outcome: Outcome, workspace: str, currency: str = "") -> About:
    """What an answered call stands on."""
    asked = tuple((name, _said(value)) for name, value in outcome.args.items() if value not in (None, "", (), False))
    snap, scope = outcome.snap, outcome.scope
    return About(outcome.action.name, asked, workspace, outcome.as_of, outcome.known, snap, scope, currency)


def write(report: Report, form: str, about: About) -> bytes:
    """The report as a file of that form. Stop (usage) for a form there is none of, or whose package is not installed."""
    if form not in FORMS:
        raise Stop(unknown("form", form, FORMS, where="form"), exit_code=USAGE)
    try:
        make: Callable[[Report, About], bytes] = import_module(f"{__name__}.{_MADE_BY[form]}").write
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        raise Stop(
            Issue(
                f".{form}",
                f"{CALLED[form]} files need the package {error.name}, which is not installed",
                "so this file cannot be made; Markdown, CSV and JSON need no package",
                'pip install "saleswright[export]"',
                code="no-export",
            ),
            exit_code=FAILURE,
        ) from None
    return make(report, about)


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join("=".join(map(str, one)) if isinstance(one, (list, tuple)) else str(one) for one in value)
    return "yes" if value is True else str(value)
