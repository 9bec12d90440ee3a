"""Is what comes back trusted no further than it has earned? Certificates, limits of time and size, lines that are cut."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from saleswright.kernel.outbound.client import Client
from saleswright.kernel.outbound.connect import Unanswered, Unreached
from saleswright.kernel.outbound.rules import Host, Rules
from saleswright.kernel.outbound.secret import Secret, reveal, told
from saleswright.lib.issue import Stop
from tests.kernel.outbound.certificates import contexts


@contextmanager
def line(play: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that plays `play` on each connection; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    taken, _ = listener.accept()
                except OSError:
                    return
                with suppress(OSError), taken:
                    play(tls.wrap_socket(taken, server_side=True) if tls else taken)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def client(port: int, **more: object) -> Client:
    rules = Rules({"named.example": Host(private=True, http=True, ports=frozenset({port}))})
    return Client(rules, ask=lambda host, port: ["127.0.0.1"], **more)  # type: ignore[arg-type]


def answers(text: bytes) -> Callable[[socket.socket], None]:
    def play(taken: socket.socket) -> None:
        taken.recv(65536)
        taken.sendall(text)

    return play


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_encrypted_only_to_whose_certificate_is_trusted_and_names_it(tmp_path: Path) -> None:
    ours, trusting = contexts(tmp_path, "named.example")
    (tmp_path / "other").mkdir()
    other, trusting_other = contexts(tmp_path / "other", "other.example")
    with line(answers(OK), ours) as port:
        url = f"https://named.example:{port}/"
        assert client(port, secure=trusting).send("GET", url, {}).body == b"ok"
        with pytest.raises(Unreached, match="no encrypted connection"):
            client(port).send("GET", url, {})
    with line(answers(OK), other) as port, pytest.raises(Unreached, match="no encrypted connection"):
        client(port, secure=trusting_other).send("POST", f"https://named.example:{port}/", {}, b"x")


def drip(taken: socket.socket) -> None:
    taken.recv(65536)
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        taken.sendall(b".")
        time.sleep(0.02)


def drip_headers(taken: socket.socket) -> None:
    taken.recv(65536)
    while True:
        taken.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


def silent(taken: socket.socket) -> None:
    time.sleep(3)


@pytest.mark.parametrize("play", [drip, drip_headers, silent])
def test_nobody_keeps_us_longer_than_was_agreed(play: Callable[[socket.socket], None]) -> None:
    with line(play) as port:
        began = time.monotonic()
        if play is drip:
            answer = client(port, seconds=0.3).send("POST", f"http://named.example:{port}/", {}, b"x")
            assert (answer.status, answer.whole, answer.body) == (200, False, b"")
        else:
            with pytest.raises(Unanswered, match="did not answer in time"):
                client(port, seconds=0.3).send("POST", f"http://named.example:{port}/", {}, b"x")
        assert time.monotonic() - began < 1.5


def test_a_handshake_that_never_ends_is_not_waited_for() -> None:
    with line(silent) as port, pytest.raises(Unreached):
        client(port, seconds=0.3).send("GET", f"https://named.example:{port}/", {})


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
        b"not http at all\r\n\r\n",
        b"",
    ],
)
def test_too_many_headers_or_nonsense_is_no_answer(text: bytes) -> None:
    with line(answers(text)) as port, pytest.raises(Unanswered):
        client(port, seconds=2, size=1_000).send("POST", f"http://named.example:{port}/", {}, b"x")


@pytest.mark.parametrize("rest", [b"\r\n" + b"x" * 3_000, b"Content-Length: 5\r\n\r\nxx"])
def test_a_body_that_is_too_long_or_cut_short_is_left_out_and_the_status_stands(rest: bytes) -> None:
    with line(answers(b"HTTP/1.1 201 Created\r\n" + rest)) as port:
        answer = client(port, seconds=2, size=1_000).send("POST", f"http://named.example:{port}/", {}, b"x")
        assert (answer.status, answer.whole, answer.body) == (201, False, b"")


def test_a_host_that_cannot_be_found_or_reached_was_sent_nothing() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    def slow(host: str, port: int) -> list[str]:
        time.sleep(2)
        return ["93.184.216.34"]

    for ask in (nowhere, slow, lambda host, port: []):
        with pytest.raises(Unreached, match="was not found"):
            Client(Rules(), seconds=0.2, ask=ask).send("GET", "https://public.example/", {})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreached, match="could not be reached"):
        client(port, seconds=1).send("GET", f"http://named.example:{port}/", {})


def test_secrets_are_referred_to_and_never_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "hunter2")
    secret = reveal("env:CANARY", "a.yaml:1")
    assert "hunter2" not in f"{secret!r}{secret}{[secret]}" and secret.text == "hunter2"
    assert told("it is\r\nhunter2\x00\x1b[31m!" + "x" * 999, secret).startswith("it is *** [31m!xx")
    assert len(told("x" * 999)) == 300
    with pytest.raises(Stop) as stopped:
        reveal("hunter2", "a.yaml:1")
    assert "hunter2" not in str(stopped.value)
    with pytest.raises(Stop, match="ABSENT is not set"):
        reveal("env:ABSENT", "a.yaml:1")
    assert reveal("", "a.yaml:1") == Secret("")
