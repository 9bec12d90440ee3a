"""What does an address ask? Everything that changes what is seen is in the path and the query, nothing in a cookie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

from saleswright.kernel.action import Action
from saleswright.kernel.call import Ambient
from saleswright.kernel.reference import Reference
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Issue, Stop, unknown

AMBIENT = {"asof": "as_of", "known": "known", "scope": "scope", "snap": "snap", "currency": "currency"}
"""Query keys that stand round every call, and the field of `Ambient` each one fills."""

FACE = ("page", "tab")
"""Query keys of the face itself: which page of rows, which tab of the drawer."""

Query = list[tuple[str, str]]

_KEPT = re.compile(r"[0-9a-f]{32}")


def ambient(request: Request, actor: str) -> Ambient:
    """The moment, state, scope and currency the query asks for."""
    fields = {field: request.query_params.get(key, "").strip() for key, field in AMBIENT.items()}
    return Ambient(actor=actor, **fields)


def ambient_of(reference: Reference, actor: str) -> Ambient:
    """The frame a figure was made in: its reference says all of it."""
    return Ambient(
        actor=actor,
        as_of=reference.as_of,
        known=reference.known,
        scope=reference.scope,
        snap=f"r{reference.release}.j{reference.journal}",
        currency=reference.currency,
    )


def carried(request: Request) -> Query:
    """The ambient part of the query, for links that must not lose it."""
    return [(key, value) for key, value in request.query_params.multi_items() if key in AMBIENT and value]


def page_args(request: Request) -> dict[str, str]:
    """Arguments of a hero page: what its path and the rest of the query say. Of a repeated key the last one counts."""
    args = {key: value for key, value in request.query_params.multi_items() if key not in AMBIENT and value}
    return args | {key: str(value) for key, value in request.path_params.items()}


def wanted(request: Request) -> Literal["html", "json"]:
    """In which form is a sending answered? A program says that it takes JSON; a browser takes pages."""
    accepted = request.headers.get("accept", "")
    return "json" if "application/json" in accepted and "text/html" not in accepted else "html"


def action_args(request: Request, action: Action) -> dict[str, str | list[str]]:
    """Arguments of an action by its parameters' names; keys that are not one of its own are kept to be refused."""
    lists = {name for p in action.params if p.arg.kind in ("pairs", "words") for name in (p.name, p.flag)}
    paths = {name for p in action.params if p.arg.kind == "path" for name in (p.name, p.flag)}
    args: dict[str, str | list[str]] = {}
    for key, value in request.query_params.multi_items():
        if key in AMBIENT or not value.strip():
            continue
        if key in paths and not _brought(value):
            raise Stop(no_files(key), exit_code=NOT_ALLOWED)
        if key in lists:
            args[key] = [*args.get(key, []), value]
        else:
            args[key] = value
    return args


def _brought(value: str) -> bool:
    """Does it stand for what the asker brought: rows of their own, or the key of a file that was dropped here?"""
    return "\n" in value.strip() or _KEPT.fullmatch(value.strip()) is not None


def no_files(key: str) -> Issue:
    """The refusal of a path: whoever reads a page is not to read the machine that serves it."""
    return Issue(
        key,
        "an address reads no files of the machine that serves it",
        "so a path means nothing here, whether there is such a file or not",
        "drop the file on its page and use the link that gives, or name the path on the command line",
        code="no-paths",
    )


def page_number(request: Request) -> int:
    """Which page of rows? Counted from 1. Stop (usage) for anything but a whole number of at least 1."""
    text = request.query_params.get("page", "1") or "1"
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 9):
        raise Stop(unknown("page", text, ["1", "2", "3"], where="page"), exit_code=USAGE)
    return int(text)


def address(path: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """A path with a query, safe inside a link."""
    text = urlencode([(key, value) for key, value in query if value != ""], quote_via=quote, safe=":,.-_/")
    return f"{path}?{text}" if text else path


def number(ref: str, suffix: str = "") -> str:
    """Where a figure opens. Slashes are encoded too: a member named `..` must not walk up the path."""
    return f"/n/{quote(ref, safe='@;=,:')}{suffix}"


def reference(request: Request, suffix: str = "") -> str:
    """The reference in the path, decoded exactly once: a member may itself hold percent signs."""
    raw = request.scope.get("raw_path")
    if not raw:
        return str(request.path_params["ref"])
    path = raw.split(b"?")[0].decode("latin-1")
    return unquote(path.partition("/n/")[2]).removesuffix(suffix)


def changed(query: Mapping[str, str] | Query, **changes: str) -> Query:
    """The query with some keys set anew; an empty text removes one."""
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
    kept = [(key, value) for key, value in pairs if key not in changes]
    return kept + [(key, value) for key, value in changes.items() if value]
