"""Where do the browser's libraries come from? `python -m saleswright.faces.web.bundle` makes static/vendor/.

Vega with its embedder is bundled by vl-convert, htmx is copied out of the django-htmx wheel; both are development
dependencies. The wheel ships the result, so running the product needs neither, nor any network or Node.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
VEGA = "vega.js"
HTMX = "htmx.min.js"
HOW = "python -m saleswright.faces.web.bundle"

_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_HTMX_SOURCES = ("htmx-2.min.js", "htmx.min.js")


def complete() -> bool:
    """Are both files there?"""
    return all((VENDOR / name).is_file() for name in (VEGA, HTMX))


def make(folder: Path = VENDOR) -> list[Path]:
    """Write both files and return their paths. ModuleNotFoundError when a development dependency is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    vega, htmx = folder / VEGA, folder / HTMX
    _write(htmx, _htmx())
    _write(vega, _vega())
    return [vega, htmx]


def _vega() -> str:
    import vl_convert

    return str(vl_convert.javascript_bundle(_SNIPPET))


def _htmx() -> str:
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("django_htmx is not installed")
    folder = Path(spec.origin).parent / "static" / "django_htmx"
    source = next((folder / name for name in _HTMX_SOURCES if (folder / name).is_file()), None)
    if source is None:
        raise FileNotFoundError(f"{folder.name} holds none of {', '.join(_HTMX_SOURCES)}")
    return source.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    # A reader never sees half a file.
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    for made in make():
        sys.stdout.write(f"{made.name}  {made.stat().st_size // 1024} KB\n")
