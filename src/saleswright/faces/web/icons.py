"""Small drawings for the rail and the checks: path data on a 16 by 16 field, drawn in the text's own colour."""

from __future__ import annotations

ICONS = {
    "home": "M2.5 7.5 8 3l5.5 4.5M4 6.8V13h3v-3.4h2V13h3V6.8",
    "review": "M3 4h10M3 8h6M3 12h4M10.5 11.5 12 13l2.5-3.5",
    "pipeline": "M2.5 4h11M4.5 8h7M6.5 12h3",
    "forecast": "M2.5 12.5 6 8.5l2.5 2 5-6M13.5 8V4.5H10",
    "flow": "M2.5 4.5c4 0 7 7 11 7M2.5 11.5c4 0 7-7 11-7",
    "performance": "M3 11.5a5.5 5.5 0 1 1 10 0M8 9.5l2.5-3",
    "kpis": "M3 13V8.5M6.3 13V3.5M9.7 13V7M13 13v-2.5",
    "map": "M2.5 4 6 2.8l4 1.4 3.5-1.2v9L10 13.2l-4-1.4L2.5 13zM6 2.8v9M10 4.2v9",
    "quota": "M8 13V4M4.5 7 8 3.5 11.5 7M4 13h8",
    "pay": (
        "M8 2.5v11M11 5c-.6-.9-1.7-1.3-3-1.3-1.7 0-3 .7-3 2.1 0 3 6 1.4 6 4.4 0 1.4-1.3 2.1-3 2.1-1.4 0-2.5-.5-3.2-1.5"
    ),
    "plan": "M2.5 5h9.5M9.5 2.5 12 5 9.5 7.5M13.5 11H4M6.5 8.5 4 11l2.5 2.5",
    "portfolio": "M2.5 5.5h11V13h-11zM6 5.5V3.5h4v2",
    "inbox": "M2.5 9.5 4 3.5h8l1.5 6V13h-11zM2.5 9.5H6l.8 1.5h2.4l.8-1.5h3.5",
    "routing": "M3 3v5.5h9.5M10 6l2.5 2.5L10 11",
    "sources": "M3 4.5c0-2 10-2 10 0s-10 2-10 0v7c0 2 10 2 10 0v-7M3 8c0 2 10 2 10 0",
    "health": "M2 8.5h3l1.5-4 3 7 1.5-3h3",
    "hygiene": "M3 13 10 6M9 3l.6 1.6L11.2 5.2 9.6 5.8 9 7.4M12.5 8l.4 1.1 1.1.4-1.1.4-.4 1.1",
    "schema": "M3 3h4v3H3zM9 10h4v3H9zM5 6v2.5h6V10",
    "audit": "M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2",
    "list": "M3 4h1M3 8h1M3 12h1M6.5 4H13M6.5 8H13M6.5 12H13",
    "drop": "M8 2.5v7M5 6.8 8 9.8l3-3M2.5 10v3.5h11V10",
    "find": "M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M10.2 10.2 13.5 13.5",
    "check": "M3 8.5 6.5 12 13 4.5",
    "page": "M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9",
}
"""Path data by name. A page names one; an unknown name is drawn as `page`."""


def icon(name: str) -> str:
    """The drawing of that name."""
    return ICONS.get(name, ICONS["page"])
