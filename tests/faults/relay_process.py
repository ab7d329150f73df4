"""A relay as a process of its own: `python -m tests.faults.relay_process DATABASE_URL REDIS_URL`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from dashboard.relay import run_relay


def main() -> None:
    """Run until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_relay(sys.argv[1], sys.argv[2], stop)


if __name__ == "__main__":
    main()
