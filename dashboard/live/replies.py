"""Answers that many viewers share, made in a thread and kept for a moment per scope: snapshot, trails, map.

Owns making them and how long they are kept. The text is written in pieces and packed in a thread, so that
no step holds the interpreter for long; whoever asks while one is being made waits for the same one.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from dashboard.domain.messages import dump
from dashboard.domain.outlines import Outline, features
from dashboard.domain.policy import Scope
from dashboard.live.hub import Hub
from dashboard.live.mirror import cut, live_below, shown, without_names, workers_below

SNAPSHOT_KEPT_S: Final = 1.0
TRAILS_KEPT_S: Final = 15.0
MAP_KEPT_S: Final = 3600.0
_PIECE: Final = 250
_MOST_KEPT: Final = 256

Make = Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An answer and until when it is good, monotonic seconds."""

    packed: bytes
    until: float


class Replies:
    """Gzipped JSON by kind and scope."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._kept: dict[tuple[str, Scope], _Kept] = {}
        self._making: dict[tuple[str, Scope], asyncio.Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="replies")
        self.made_s = 0.0

    async def snapshot(self, scope: Scope, *, nameless: bool = False) -> bytes | None:
        """The snapshot for a scope, gzipped; None while there is no data. `nameless`: of no person."""
        mirror = self._hub.mirror
        if mirror is None:
            return None

        def prepare() -> Make:
            frozen = mirror.freeze()
            if nameless:
                return lambda: packed_json(without_names(cut(frozen, scope)))
            return lambda: packed_json(cut(frozen, scope))

        return await self._shared(
            "snapshot nameless" if nameless else "snapshot", scope, SNAPSHOT_KEPT_S, prepare
        )

    async def trails(self, scope: Scope, code: str = "") -> bytes | None:
        """The trails for a scope, or of a region in it, gzipped; None while there is no data, or for a region that the
        scope does not show."""
        mirror = self._hub.mirror
        if mirror is None or (code and live_below(mirror, scope, code) is None):
            return None

        def prepare() -> Make:
            frozen = mirror.freeze()
            grids = live_below(frozen, scope, code) if code else None
            return lambda: packed_json(self._hub.trails.excerpt(frozen, scope, grids).payload())

        return await self._shared(f"trails {code}", scope, TRAILS_KEPT_S, prepare)

    async def workers(self, code: str, scope: Scope) -> bytes | None:
        """The workers of a region, gzipped; None for one that the scope does not show, or while there is no data."""
        mirror = self._hub.mirror
        if mirror is None or workers_below(mirror, scope, code) is None:
            return None

        def prepare() -> Make:
            frozen = mirror.freeze()
            return lambda: packed_json(workers_below(frozen, scope, code) or {})

        return await self._shared(f"workers {code}", scope, SNAPSHOT_KEPT_S, prepare)

    async def _shared(self, kind: str, scope: Scope, kept_s: float, prepare: Callable[[], Make]) -> bytes:
        key = (kind, scope)
        kept = self._kept.get(key)
        if kept is not None and kept.until > monotonic():
            return kept.packed
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(self._made(key, kept_s, prepare()))
            self._making[key] = making
        return await asyncio.shield(making)

    async def _made(self, key: tuple[str, Scope], kept_s: float, make: Make) -> bytes:
        began = monotonic()
        try:
            packed = await asyncio.get_running_loop().run_in_executor(self._threads, make)
        finally:
            del self._making[key]
        self.made_s = monotonic() - began
        self._kept[key] = _Kept(packed=packed, until=monotonic() + kept_s)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[min(self._kept, key=lambda one: self._kept[one].until)]
        return packed

    @property
    def map_version(self) -> str | None:
        """Which map is the one of now; None while there is no data."""
        return None if self._hub.mirror is None else self._hub.mirror.static["map_version"]

    async def map(self, version: str, scope: Scope, borders: Callable[[], list[Outline]]) -> bytes | None:
        """GeoJSON of the borders that a scope may see, gzipped; None if it is not the map of now."""
        mirror = self._hub.mirror
        if mirror is None or mirror.static["map_version"] != version:
            return None
        visible = shown(mirror, scope)

        def make() -> bytes:
            seen = [one for one in borders() if scope.streets is None or one.code in visible]
            return packed_json({"type": "FeatureCollection", "features": features(seen)})

        return await self._shared(f"map {version}", scope, MAP_KEPT_S, lambda: make)

    def close(self) -> None:
        """Let the thread go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def packed_json(value: dict[str, Any]) -> bytes:
    """JSON, gzipped at a level that costs little."""
    packer = zlib.compressobj(5, zlib.DEFLATED, 31)
    out = [packer.compress(piece.encode()) for piece in pieces(value)]
    return b"".join([*out, packer.flush()])


def pieces(value: dict[str, Any]) -> Iterator[str]:
    """The JSON text of an object in pieces of a few milliseconds: the encoder does not let go between."""
    yield "{"
    for number, (key, part) in enumerate(value.items()):
        yield f"{',' if number else ''}{json.dumps(key)}:"
        if isinstance(part, list) and len(part) > _PIECE:
            yield from _cut_up(
                [dump(part[at : at + _PIECE])[1:-1] for at in range(0, len(part), _PIECE)], "[]"
            )
        elif isinstance(part, dict) and len(part) > _PIECE:
            items = list(part.items())
            cuts = range(0, len(items), _PIECE)
            yield from _cut_up([dump(dict(items[at : at + _PIECE]))[1:-1] for at in cuts], "{}")
        else:
            yield dump(part)
    yield "}"


def _cut_up(texts: list[str], brackets: str) -> Iterator[str]:
    yield brackets[0]
    for number, text in enumerate(texts):
        yield f",{text}" if number else text
    yield brackets[1]
