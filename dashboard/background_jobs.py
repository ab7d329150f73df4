"""What every work in the background shares: its threads, word of how far it is and whether it is to stop, and a folder
from which goes what nobody needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TELL_S: Final = 0.5
GRACE_S: Final = 2.0


@contextmanager
def working(turns: Mapping[str, Callable[[], None]], stop: threading.Event) -> Iterator[None]:
    """While this is open, each of these runs in a thread of that name; at the end they are told to stop."""
    threads = [threading.Thread(target=turn, name=name, daemon=True) for name, turn in turns.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(GRACE_S)


class Watch:
    """Tells how far a job is, not too often, and hears whether it is to stop.

    `tell` writes down what is done, of how much, and a note; it says whether the job may go on."""

    def __init__(self, tell: Callable[[int, int | None, str], bool], stop: threading.Event) -> None:
        self._tell = tell
        self._stop = stop
        self._told_s = float("-inf")
        self._last: tuple[int, int | None, str] = (0, None, "")
        self.cancelling = False

    @property
    def ending(self) -> bool:
        """Whether the process is about to end."""
        return self._stop.is_set()

    def reached(self, done: int, total: int | None, note: str = "") -> None:
        """So much of so much is done."""
        self._last = (done, total, note)
        self._tell_in_time()

    def stopped(self) -> bool:
        """Whether the job is to stop: somebody wants that, or the process ends."""
        self._tell_in_time()
        return self.cancelling or self.ending

    def tell(self) -> None:
        """Write it down now."""
        self._told_s = time.monotonic()
        self.cancelling = not self._tell(*self._last)

    def _tell_in_time(self) -> None:
        if time.monotonic() - self._told_s >= TELL_S:
            self.tell()


def clear_folder(folder: Path, needless: Callable[[str], bool], *, before_s: float) -> int:
    """Remove files with such names; how many. `before_s`: what was written since then (seconds of the epoch) stays."""
    if not folder.is_dir():
        return 0
    gone = 0
    for file in folder.iterdir():
        if needless(file.name) and file.stat().st_mtime < before_s:
            file.unlink(missing_ok=True)
            gone += 1
    return gone
