"""How is a host reached? Its name is asked for once, and what was checked is what is connected to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from saleswright.kernel.outbound.address import why_not
from saleswright.kernel.outbound.rules import Blocked, Host

Resolve = Callable[[str, int], list[str]]
"""A host's numeric addresses, asked once."""


class Unreached(Exception):
    """Nothing was sent: there is no connection."""


class Unanswered(Exception):
    """Something was sent, and no whole answer came back."""


class Deadline:
    """Until when it has to be done. Closes the line at the end, so that nobody can keep us by answering drop by drop."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lines: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left(self) -> float:
        """Seconds that are left, never below a hundredth."""
        return max(0.01, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    def watch(self, line: socket.socket) -> None:
        """Cut this line at the end."""
        self._lines.append(line)

    def close(self) -> None:
        self._timer.cancel()
        for line in self._lines:
            line.close()

    def _cut(self) -> None:
        for line in self._lines:
            with contextlib.suppress(OSError):
                # Not the encrypting socket's own shutdown, which is not made for a second thread.
                socket.socket.shutdown(line, socket.SHUT_RDWR)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, of both families, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # A zone ("fe80::1%eth0") stays in the text, and is refused for it.
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def permitted(host: str, port: int, granted: Host, deadline: Deadline, ask: Resolve = resolve) -> list[str]:
    """The addresses that may be connected to. Blocked when any must not be: a name that points inside is not trusted."""
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(ask(host, port))
        except (OSError, UnicodeError) as error:
            found.append(error)

    # The system's own look-up knows no time limit.
    thread = threading.Thread(target=look, name="look-up of a host", daemon=True)
    thread.start()
    thread.join(deadline.left)
    if not found or not isinstance(found[0], list) or not found[0]:
        raise Unreached(f"the name {host} was not found")
    for address in found[0]:
        if why := why_not(address, granted.private):
            raise Blocked(f"{host} is at {address}, {why}")
    return list(found[0])


def connect(host: str, port: int, granted: Host, deadline: Deadline, ask: Resolve = resolve) -> socket.socket:
    """A connection to one of the host's permitted addresses, the first that answers. Blocked or Unreached otherwise."""
    said = ""
    addresses = permitted(host, port, granted, deadline, ask)
    for place, address in enumerate(addresses):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        line = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # A family without a way out must not eat the time of the other.
        line.settimeout(deadline.left / (len(addresses) - place))
        try:
            line.connect((address, port))
        except OSError as error:
            line.close()
            said = error.strerror or "it did not answer in time"
            continue
        line.settimeout(deadline.left)
        deadline.watch(line)
        return line
    raise Unreached(f"{host} could not be reached: {said}")
