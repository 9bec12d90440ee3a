"""What does a form bring? Plain fields in memory within a limit, files straight to disk, nothing before its token is known."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from saleswright.faces.web import once
from saleswright.faces.web.names import file_name, unlike
from saleswright.faces.web.tokens import FIELD, HEADER
from saleswright.kernel.chapter import Sent
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Issue, Stop

PLAIN = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
MOST_FIELDS = 2 * 1024 * 1024
MOST_FILES = 2 * 1024**3
MOST_PARTS = 500
ROOM = 512 * 1024**2
"""What must stay free on the disk after the files were written."""

PASTED = "pasted"
"""The field of text pasted from a spreadsheet: too long to hold, so it is written as a file too."""

_LOOK = 32 * 1024**2
_DRAIN = 8 * MOST_FILES

Good = Callable[[str], bool]


async def plain(request: Request, good: Good) -> Sent:
    """The fields of a form without files. Stop for another kind of body, too long a one, a token that is not ours."""
    if _kind(request) != PLAIN:
        raise other_kind(PLAIN)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FIELDS:
            raise _too_long("the form", MOST_FIELDS)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20_000)
    except (UnicodeDecodeError, ValueError):
        raise _unreadable() from None
    fields: dict[str, list[str]] = {}
    for key, value in pairs:
        fields.setdefault(key, []).append(value)
    token = request.headers.get(HEADER) or next(iter(fields.get(FIELD, [])), "")
    if not good(token):
        raise stranger()
    return _sent(request, fields, hashlib.blake2b(digest_size=16))


async def parts(request: Request, good: Good, folder: Callable[[], Path]) -> Sent:
    """A form with files, which are written to the folder as they arrive. Nothing stays behind when it is refused."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind.decode("latin-1") != PARTS or not boundary:
        raise other_kind(PARTS)
    reader = _Reader(boundary, good, request.headers.get(HEADER, ""), folder, _length(request))
    seen = 0
    try:
        async for chunk in request.stream():
            seen += len(chunk)
            if reader.refusal is None:
                await run_in_threadpool(reader.write, chunk)
            elif seen > _DRAIN:
                break
        if reader.refusal is None:
            await run_in_threadpool(reader.end)
    except ClientDisconnect:
        reader.drop()
        raise
    except BaseException:
        reader.drop()
        raise
    if reader.refusal is not None:
        # A browser shows an answer only after it could send everything, so what came was heard out and thrown away.
        reader.drop()
        raise reader.refusal
    try:
        return _sent(request, reader.fields, reader.brought, reader.place)
    except Stop:
        reader.drop()
        raise


@dataclass
class _Reader:
    """One multipart body on its way to disk."""

    boundary: bytes
    good: Good
    token: str
    make: Callable[[], Path]
    length: int
    place: Path | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)
    refusal: Stop | None = None
    _parser: MultipartParser = field(init=False)
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _header: list[bytes] = field(default_factory=lambda: [b"", b""])
    _name: str = ""
    _out: BinaryIO | None = None
    _text: bytearray | None = None
    _taken: set[str] = field(default_factory=set)
    _parts: int = 0
    _written: int = 0
    _held: int = 0
    _looked: int = 0
    _whole: bool = False
    brought: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def __post_init__(self) -> None:
        self._parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._note(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._note(1, data[start:end]),
                "on_header_end": self._header_done,
                "on_headers_finished": self._open,
                "on_part_data": lambda data, start, end: self._data(data[start:end]),
                "on_part_end": self._close,
                "on_end": self._finish,
            },
        )
        if self.length > MOST_FILES + MOST_FIELDS:
            self.refusal = _too_long("what was dropped", MOST_FILES)
        elif self.token and not self.good(self.token):
            self.refusal = stranger()

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except MultipartParseError:
            self.refusal = _unreadable()
        except Stop as stop:
            self.refusal = stop

    def end(self) -> None:
        if not self._whole:
            self.refusal = _unreadable()
        elif not self._trusted():
            self.refusal = stranger()

    def drop(self) -> None:
        """Leave nothing of it on the disk."""
        if self._out is not None:
            self._out.close()
            self._out = None
        if self.place is not None:
            shutil.rmtree(self.place, ignore_errors=True)

    def _trusted(self) -> bool:
        return bool(self.token) and self.good(self.token)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _too_many()
        self._headers, self._header, self._name = {}, [b"", b""], ""

    def _note(self, which: int, data: bytes) -> None:
        self._header[which] += data

    def _header_done(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = [b"", b""]

    def _open(self) -> None:
        # Browsers write names as they are, in UTF-8; the parser of options hands the bytes through.
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        given = options.get(b"filename")
        if given is None and self._name != PASTED:
            self._text = bytearray()
            return
        if not self._trusted():
            raise stranger()
        if given == b"":
            # A file input that was left empty.
            return
        self._looked = self._written
        if self.place is None:
            self.place = self.make()
            _room(self.place, self.length)
        name = file_name(given.decode("utf-8", "replace")) if given else "pasted.tsv"
        # Opened to be new: a link that lies there already is never followed.
        self._out = (self.place / unlike(name, self._taken)).open("xb")
        self.brought.update(b"\0file " + name.encode())

    def _data(self, data: bytes) -> None:
        if self._text is not None:
            self._held += len(data)
            if self._held > MOST_FIELDS:
                raise _too_long("the form", MOST_FIELDS)
            self._text += data
        elif self._out is not None:
            self._written += len(data)
            if self._written > MOST_FILES:
                raise _too_long("what was dropped", MOST_FILES)
            if self._written - self._looked > _LOOK and self.place is not None:
                self._looked = self._written
                _room(self.place, 0)
            try:
                self._out.write(data)
                self.brought.update(data)
            except OSError as error:
                raise _no_room(error.strerror or "") from None

    def _close(self) -> None:
        if self._text is not None:
            value = self._text.decode("utf-8", "replace")
            self._text = None
            if self._name == FIELD:
                self.token = self.token or value
                if not self._trusted():
                    raise stranger()
            else:
                self.fields.setdefault(self._name, []).append(value)
        elif self._out is not None:
            path, size = Path(self._out.name), self._out.tell()
            self._out.close()
            self._out = None
            if not size:
                path.unlink()
                self._taken.discard(path.name.casefold())

    def _finish(self) -> None:
        self._whole = True


def _sent(request: Request, fields: dict[str, list[str]], digest: Any, place: Path | None = None) -> Sent:
    """The form under its key; neither token nor key are among what it brought."""
    fields.pop(FIELD, None)
    given = fields.pop(once.FIELD, [])
    key = once.read(request.headers.get(once.HEADER) or (given[-1] if given else ""))
    for name in sorted(fields):
        digest.update(repr((name, fields[name])).encode())
    return Sent(fields, place, key, digest.hexdigest())


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _room(folder: Path, coming: int) -> None:
    if shutil.disk_usage(folder).free < coming + ROOM:
        raise _no_room(f"{(coming + ROOM) // 1024**2:,} MB are needed")


def stranger() -> Stop:
    """The form was not written by this server as it runs now."""
    return Stop(
        Issue(
            "the form",
            "this form does not come from a page of this server as it runs now",
            "so nothing was done; after a restart open pages are no longer good",
            "reload the page and send it again",
            code="foreign-form",
        ),
        exit_code=NOT_ALLOWED,
    )


def other_kind(wanted: str) -> Stop:
    """The body is of another kind."""
    return Stop(
        Issue("content-type", f"a form here is sent as {wanted}", "", "use the page's own form", code="other-kind"),
        exit_code=USAGE,
    )


def _unreadable() -> Stop:
    return Stop(
        Issue("the form", "it came broken off", "so nothing was taken", "send it again", code="broken-form"),
        exit_code=USAGE,
    )


def _too_long(what: str, most: int) -> Stop:
    size = f"{most / 1024**3:.0f} GB" if most >= 1024**3 else f"{most / 1024**2:.0f} MB"
    return Stop(
        Issue(
            what,
            f"it is larger than {size}",
            "so nothing was taken",
            "fewer files at a time, or from the command line: saleswright import PATH",
            code="too-large",
        ),
        exit_code=USAGE,
    )


def _too_many() -> Stop:
    return Stop(
        Issue(
            "what was dropped",
            f"it is more than {MOST_PARTS} files",
            "so nothing was taken",
            "a folder of many files from the command line: saleswright import PATH",
            code="too-large",
        ),
        exit_code=USAGE,
    )


def _no_room(why: str) -> Stop:
    return Stop(
        Issue(
            "the disk",
            f"there is no room for these files{f': {why}' if why else ''}",
            "so nothing was taken",
            "free some space and drop them again",
            code="no-room",
        ),
        exit_code=USAGE,
    )
