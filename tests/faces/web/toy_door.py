"""The garden of the door's own tests behind a web face: requests that wait, persons, approvals, and what went out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from saleswright.faces.web.app import create_app
from saleswright.kernel.chapter import Chapter
from saleswright.kernel.door.submit import submit
from saleswright.run.approvals import page as pages
from tests.faces.web.conftest import Client, client_of
from tests.kernel.door.garden import Garden

PEOPLE = """
- {kind: access, name: ann, scope: company}
- {kind: access, name: bob, scope: company}
- {kind: access, name: rob, scope: "team:east"}
"""
FOLDER = Path(pages.__file__).parent


def make(root: Path, people: str = "", **more: Any) -> tuple[Garden, Client]:
    """The garden and a client; a header says who asks."""
    garden = Garden(root / "garden", **more)
    if people:
        garden.say(people)
    chapter = Chapter("approvals", "Run", "Approvals", "", FOLDER, (), pages.PAGES)
    garden.app = replace(garden.app, chapters=(*garden.app.chapters, chapter))
    api = create_app(garden.app, garden.workspace, lambda request: request.headers.get("x-actor", ""))
    return garden, client_of(api)


def with_actions(garden: Garden, chapter: Chapter) -> tuple[Garden, Client]:
    """The garden with a chapter as it is in the product, and a client of who is alone."""
    garden.app = replace(garden.app, chapters=(*garden.app.chapters, chapter))
    return garden, client_of(create_app(garden.app, garden.workspace))


def ask(garden: Garden, *names: str, actor: str = "", **more: Any) -> int:
    """A request that waits; gives its number."""
    report = submit(garden.app, garden.view(actor), garden.ask(*names, **more))
    return int(report.data["request"])  # type: ignore[call-overload]
