"""The relay process put together: the live picture, Redis and the leader's loop."""

from __future__ import annotations

import threading

from dashboard.live.state import LiveState
from dashboard.release import RELEASE
from data_access.bus import RedisBus
from data_access.relay import Relay


def run_relay(database_url: str, redis_url: str, stop: threading.Event) -> None:
    """Lead, or wait as standby, until `stop` is set."""
    bus = RedisBus(redis_url)
    try:
        Relay(database_url, bus, lambda: LiveState(RELEASE)).run(stop)
    finally:
        bus.close()
