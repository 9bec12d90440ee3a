"""A client of the protocol as a person's program would use it: the `mcp` library's own, called without await."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

ROOT = Path(__file__).resolve().parents[3]


def environment() -> dict[str, str]:
    """Of this process, with the product's source in front."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@dataclass(frozen=True)
class Tools:
    """A connected client."""

    portal: BlockingPortal
    client: Client

    def list(self) -> list[Any]:
        return list(self.portal.call(self.client.list_tools).tools)

    def call(self, name: str, **arguments: Any) -> Any:
        return self.portal.call(self.client.call_tool, name, arguments)

    def envelope(self, name: str, **arguments: Any) -> dict[str, Any]:
        """What was told, of a call that has to succeed."""
        result = self.call(name, **arguments)
        assert not result.is_error, text(result)
        told: dict[str, Any] = result.structured_content
        return told


def text(result: Any) -> str:
    """The words of a result."""
    return "\n".join(part.text for part in result.content)


@contextmanager
def connected(server: StdioServerParameters | str, mode: str = "auto", token: str = "") -> Iterator[Tools]:
    """A client of a program that is started for it, or of an address; `legacy` shakes hands as older clients do."""
    there: Any = server
    if isinstance(server, str):
        web = httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60)
        there = streamable_http_client(server, http_client=web)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(there, mode=mode)) as client:
        yield Tools(portal, client)


def token_of(folder: Path) -> str:
    """The token of a workspace that is served."""
    return (folder / ".saleswright" / "token").read_text(encoding="ascii").strip()


def program(folder: Path, *more: str) -> StdioServerParameters:
    """How a client starts the program."""
    words = ["-m", "saleswright", "mcp", "-w", str(folder), *more]
    return StdioServerParameters(command=sys.executable, args=words, env=environment())


@contextmanager
def served(folder: Path, *more: str) -> Iterator[str]:
    """The address of a server over HTTP, ended by its own id."""
    words = [sys.executable, "-m", "saleswright", "mcp", "-w", str(folder), "--http", "--port", "0", *more]
    with subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stderr is not None
            for line in run.stderr:
                if found := re.search(r"next: (http://\S+/mcp)", line):
                    yield found.group(1)
                    break
            else:
                raise AssertionError("it never said where it is")
        finally:
            run.terminate()
            run.communicate()
