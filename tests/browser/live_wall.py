"""The whole path in one process: the relay and the web process in threads, over the tests' own servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from dashboard.asgi import uvicorn_config
from dashboard.config import Settings
from dashboard.ports import listen
from dashboard.relay import run_relay

PATIENCE_S = 20.0


class RunningRelay:
    """A relay that can be stopped and started again."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self._addresses = (database_url, redis_url)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Lead in a thread."""
        self._stop = threading.Event()
        args = (*self._addresses, self._stop)
        self._thread = threading.Thread(target=run_relay, args=args, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)


@contextmanager
def live_wall(
    database_url: str, redis_url: str, data_dir: Path | None = None
) -> Iterator[tuple[str, RunningRelay]]:
    """The address of a wall over a real database and a real Valkey, and its relay. `data_dir`: for uploads."""
    relay = RunningRelay(database_url, redis_url)
    relay.start()
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    settings = Settings(database_url=database_url, redis_url=redis_url, port=port, sign_in="demo")
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir})
    server = uvicorn.Server(uvicorn_config(settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="web", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", relay
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        relay.stop()
        sock.close()
