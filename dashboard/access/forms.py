"""What the forms of sign-in send, and how fast they may: bounded bodies, few tries."""

from __future__ import annotations

from time import monotonic
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from dashboard.errors import DashboardError

MOST_BYTES: Final = 16 * 1024
TRIES: Final = 10
"""So many tries at once from one address; then one every `AGAIN_S`."""
AGAIN_S: Final = 6.0
MOST_ADDRESSES: Final = 10_000


class BadForm(DashboardError):
    """The form could not be read. Open the page again."""

    zh = "表单无法识别，请重新打开页面。"


class TooManyTries(DashboardError):
    """Too many tries from this place. Wait a minute."""

    zh = "尝试过于频繁，请等待一分钟。"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. BadForm where it is too large or no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise BadForm
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise BadForm
    try:
        fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise BadForm from error
    if any("\0" in value for value in fields.values()):
        raise BadForm
    return fields


def own_address(text: str) -> str:
    """Where to go on after the sign-in: an address of ours, or the wall."""
    try:
        parts = urlsplit(text) if text.isprintable() else None
    except ValueError:  # such as half of an IPv6 address
        return "/"
    fine = parts is not None and text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if fine and parts is not None and not parts.netloc and not parts.scheme else "/"


class Tries:
    """How many tries each address has left, in this process."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> None:
        """One more try. TooManyTries."""
        now_s = monotonic()
        spent, at_s = self._spent.get(address, (0.0, now_s))
        spent = max(0.0, spent - (now_s - at_s) / AGAIN_S)
        if spent >= TRIES:
            raise TooManyTries
        if len(self._spent) >= MOST_ADDRESSES:
            self._spent.clear()
        self._spent[address] = (spent + 1, now_s)

    def give_back(self, address: str) -> None:
        """The try was a right one: many people may come from one place."""
        spent, at_s = self._spent.get(address, (0.0, monotonic()))
        self._spent[address] = (max(0.0, spent - 1), at_s)
