"""Can everyone read it? Contrast of text and marks, and the distance of the data colours for three kinds of eyes."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from saleswright.faces.web import shapes

TOKENS = (Path(shapes.__file__).parent / "static" / "tokens.css").read_text(encoding="utf-8")
PRINT = (Path(shapes.__file__).parent / "static" / "print.css").read_text(encoding="utf-8")
DATA = ("d-total", "d-up", "d-down", "d-lost", "d-won")
Linear = tuple[float, float, float]

# Text and the grounds it stands on. Faint ink (ink-3) stands on the page and on cards only.
TEXT = [
    *itertools.product(("ink", "ink-2", "accent-ink"), ("bg", "surface", "surface-2", "accent-soft")),
    *itertools.product(("ink-3", "good", "bad"), ("bg", "surface")),
    *itertools.product(("ink", "ink-2"), [f"tint-{level}" for level in range(1, 6)]),
    ("warn-ink", "warn-bg"),
    ("on-accent", "accent"),
    ("on-accent", "accent-ink"),
]
MARKS = [*itertools.product((*DATA, "accent"), ("surface",))]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB; tritan by the same table.
EYES: dict[str, tuple[Linear, Linear, Linear]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def block(selector: str) -> dict[str, str]:
    body = TOKENS.split(selector, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body))


THEMES = {"light": block(":root {"), "dark": block(':root[data-theme="dark"] {')}


def linear(colour: str) -> Linear:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return r, g, b


def contrast(one: str, other: str) -> float:
    light = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb: Linear) -> Linear:
    matrix = (
        (0.4124564, 0.3575761, 0.1804375),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339, 0.1191920, 0.9503041),
    )
    xyz = [sum(m * c for m, c in zip(row, rgb, strict=True)) for row in matrix]
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in
         (v / white for v, white in zip(xyz, (0.95047, 1.0, 1.08883), strict=True))]  # fmt: skip
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def seen(colour: str, eyes: str) -> Linear:
    rgb = linear(colour)
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in EYES[eyes])
    return lab((r, g, b))


def distance(one: Linear, other: Linear) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_stand_out(theme: str, mark: str, ground: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[mark], tokens[ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", EYES)
def test_data_colours_are_told_apart(theme: str, eyes: str) -> None:
    tokens = THEMES[theme]
    nearest = min(
        (distance(seen(tokens[a], eyes), seen(tokens[b], eyes)), a, b) for a, b in itertools.combinations(DATA, 2)
    )
    assert nearest[0] >= 20, nearest


def test_the_system_and_the_pinned_dark_are_one() -> None:
    assert block(':root:not([data-theme="light"]) {') == THEMES["dark"]
    assert set(THEMES["dark"]) == set(THEMES["light"])


def test_print_uses_the_light_data_colours() -> None:
    printed = dict(re.findall(r"--(d-[\w-]+): (#[0-9a-f]{6});", PRINT))
    assert printed == {name: value for name, value in THEMES["light"].items() if name.startswith("d-")}


def test_colours_are_written_only_as_tokens() -> None:
    folder = Path(shapes.__file__).parent / "static"
    for name in ("layout.css", "parts.css", "drawer.css"):
        text = re.sub(r"url\([^)]*\)", "", (folder / name).read_text(encoding="utf-8"))
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", text), name


def test_every_token_that_is_used_exists() -> None:
    folder = Path(shapes.__file__).parent
    defined = set(re.findall(r"--([\w-]+):", TOKENS))
    files = [*folder.glob("static/*.css"), folder / "shapes.py", *folder.glob("templates/*.html")]
    for path in files:
        used = set(re.findall(r"var\(--([\w-]+)\)", path.read_text(encoding="utf-8")))
        assert used <= defined, (path.name, used - defined)
