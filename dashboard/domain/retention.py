"""How long a district keeps the fixes of its workers, and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

POSITIONS_DAYS: Final = 92
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def positions_from(settings: Mapping[str, Any], now: datetime) -> datetime:
    """The UTC midnight from which on fixes are kept: a quarter of a year back where the district says nothing."""
    days = max(1, int(settings.get("positions_days", POSITIONS_DAYS)))
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), time(), UTC)


def tracks_from(settings: Mapping[str, Any], now: datetime) -> datetime:
    """The moment from which on there are tracks: where imported history is replayed, the history itself stays."""
    return EVER if settings.get("mode") == "replay" else positions_from(settings, now)
