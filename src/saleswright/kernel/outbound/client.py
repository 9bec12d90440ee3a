"""What does the other side answer? One request over HTTP, under the rules, with limits of time and size."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urljoin

from saleswright.kernel.outbound.connect import Deadline, Resolve, Unanswered, Unreached, connect, resolve
from saleswright.kernel.outbound.rules import Blocked, Rules, Target

SECONDS = 20.0
SIZE = 1_000_000
REDIRECTS = 2
AGENT = "saleswright"
_MOVED = frozenset({301, 302, 303, 307, 308})
_KEEPS = frozenset({307, 308})
_SEEN = 303


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Answer:
    """status, headers with names in small letters, the body, and the host that gave it.

    whole: the body is all there; what was too long, too slow or cut off is left out, and the status stands all the same.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str
    whole: bool = True


@dataclass(frozen=True)
class Client:
    """Sends under `rules`. ask: how names are looked up. secure: whose certificates are trusted; the system's by default.

    All of it has to be done in `seconds`; a body of more than `size` bytes is not taken.
    """

    rules: Rules
    seconds: float = SECONDS
    size: int = SIZE
    ask: Resolve = resolve
    secure: ssl.SSLContext = field(default_factory=_trusted)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", own: Mapping[str, str] | None = None
    ) -> Answer:
        """One request and its answer. `own`: headers for that host alone, such as credentials.

        Blocked: the rules forbid it, nothing was sent. Unreached: nothing was sent. Unanswered: it may have arrived.
        """
        deadline = Deadline(self.seconds)
        try:
            return self._follow(deadline, method, url, headers, body, own or {})
        finally:
            deadline.close()

    def _follow(
        self,
        deadline: Deadline,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        own: Mapping[str, str],
    ) -> Answer:
        first = target = self.rules.read(url)
        for _ in range(REDIRECTS + 1):
            same = (target.scheme, target.host, target.port) == (first.scheme, first.host, first.port)
            answer = self._once(deadline, method, target, {**headers, **(own if same else {})}, body)
            if answer.status not in _MOVED:
                return answer
            if answer.status == _SEEN and method not in ("GET", "HEAD"):
                # "See the result there" is said of what was dealt with: it may have been taken.
                raise Unanswered(f"{target.host} answered {answer.status}, which does not say whether it was taken")
            url = urljoin(url, answer.headers.get("location", ""))
            moved = self.rules.read(url)
            if target.scheme == "https" and moved.scheme != "https":
                raise Blocked(f"{target.host} sends on to an address without encryption")
            if method not in ("GET", "HEAD"):
                # What was meant for one host is not handed to another, nor made into another question.
                if answer.status not in _KEEPS:
                    raise Blocked(f"{target.host} has moved: it answered {answer.status}")
                if (moved.scheme, moved.host, moved.port) != (first.scheme, first.host, first.port):
                    raise Blocked(f"{target.host} sends on to {moved.shown}: name that host if it is meant")
            target = moved
        raise Blocked(f"{first.host} sends on more than {REDIRECTS} times")

    def _once(self, deadline: Deadline, method: str, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        if deadline.over:
            raise Unreached("there was no time left")
        line = connect(target.host, target.port, target.granted, deadline, self.ask)
        if target.scheme == "https":
            try:
                hidden = self.secure.wrap_socket(line, server_hostname=target.host, do_handshake_on_connect=False)
                deadline.watch(hidden)
                hidden.do_handshake()
            except (OSError, ValueError) as error:
                line.close()
                why = _why(error)
                raise Unreached(f"{target.host}: no encrypted connection ({why})") from None
            line = hidden
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = line  # connected already, so it never looks a name up itself
        given = {"Host": target.shown, "User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            self._ask(connection, method, target, body, given | dict(headers))
            response = connection.getresponse()
            held = self._body(response)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = "in time" if isinstance(error, TimeoutError) or deadline.over else "as agreed"
            raise Unanswered(f"{target.host} did not answer {why}") from None
        finally:
            line.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        whole = held is not None and not deadline.over
        return Answer(response.status, headers, held if held and whole else b"", target.host, whole)

    @staticmethod
    def _ask(
        connection: http.client.HTTPConnection, method: str, target: Target, body: bytes, headers: Mapping[str, str]
    ) -> None:
        try:
            connection.request(method, target.path, body or None, headers)
        except ValueError:
            # Headers are put together before the first of them is sent.
            what = "a header, such as a token, holds a line break or a letter that none may hold"
            raise Blocked(f"nothing was sent to {target.host}: {what}") from None

    def _body(self, response: http.client.HTTPResponse) -> bytes | None:
        """The body; None when it is too long or breaks off."""
        try:
            held = response.read(self.size + 1)
        except (OSError, http.client.HTTPException):
            return None
        return held if len(held) <= self.size and not response.length else None


def _why(error: Exception) -> str:
    for name in ("verify_message", "reason"):
        if said := getattr(error, name, ""):
            return str(said)
    return "no answer"
