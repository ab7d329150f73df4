"""Districts that live without anyone in them: made from a profile, then kept going as field systems would."""

from __future__ import annotations

import threading

from dashboard.simulation.feed import run_feed
from dashboard.simulation.replay import run_replay
from dashboard.simulation.seeding import seed

__all__ = ["run", "seed"]


def run(database_url: str, *, profile: str, speed: float, replay: bool, stop: threading.Event) -> None:
    """Keep a database's district going until `stop`: by a profile's habits, or replaying what was imported."""
    if replay:
        run_replay(database_url, speed=speed, stop=stop)
    else:
        run_feed(database_url, profile=profile, speed=speed, stop=stop)
