"""Make the chart bundle when it is missing, so that a build from a clean clone gives a complete wheel.

The bundle (the charts' JavaScript and htmx) is not in git. saleswright/faces/web/bundle.py makes it from two packages;
they are asked for only when there is something to make. An editable install makes nothing, and `make setup` asks for
nothing either (SALESWRIGHT_BUNDLE=later), because it runs the same file as its own next step.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDS = ["vl-convert-python>=1.8,<2", "django-htmx>=1.21"]
RECIPE = "src/saleswright/faces/web/bundle.py"


class BundleHook(BuildHookInterface):
    """The hook that the build calls, for the wheel and for the source archive."""

    def dependencies(self) -> list[str]:
        later = os.environ.get("SALESWRIGHT_BUNDLE") == "later"
        return [] if later or self._recipe()["complete"]() else NEEDS

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        recipe = self._recipe()
        if version != "editable" and not recipe["complete"]():
            recipe["make"]()

    def _recipe(self) -> dict[str, Any]:
        # Read from its file: the package itself needs libraries that a build environment does not have.
        return runpy.run_path(str(Path(self.root) / RECIPE))
