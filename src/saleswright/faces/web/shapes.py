"""What do the charts look like? Vega-Lite specifications, built once each by Altair; data is put in later, as values.

No text of a user is ever part of a specification: field names come from here, colours are the tokens' names, so that a
theme or the printer swaps them without a redraw. Altair takes half a second to import and is never on a request's path
once `warm` has run.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any, Literal, get_args

Kind = Literal["trend", "columns", "rows", "bars", "stairs", "steps", "ribbons"]

HEIGHT = 236
"""Height of the plotting area of charts over time, in pixels."""

STEP = 34
"""Height of one member's row."""

LOW_STEP = 26
"""Height of one step's row, where a bridge lies on its side."""

FIELDS = frozenset(
    "order of wide label count at text value low high lower upper centre state value_label verdict "
    "tip_value tip_range tip_n base ref under level to along start end side".split()
)
"""Every field a specification may name."""

_FONT = "Inter, system-ui, sans-serif"
_LABELS = 98
_SIDES = "(width < 520 ? 92 : 168)"
_VALUES = 78
_ROOM = {"left": "(width < 460 ? 104 : 150)", "right": "(width < 460 ? 64 : 196)"}


def warm() -> None:
    """Build every shape now, away from a request."""
    for kind in get_args(Kind):
        shape(kind)


@cache
def shape(kind: Kind) -> dict[str, Any]:
    """One specification without data. Callers copy before they fill it."""
    # Altair looks for pandas among the loaded modules; one that another thread has half loaded would trip it.
    importlib.import_module("pandas")
    built = {
        "trend": _trend,
        "columns": _columns,
        "rows": _rows,
        "bars": _bars,
        "stairs": _stairs,
        "steps": _steps,
        "ribbons": _ribbons,
    }[kind]()
    spec: dict[str, Any] = built.to_dict()
    for key in ("$schema", "usermeta", "datasets", "data"):
        spec.pop(key, None)
    spec["config"] = {"view": {"stroke": None}, "background": None, "font": _FONT, "aria": False}
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["width"] = "container"
    return spec


def _data(name: str) -> Any:
    import altair as alt

    return alt.Chart(alt.NamedData(name))


def _x(field: str) -> Any:
    import altair as alt

    return alt.X(f"{field}:Q", axis=None)


def _y(field: str) -> Any:
    import altair as alt

    return alt.Y(f"{field}:Q", axis=None)


def _tips(value: str) -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("label:N", title="title"),
        alt.Tooltip("tip_value:N", title=value),
        alt.Tooltip("tip_range:N", title="8 in 10 range"),
        alt.Tooltip("tip_n:N", title="rows"),
    ]


def _text(name: str, **mark: Any) -> Any:
    return _data(name).mark_text(**({"fontSize": 12, "color": "var(--ink-2)", "baseline": "middle"} | mark))


def _over_time() -> tuple[Any, Any, list[Any], list[Any]]:
    """The parts all charts over time share: x, y, the grid below, the names under the axis."""
    import altair as alt

    x = alt.X("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    domain = alt.Scale(domain=[alt.ExprRef("lo"), alt.ExprRef("hi")], nice=False, zero=False)
    y = alt.Y("at:Q", axis=None, scale=domain)
    grid = [
        _data("ticks").mark_rule(color="var(--line)", strokeDash=[2, 3]).encode(y=y),
        _text("ticks", align="right", dx=-10, color="var(--ink-3)").encode(x=alt.value(0), y=y, text="text:N"),
    ]
    # As many names as there is room for, counted back from the last.
    fits = "(datum.of - 1 - datum.order) % ceil(datum.of * datum.wide / width) == 0"
    names = [
        _text("names").encode(x=x, y=alt.value(HEIGHT + 18), text="label:N").transform_filter(fits),
        _text("names", color="var(--ink-3)")
        .encode(x=x, y=alt.value(HEIGHT + 34), text="count:N")
        .transform_filter(fits),
        _text("corner", align="right", dx=-10, color="var(--ink-3)").encode(
            x=alt.value(0), y=alt.value(HEIGHT + 34), text="text:N"
        ),
    ]
    return x, y, grid, names


def _layer(parts: list[Any], height: int | None) -> Any:
    import altair as alt

    size = {} if height is None else {"height": height}
    low, high = alt.param(name="lo", value=0), alt.param(name="hi", value=1)
    return alt.layer(*parts, **size).add_params(low, high)


def _trend() -> Any:
    """Dots with 8 in 10 ranges over time, the limits of normal wobble behind them."""
    import altair as alt

    x, _, grid, names = _over_time()
    first, last = alt.X("order:O", bandPosition=0, axis=None), alt.X2("order", bandPosition=1)
    edge = {"color": "var(--line-strong)", "strokeDash": [3, 3]}
    hollow = (
        alt.when("datum.state == 'partial'")
        .then(alt.value("var(--surface)"))
        .when("datum.state == 'out'")
        .then(alt.value("var(--d-down)"))
        .otherwise(alt.value("var(--d-won)"))
    )
    ring = alt.condition("datum.state == 'out'", alt.value("var(--d-down)"), alt.value("var(--d-won)"))
    parts = [
        _data("limits").mark_bar(width={"band": 1}, color="var(--surface-2)").encode(x=x, y=_y("lower"), y2="upper:Q"),
        *grid,
        _data("limits").mark_rule(**edge).encode(x=first, x2=last, y=_y("lower")),
        _data("limits").mark_rule(**edge).encode(x=first, x2=last, y=_y("upper")),
        _data("limits").mark_rule(color="var(--ink-3)").encode(x=first, x2=last, y=_y("centre")),
        _data("ranges")
        .mark_bar(size=13, cornerRadius=2, color="var(--d-won)", opacity=0.26)
        .encode(x=x, y=_y("low"), y2="high:Q"),
        _data("dots").mark_line(color="var(--d-won)", strokeWidth=1.75).encode(x=x, y=_y("value")),
        _data("dots")
        .mark_point(filled=True, size=62, opacity=1, strokeWidth=2, cursor="pointer")
        .encode(x=x, y=_y("value"), fill=hollow, stroke=ring, tooltip=_tips("value")),
        _text("edges", align="left", dx=8).encode(x=first, y=_y("at"), text="text:N"),
        _text("tags", fontWeight=600, color="var(--ink)").encode(x=x, y=_y("at"), text="value_label:N"),
        *names,
    ]
    return _layer(parts, HEIGHT)


def _columns() -> Any:
    """Plain columns over time, for counts and money."""
    import altair as alt

    x, _, grid, names = _over_time()
    fill = alt.condition("datum.state == 'partial'", alt.value(0.45), alt.value(1))
    parts = [
        *grid,
        _data("dots")
        .mark_bar(
            cornerRadiusTopLeft=2, cornerRadiusTopRight=2, width={"band": 0.64}, color="var(--d-won)", cursor="pointer"
        )
        .encode(x=x, y=_y("value"), y2="base:Q", opacity=fill, tooltip=_tips("value")),
        _data("zero").mark_rule(color="var(--line-strong)").encode(y=_y("at")),
        _text("tags", fontWeight=600, color="var(--ink)").encode(x=x, y=_y("at"), text="value_label:N"),
        *names,
    ]
    return _layer(parts, HEIGHT)


def _by_member(middle: list[Any], count_dx: int) -> Any:
    import altair as alt

    y = alt.Y("order:O", axis=None)
    domain: Any = [alt.ExprRef("lo"), alt.ExprRef("hi")]
    between: Any = [alt.ExprRef(_ROOM["left"]), alt.ExprRef(f"width - {_ROOM['right']}")]
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=domain, range=between, nice=False, zero=False))
    wide = "width >= 460"
    right = alt.value(alt.ExprRef(f"width - {_ROOM['right']} + 58"))
    parts = [
        _data("ticks").mark_rule(color="var(--line)", strokeDash=[2, 3]).encode(x=x),
        _text("ticks", color="var(--ink-3)").encode(x=x, y=alt.value(alt.ExprRef("height + 14")), text="text:N"),
        *middle,
        _text(
            "rows", align="left", fontWeight=600, color="var(--ink)", limit=alt.ExprRef(f"{_ROOM['left']} - 8")
        ).encode(x=alt.value(0), y=y, text="label:N"),
        _text("rows", align="right", fontWeight=600, color="var(--ink)").encode(x=right, y=y, text="value_label:N"),
        _text("rows", align="left", dx=count_dx, color="var(--ink-3)")
        .encode(x=right, y=y, text="count:N")
        .transform_filter(wide),
        _text("rows", align="right", fontWeight=600, color="var(--accent-ink)")
        .encode(x=alt.value(alt.ExprRef("width")), y=y, text="verdict:N")
        .transform_filter(wide),
    ]
    return _layer(parts, None)


def _rows() -> Any:
    """A dot and its 8 in 10 range per member, the whole as a line."""
    import altair as alt

    y = alt.Y("order:O", axis=None)
    bar = alt.condition("datum.state == 'same'", alt.value("var(--d-neutral)"), alt.value("var(--d-won)"))
    dim = alt.condition("datum.state == 'same'", alt.value(0.72), alt.value(0.34))
    dot = alt.condition("datum.state == 'same'", alt.value("var(--ink-2)"), alt.value("var(--d-won)"))
    return _by_member(
        [
            _data("ranges")
            .mark_bar(height=13, cornerRadius=2)
            .encode(y=y, x=_x("low"), x2="high:Q", color=bar, opacity=dim),
            _data("whole").mark_rule(color="var(--ink)", strokeDash=[3, 3], strokeWidth=1.25).encode(x=_x("at")),
            _data("dots")
            .mark_point(filled=True, size=62, opacity=1, cursor="pointer")
            .encode(y=y, x=_x("value"), color=dot, tooltip=_tips("value")),
        ],
        10,
    )


def _bars() -> Any:
    """One plain bar per member, for counts and money."""
    import altair as alt

    y = alt.Y("order:O", axis=None)
    return _by_member(
        [
            _data("dots")
            .mark_bar(
                height=16, cornerRadiusTopRight=2, cornerRadiusBottomRight=2, color="var(--d-won)", cursor="pointer"
            )
            .encode(y=y, x=_x("base"), x2="value:Q", tooltip=_tips("value")),
        ],
        10,
    )


def _toned() -> Any:
    """The colour of a step: ends as levels, the rest by what happened."""
    import altair as alt

    return (
        alt.when("datum.state == 'end'")
        .then(alt.value("var(--d-total)"))
        .when("datum.state == 'won'")
        .then(alt.value("var(--d-won)"))
        .when("datum.state == 'lost'")
        .then(alt.value("var(--d-lost)"))
        .when("datum.state == 'good'")
        .then(alt.value("var(--d-up)"))
        .when("datum.state == 'bad'")
        .then(alt.value("var(--d-down)"))
        .otherwise(alt.value("var(--d-neutral)"))
    )


def _step_tips() -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("label:N", title="title"),
        alt.Tooltip("tip_value:N", title="amount"),
        alt.Tooltip("tip_n:N", title="count"),
    ]


def _stairs() -> Any:
    """A bridge upright: each step hangs where the one before it ended, amount and count above it."""
    import altair as alt

    x, _, grid, _ = _over_time()
    next_x = alt.X2("to", bandPosition=0.2)
    start = alt.X("order:O", axis=None, bandPosition=0.8)
    side: Any = alt.ExprRef("pow(bandwidth('x') * 0.62, 2)")
    under = _text("dots").encode(x=x, y=alt.value(HEIGHT + 18), text="label:N")
    parts = [
        *grid,
        _data("links").mark_rule(color="var(--line-strong)").encode(x=start, x2=next_x, y=_y("level")),
        _data("dots")
        .mark_bar(width={"band": 0.62}, cornerRadius=1.5, cursor="pointer")
        .encode(x=x, y=_y("lower"), y2="upper:Q", color=_toned(), tooltip=_step_tips()),
        # Two strokes of the ground through the foot: here a part of the bar is left out.
        _data("cuts")
        .mark_point(shape="M-1,0.18L0,-0.18L1,0.18", filled=False, size=side, opacity=1, stroke="var(--surface)")
        .encode(x=x, y=_y("at"), strokeWidth=alt.value(3)),
        _text("dots", fontWeight=600, color="var(--ink)", dy=-23).encode(x=x, y=_y("upper"), text="value_label:N"),
        _text("dots", dy=-9).encode(x=x, y=_y("upper"), text="count:N"),
        under,
        _text("dots").encode(x=x, y=alt.value(HEIGHT + 33), text="under:N"),
    ]
    return _layer(parts, HEIGHT)


def _steps() -> Any:
    """The same bridge on its side, for a narrow screen: names left, amounts right."""
    import altair as alt

    y = alt.Y("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    domain: Any = [alt.ExprRef("lo"), alt.ExprRef("hi")]
    between: Any = [_LABELS, alt.ExprRef(f"width - {_VALUES}")]
    x = alt.X("lower:Q", axis=None, scale=alt.Scale(domain=domain, range=between, nice=False, zero=False))
    start = alt.Y("order:O", axis=None, bandPosition=0.77)
    parts = [
        _data("links")
        .mark_rule(color="var(--line-strong)")
        .encode(x=_x("level"), y=start, y2=alt.Y2("to", bandPosition=0.23)),
        _data("dots")
        .mark_bar(height={"band": 0.54}, cornerRadius=1.5, cursor="pointer")
        .encode(x=x, x2="upper:Q", y=y, color=_toned(), tooltip=_step_tips()),
        _data("cuts")
        .mark_point(shape="M0.18,-1L-0.18,0L0.18,1", filled=False, size=LOW_STEP * LOW_STEP * 0.3, opacity=1)
        .encode(x=_x("at"), y=y, strokeWidth=alt.value(3), stroke=alt.value("var(--surface)")),
        _text("dots", align="left", limit=_LABELS - 6).encode(x=alt.value(0), y=y, text="text:N"),
        _text("dots", align="right", fontWeight=600, color="var(--ink)").encode(
            x=alt.value(alt.ExprRef("width")), y=y, text="value_label:N"
        ),
    ]
    return _layer(parts, None)


def _ribbons() -> Any:
    """From places on the left to places on the right: a bar for each place, a ribbon for each way, names outside."""
    import altair as alt

    room = _SIDES
    domain: Any = [0, 1]
    between: Any = [alt.ExprRef(room), alt.ExprRef(f"width - {room}")]
    x = alt.X("along:Q", axis=None, scale=alt.Scale(domain=domain, range=between, nice=False, zero=False))
    depth: Any = [alt.ExprRef("hi"), alt.ExprRef("lo")]
    y = alt.Y("lower:Q", axis=None, scale=alt.Scale(domain=depth, nice=False, zero=False))
    tips = [
        alt.Tooltip("label:N", title="title"),
        alt.Tooltip("tip_value:N", title="amount"),
        alt.Tooltip("tip_n:N", title="count"),
    ]
    parts = [
        _data("dots")
        .mark_area(opacity=0.42, cursor="pointer", interpolate="monotone")
        .encode(x=x, y=y, y2="upper:Q", detail="order:N", fill=_toned(), tooltip=tips),
        _data("places")
        .mark_rect(cornerRadius=1.5)
        .encode(x=_x("start"), x2="end:Q", y=_y("lower"), y2="upper:Q", fill=_toned()),
    ]
    for side, align, place in (("left", "left", alt.value(0)), ("right", "right", alt.value(alt.ExprRef("width")))):
        only = f"datum.side == '{side}'"
        named: dict[str, Any] = {"align": align, "limit": alt.ExprRef(f"{room} - 10")}
        parts += [
            _text("places", fontWeight=600, color="var(--ink)", dy=-8, **named)
            .encode(x=place, y=_y("at"), text="label:N")
            .transform_filter(only),
            _text("places", dy=8, **named).encode(x=place, y=_y("at"), text="value_label:N").transform_filter(only),
        ]
    return _layer(parts, None)
