"""How a message to a department is signed: HMAC-SHA256 over the time of sending, a dot and the body.

A receiver computes the same over the header `X-Quanyu-Timestamp` and the raw body, compares it with what stands
behind `v1=` in `X-Quanyu-Signature`, and refuses messages whose time is long ago.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

VERSION: Final = "v1"
TIMESTAMP: Final = "X-Quanyu-Timestamp"
SIGNATURE: Final = "X-Quanyu-Signature"
DELIVERY: Final = "X-Quanyu-Delivery"
"""The same in every attempt: a receiver that has seen it has the message already."""


def signature(secret: str, timestamp_s: int, body: bytes) -> str:
    """The signature of a body sent at a time (seconds since 1970), as it stands in the header."""
    digest = hmac.new(secret.encode(), str(timestamp_s).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"{VERSION}={digest}"


def headers(secret: str, timestamp_s: int, body: bytes, delivery: int) -> dict[str, str]:
    """The headers of a signed message."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        TIMESTAMP: str(timestamp_s),
        SIGNATURE: signature(secret, timestamp_s, body),
        DELIVERY: str(delivery),
    }
