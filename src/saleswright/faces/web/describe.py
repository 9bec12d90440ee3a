"""What does the published description of the addresses say? The same facts the registry holds, and no others."""

from __future__ import annotations

import re
from typing import Any

from saleswright.faces.export import MEDIA
from saleswright.faces.web.ask import AMBIENT
from saleswright.faces.web.once import FIELD as KEY
from saleswright.faces.web.once import HEADER as KEY_HEADER
from saleswright.faces.web.tokens import FIELD as TOKEN
from saleswright.faces.web.tokens import HEADER as TOKEN_HEADER
from saleswright.kernel.action import Action, Param

_IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")
_AMBIENT_HELP = {
    "asof": "the moment to answer for, such as 2026-11-23; left out: now",
    "known": "what was known by this moment; left out: all that is known",
    "scope": "a narrower circle of rows, such as team:West; left out: everything the asker may see",
    "snap": "the state of the record, such as r12.j0; left out: the newest",
    "currency": "the currency to report in; left out: the workspace's own",
}
_REFUSALS = {
    "400": "the question cannot be answered as asked",
    "403": "the asker may not see this",
    "404": "a name is not known",
    "410": "the state this number was made from is gone",
}


_NOT_DONE = {
    "409": "it was decided before, its value has moved, or other work is in its way; nothing was done",
    "422": "the key came before with another body; nothing was done",
}
_SENT = tuple(
    {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
    for name, words in (
        (TOKEN_HEADER, "the token, instead of the field; a program on this machine reads it in .saleswright/token"),
        (KEY_HEADER, "this sending's own key, instead of the field; 8 to 200 plain characters, kept for a day"),
        ("accept", "application/json answers the envelope at once, where the address is an action's"),
    )
)


def operation_id(path: str, method: str = "GET") -> str:
    """A stable name for programs: /a/measure.json -> get_a_measure_json."""
    return f"{method.lower()}_" + (re.sub(r"\W+", "_", _IN_PATH.sub(r"\1", path)).strip("_") or "home")


def page(path: str, ambient: bool = True) -> dict[str, Any]:
    """A page: the names in its path, and what stands round every call (nothing does round a page of the desk)."""
    return {"parameters": [*_path_params(path), *(_ambient() if ambient else ())], "responses": _refusals(html=True)}


def form(path: str, kind: str, action: Action | None = None) -> dict[str, Any]:
    """A form that is sent: the token of the page it stands on, and the fields."""
    fields: dict[str, Any] = {
        TOKEN: {"type": "string", "description": "the token of the page the form stands on"},
        KEY: {"type": "string", "description": "this sending's own key: sent again it is not done again"},
    }
    needed = [TOKEN]
    for param in action.params if action else ():
        fields[param.flag] = _param(param)["schema"]
        needed += [param.flag] if param.required else []
    schema = {"type": "object", "properties": fields, "required": needed}
    parameters = [*_path_params(path), *_SENT]
    responses = {"303": {"description": "done, or being done: where to look"}, **_refusals(html=True)}
    responses |= {code: {"description": words} for code, words in _NOT_DONE.items()}
    if action is not None:
        responses |= _answers("json") | _refusals(html=False)
        del responses["304"]
        content = responses["200"]["content"]
        responses |= {code: {"description": words, "content": content} for code, words in _NOT_DONE.items()}
    return {
        "parameters": parameters,
        "requestBody": {"required": True, "content": {kind: {"schema": schema}}},
        "responses": responses,
    }


def deed(item: Action) -> dict[str, Any]:
    """The page on which something is done: its arguments, filled in beforehand."""
    given = [{**_param(param), "required": False} for param in item.params]
    return {"parameters": given, "responses": _refusals(html=True), "description": item.doc}


def action(item: Action, form: str) -> dict[str, Any]:
    """A question: its parameters as the registry has them."""
    return {
        "parameters": [*(_param(param) for param in item.params), *_ambient()],
        "responses": {**_answers(form), **_refusals(form == "html")},
        "description": item.doc,
    }


def number(form: str) -> dict[str, Any]:
    """A figure by its reference, which says everything; only the page of rows is asked beside it."""
    asked: list[dict[str, Any]] = [
        {"name": "page", "in": "query", "description": "page of rows", "schema": {"type": "integer", "minimum": 1}}
    ]
    if form == "html":
        tabs = ["rows", "formula", "history", "excluded"]
        asked.append({"name": "tab", "in": "query", "schema": {"type": "string", "enum": tabs}})
    return {
        "parameters": [*_path_params("/n/{ref}"), *asked],
        "responses": {**_answers(form), **_refusals(form == "html")},
    }


def static() -> dict[str, Any]:
    """A file of the product."""
    return {"parameters": _path_params("/static/{hash}/{name}")}


def plain(path: str) -> str:
    """A path as OpenAPI writes it: /n/{ref:path} -> /n/{ref}."""
    return _IN_PATH.sub(r"{\1}", path)


def _answers(form: str) -> dict[str, Any]:
    content: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
    if form == "json":
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}}
    elif form == "csv":
        content = {"text/csv": {"schema": {"type": "string"}}}
    elif form in MEDIA:
        content = {MEDIA[form].partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}
    return {"200": {"description": "the answer", "content": content}, "304": {"description": "unchanged"}}


def _refusals(html: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}}
    if html:
        content = {"text/html": {"schema": {"type": "string"}}}
    return {code: {"description": words, "content": content} for code, words in _REFUSALS.items()}


def _path_params(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _IN_PATH.findall(path)
    ]


def _ambient() -> list[dict[str, Any]]:
    return [
        {"name": key, "in": "query", "description": _AMBIENT_HELP[key], "schema": {"type": "string"}} for key in AMBIENT
    ]


def _param(param: Param) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "flag": {"type": "boolean"},
        "int": {"type": "integer"},
        "words": {"type": "array", "items": {"type": "string"}},
        "pairs": {"type": "array", "items": {"type": "string", "pattern": "="}},
    }
    schema = dict(kinds.get(param.arg.kind, {"type": "string"}))
    if not param.required and param.default not in (None, "", ()):
        schema["default"] = param.default
    return {
        "name": param.flag,
        "in": "query",
        "required": param.required,
        "description": param.arg.help,
        "schema": schema,
    }
