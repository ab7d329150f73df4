"""One open stream and what it has in common with others. Who gets what, and when, is for `fanout`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from dashboard.domain.messages import FrameKind
from dashboard.domain.policy import Scope
from dashboard.live.sse import Position, http_chunk
from dashboard.live.transports import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What streams have in common that can be sent the same bytes."""

    scope: Scope
    packed: bool
    chunked: bool


class Stream:
    """One open stream. `sent`: sequence number up to which it has everything; `awaits`: the position that
    it has and this process has not yet; `behind_since`: monotonic seconds of its last progress."""

    __slots__ = ("_stop", "awaits", "behind_since", "ended", "ends_at", "form", "sent", "transport")

    def __init__(self, form: Form, transport: Transport, stop: Callable[[], object], ends_at: float) -> None:
        self.form = form
        self.transport = transport
        self.ends_at = ends_at
        self.sent = 0
        self.awaits: Position | None = None
        self.behind_since = 0.0
        self.ended = False
        self._stop = stop

    def stop(self) -> None:
        """Have it end, once."""
        if not self.ended:
            self.ended = True
            self._stop()

    def write(self, data: bytes) -> None:
        """Write whole events, in the form's coding."""
        if data:
            with suppress(RuntimeError):  # closed a moment ago; its own task is about to leave
                self.transport.write(http_chunk(data) if self.form.chunked else data)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What happened since the process began."""

    deliveries: int = 0
    delivered_bytes: int = 0
    behind: int = 0
    resets: int = 0
    cut_off: int = 0
    opened: int = 0
    frames: dict[FrameKind, int] = field(default_factory=lambda: dict.fromkeys(FrameKind, 0))
