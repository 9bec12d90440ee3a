"""What stands before every route? Known hosts, reading only but where a form belongs, and headers that keep a page to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in (
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        # Our own pages may say where a form comes from (with no-referrer its Origin would be null); others learn nothing.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    )
)

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_LONGEST = 8000


class Guard:
    """ASGI middleware round the whole app. `hosts` are the names it may be called by, without port.

    A foreign name that resolves to this machine (DNS rebinding) is refused before anything is read. `writable` says of
    a path whether forms may be sent to it; a form that a page of another site sends is refused before its body is read.
    Programs, which come from no page, send the token of this machine in a header.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK, writable: Callable[[str], bool] = lambda path: False
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.writable = writable

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on, adding the headers to whatever is answered."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        refusal = self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        await self.app({**scope, "method": "GET"} if head else scope, receive, guarded)

    def _refuse(self, scope: Scope) -> PlainTextResponse | None:
        if self._host(scope) not in self.hosts:
            return PlainTextResponse("This name is not served here.\n", 421)
        if scope["method"] == "POST" and self.writable(scope["path"]):
            if not (same_origin(scope) or program(scope)):
                return PlainTextResponse("Forms are taken from this site's own pages only.\n", 403)
        elif scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("This address is only read.\n", 405, {"allow": "GET, HEAD"})
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST:
            return PlainTextResponse("That address is too long.\n", 414)
        return None

    @staticmethod
    def _host(scope: Scope) -> str:
        text = _header(scope, b"host").lower()
        if text.startswith("["):
            return text.partition("]")[0] + "]"
        return text.partition(":")[0]


def same_origin(scope: Scope) -> bool:
    """Does a page of this very site send this? Browsers say so in two headers; whoever says neither is not believed.

    Sec-Fetch-Site is only sent to places a browser trusts, Origin with every form; where both are there, both must hold.
    """
    site, origin = _header(scope, b"sec-fetch-site"), _header(scope, b"origin").lower()
    own = f"{scope.get('scheme', 'http')}://{_header(scope, b'host').lower()}"
    if site:
        return site == "same-origin" and origin in ("", "null", own)
    return origin == own


def program(scope: Scope) -> bool:
    """Is this sent by a program with a token, not by a browser? Every browser says where a form comes from.

    A page of another site cannot send the header either, without a permission that is never given. The token itself is
    looked at with the form.
    """
    here = {key for key, _ in scope["headers"]}
    return b"x-token" in here and not here & {b"origin", b"sec-fetch-site", b"cookie", b"referer"}


def _header(scope: Scope, name: bytes) -> str:
    """A header's text; nothing when it stands there twice with two values."""
    found: set[str] = {value.decode("latin-1").strip() for key, value in scope["headers"] if key == name}
    return found.pop() if len(found) == 1 else ""
