"""The pulse of a day: when things are reported, and how fast they are handled.

Times are seconds since 1970 (float64, UTC) in arrays; hours are local ones of the district.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.model import Source
from dashboard.domain.worktime import Calendar

Seconds = NDArray[np.float64]

HOUR_S = 3600.0
DAY_S = 86_400.0

SHARES: dict[Source, float] = {
    Source.GRID_WORKER: 0.65,
    Source.HOTLINE: 0.16,
    Source.CITIZEN_APP: 0.11,
    Source.SENSOR: 0.07,
    Source.DEPARTMENT: 0.01,
}

# Reports in each local hour, in any unit: the workers' patrols, people at home and in the street, devices,
# offices.
HOURS: dict[Source, tuple[float, ...]] = {
    Source.GRID_WORKER: (3, 3, 2, 2, 2, 3, 4, 6, 9, 11, 10, 8, 6, 7, 10, 11, 10, 8, 6, 6, 6, 5, 4, 3),
    Source.HOTLINE: (2, 1, 1, 1, 1, 1, 2, 5, 9, 12, 11, 8, 6, 7, 10, 11, 10, 8, 7, 8, 7, 6, 4, 3),
    Source.CITIZEN_APP: (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 8, 7, 8, 8, 8, 9, 9, 9, 8, 7, 5, 3),
    Source.SENSOR: (5, 5, 5, 5, 5, 5, 6, 7, 8, 8, 8, 8, 7, 7, 8, 8, 8, 8, 7, 7, 6, 6, 6, 5),
    Source.DEPARTMENT: (0, 0, 0, 0, 0, 0, 0, 1, 6, 10, 10, 6, 3, 5, 9, 9, 7, 3, 1, 1, 0, 0, 0, 0),
}

# How fast offices and crews move in each local hour, 1 on average over a week. The night desk never sleeps.
SERVICE = (
    *(0.6, 0.55, 0.5, 0.5, 0.5, 0.55, 0.7, 0.9, 1.5, 1.9, 1.9, 1.6),
    *(0.9, 1.4, 1.9, 1.9, 1.8, 1.5, 1.0, 0.8, 0.8, 0.7, 0.65, 0.6),
)
REST_DAY_SHARE = 0.72
REPORT_REST_DAY_SHARE = 0.88


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceClock:
    """A clock that runs fast while people work and slowly at night: table of instants and service seconds."""

    at_s: Seconds
    served_s: Seconds

    def served(self, at_s: Seconds) -> Seconds:
        """Service seconds passed at each instant."""
        return np.interp(at_s, self.at_s, self.served_s)

    def after(self, at_s: Seconds, service_s: Seconds) -> Seconds:
        """Instants at which that many service seconds have passed since `at_s`."""
        return np.interp(self.served(at_s) + service_s, self.served_s, self.at_s)


def service_clock(first: date, days: int, zone: ZoneInfo, calendar: Calendar) -> ServiceClock:
    """The clock for `days` local days from `first` on."""
    pace = np.array(SERVICE) / np.mean(SERVICE)
    at: list[float] = []
    rate: list[float] = []
    for ordinal in range(first.toordinal(), first.toordinal() + days):
        day = date.fromordinal(ordinal)
        share = 1.08 if calendar.is_workday(day) else REST_DAY_SHARE
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        at.extend(midnight + HOUR_S * np.arange(24))
        rate.extend(pace * share)
    instants = np.array([*at, at[-1] + HOUR_S])
    served = np.concatenate(([0.0], np.cumsum(np.diff(instants) * np.array(rate))))
    return ServiceClock(at_s=instants, served_s=served)


def rate_per_s(source: Source, local: datetime, per_day: float, *, workday: bool) -> float:
    """Expected reports of a source per second at a local time, where `per_day` come on a usual day."""
    hours = HOURS[source]
    here, following = hours[local.hour], hours[(local.hour + 1) % 24]
    level = here + (following - here) * (local.minute / 60)
    share = 1.04 if workday else REPORT_REST_DAY_SHARE
    return per_day * SHARES[source] * share * level / sum(hours) / HOUR_S


def arrivals(
    source: Source,
    between_s: tuple[float, float],
    per_day: float,
    *,
    zone: ZoneInfo,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Seconds:
    """Instants of reports of one source between two instants, ascending.

    A Poisson process with the day's rhythm.
    """
    start_s, end_s = between_s
    steps = np.arange(start_s, end_s, HOUR_S / 4)
    lengths = np.minimum(steps + HOUR_S / 4, end_s) - steps
    expected = np.empty(len(steps))
    worked: dict[date, bool] = {}
    for place, step in enumerate(steps):
        local = datetime.fromtimestamp(float(step), zone)
        day = local.date()
        if day not in worked:
            worked[day] = calendar.is_workday(day)
        expected[place] = rate_per_s(source, local, per_day, workday=worked[day])
    moods = np.exp(rng.normal(0, 0.05, int((end_s - start_s) / DAY_S) + 2))
    expected *= moods[((steps - start_s) / DAY_S).astype(np.intp)] * lengths
    counts = rng.poisson(expected)
    found = np.repeat(steps, counts) + rng.random(counts.sum()) * np.repeat(lengths, counts)
    return np.sort(found)
