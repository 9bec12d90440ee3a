"""How many things are done a second? As bench.load, but each request is a POST of its own with a fresh key.

    python -m bench.posting PORT PATH TOKEN FORM CONNECTIONS SECONDS FIRST LAST

FORM holds {n}, which counts from FIRST on; every answer has to be 200. Stops early when LAST is reached. Prints the
rate, the share of requests under 250 ms' rank (p99, in seconds), and the next number.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Doing:
    """What all connections share: the next number, how many answers came and how long each took."""

    form: str
    head: str
    next: int
    last: int
    took: list[tuple[float, float]] = field(default_factory=list)
    wrong: bytes = b""

    def request(self) -> bytes | None:
        """The next request; None when nothing is left."""
        if self.next > self.last:
            return None
        body = self.form.format(n=self.next).encode()
        self.next += 1
        return (
            f"{self.head}Idempotency-Key: {secrets.token_hex(12)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )


class Connection(asyncio.Protocol):
    """One kept-open connection that posts, reads the whole answer, and posts the next."""

    def __init__(self, doing: Doing) -> None:
        self.doing = doing
        self.lacking = -1
        self.head = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def _send(self) -> None:
        request = self.doing.request()
        if request is not None:
            self.began = time.perf_counter()
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self.lacking < 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, rest = self.head[:end].lower(), len(self.head) - end - 4
            if not head.startswith(b"http/1.1 200"):
                self.doing.wrong = self.doing.wrong or self.head
            start = head.index(b"content-length:") + 15
            stop = head.find(b"\r\n", start)
            self.lacking = int(head[start : stop if stop > 0 else None]) - rest
            self.head = b""
        else:
            self.lacking -= len(data)
        if self.lacking == 0:
            self.lacking = -1
            now = time.perf_counter()
            self.doing.took.append((now, now - self.began))
            self._send()


async def load(
    port: int, path: str, token: str, form: str, connections: int, length: float, first: int, last: int
) -> tuple[float, float, int]:
    """(done a second, p99 in seconds, the next number). AssertionError when an answer is not 200 or they ran out."""
    loop = asyncio.get_running_loop()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\nX-Token: {token}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
    )
    doing = Doing(form, head, first, last)
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(doing), "127.0.0.1", port)
    await asyncio.sleep(length / 5)
    start = time.perf_counter()
    await asyncio.sleep(length)
    end = time.perf_counter()
    here = doing.next
    doing.last = 0
    await asyncio.sleep(0.5)  # what is under way is let finish
    assert not doing.wrong, doing.wrong[:900]
    assert here <= last, f"all {last} were done before the time was over"
    took = sorted(seconds for at, seconds in doing.took if start <= at < end)
    return len(took) / (end - start), took[int(len(took) * 0.99)] if took else 0.0, doing.next


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(asyncio.run(load(
        int(given[0]), given[1], given[2], given[3], int(given[4]), float(given[5]), int(given[6]), int(given[7])
    ))))  # fmt: skip
