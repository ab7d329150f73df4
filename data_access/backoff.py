"""How long to wait before the next attempt: doubling, capped, jittered, cut short by a stop."""

from __future__ import annotations

import random
from threading import Event


class Backoff:
    """Waits of `first_s`, then twice as long each, up to `cap_s`; each between half of that and all of it."""

    def __init__(self, *, first_s: float = 0.1, cap_s: float = 5.0) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._next_s = first_s

    def wait(self, stop: Event) -> bool:
        """Wait; True if it is time to stop."""
        length_s = self._next_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads attempts, guards nothing
        self._next_s = min(self._next_s * 2, self._cap_s)
        return stop.wait(length_s)

    def reset(self) -> None:
        """The attempt succeeded."""
        self._next_s = self._first_s
