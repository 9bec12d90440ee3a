"""Programs of a company's own, on this machine: an HTTP receiver and a mail server that do what a test tells them to."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from saleswright.kernel.workspace import Workspace, load


def workspace(folder: Path, definitions: str = "", zone: str = "UTC") -> Workspace:
    """A workspace with these definitions."""
    (folder / "definitions").mkdir(parents=True, exist_ok=True)
    (folder / "saleswright.toml").write_text(f'format = 1\nname = "toy"\nzone = "{zone}"\n', encoding="utf-8")
    (folder / "definitions" / "out.yaml").write_text(definitions, encoding="utf-8")
    found = load(folder)
    assert not found.issues, found.issues
    return found


@dataclass
class Heard:
    """What a receiver was told, and what it took, by key. `plays`: (status, headers) for the next calls; 0 cuts the line."""

    port: int = 0
    plays: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


@contextmanager
def receiver(*plays: Any, takes_anyway: bool = False) -> Iterator[Heard]:
    """An HTTP receiver that does one thing once for each idempotency key, and says of /KEY whether it has it."""
    heard = Heard(plays=[play if isinstance(play, tuple) else (play, {}) for play in plays])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            key = self.headers["idempotency-key"]
            heard.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers = heard.plays.pop(0) if heard.plays else (200, {})
            if (status == 200 or takes_anyway) and key not in heard.taken:
                heard.taken.append(key)
            if not status:
                self.connection.close()
                return
            self._say(status, headers, {"id": f"out-{len(heard.taken)}"})

        def do_GET(self) -> None:
            there = self.path.rpartition("/")[2] in heard.taken
            self._say(200 if there else 404, {}, {"id": "asked"})

        def _say(self, status: int, headers: dict[str, str], content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Office:
    """A mail server's own view. drop: it takes the message and cuts the line. say: what it answers to RCPT and to the message."""

    port: int = 0
    messages: list[Envelope] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    drop: bool = False
    rcpt: str = ""
    data: str = ""

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data:
            return self.data
        self.messages.append(envelope)
        if self.drop:
            assert server.transport is not None
            server.transport.abort()
        return "250 queued as 4711"


@contextmanager
def office(user: str = "", tls: ssl.SSLContext | None = None, **given: Any) -> Iterator[Office]:
    """A real mail server on this machine; with `tls` it takes nothing without encryption."""
    heard = Office(**given)

    def allow(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        heard.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.login.decode() == user)

    more: dict[str, Any] = {"authenticator": allow} if user else {}
    if tls is not None:
        more |= {"tls_context": tls, "require_starttls": True}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        heard.port = free.getsockname()[1]
    made = Controller(heard, hostname="127.0.0.1", port=heard.port, ready_timeout=10, **more)
    made.start()
    try:
        yield heard
    finally:
        made.stop()
