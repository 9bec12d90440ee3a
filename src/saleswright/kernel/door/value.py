"""How is a value kept in a line, so that it is the same value when it is read again? As JSON with its type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from saleswright.lib.money import Money

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def packed(value: Any) -> str:
    """One text for one value: equal values give equal texts."""
    return _encode(_tagged(value))


def unpacked(text: str) -> Any:
    """The value again: text, number, bool, date, moment (UTC with zone), Money, None, or a mapping or list of these."""
    return _value(json.loads(text))


def _tagged(value: Any) -> Any:
    if isinstance(value, Money):
        return {"money": [value.minor, value.currency]}
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return {"moment": moment.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Mapping):
        return {"fields": {str(key): _tagged(one) for key, one in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_tagged(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a number of a table that has no whole ones: 7.0 is 7
    return value


def _value(held: Any) -> Any:
    if isinstance(held, list):
        return [_value(one) for one in held]
    if not isinstance(held, dict):
        return held
    ((tag, inner),) = held.items()
    if tag == "money":
        return Money(inner[0], inner[1])
    if tag == "moment":
        return datetime.fromisoformat(inner)
    if tag == "date":
        return date.fromisoformat(inner)
    return {key: _value(one) for key, one in inner.items()}
