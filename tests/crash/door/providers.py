"""The other side: three HTTP servers and a mail server on loopback, in a process of their own that nobody kills.

    keyed    does one thing once for each Idempotency-Key; the same key with another body is refused
    askable  takes what it is sent, twice if need be, and can be asked by our key whether it has it
    neither  takes what it is sent, and knows no key

Each writes what it took to a log, durably, before it answers: the log is the truth that the checks go by. Each has
faults, drawn from a seed: a success slower than the client waits, a connection dropped after or before taking, 429 with
Retry-After, 5xx before and after taking, a refusal for ever.

Run as a program: prints its ports as one line of JSON, ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 0.12
"""Seconds a client of these waits for an answer."""
FAULTS = ("slow", "dropped", "cut", "limited", "before", "after", "refused")
# A refusal is rare: it ends an effect, and what has ended cannot be doubled.
WEIGHTS = (1, 4, 4, 3, 4, 4, 1)
SLOW = PATIENCE * 1.5


class Log:
    """What was taken, one JSON line each, on the disk before anybody is told so."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def take(self, server: str, key: str, body: Any) -> None:
        """Keep it."""
        line = json.dumps({"server": server, "key": key, "body": body}, ensure_ascii=False) + "\n"
        with self._lock:
            os.write(self._file, line.encode())
            os.fsync(self._file)


class Side(ThreadingHTTPServer):
    """One provider. `rate`: the share of calls that meet a fault; `only`: which one, any when it is empty."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, name: str, log: Log) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.name = name
        self.log = log
        self.rate, self.only = 0.0, ""
        self.chance = random.Random(0)
        # By key: the body, and our id of what was made of it; None while it is still being made.
        self.had: dict[str, tuple[str, str | None]] = {}
        self.lock = threading.Lock()
        self.busy = 0
        self.count = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count it in the thread that accepts, so that whoever calls later finds it counted."""
        with self.lock:
            self.busy += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.lock:
                self.busy -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is what this is for."""

    def fault(self) -> str:
        """What befalls this call; empty for nothing."""
        with self.lock:
            if self.chance.random() >= self.rate:
                return ""
            return self.only or self.chance.choices(FAULTS, WEIGHTS)[0]

    def take(self, key: str, body: Any) -> str:
        """Make it, and write that down; our id of it."""
        self.log.take(self.name, key, body)
        with self.lock:
            self.count += 1
            return f"{self.name}-{self.count}"


class Call(BaseHTTPRequestHandler):
    """One call."""

    server: Side
    protocol_version = "HTTP/1.1"
    timeout = 5

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def say(self, status: int, body: Any, **headers: str) -> None:
        """Answer."""
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def drop(self) -> None:
        """Cut the line without a word."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """Have you got this key? And for the tests: is anything still under way?"""
        asked = urlsplit(self.path)
        if asked.path == "/-/quiet":
            until = time.monotonic() + 5
            while self.server.busy > 1 and time.monotonic() < until:
                time.sleep(0.002)
            self.say(200, {"busy": self.server.busy - 1})
            return
        if self.server.name != "askable":
            self.say(404, {"error": "there is nothing to ask here"})
            return
        fault = self.server.fault()
        if fault in ("dropped", "cut"):
            self.drop()
        elif fault in ("limited", "before", "after"):
            self.say(503, {"error": "not now"})
        else:
            _, made = self.server.had.get(asked.path.rpartition("/")[2], ("", None))
            self.say(200, {"id": made}) if made else self.say(404, {"error": "no such key"})

    def do_POST(self) -> None:
        """Take a change."""
        length = int(self.headers.get("Content-Length", "0"))
        content = self.rfile.read(length)
        if len(content) < length:
            # The sender died in the middle: half a call is none.
            self.close_connection = True
            return
        if self.path == "/-/faults":
            order = json.loads(content)
            with self.server.lock:
                self.server.rate, self.server.chance = order["rate"], random.Random(order["seed"])
                self.server.only = order.get("only") or ""
            self.say(200, {})
            return
        key, body = self.headers.get("Idempotency-Key", ""), json.loads(content)
        fault = self.server.fault()
        if fault == "cut":
            self.drop()
        elif fault == "limited":
            self.say(429, {"error": "too many calls"}, Retry_After="7")
        elif fault == "before":
            self.say(503, {"error": "down for a moment"})
        elif fault == "refused" and key not in self.server.had:
            self.say(422, {"error": "this will never do"})
        else:
            self._take(key, body, content.decode(), fault)

    def _take(self, key: str, body: Any, text: str, fault: str) -> None:
        server = self.server
        if server.name == "keyed":
            with server.lock:
                before, made = server.had.setdefault(key, (text, ""))
                first = made == ""
                if first:
                    server.had[key] = (text, None)
            if before != text:
                self.say(422, {"error": "another body under this key"})
                return
            if not first and made is None:
                self.say(409, {"error": "this key is being worked on"})
                return
            if first:
                if fault == "slow":
                    # The worst order: taken long after the caller has given up.
                    time.sleep(SLOW)
                made = server.take(key, body)
                server.had[key] = (text, made)
        else:
            made = server.take(key, body)
            if server.name == "askable":
                server.had[key] = (text, made)
            if fault == "slow":
                time.sleep(SLOW)
        if fault == "dropped":
            self.drop()
        elif fault == "after":
            self.say(500, {"error": "something broke, who knows when"})
        else:
            self.say(201, {"id": made})


class Post:
    """A mail server's handler: keeps each message, then may fall silent, or says not now before it."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.rate = 0.0
        self.chance = random.Random(0)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Grey-listing: nothing was taken. `faults+N@` among the recipients sets the rate to N per cent."""
        if address.startswith("faults+"):
            self.rate = int(address.split("+")[1].split("@")[0]) / 100
            self.chance = random.Random(self.rate)
            return "250 so be it"
        if self.chance.random() < self.rate / 3:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it; the answer may get lost."""
        from email import message_from_bytes

        message = message_from_bytes(envelope.content)
        body = {name: str(message.get(name, "")) for name in ("Subject", "To", "Message-ID")}
        self.log.take("mail", body["Message-ID"], body | {"to": envelope.rcpt_tos})
        if self.chance.random() < self.rate / 3:
            server.transport.close()
        return "250 kept"


def mail(log: Log) -> int:
    """Open a mail server in a thread of its own; its port."""
    from aiosmtpd.smtp import SMTP

    loop = asyncio.new_event_loop()
    post = Post(log)
    opened = loop.run_until_complete(loop.create_server(lambda: SMTP(post, loop=loop), "127.0.0.1", 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    port: int = opened.sockets[0].getsockname()[1]
    return port


def serve(folder: Path) -> None:
    """Open all four, say where, and stay until the standard input ends."""
    log = Log(folder / "taken.log")
    ports = {"mail": mail(log)}
    for name in ("keyed", "askable", "neither"):
        side = Side(name, log)
        threading.Thread(target=side.serve_forever, daemon=True).start()
        ports[name] = side.server_port
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
