"""What becomes of a mapping when its file has changed, or a question was answered? Changed where it must be, else kept.

What a person wrote into a mapping stays: a fresh guess only adds what the mapping did not know.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any

import yaml

from saleswright.data.imports.differences import fields_set
from saleswright.data.imports.fit import columns_of
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.write import flow, scalar

Body = dict[str, Any]
_KEY = re.compile(r"^(\s*)(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s#'\"][^:]*?)\s*:(?=\s|$)")


def widened(mapping: Mapping, fresh: Body, header: Sequence[str], turned: Sequence[str]) -> tuple[Body, bool] | None:
    """(the mapping's body with what it did not know of the file, whether the file still has all that it knew).

    New columns join where they set what nothing set; a column that took the place of a lost one takes its rule;
    columns written otherwise than before get their own form. None when the file is of another kind.
    """
    old: Body = copy.deepcopy(dict(mapping.definition.body))
    if (fresh.get("entity"), fresh.get("layout", "rows")) != (mapping.entity, mapping.layout):
        return None
    have, known = set(header), columns_of(mapping)
    if any(old.get(key) and old[key] not in have for key in ("at", "field", "value")):
        return None
    columns: Body = dict(old.get("columns") or {})
    before, now = fields_set(old), fields_set(fresh)
    lost = {f: c for c, fields in before.items() if c not in have for f in fields}
    kept = {f for c, fields in before.items() if c in have for f in fields}
    renamed: dict[str, str] = {}
    for column in header:
        if column in known:
            continue
        rule, fields = (fresh.get("columns") or {}).get(column), now.get(column, ())
        origin = next((lost[f] for f in fields if f in lost and lost[f] not in renamed), "")
        beside = isinstance(rule, dict) and "with" in rule
        if origin and not beside:
            columns[column], renamed[origin] = columns[origin], column
        else:
            columns[column] = rule if fields and (beside or not set(fields) & kept) else None
    for column in turned:
        columns[column] = _written(columns[column], (fresh.get("columns") or {}).get(column), fresh.get("read") or {})
    entered = {
        **{c: s for c, s in (fresh.get("entered") or {}).items() if c not in known},
        **(old.get("entered") or {}),
    }
    columns = {c: rule for c, rule in columns.items() if c not in entered and c not in renamed}
    body = old | {"columns": columns} | ({"entered": entered} if entered else {})
    if old.get("repairs"):
        body["repairs"] = {renamed.get(c, c): table for c, table in old["repairs"].items()}
    return body, not renamed and not turned


def _written(old: Any, fresh: Any, read: Map[str, Any]) -> Any:
    """A column's rule with the order of dates and the decimal mark its values have now."""
    if isinstance(old, list):
        return [_written(one, fresh, read) for one in old]
    rule = dict(old) if isinstance(old, dict) else {"field": old}
    told = fresh if isinstance(fresh, dict) else {}
    for key in ("dates", "decimal"):
        if told.get(key) or read.get(key):
            rule[key] = told.get(key) or read[key]
    return rule


def answered(mapping: Mapping, others: Sequence[Body], said: Body) -> Body:
    """The mapping's body, changed in just what the answers decide: where a fresh guess with other answers (`others`) would
    say something else than the one with these (`said`)."""
    body: Body = copy.deepcopy(dict(mapping.definition.body))
    for key in {*said, *(k for other in others for k in other)} - {"file", "name"}:
        if all(other.get(key) == said.get(key) for other in others):
            continue
        tables = [other.get(key) or {} for other in others] + [said.get(key) or {}, body.get(key) or {}]
        if all(isinstance(table, dict) for table in tables):
            body[key] = _decided(body.get(key) or {}, tables[:-2], tables[-2])
        elif key in said:
            body[key] = said[key]
        else:
            body.pop(key, None)
    return {key: value for key, value in body.items() if value != {} or key == "columns"}


def _decided(own: Body, others: Sequence[Body], said: Body) -> Body:
    table = dict(own)
    for name in {*said, *(n for other in others for n in other)}:
        if all(name in other and name in said and other[name] == said[name] for other in others):
            continue
        if name in said:
            table[name] = said[name]
        else:
            table.pop(name, None)
    return table


def chosen(body: Body, fresh: Body, choices: Map[str, str]) -> Body:
    """The body with columns read as somebody chose: field by column, or empty for none."""
    columns, now = dict(body.get("columns") or {}), fields_set(body)
    for column, field in choices.items():
        if (field and now.get(column, ()) != (field,)) or (not field and now.get(column)):
            columns[column] = (fresh.get("columns") or {}).get(column, field) if field else None
            for other, fields in now.items():
                # Two columns cannot set one field: the one chosen does.
                if field and other != column and fields == (field,) and other not in choices:
                    columns[other] = None
    return body | {"columns": columns}


def amended_text(text: str, before: Map[str, Any], after: Map[str, Any]) -> str:
    """The definition's text with the changed lines only; comments and order stay. Empty when it cannot be done so."""
    if not isinstance(yaml.safe_load(text), dict):
        return ""
    lines: list[str] = []
    for key, block in _blocks(text.split("\n"), 0):
        if not key or key not in before or (key in after and before[key] == after[key]):
            lines += block
        elif key in after:
            lines += _changed(key, block, before[key], after[key])
    while lines and not lines[-1].strip():
        lines.pop()
    for key in after:
        if key not in before:
            lines += _changed(key, [], {}, after[key])
    found = "\n".join(lines) + "\n"
    try:
        read = yaml.safe_load(found)
    except yaml.YAMLError:
        return ""
    same = {k: v for k, v in read.items() if k not in ("kind", "name", "doc", "from", "to")}
    return found if same == dict(after) else ""


def _changed(key: str, block: Sequence[str], before: Any, after: Any) -> list[str]:
    if not isinstance(after, dict):
        return [f"{key}: {flow(after)}"]
    opened = block[:1] or [f"{key}:"]
    if block and block[0].partition("#")[0].rstrip() != f"{key}:":
        return [f"{key}:", *(f"  {scalar(str(k))}: {flow(v)}" for k, v in after.items())]
    lines, seen = list(opened), set()
    for name, inner in _blocks(block[1:], 2):
        if not name:
            lines += inner
            continue
        seen.add(name)
        if name in after and isinstance(before, dict) and before.get(name) == after[name]:
            lines += inner
        elif name in after:
            lines.append(f"  {scalar(name)}: {flow(after[name])}")
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return lines + [f"  {scalar(str(k))}: {flow(v)}" for k, v in after.items() if str(k) not in seen]


def _blocks(lines: Sequence[str], indent: int) -> list[tuple[str, list[str]]]:
    """The lines in blocks, each under its key at this depth; what stands before the first key has none."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        match = _KEY.match(line)
        if match and len(match[1]) == indent and not line.lstrip().startswith("#"):
            found.append((str(yaml.safe_load(match[2])), [line]))
        else:
            found[-1][1].append(line)
    return found
