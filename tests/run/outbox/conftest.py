"""The ways out as the product has them, to programs on this machine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What definitions refer to."""
    monkeypatch.setenv("HOOK_SECRET", "whsec_Y2FuYXJ5LXNpZ25pbmctc2VjcmV0")
    monkeypatch.setenv("HOOK_TOKEN", "canary-bearer-token")
    monkeypatch.setenv("MAIL_USER", "canary-mail-user")
    monkeypatch.setenv("MAIL_PASSWORD", "canary-mail-password")
