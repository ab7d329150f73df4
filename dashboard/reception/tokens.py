"""Tokens: how one is made, how a request carries it, and whose it is.

Owns the text of a token, which is shown once and kept nowhere, and a book of the tokens seen, so that a
request costs no question to the database. The book is no permission: every transaction that writes asks again
whether its tokens still hold, so that a revoked one ends at once.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

from data_access.queries.tokens import Token

DEVICE: Final = "qyd_"
SYSTEM: Final = "qys_"
_ALPHABET: Final = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH: Final = 24
LONGEST: Final = 200

_MOST_REMEMBERED: Final = 200_000
_MOST_ASKED: Final = 1_000

Key = TypeVar("Key")
Found = TypeVar("Found")


def new_token(prefix: str) -> str:
    """A new token: 139 bits of chance, in letters that can be told apart."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def digest(token: str) -> bytes:
    """What is kept of a token. A plain SHA-256 is enough for what nobody can guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def carried(headers: Mapping[bytes, bytes], query: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The token of a request: bearer, Basic password, or the first of the named parameters."""
    scheme, _, rest = headers.get(b"authorization", b"").decode("latin-1").strip().partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        return rest.strip()[:LONGEST]
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        return pair.partition(":")[2][:LONGEST] or None
    found = next((query[name] for name in names if query.get(name)), None)
    return None if found is None else found.strip()[:LONGEST]


class Crowded(Exception):
    """Too many unknown keys are being looked up."""


class Book(Generic[Key, Found]):
    """What keys stand for, asked of the database once. Keys that come together are asked about together.

    `look_up` gets the keys and returns those that it knows. What it does not know is not remembered.
    """

    def __init__(self, look_up: Callable[[list[Key]], Awaitable[Mapping[Key, Found]]]) -> None:
        self._look_up = look_up
        self._known: dict[Key, Found] = {}
        self._asked: dict[Key, asyncio.Future[Found | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    def known(self, key: Key) -> Found | None:
        """What is remembered."""
        return self._known.get(key)

    async def find(self, key: Key) -> Found | None:
        """What a key stands for, None where nobody knows it. Raises Crowded, and what `look_up` raises."""
        found = self._known.get(key)
        if found is not None:
            return found
        waiting = self._asked.get(key)
        if waiting is None:
            if len(self._asked) >= _MOST_ASKED:
                raise Crowded
            waiting = self._asked[key] = asyncio.get_running_loop().create_future()
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask(), name="reception look-up")
        return await asyncio.shield(waiting)

    def learn(self, found: Mapping[Key, Found]) -> None:
        """Remember what somebody asked by himself."""
        while len(self._known) > _MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known.update(found)

    def forget_found(self, found: Found) -> None:
        """Ask again about every key that stands for this."""
        for key in [key for key, one in self._known.items() if one == found]:
            del self._known[key]

    async def _ask(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._look_up(list(asked))
            except Exception as error:  # noqa: BLE001 - whoever waits gets it
                for waiting in asked.values():
                    if not waiting.done():
                        waiting.set_exception(error)
                        waiting.exception()  # nobody may be waiting any more
                continue
            self.learn(found)
            for key, waiting in asked.items():
                if not waiting.done():
                    waiting.set_result(found.get(key))


TokenBook = Book[bytes, Token]
WorkerBook = Book[str, int]
