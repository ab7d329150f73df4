"""The one listener of this process: from the wire to the mirror, the trails and all open streams.

Owns the order of frames: it sees holes and fills them from the log, ignores lower epochs, and where neither
log nor frames lead on it takes the newest snapshot and sends the difference as ordinary frames. It makes no
beat of its own: what the relay does not say, nobody hears. Leaves fanning out to `fanout` and the wire to
the bus it is handed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from dashboard.domain.messages import FrameKind, encode_frame, epoch_ms
from dashboard.domain.policy import EVERYTHING
from dashboard.live.bus import AsyncBus
from dashboard.live.differences import difference, needs_reset
from dashboard.live.fanout import Fanout
from dashboard.live.mirror import Mirror
from dashboard.live.sse import Frame, Position
from dashboard.live.trails import SPAN_MS, Point, Trails

log = logging.getLogger(__name__)
_CHANCE: Final = secrets.SystemRandom()

History = Callable[[], Mapping[int, Sequence[Point]]]
"""Points of the last half hour by worker, each worker's in order of time. Called in a thread."""
FIRST_WAIT_S: Final = 0.05
LONGEST_WAIT_S: Final = 2.0
SWEEP_S: Final = 1.0


@dataclass(slots=True, kw_only=True)
class Following:
    """How following the relay goes. `lag_ms`: from the relay's stamp of the newest frame to its arrival;
    `beat_at`: when the last beat arrived, on this process's clock."""

    connected: bool = False
    holes: int = 0
    recoveries: int = 0
    ignored: int = 0
    unreadable: int = 0
    connections: int = 0
    lag_ms: float = 0.0
    beat_at: datetime | None = None


class Hub:
    """Follows the relay while `run` runs. `history` gives the trails from before this process began."""

    def __init__(
        self,
        bus: AsyncBus,
        *,
        fanout: Fanout | None = None,
        history: History | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bus = bus
        self._history = history
        self._clock = clock
        self._filling: asyncio.Task[None] | None = None
        self.fanout = fanout if fanout is not None else Fanout()
        self.trails = Trails()
        self.mirror: Mirror | None = None
        self.following = Following()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`, then end all streams. Losing the wire is survived, with growing waits."""
        tasks = [
            asyncio.create_task(self._follow_forever(), name="hub"),
            asyncio.create_task(self._sweep_forever(), name="streams sweep"),
        ]
        try:
            await stop.wait()
        finally:
            self.fanout.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(ConnectionError):
                await self._bus.close()

    async def _follow_forever(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                async with self._bus.subscribe() as frames:
                    self.following.connected = True
                    self.following.connections += 1
                    await self._join_up()
                    wait_s = FIRST_WAIT_S
                    async for data in frames:
                        await self._take(data)
            except ConnectionError as error:
                log.warning(
                    "The wire is away; trying again", extra={"action": "hub_wait", "cause": str(error)}
                )
            except Exception:
                log.exception("Following failed; trying again", extra={"action": "hub_failed"})
            finally:
                self.following.connected = False
            await asyncio.sleep(wait_s * _CHANCE.uniform(0.5, 1.0))
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                self.fanout.sweep()
                if self.mirror is not None:
                    self.trails.forget(self.mirror.as_of_ms - SPAN_MS)
            except Exception:
                log.exception("Looking after the streams failed", extra={"action": "sweep_failed"})

    async def _join_up(self) -> None:
        """After subscribing: what happened before or between. Frames that come meanwhile wait in the
        socket."""
        if self.mirror is None:
            await self._recover(None)
            self._filling = asyncio.create_task(self._fill_trails(), name="trails history")
            return
        for data in await self._bus.read_log(self.mirror.position):
            await self._take(data)

    async def _fill_trails(self) -> None:
        if self._history is None:
            return
        try:
            history = iter((await asyncio.to_thread(self._history)).items())
            while batch := dict(islice(history, 100)):
                self.trails.fill(batch)
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001  (the wall does without; trails grow from now on)
            extra = {"action": "trails_failed", "cause": repr(error)}
            log.warning("Trails begin now: the time before could not be read", extra=extra)

    async def _take(self, data: bytes) -> None:
        """One frame off the wire: the next, an old one, or the far side of a hole."""
        for frame in self._readable([data]):
            await self._place(frame)

    async def _place(self, frame: Frame) -> None:
        mirror = self.mirror
        if mirror is None:
            await self._recover(frame.position)
        elif frame.position <= mirror.position:
            self.following.ignored += 1
        elif frame.position == (mirror.epoch, mirror.offset + 1):
            await self._accept(frame)
        else:
            self.following.holes += 1
            await self._fill_hole(mirror, frame)

    async def _fill_hole(self, mirror: Mirror, frame: Frame) -> None:
        """Frames are missing before this one, or it is the first of a new epoch that was seen."""
        reached = mirror.position
        for missed in self._readable(await self._bus.read_log(reached)):
            if missed.position != (reached[0], reached[1] + 1):
                break
            await self._accept(missed)
            reached = missed.position
        if reached < frame.position:
            await self._recover(frame.position)

    async def _recover(self, target: Position | None) -> None:
        """Take the newest snapshot, and the log after it, until they contain `target` (None: whatever there
        is)."""
        self.following.recoveries += 1
        wait_s = FIRST_WAIT_S
        while True:
            snapshot = await self._bus.snapshot()
            if snapshot is not None and await self._adopt(snapshot, target):
                return
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _adopt(self, snapshot: dict[str, Any], target: Position | None) -> bool:
        """Make a snapshot the mirror if it and the log lead to `target`, and send what differs."""
        new = Mirror.from_snapshot(snapshot)
        old = self.mirror
        if old is not None and new.position < old.position:
            return False
        following = self._readable(await self._bus.read_log(new.position))
        chain = list(_unbroken(following, new.position))
        reached = chain[-1].position if chain else new.position
        if target is not None and reached < target:
            return False
        if old is None or new.position > old.position:
            self.mirror = new
            self.fanout.publish(new.position, self._bundle(old, new) if old is not None else [])
        for frame in chain:
            await self._accept(frame)
        return True

    def _readable(self, log_entries: Iterable[bytes]) -> Iterator[Frame]:
        """The frames among them; what is none leaves a hole, which is seen and closed like any other."""
        for data in log_entries:
            try:
                yield Frame.of(data)
            except (ValueError, KeyError, TypeError):
                self.following.unreadable += 1
                log.exception("A frame could not be read", extra={"action": "frame_unreadable"})

    def _bundle(self, old: Mirror, new: Mirror) -> list[Frame]:
        """The frames that bring those who have `old` to `new`: the difference, or a reset where none can."""
        at = datetime.fromtimestamp(new.as_of_ms / 1000, UTC)
        if needs_reset(old, new):
            keys = ["", *sorted(set(new.block_of.values()) - {""})]
            reset = encode_frame(new.epoch, new.offset, FrameKind.RESET, at, {key: {} for key in keys})
            return [Frame.of(reset)]
        return [
            Frame.of(encode_frame(new.epoch, new.offset, draft.kind, at, draft.parts))
            for draft in difference(old, new)
        ]

    async def _accept(self, frame: Frame) -> None:
        """The next frame: out to the streams first, then into the mirror. One that is no longer new is
        nothing."""
        mirror = self.mirror
        if mirror is None or frame.position <= mirror.position:
            return
        if frame.header.kind is FrameKind.RESET:
            await self._renew(frame)
        else:
            self.fanout.publish(frame.position, [frame])
            self._reflect(mirror, frame)
        self.following.lag_ms = epoch_ms(self._clock()) - epoch_ms(frame.header.at)
        if frame.header.kind is FrameKind.BEAT:
            self.following.beat_at = self._clock()

    def _reflect(self, mirror: Mirror, frame: Frame) -> None:
        """Into the mirror and the trails. A part that cannot be read must not stop the frames after it."""
        try:
            parts = frame.parts(EVERYTHING)
            mirror.apply(frame.header, parts)
            if frame.header.kind is FrameKind.MOVE:
                for part in parts.values():
                    self.trails.take(mirror, part)
        except Exception:
            mirror.epoch, mirror.offset = frame.position
            self.following.unreadable += 1
            log.exception("A frame could not be taken in", extra={"action": "frame_unreadable"})

    async def _renew(self, frame: Frame) -> None:
        """The relay says that the map or the settings changed: its newest snapshot has them."""
        wait_s = FIRST_WAIT_S
        snapshot = await self._bus.snapshot()
        while snapshot is None or (snapshot["epoch"], snapshot["offset"] + 1) < frame.position:
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            snapshot = await self._bus.snapshot()
        new = Mirror.from_snapshot(snapshot)
        if new.position < frame.position:
            new.apply(frame.header, {})
        self.mirror = new
        self.fanout.publish(new.position, [frame])


def _unbroken(frames: Iterable[Frame], position: Position) -> Iterable[Frame]:
    """The frames that follow a position one by one, up to the first hole."""
    for frame in frames:
        if frame.position != (position[0], position[1] + 1):
            return
        position = frame.position
        yield frame
