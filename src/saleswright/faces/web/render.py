"""How does a typed value become a page? Jinja templates with escaping everywhere, the same words as every face."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.loaders import BaseLoader

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.faces.web import ask, bundle, charts, following, icons, ribbons, sketch, spread, waterfall
from saleswright.kernel.call import App, Context
from saleswright.kernel.report import Bridge, Figure, Flows, Note, Series, Table
from saleswright.lib.money import Money

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Render:
    """Templates of the face and of every chapter that has pages: `win/pages/win.html` is loaded as `win/win.html`."""

    def __init__(self, app: App) -> None:
        chapters: dict[str, BaseLoader] = {
            chapter.name: FileSystemLoader(chapter.folder / "pages") for chapter in app.chapters if chapter.pages
        }
        self.env = Environment(
            loader=ChoiceLoader([FileSystemLoader(_HERE / "templates"), PrefixLoader(chapters)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.env.globals.update(
            static=self.static,
            number=ask.number,
            address=ask.address,
            chart=charts.chart,
            waterfall=waterfall.waterfall,
            flows=ribbons.flows,
            tints=lambda table: grid.tints(grid.of_table(table), beside=False),
            verdict=charts.verdict,
            icon=icons.icon,
            bundled=bundle.complete(),
            bundle_how=bundle.HOW,
            follow=partial(following.step, app),
            ranges=sketch.ranges,
            spread=spread.spread,
        )
        self.env.filters.update(
            short=_short,
            day=_day,
            full=_full,
            said=words.words,
            listed=words.listed,
            support=words.support,
            likely_range=words.likely_range,
            call_it=words.label,
            moved=_moved,
            exact=_exact,
            size=_size,
            lasting=_lasting,
            begun=_begun,
            sentence=_sentence,
            plural=_plural,
            spoken=_spoken,
            span=_span,
            change=_change,
            signed=_signed,
            amount=_amount,
            monthly=_monthly,
        )
        self.env.tests.update(
            figure=lambda value: isinstance(value, Figure),
            table=lambda value: isinstance(value, Table),
            series=lambda value: isinstance(value, Series),
            bridge=lambda value: isinstance(value, Bridge),
            flows=lambda value: isinstance(value, Flows),
            remark=lambda value: isinstance(value, Note),
        )

    @cached_property
    def hash(self) -> str:
        """One digest over every static file: a new file is a new address, so the old one may be kept for ever."""
        digest = hashlib.sha256()
        for path in sorted(STATIC.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(STATIC).as_posix().encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def static(self, name: str) -> str:
        """The address of a static file."""
        return f"/static/{self.hash}/{name}"

    def page(self, template: str, values: Mapping[str, Any]) -> bytes:
        """A rendered template."""
        return self.env.get_template(template).render(values).encode()


def as_of_day(context: Context) -> date | None:
    """The day the context stands on, when its text begins with one."""
    try:
        return date.fromisoformat(context.as_of_text[:10])
    except ValueError:
        return None


def as_of_words(context: Context) -> str:
    """The moment in words for a person."""
    day = as_of_day(context)
    return words.day(day) if day else context.as_of_text


def version_words(snap: str) -> str:
    """r12.j0 -> 12: which version of the history, without the marks programs need."""
    head = snap.partition(".")[0]
    return head[1:] if head[:1] == "r" and head[1:].isdigit() else snap


def _short(value: Any, unit: Any = "text", today: date | None = None) -> str:
    if isinstance(value, Figure):
        return words.figure(value, "short")
    return words.words(value, unit, "short", today)


def _day(value: Any, today: date | None = None) -> str:
    """A day in a table: without its weekday, which stands in the title."""
    text = words.words(value, "date", "short", today)
    return text.split(words.NBSP, 1)[1] if isinstance(value, date) else text


def _spoken(value: date, year: bool = False) -> str:
    """A day as it stands in a title: 23 November."""
    return f"{value.day}{words.NBSP}{_MONTHS[value.month - 1]}" + (f"{words.NBSP}{value.year}" if year else "")


def _span(label: str) -> str:
    """A period as people say it: 2026Q4 is Q4 2026."""
    return words.NBSP.join(part for part in sketch.split(label) if part)


def _change(figure: Figure) -> str:
    """The value of a figure that is a difference, with its sign."""
    return words.change(figure.value, figure.unit, "short")


def _amount(minor: int, currency: str, style: words.Style = "short") -> str:
    """Minor units as an amount."""
    return words.words(Money(minor, currency), "money", style)


def _monthly(value: date) -> str:
    """The month of a day as it stands in a table: Oct 2026."""
    return f"{_MONTHS[value.month - 1][:3]}{words.NBSP}{value.year}"


def _signed(value: float, unit: Any, currency: str = "") -> str:
    """A difference with its sign; money is given in minor units."""
    return words.change(Money(int(value), currency) if unit == "money" else value, unit, "short")


def _full(value: Any, unit: Any = "text") -> str:
    return words.figure(value, "full") if isinstance(value, Figure) else words.words(value, unit, "full")


def _moved(after: Figure, before: Figure | None) -> str:
    """What is different, taken before rounding; nothing to say where one side is not known."""
    new, old = after.value, before.value if before else None
    if new is None or old is None:
        return words.NOTHING
    if isinstance(new, Money) or isinstance(old, Money):
        if not (isinstance(new, Money) and isinstance(old, Money) and new.currency == old.currency):
            return words.NOTHING
        return _difference(new - old, after.unit)
    return _difference(new - old, after.unit)


def _difference(value: Any, unit: Any) -> str:
    """A change in short; in full where the short form would round it to nothing."""
    text = words.change(value, unit, "short")
    hidden = words.size(value) != 0 and not any(digit in text for digit in "123456789")
    return words.change(value, unit, "full") if hidden else text


def _exact(value: Decimal, currency: str = "", cents: bool = True) -> str:
    """A sum to its last digit, as a report prints it; a count without decimals."""
    text = f"{abs(value):,.2f}" if cents or value != value.to_integral_value() else f"{abs(value):,.0f}"
    code = f"{currency}{words.NBSP}" if currency else ""
    return f"{words.MINUS if value < 0 else ''}{code}{text}"


def _size(count: float) -> str:
    """Bytes in words."""
    for power, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if count >= power:
            return f"{count / power:,.1f}{words.NBSP}{unit}"
    return f"{count:,.0f}{words.NBSP}bytes"


def _lasting(seconds: float) -> str:
    """A stretch of time in words: 12 s, 3 min 20 s."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole}{words.NBSP}s"
    return f"{whole // 60}{words.NBSP}min" + (f" {whole % 60}{words.NBSP}s" if whole % 60 else "")


def _plural(count: int, one: str, many: str = "") -> str:
    """The word for so many: row or rows."""
    return one if count == 1 else many or f"{one}s"


def _begun(text: str) -> str:
    """The same text with a capital at its head; a path, an address or a setting keeps its own."""
    first = text.partition(" ")[0]
    return text if any(mark in first.rstrip(".:,") for mark in "/._@") else text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """The text as a sentence of its own; nothing stays nothing."""
    return f"{_begun(text)}{'' if text[-1:] in ('.', '?', '') else '.'}"
