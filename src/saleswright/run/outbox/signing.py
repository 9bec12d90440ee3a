"""Who sent this, and is it fresh? A signature over id, moment and body, as Standard Webhooks writes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


def headers(secret: str, key: str, moment: int, body: bytes) -> dict[str, str]:
    """webhook-id (the same at every try), webhook-timestamp (seconds since 1970), webhook-signature (v1, base64).

    A secret that starts with whsec_ is base64 behind it; any other is taken letter by letter.
    """
    signed = f"{key}.{moment}.".encode() + body
    made = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": key, "webhook-timestamp": str(moment), "webhook-signature": f"v1,{made}"}


def _key(secret: str) -> bytes:
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret[len(PREFIX) :], validate=True)
        except binascii.Error:
            pass  # then it is a secret that only begins like one
    return secret.encode()
