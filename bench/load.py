"""How many answers a second? A closed loop over kept-open connections, in a process of its own.

    python -m bench.load PORT PATH CONNECTIONS SECONDS

Each connection asks again as soon as its answer is whole. Only what the loop needs of HTTP is read: the status and
content-length, so that the load costs little beside the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


class Connection(asyncio.Protocol):
    """One kept-open connection that asks, reads the whole answer, and asks again."""

    def __init__(self, request: bytes, counted: list[int]) -> None:
        self.request = request
        self.counted = counted
        self.lacking = -1
        self.head = b""
        self.wrong = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self.lacking < 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, rest = self.head[:end].lower(), len(self.head) - end - 4
            if not head.startswith(b"http/1.1 200"):
                self.wrong = self.wrong or self.head
            start = head.index(b"content-length:") + 15
            stop = head.find(b"\r\n", start)
            self.lacking = int(head[start : stop if stop > 0 else None]) - rest
            self.head = b""
        else:
            self.lacking -= len(data)
        if self.lacking == 0:
            self.lacking = -1
            self.counted[0] += 1
            self.transport.write(self.request)


async def load(port: int, path: str, connections: int, length: float) -> float:
    """Answers a second over that many connections. AssertionError when an answer is not 200."""
    loop = asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
    counted = [0]
    made = [
        await loop.create_connection(lambda: Connection(request, counted), "127.0.0.1", port)
        for _ in range(connections)
    ]
    # What comes in the first moments finds the server's own caches cold.
    await asyncio.sleep(length / 5)
    start, before = time.perf_counter(), counted[0]
    await asyncio.sleep(length)
    rate = (counted[0] - before) / (time.perf_counter() - start)
    for transport, protocol in made:
        assert not protocol.wrong, protocol.wrong[:500]
        transport.close()
    return rate


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
