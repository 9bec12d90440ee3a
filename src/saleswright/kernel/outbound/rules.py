"""Where may anything be sent? Public hosts over https, or what definitions of kind `outbound` name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.outbound.address import why_not
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, unknown

KIND = "outbound"
PORTS = {"https": 443, "http": 80}
# Told apart by our own strict grammar: where two programs read an address differently, one of them can be fooled.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?\.?)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[a-z0-9._~!$&'()*+,;=:@%/|-]*)?(?P<query>\?[a-z0-9._~!$&'()*+,;=:@%/?|-]*)?",
    re.IGNORECASE | re.ASCII,
)
_NAME = re.compile(r"\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?\.?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_INSIDE = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa", ".onion")


class Blocked(Exception):
    """The rules do not let it out. The text says why, in words for the person who wrote the address."""


@dataclass(frozen=True, slots=True)
class Host:
    """What is granted to one named host. private: its addresses may be of the own network."""

    private: bool = False
    http: bool = False
    ports: frozenset[int] = frozenset()


NOBODY = Host()


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: the host in small letters without a dot at its end, and what is asked of it."""

    scheme: str
    host: str
    port: int
    path: str
    granted: Host

    @property
    def shown(self) -> str:
        """The address for messages and for headers: never its path, which may hold a secret."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Rules:
    """hosts: by name, what is granted. only: nothing goes to any other host."""

    hosts: Mapping[str, Host] = field(default_factory=dict)
    only: bool = False

    def named(self, text: str) -> str:
        """The name of a host in its one spelling. Blocked for what is none."""
        return _named(text)

    def granted(self, host: str) -> Host:
        """What a host is granted. Blocked where only others may be reached."""
        found = self.hosts.get(host)
        if found is None and self.only:
            raise Blocked(f"{host} is not among the hosts that may be reached")
        if found is None and ":" not in host and ("." not in host or host.endswith(_INSIDE)):
            raise Blocked(f"{host} is a name of the own network, and not among the hosts that may be reached")
        return found or NOBODY

    def read(self, url: str) -> Target:
        """An address in its parts. Blocked for everything that is not plain, or not permitted."""
        found = _URL.fullmatch(url.partition("#")[0])
        if found is None:
            raise Blocked("not a plain https address (no user, no spaces, letters of ASCII)")
        scheme, host = found["scheme"].lower(), _host(found["host"].lower())
        granted = self.granted(host)
        if scheme == "http" and not granted.http:
            raise Blocked(f"{host} is reached over https only")
        port = int(found["port"] or PORTS[scheme])
        if port > 65535 or (port != PORTS[scheme] and port not in granted.ports):
            raise Blocked(f"port {port} of {host} is not among those that may be used")
        return Target(scheme, host, port, (found["path"] or "/") + (found["query"] or ""), granted)


def _named(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise Blocked("not the name of a host")
    return _host(text.lower())


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except AddressValueError:
            raise Blocked("not an address") from None
    text = text.removesuffix(".")
    if ".." in text or any(part.startswith("-") or part.endswith("-") or len(part) > 63 for part in text.split(".")):
        raise Blocked("not the name of a host")
    if _NUMBER.fullmatch(text.rpartition(".")[2]):
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            # Octal, hexadecimal, short and whole-number forms: programs differ in what they make of them.
            raise Blocked("an unusual spelling of an address") from None
    return text


def rules_of(workspace: Workspace) -> Rules:
    """What the definitions in force today permit; what is wrong with them grants nothing."""
    return read_rules(workspace.all(KIND, workspace.today))[0]


def read_rules(definitions: list[Definition]) -> tuple[Rules, list[Issue]]:
    """The rules of some definitions together, and every issue in them."""
    issues: list[Issue] = []
    hosts: dict[str, Host] = {}
    only = False
    for one in definitions:
        issues += [
            unknown("setting", key, ("hosts", "only"), where=one.where(key))
            for key in one.body
            if key not in ("hosts", "only")
        ]
        if not isinstance(one.body.get("only", False), bool):
            issues.append(
                Issue(one.where("only"), "only is neither true nor false", "so nothing else is let out", "only: true")
            )
        only = only or one.body.get("only", False) is not False
        named = one.body.get("hosts", {})
        if not isinstance(named, Mapping):
            issues.append(
                Issue(
                    one.where("hosts"),
                    "hosts are not names with settings",
                    "so none is granted",
                    "hosts: {hooks.example.com: {}}",
                )
            )
            continue
        for name, given in named.items():
            granted, wrong = _granted(one, str(name), given)
            issues += wrong
            if not wrong:
                hosts[_plain(str(name))] = granted
    return Rules(hosts, only), issues


def _granted(one: Definition, name: str, given: Any) -> tuple[Host, list[Issue]]:
    where = one.where(f"hosts.{name}")
    lost = "so nothing is granted to it"
    try:
        plain = _plain(name)
    except Blocked as error:
        return NOBODY, [Issue(where, f"{name}: {error}", lost, "a name such as hooks.example.com, without https://")]
    given = given or {}
    if not isinstance(given, Mapping):
        return NOBODY, [Issue(where, f"{name}: not settings", lost, f"{name}: {{private: true}}")]
    issues = [
        unknown("setting", key, ("private", "http", "ports"), where=where)
        for key in given
        if key not in ("private", "http", "ports")
    ]
    flags = {key: given.get(key, False) for key in ("private", "http")}
    issues += [
        Issue(where, f"{key} is neither true nor false", lost, f"{key}: true")
        for key, value in flags.items()
        if not isinstance(value, bool)
    ]
    ports = given.get("ports", [])
    if not isinstance(ports, list) or not all(type(port) is int and 0 < port < 65536 for port in ports):
        issues.append(Issue(where, "ports are not a list of numbers from 1 to 65535", lost, "ports: [8443]"))
        ports = []
    forbidden = why_not(plain, private=True)
    if forbidden and forbidden != "not an address":
        issues.append(Issue(where, f"{name} is {forbidden}", lost, "leave it out"))
    return Host(flags["private"] is True, flags["http"] is True, frozenset(ports)), issues


def _plain(name: str) -> str:
    return _named(f"[{name}]" if ":" in name and not name.startswith("[") else name)


def json_schema() -> dict[str, Any]:
    """What an `outbound` definition may say."""
    host = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "private": {"type": "boolean", "description": "its addresses may be of the own network"},
            "http": {"type": "boolean", "description": "it may be reached without encryption"},
            "ports": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 65535}},
        },
    }
    keys = {
        "hosts": ("object", "hosts by name, with what is granted to each"),
        "only": ("boolean", "nothing goes to any other host"),
    }
    properties = schema_properties(KIND, keys)
    properties["hosts"]["additionalProperties"] = host
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "outbound",
        "type": "object",
        "required": ["kind", "name"],
        "additionalProperties": False,
        "properties": properties,
    }
