"""Is this form one of ours? A secret of this process and the asker, in every form we write and nowhere else.

A program on this machine has no page to read a token from. It reads the workspace's own one, from a file that only the
account that serves it can read; who it acts as is said by the server, not by the token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

FIELD = "_token"
HEADER = "x-token"
FILE = "token"
"""In the workspace's state folder; whoever deletes it makes it worthless with the next start."""

_WHOLE = re.compile(r"[0-9a-f]{64}")


class Tokens:
    """One token per asker, good as long as the server runs. A page of another site cannot read it, so it cannot send it.

    local: the token of programs on this machine, as `local` below gives it; empty where there is none.
    """

    def __init__(self, local: str = "") -> None:
        self._secret = secrets.token_bytes(32)
        self.local = local

    def of(self, actor: str) -> str:
        """The token in this asker's forms."""
        return hmac.new(self._secret, actor.encode(), hashlib.sha256).hexdigest()

    def good(self, actor: str, given: str) -> bool:
        """Is it the asker's token, or that of a program on this machine?"""
        if not given.isascii():
            return False
        return hmac.compare_digest(self.of(actor), given) or (
            bool(self.local) and hmac.compare_digest(self.local, given)
        )


def local(state: Path) -> str:
    """The token of programs on this machine: made at the first start, kept for the next, readable by its owner only.

    Empty where the file cannot be trusted: it is somebody else's, a link, or open to others.
    """
    path = state / FILE
    try:
        state.mkdir(parents=True, exist_ok=True)
        ignore = state / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path)
    except OSError:
        return ""
    token = secrets.token_hex(32)
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


def _kept(path: Path) -> str:
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return ""
    with os.fdopen(opened, "r", encoding="ascii", errors="replace") as file:
        about = os.fstat(file.fileno())
        mine = not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o077)
        token = file.read(100).strip()
    return token if mine and _WHOLE.fullmatch(token) else ""
