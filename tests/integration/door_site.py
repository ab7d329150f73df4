"""Routes behind a door that lets in a viewer of the test's choice, asked on a loop of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Self

import httpx
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import LANG_KEY, VIEWER_KEY
from dashboard.domain.policy import DEMO, Scope, Viewer
from data_access.engine import make_engine


@dataclass
class DoorSite:
    """What the routes ask their services for, and how a test asks them. `at`: the clock."""

    routes: ClassVar[Callable[[Any], Iterable[BaseRoute]]]
    at: ClassVar[datetime]
    engine: Engine
    runner: asyncio.Runner
    viewer: Viewer = field(default=DEMO)

    @classmethod
    @contextmanager
    def opened(cls, database_url: str) -> Iterator[Self]:
        """Such a place over a database."""
        engine = make_engine(database_url)
        with asyncio.Runner() as runner:
            yield cls(engine=engine, runner=runner)
        engine.dispose()

    @cached_property
    def _inner(self) -> Starlette:
        return Starlette(routes=list(type(self).routes(self)))

    def scope_of(self, scope: AsgiScope) -> Scope:
        return self.viewer.scope

    def now(self) -> datetime:
        return self.at

    def ask(
        self,
        url: str,
        method: str = "GET",
        content: bytes = b"",
        *,
        lang: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        inner = self._inner
        known = {VIEWER_KEY: self.viewer} | ({} if lang is None else {LANG_KEY: lang})

        async def app(scope: AsgiScope, receive: Receive, send: Send) -> None:
            await inner({**scope, **known}, receive, send)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, url, content=content, headers=headers)

        return self.runner.run(asked())
