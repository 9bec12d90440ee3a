"""Is this form one of ours? A secret of this process and the asker, in every form we write and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import secrets

FIELD = "_token"
HEADER = "x-token"


class Tokens:
    """One token per asker, good as long as the server runs. A page of another site cannot read it, so it cannot send it."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def of(self, actor: str) -> str:
        """The token in this asker's forms."""
        return hmac.new(self._secret, actor.encode(), hashlib.sha256).hexdigest()

    def good(self, actor: str, given: str) -> bool:
        """Is it the asker's token?"""
        return given.isascii() and hmac.compare_digest(self.of(actor), given)
