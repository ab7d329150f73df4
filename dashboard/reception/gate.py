"""Who may send: the token of a request, how often it may call, and whose positions it may bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Final, TypeVar

import anyio
import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.domain.model import Source
from dashboard.reception.calls import Call
from dashboard.reception.rates import Rates
from dashboard.reception.refusals import (
    Busy,
    NotAllowed,
    TokenMissing,
    TokenUnknown,
    TooOften,
    Unavailable,
    UnknownWorker,
)
from dashboard.reception.tokens import Crowded, TokenBook, WorkerBook, carried, digest
from data_access.queries.tokens import Token, terminals_by_name, tokens_by_hash, worker_ids
from data_access.writes.session import pooled

PARAMETERS: Final = ("token", "api_key")
THREADS: Final = 2

Key = TypeVar("Key")
Found = TypeVar("Found")


class Gate:
    """Tokens, workers and rates of one process. `clock`: monotonic seconds."""

    def __init__(self, engine: Engine, rates: Rates, *, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._rates = rates
        self._clock = clock
        self._limiter: anyio.CapacityLimiter | None = None
        self._tokens: TokenBook = TokenBook(lambda keys: self._ask(tokens_by_hash, keys))
        self._workers: WorkerBook = WorkerBook(lambda codes: self._ask(worker_ids, codes))

    async def admit(self, call: Call, *, parameters: tuple[str, ...] = PARAMETERS) -> Token:
        """The token of a request that may go on. Raises TokenMissing, TokenUnknown, TooOften."""
        return await self.admit_token(carried(call.headers, call.query, parameters))

    async def admit_token(self, text: str | None) -> Token:
        """The token behind a text. Raises TokenMissing, TokenUnknown, TooOften."""
        if not text:
            raise TokenMissing
        try:
            token = await self._tokens.find(digest(text))
        except Crowded:
            raise Busy from None
        if token is None:
            raise TokenUnknown
        self.count(token)
        return token

    def count(self, token: Token) -> None:
        """One more request of a token. Raises TooOften."""
        wait_s = self._rates.wait_s(token.id, device=token.worker_id is not None, now_s=self._clock())
        if wait_s:
            refusal = TooOften()
            refusal.retry_s = wait_s
            raise refusal

    async def terminal(self, number: str) -> list[tuple[Token, bytes]]:
        """The device tokens of a terminal's number with their hashes, the newest first. Raises Unavailable."""
        if not number:
            return []
        return (await self._ask(terminals_by_name, [number])).get(number, [])

    def forget(self, token: Token) -> None:
        """The token was revoked: ask again about it."""
        self._tokens.forget_found(token)

    async def bearer(self, token: Token, device: str) -> int:
        """The worker whose position a report is: the token's own, or for a gateway the one that it names.

        Raises NotAllowed, UnknownWorker.
        """
        if token.worker_id is not None:
            return token.worker_id
        may_bring_positions(token)
        found = await self.workers([device])
        if device not in found:
            raise UnknownWorker(code=device)
        return found[device]

    async def workers(self, codes: Sequence[str]) -> Mapping[str, int]:
        """Ids of workers by code; those that nobody knows are absent."""
        found = {code: known for code in set(codes) if (known := self._workers.known(code)) is not None}
        missing = sorted({code for code in codes if code and code not in found})
        if missing:
            asked = await self._ask(worker_ids, missing)
            self._workers.learn(asked)
            found.update(asked)
        return found

    async def _ask(
        self, question: Callable[[psycopg.Connection[Any], list[Key]], dict[Key, Found]], keys: list[Key]
    ) -> dict[Key, Found]:
        def ask() -> dict[Key, Found]:
            with pooled(self._engine) as connection:
                return question(connection, keys)

        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(THREADS)
        try:
            return await anyio.to_thread.run_sync(ask, limiter=self._limiter)
        except (SQLAlchemyError, psycopg.Error) as error:
            raise Unavailable from error


def may_bring_positions(token: Token) -> None:
    """Devices bring their own positions, gateways of grid workers everybody's. Raises NotAllowed."""
    if token.worker_id is None and token.source != Source.GRID_WORKER:
        raise NotAllowed(
            reason="positions come from a worker's device or from a system of the source grid_worker",
            reason_zh="位置只接受人员设备令牌或 grid_worker 来源的系统令牌",
        )
