"""What does one capability bring? A chapter is a folder: prose, actions, shipped definitions, perhaps a hero page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from saleswright.kernel.action import Action

Group = Literal["Measure", "Plan", "Run", "Data"]


@dataclass(frozen=True, slots=True)
class Page:
    """A hero page: `build(context, args)` gives the template its typed values; a face renders them.

    path: "/kpi/{name}" style. template: a file in the chapter's pages/ folder made of the face's shared macros.
    nav: the words in the navigation, empty for pages that are reached by links only.
    """

    path: str
    title: str
    template: str
    build: Callable[[Any, Mapping[str, str]], dict[str, Any]]
    group: Group = "Measure"
    nav: str = ""
    icon: str = ""
    order: int = 100
    policy: str = "rows"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One capability. `folder` holds standard/*.yaml (shipped definitions), cases/*.yaml and pages/.

    kinds: the JSON Schema of each kind of definition it reads, made by calling.
    """

    name: str
    group: Group
    title: str
    doc: str
    folder: Path
    actions: tuple[Action, ...] = ()
    pages: tuple[Page, ...] = ()
    kinds: Mapping[str, Callable[[], dict[str, Any]]] = field(default_factory=dict)
