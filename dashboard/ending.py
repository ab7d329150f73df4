"""How a process that serves streams ends: streams first, then the server's own way, and in time whatever
happens.

A server that is told to stop waits for its open responses, and would wait for streams in vain; and Python
waits for every thread, even one that is deep in a long question.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

LAST_S: Final = 4.5
"""So long after it was told to stop a process is gone, busy threads or not."""
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def ending(close_streams: Callable[[], None]) -> Iterator[None]:
    """While this is open, SIGTERM and SIGINT first end the streams and then do what they did before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    former = {number: found for number in SIGNALS if callable(found := signal.getsignal(number))}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close_streams)
        _be_gone_in_time()
        former[signal.Signals(number)](number, frame)

    for number in former:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, then in former.items():
            signal.signal(number, then)


def _be_gone_in_time() -> None:
    last = threading.Timer(LAST_S, os._exit, (1,))
    last.daemon = True
    last.name = "last resort"
    last.start()
