"""What was already answered? Rendered bytes, kept for questions whose state is known, and handed out unchanged."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

HTML = "text/html; charset=utf-8"
JSON = "application/json"
CSV = "text/csv; charset=utf-8"

_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A body with its kind; equal bytes have equal tags."""

    body: bytes
    media: str = HTML
    status: int = 200
    name: str = ""
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"')

    def response(self, request: Request) -> Response:
        """The whole answer, or 304 when the browser holds the same bytes already."""
        headers = {"cache-control": "private, no-cache", "etag": self.tag, "vary": "HX-Request"}
        if self.status != 200:
            return Response(self.body, self.status, {"cache-control": "no-store"}, media_type=self.media)
        held = request.headers.get("if-none-match", "")
        if held and (held.strip() == "*" or self.tag in (tag.strip().removeprefix("W/") for tag in held.split(","))):
            return Response(status_code=304, headers=headers)
        if self.name:
            headers["content-disposition"] = f'attachment; filename="{self.name}"'
        return Response(self.body, 200, headers, media_type=self.media)


class Answers:
    """The answers kept, up to a number of bytes; the least recently used goes first."""

    def __init__(self, limit: int = _BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, key: Hashable) -> Answer | None:
        """The answer under this key."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer."""
        if answer.status != 200 or len(answer.body) > self._limit // 8:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += len(answer.body) - (len(before.body) if before else 0)
            self._kept[key] = answer
            while self._size > self._limit:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.body)
