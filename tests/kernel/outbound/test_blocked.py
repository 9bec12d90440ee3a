"""At least 120 forms of addresses that point inside, a name that changes its mind, chains of redirects: 0 connections to
blocked ranges, told by a recorder of every connection this process makes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from saleswright.kernel.outbound.address import why_not
from saleswright.kernel.outbound.client import Client
from saleswright.kernel.outbound.connect import Unanswered, Unreached
from saleswright.kernel.outbound.rules import Blocked, Host, Rules
from tests.kernel.outbound.recorder import connections

INSIDE_4 = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3 127.255.255.254 "
    "168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 "
    "192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 "
    "240.0.0.1 255.255.255.255"
).split()
INSIDE_6 = (
    ":: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 "
    "64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 "
    "2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1 "
    "fe80::a9fe:a9fe febf::1 fec0::1 ff02::1 ff05::2 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:ffff:7f00:0001"
).split()
SPELLED = """
http://127.0.0.1/ https://127.1/ https://127.0.1/ https://2130706433/ https://0x7f000001/ https://0x7f.0.0.1/ https://0x7f.1/
https://0177.0.0.1/ https://0177.0.0.01/ https://017700000001/ https://127.0.0.01/ https://127.0.0.1./ https://127.0.0.1.:443/
https://00127.0.0.1/ https://127.0.0.0x1/ https://0/ https://0x0/ https://1/ https://4294967295/ https://3232235521/
https://0xa9fea9fe/ https://2852039166/ https://0251.0376.0251.0376/ https://169.254.43518/ https://169.16689662/
https://0xA9.0xFE.0xA9.0xFE/ https://256.256.256.256/ https://1.2.3.4.5/ https://example.0x/ https://foo.09/
https://user@public.example/ https://user:secret@public.example/ https://public.example@127.0.0.1/
https://127.0.0.1@public.example/ https://public.example:443@127.0.0.1/ https://public.example%40127.0.0.1/
https://public.example#@127.0.0.1/x@ https:///public.example/ https:/public.example https:public.example //public.example/
https://public.example\\@127.0.0.1/ https://public.example\\.evil/ https:\\\\127.0.0.1/ https://127.0.0.1\\public.example/
https://[::1%25eth0]/ https://[fe80::1%eth0]/ https://[fe80::1%25lo]/ https://[::1/ https://::1/ https://[127.0.0.1]/
https://[::ffff:127.0.0.1]:8443/ https://[0:0::0:1]/ https://[::ffff:0x7f000001]/ https://[]/ https://[v1.fe80::1]/
https://localhost/ https://LOCALHOST/ https://localhost./ https://localhost.localdomain/ https://printer.local/
https://metadata/ https://metadata.google.internal/ https://intranet/ https://router.lan/ https://x.home/ https://db.corp/
https://1.0.0.127.in-addr.arpa/ https://a.onion/ https://kubernetes.default.svc.internal/ https://foo.localhost/
https://１２７.０.０.１/ https://127。0。0。1/ https://ⓛocalhost/ https://ⅼocalhost/ https://exa\u00admple.com/ https://xn--/../
https://public.example:22/ https://public.example:25/ https://public.example:80/ https://public.example:6379/
https://public.example:0/ https://public.example:65536/ https://public.example:0443/ https://public.example:443443/
https://public.example:-1/ https://public.example:+443/ https://public.example:%34%34%33/ https://public.example:４４３/
http://public.example/ ftp://public.example/ file:///etc/passwd file://127.0.0.1/ gopher://127.0.0.1:6379/_x dict://127.0.0.1/
ws://public.example/ javascript:alert(1) data:text/plain,x jar:https://public.example!/ unix:///var/run/x.sock ldap://127.0.0.1
https+unix://x/ netdoc:///etc/passwd https://%31%32%37.0.0.1/ https://127%2e0%2e0%2e1/ https://127.0.0.1%00.public.example/
https://-public.example/ https://public-.example/ https://public..example/ https://.public.example/ https://_x.public.example/
https://public.example/\u00e9 https://public.example/<x> https://public.example/"x" https://public.example/{x} https://*/
https://public.example/%0d%0aHost:x\r https://a.b.c.d.e:99999/ https://public.example|x/ https://public.example^/ https://$/
""".split()
WITH_SPACES = [
    "", " ", " https://public.example/", "https://public.example/ ", "https:// public.example/", "https://public .example/",
    "https://public.example/a b", "https://public.example/\r\nX-Evil: 1", "https://public.example/\n", "https://public.example/\t",
    "\x00https://public.example/", "https://public.example/\x00", "https://127.0.0.1\n.public.example/", "https://\t127.0.0.1/",
]  # fmt: skip
FORMS = [
    *(f"https://{address}/" for address in INSIDE_4),
    *(f"https://[{address}]/" for address in INSIDE_6),
    *SPELLED,
    *WITH_SPACES,
]


class Never(BaseHTTPRequestHandler):
    """Answers everything, so that what gets through is seen."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        chain = self.server.chain  # type: ignore[attr-defined]
        status, place = chain.pop(0) if chain else (200, "")
        self.send_response(status)
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def server(*chain: tuple[int, str]) -> Iterator[tuple[int, list[tuple[str, dict[str, str]]]]]:
    """A web server on this machine that plays `chain`: (its port, what it was asked)."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Never)
    made.asked, made.chain = [], list(chain)  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made.server_address[1], made.asked  # type: ignore[attr-defined]
    finally:
        made.shutdown()
        made.server_close()


def inside(host: str, port: int) -> list[str]:
    """A look-up that points every name to this very machine."""
    return ["127.0.0.1"]


def test_at_least_120_forms_and_not_one_connection() -> None:
    """At least 120 URL forms: 0 connections to blocked ranges (checked by a socket recorder)."""
    assert len(set(FORMS)) >= 120
    client = Client(Rules(), seconds=2, ask=inside)
    through = []
    with connections() as made:
        for url in FORMS:
            try:
                client.send("GET", url, {})
                through.append(url)
            except Blocked:
                pass
    assert through == []
    assert made == []


@pytest.mark.parametrize("granted", [Host(), Host(private=True, http=True, ports=frozenset({8080}))])
def test_a_name_with_one_address_inside_is_not_trusted_for_the_others(granted: Host) -> None:
    rules = Rules({"public.example": granted})
    never = [a for a in (*INSIDE_4, *INSIDE_6) if why_not(a, private=True)]
    with connections() as made:
        for address in never if granted.private else [*INSIDE_4, *INSIDE_6]:
            with pytest.raises(Blocked):
                Client(rules, seconds=2, ask=lambda h, p, a=address: ["93.184.216.34", a]).send(  # type: ignore[misc]
                    "GET", "https://public.example/", {}
                )
    assert made == []
    assert len(never) > 30


def test_a_name_that_changes_its_mind_is_asked_once_a_connection() -> None:
    """Rebinding: public at the check, inside a moment later. What was checked is what is connected to."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        # 192.0.2.0/24 would be refused as well; a public address that nobody is at stands for the attacker's own.
        return ["127.0.0.1"] if len(asked) > 1 else ["93.184.216.34"]

    with server() as (port, heard), connections() as made:
        client = Client(Rules({"public.example": Host(ports=frozenset({port}))}), seconds=0.3, ask=rebinding)
        with pytest.raises((Unreached, Unanswered)):
            client.send("GET", f"https://public.example:{port}/", {})
        assert asked == ["public.example"]
        with pytest.raises(Blocked):
            client.send("GET", f"https://public.example:{port}/", {})
    assert made == ["93.184.216.34"]
    assert heard == []


TO_INSIDE = [
    "http://169.254.169.254/latest/meta-data/", "https://127.0.0.1/", "https://[::1]/", "http://2130706433/", "//10.0.0.1/",
    "https://user@named.example/", "file:///etc/passwd", "https://localhost/", "gopher://127.0.0.1/", "http://other.example/",
    "https://named.example:22/", "\\\\127.0.0.1/", "https://[::ffff:127.0.0.1]/",
]  # fmt: skip


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect_is_checked_again(status: int) -> None:
    for place in TO_INSIDE:
        with server((status, place)) as (port, heard), connections() as made:
            rules = Rules({"named.example": Host(private=True, http=True, ports=frozenset({port}))})
            with pytest.raises(Blocked):
                Client(rules, seconds=2, ask=inside).send("GET", f"http://named.example:{port}/a", {})
        assert (len(heard), made) == (1, ["127.0.0.1"])


def test_two_redirects_are_followed_and_a_third_is_not() -> None:
    for count, works in ((2, True), (3, False)):
        with server(*[(302, "/next")] * count) as (port, heard):
            rules = Rules({"named.example": Host(private=True, http=True, ports=frozenset({port}))})
            client = Client(rules, seconds=2, ask=inside)
            if works:
                assert client.send("GET", f"http://named.example:{port}/a", {}).status == 200
            else:
                with pytest.raises(Blocked, match="more than 2 times"):
                    client.send("GET", f"http://named.example:{port}/a", {})
        assert len(heard) == 3


@pytest.mark.parametrize("token", ["s3cret\n", "s3cret\r\nX-Other: 1", "gehéim\u20ac"])
def test_a_token_that_is_no_header_is_refused_before_anything_is_sent(token: str) -> None:
    with server() as (port, heard):
        rules = Rules({"named.example": Host(private=True, http=True, ports=frozenset({port}))})
        client = Client(rules, seconds=2, ask=inside)
        with pytest.raises(Blocked, match="nothing was sent") as blocked:
            client.send("POST", f"http://named.example:{port}/a", {}, b"x", own={"authorization": f"Bearer {token}"})
        assert "s3cret" not in str(blocked.value)
    assert not heard


def test_credentials_stay_with_their_host_and_what_is_sent_stays_too() -> None:
    with server() as (second, there), server((307, f"http://other.example:{second}/b")) as (first, _):
        ports = frozenset({first, second})
        rules = Rules(dict.fromkeys(("named.example", "other.example"), Host(private=True, http=True, ports=ports)))
        client = Client(rules, seconds=2, ask=inside)
        url = f"http://named.example:{first}/a"
        client.send("GET", url, {"X-Plain": "1"}, own={"Authorization": "Bearer s3cret"})
        assert [set(h) & {"X-Plain", "Authorization"} for _, h in there] == [{"X-Plain"}]
    with server() as (second, there), server((307, f"http://other.example:{second}/b")) as (first, _):
        rules = Rules(
            dict.fromkeys(
                ("named.example", "other.example"), Host(private=True, http=True, ports=frozenset({first, second}))
            )
        )
        with pytest.raises(Blocked, match="name that host"):
            Client(rules, seconds=2, ask=inside).send("POST", f"http://named.example:{first}/a", {}, b"what is meant")
        assert there == []


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as (port, heard), server() as (proxy, through):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        rules = Rules({"named.example": Host(private=True, http=True, ports=frozenset({port}))})
        Client(rules, seconds=2, ask=inside).send("GET", f"http://named.example:{port}/a", {})
        assert (len(heard), len(through)) == (1, 0)


def test_every_special_network_is_closed_at_both_ends_and_public_ones_are_open() -> None:
    ends = "10.0.0.0-10.255.255.255 172.16.0.0-172.31.255.255 169.254.0.0-169.254.255.255 100.64.0.0-100.127.255.255"
    for span in f"{ends} 192.168.0.0-192.168.255.255 127.0.0.0-127.255.255.255".split():
        first, _, last = span.partition("-")
        assert why_not(first) and why_not(last)
        assert not why_not(str(IPv4Address(first) - 1)) and not why_not(str(IPv4Address(last) + 1))
    for public in ("8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"):
        assert why_not(public) == ""
    assert why_not(str(IPv6Address("2000::") - 1)) and why_not("4000::")
    assert why_not("127.0.0.1", private=True) == why_not("fd12::1", private=True) == why_not("::1", private=True) == ""
