"""One frame to many streams: who is listening, who fell behind, whose time is over.

Owns the open streams of this process, grouped by what they may see and how they take it; a frame is joined
once for each group and written to all of it. Nothing is queued per stream: one that does not drain keeps
only its place in the ring, and gets the sum of what it missed when it drains. Leaves where frames come from
to `hub`.
"""

from __future__ import annotations

import asyncio
import logging
import operator
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final

from dashboard.domain.messages import FrameKind, encode_frame
from dashboard.domain.policy import Scope
from dashboard.live.differences import merged
from dashboard.live.ring import Ring
from dashboard.live.sse import GZIP_HEADER, Frame, Position, http_chunk, joined, reset_event
from dashboard.live.streams import Counts, Form, Stream
from dashboard.live.transports import Transport

log = logging.getLogger(__name__)
_CHANCE: Final = secrets.SystemRandom()

FULL_BYTES: Final = 128 * 1024
"""A stream with more than this unsent is behind: it gets nothing more until it has drained."""
STUCK_S: Final = 60.0
"""A stream that has not drained for so long is cut off."""
WHOLE_FRAMES: Final = 30
"""Up to so many missed frames are sent as they are, more as their sum."""
WHOLE_BYTES: Final = 512 * 1024
"""The same for their size."""
MOST_MISSED: Final = 400
"""More events than this in a sum are a reset."""
MANY: Final = 50
"""Writing to fewer streams takes no time to speak of."""
LONGEST_REST_S: Final = 0.01
AHEAD_S: Final = 5.0
"""How long a stream may be ahead of this process (it comes from another one) before it is reset."""
LIFE_S: Final = (45 * 60.0, 75 * 60.0)
MOST_STREAMS: Final = 5_000


class Fanout:
    """All open streams of this process. Everything but summing up happens on the event loop."""

    def __init__(
        self,
        ring: Ring | None = None,
        *,
        most: int = MOST_STREAMS,
        life_s: tuple[float, float] = LIFE_S,
        full_bytes: int = FULL_BYTES,
    ) -> None:
        self._ring = ring if ring is not None else Ring()
        self._life_s = life_s
        self._full_bytes = full_bytes
        self._flowing: dict[Form, dict[Stream, Transport]] = {}
        self._behind: set[Stream] = set()
        self._summing: dict[tuple[Form, int], list[Stream]] = {}
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sums")
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsent: list[Frame] = []
        self._flushed = 0
        self._resting = False
        self.counts = Counts()
        self.most = most
        self.closing = False

    def __len__(self) -> int:
        return len(self._behind) + sum(map(len, self._flowing.values()))

    def forms(self) -> dict[Form, int]:
        """How many streams there are of each form."""
        found = {form: len(streams) for form, streams in self._flowing.items()}
        for stream in self._behind:
            found[stream.form] = found.get(stream.form, 0) + 1
        return found

    def join(
        self, form: Form, transport: Transport, stop: Callable[[], object], at: Position | None
    ) -> Stream:
        """Open a stream that has everything up to a position; None or an unknown one begins with a reset.

        `stop` is called, once, when the stream must end: its life is over or the process is.
        """
        stream = Stream(form, transport, stop, monotonic() + _CHANCE.uniform(*self._life_s))
        self.counts.opened += 1
        if form.packed:
            stream.write(GZIP_HEADER)
        self._flush()
        number = None if at is None else self._ring.find(at)
        if number is not None:
            stream.sent = number
            if number == self._ring.head:
                self._flow(stream)
                return stream
        elif at is not None and self._ahead(at):
            stream.awaits = at
        else:
            self._reset(stream)
            return stream
        stream.behind_since = monotonic()
        self._behind.add(stream)
        self._catch_up(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream. Safe to call more than once."""
        self._behind.discard(stream)
        flowing = self._flowing.get(stream.form)
        if flowing is not None:
            flowing.pop(stream, None)
            if not flowing:
                del self._flowing[stream.form]

    def publish(self, position: Position, frames: list[Frame]) -> None:
        """Take one step: keep it in the ring and send it to everybody who is up to date.

        At once as a rule. Writing to very many takes its time, and as long as it took the fan-out then rests, so
        that it never has more than half of the event loop; what comes meanwhile goes out in one write.
        """
        self._ring.append(position, frames)
        for frame in frames:
            self.counts.frames[frame.header.kind] += 1
        self._unsent += frames
        if not self._resting:
            self._flush()

    def _flush(self) -> None:
        """Send what is unsent."""
        frames, self._unsent = self._unsent, []
        before, self._flushed = self._flushed, self._ring.head
        if not frames:
            return
        began, written = monotonic(), 0
        shared: dict[tuple[Scope, bool], bytes] = {}
        for form in list(self._flowing):
            self._set_aside(form, before)
            streams = self._flowing.get(form)
            if not streams:
                continue
            key = (form.scope, form.packed)
            if key not in shared:
                shared[key] = joined(frames, form.scope, packed=form.packed)
            data = shared[key]
            if data:
                write_all(streams.values(), http_chunk(data) if form.chunked else data)
                written += len(streams)
                self.counts.delivered_bytes += len(streams) * len(data)
        self.counts.deliveries += written * len(frames)
        if written >= MANY:
            # the event loop writes to sockets after this; what is called soon is called when it has written
            self._resting = True
            asyncio.get_running_loop().call_soon(self._rest, began)
        for stream in list(self._behind):
            self._catch_up(stream)

    def _rest(self, began: float) -> None:
        took = monotonic() - began
        asyncio.get_running_loop().call_later(min(took, LONGEST_REST_S), self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        self._flush()

    def sweep(self) -> None:
        """Once a second: let those behind catch up, cut off the stuck, end the old."""
        now = monotonic()
        for form in list(self._flowing):
            for stream in [one for one in self._flowing[form] if one.ends_at <= now]:
                stream.stop()
        for stream in list(self._behind):
            if stream.ends_at <= now:
                stream.stop()
            elif now - stream.behind_since > STUCK_S:
                self.counts.cut_off += 1
                self.leave(stream)
                stream.transport.abort()
                stream.stop()
            else:
                self._catch_up(stream)

    def end(self, scope: Scope | None = None) -> None:
        """End all streams, or all of one scope (it was revoked)."""
        streams = [one for streams in self._flowing.values() for one in streams] + list(self._behind)
        for stream in streams:
            if scope is None or stream.form.scope == scope:
                stream.stop()

    def close(self) -> None:
        """End all streams and take no more."""
        self.closing = True
        self.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ahead(self, at: Position) -> bool:
        """Whether a position may be one that this process is about to reach."""
        mine = self._ring.position
        return mine is not None and at[0] == mine[0] and 0 < at[1] - mine[1] <= WHOLE_FRAMES * 10

    def _flow(self, stream: Stream) -> None:
        self._behind.discard(stream)
        stream.sent = self._ring.head
        self._flowing.setdefault(stream.form, {})[stream] = stream.transport

    def _reset(self, stream: Stream) -> None:
        self.counts.resets += 1
        stream.awaits = None
        stream.write(reset_event(self._ring.position, packed=stream.form.packed))
        self._flow(stream)

    def _set_aside(self, form: Form, flushed: int) -> None:
        """Take those streams of a form out of the flow that have not drained since `flushed` went out."""
        streams = self._flowing[form]
        for stream, waiting in zip(list(streams), waiting_bytes(streams.values()), strict=True):
            if waiting > self._full_bytes:
                del streams[stream]
                stream.sent = flushed
                stream.behind_since = monotonic()
                self._behind.add(stream)
                self.counts.behind += 1

    def _catch_up(self, stream: Stream) -> None:
        """Send a stream that has drained what it misses, and let it flow again."""
        if stream.awaits is not None:
            number = self._ring.find(stream.awaits)
            if number is None:
                if not self._ahead(stream.awaits) or monotonic() - stream.behind_since > AHEAD_S:
                    self._reset(stream)
                return
            stream.sent, stream.awaits = number, None
        if stream.transport.get_write_buffer_size() > 0:
            return
        self._flush()
        if stream not in self._behind:
            return
        missed = self._ring.after(stream.sent)
        if missed is None:
            self._reset(stream)
        elif len(missed) <= 1 or (len(missed) <= WHOLE_FRAMES and size_of(missed) <= WHOLE_BYTES):
            stream.write(joined(missed, stream.form.scope, packed=stream.form.packed))
            self._flow(stream)
        else:
            self._sum_up(stream, missed)

    def _sum_up(self, stream: Stream, missed: list[Frame]) -> None:
        """Have the sum of what a stream misses made in a thread, once for all that miss the same."""
        key = (stream.form, stream.sent)
        waiting = self._summing.get(key)
        if waiting is not None:
            if stream not in waiting:
                waiting.append(stream)
            return
        self._summing[key] = [stream]
        task = asyncio.create_task(self._send_sum(key, missed, self._ring.head), name="sum of missed frames")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_sum(self, key: tuple[Form, int], missed: list[Frame], upto: int) -> None:
        form, _ = key
        loop = asyncio.get_running_loop()
        try:
            data = await loop.run_in_executor(self._threads, summed, missed, form)
        except Exception:
            log.exception("Missed frames could not be summed up; their streams are reset")
            data = None
        for stream in self._summing.pop(key):
            if stream not in self._behind:
                continue
            if data is None:
                self._reset(stream)
            else:
                stream.write(data)
                stream.sent = upto
                stream.behind_since = monotonic()
                if stream.transport.get_write_buffer_size() == 0:
                    self._catch_up(stream)


def write_all(transports: Iterable[Transport], data: bytes) -> None:
    """Write to every transport. A closed one is passed over: its own task is about to leave.

    An empty deque, extended, runs through a map in C: no thread can take the interpreter between two writes.
    """
    left = iter(transports)
    drain: deque[None] = deque(maxlen=0)
    while True:
        try:
            drain.extend(map(operator.methodcaller("write", data), left))
        except RuntimeError:
            continue
        return


def size_of(frames: Iterable[Frame]) -> int:
    """Bytes of all the frames."""
    return sum(len(frame.data) for frame in frames)


def waiting_bytes(transports: Iterable[Transport]) -> list[int]:
    """Unsent bytes of every transport, in order, counted in C as well."""
    return list(map(operator.methodcaller("get_write_buffer_size"), transports))


def summed(missed: list[Frame], form: Form) -> bytes | None:
    """The events that amount to many frames for one form, or None for a reset."""
    drafts = merged((frame.header, frame.parts(form.scope)) for frame in missed)
    if drafts is None or sum(1 for draft in drafts if draft.kind is FrameKind.EVENT) > MOST_MISSED:
        return None
    epoch, offset = missed[-1].position
    at = missed[-1].header.at
    frames = [Frame.of(encode_frame(epoch, offset, draft.kind, at, draft.parts)) for draft in drafts]
    return joined(frames, form.scope, packed=form.packed)
