"""One report of a device, whatever its protocol: the values that it carries, in our units.

Owns the checks of single values that all protocols share. Pure: nothing here knows of tokens or workers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dashboard.domain.fixes import FixFlag
from dashboard.reception.refusals import BadPlace, BadTime

KMH: Final = 3.6
KNOT_MPS: Final = 1852 / 3600
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Numbers from here on are milliseconds: in seconds they would lie beyond the year 5000."""
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_NAME: Final = 200
SOUND: Final = FixFlag(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one report says. Degrees of WGS-84, metres, metres a second, percent; None: it does not say.

    `device` is the name that the device gives itself, `at` None means now, `lon` and `lat` are both None where
    the report holds no position. `flags` are what the device says of the fix itself.
    """

    device: str
    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    altitude_m: float | None = None
    battery_pct: float | None = None
    flags: FixFlag = SOUND

    @property
    def has_position(self) -> bool:
        """Whether there is anything to keep."""
        return self.lon is not None


def number(value: Any, low: float = -math.inf, high: float = math.inf) -> float | None:  # noqa: ANN401 - JSON
    """A finite number within bounds, as a number or as its text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def place(lon: Any, lat: Any) -> tuple[float, float]:  # noqa: ANN401 - JSON
    """Degrees of a point. Raises BadPlace."""
    x, y = number(lon, -180, 180), number(lat, -90, 90)
    if x is None or y is None:
        raise BadPlace
    return x, y


def moment(value: Any, field: str) -> datetime:  # noqa: ANN401 - JSON
    """Seconds or milliseconds since 1970, or ISO 8601 (UTC where it names no zone). Raises BadTime."""
    found: datetime | None = None
    seconds = number(value)
    try:
        if seconds is not None:
            seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds
            found = datetime.fromtimestamp(round(seconds, 6), UTC)
        elif isinstance(value, str) and len(value) <= 40:
            found = datetime.fromisoformat(value.strip())
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise BadTime(field=field)
    return found


def accuracy(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """Metres; devices write 0 or less for unknown."""
    found = number(value, 0, 1e7)
    return found or None


def speed(value: Any, unit_mps: float = 1.0) -> float | None:  # noqa: ANN401 - JSON
    """Metres a second; devices write -1 for unknown."""
    found = number(value, 0, 1e5)
    return None if found is None else found * unit_mps


def heading(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """Degrees from north; devices write -1 for unknown."""
    return number(value, 0, 360)


def altitude(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """Metres above the sea."""
    return number(value, -12_000, 100_000)


def share(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """A share of 0 to 1 as percent; devices write -1 for unknown."""
    found = number(value, 0, 1)
    return None if found is None else round(found * 100, 6)


def percent(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """Percent."""
    return number(value, 0, 100)


def name(value: Any) -> str:  # noqa: ANN401 - JSON
    """A device's name for itself; "" where it gives none that can be one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if len(text) <= LONGEST_NAME and text.isprintable() else ""
