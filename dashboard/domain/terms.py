"""A district's own terms: time zone, working hours, what counts as satisfied, near, late.

Owns the defaults of settings that a district left out; the settings themselves are rows of `board.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard.domain.calendars import calendar_named
from dashboard.domain.workflow import WORKFLOWS, Workflow
from dashboard.domain.worktime import WorkSchedule, parse_spans

DEFAULT_ZONE = "Asia/Shanghai"
DEFAULT_HOURS = [["09:00", "12:00"], ["13:30", "17:30"]]
RANKING_MIN_N: Final = 5
REMINDER_HOURS: Final = 8.0
ORDER_HOURS: Final = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the numbers depend on besides the facts.

    `targets` by indicator; `thresholds` by indicator, the worse one first. An event is a repeat when one of
    the same category was reported within `repeat_radius_m` in the `repeat_days` before it. A reminder is due
    after `reminder_hours` of working time where nobody says otherwise; `order_hours` are proposed for an order.
    """

    schedule: WorkSchedule
    workflow: Workflow
    satisfied_from: int = 3
    repeat_radius_m: float = 100.0
    repeat_days: float = 15.0
    ranking_min_n: int = RANKING_MIN_N
    reminder_hours: float = REMINDER_HOURS
    order_hours: float = ORDER_HOURS
    targets: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone: days begin at its midnight."""
        return self.schedule.zone


def terms_from(settings: Mapping[str, Any]) -> Terms:
    """The terms of a district's settings. ValueError or KeyError for a value that makes no sense."""
    zone_name = str(settings.get("timezone", DEFAULT_ZONE))
    calendar = settings.get("calendar", "china" if zone_name.startswith("Asia/") else "weekdays")
    repeat = settings.get("repeat", {})
    papers = settings.get("supervision", {})
    return Terms(
        schedule=WorkSchedule(
            zone=ZoneInfo(zone_name),
            calendar=calendar_named(calendar, settings.get("own_days")),
            spans=parse_spans(settings.get("working_hours", DEFAULT_HOURS)),
        ),
        workflow=WORKFLOWS[settings.get("workflow", "seven")],
        satisfied_from=int(settings.get("satisfied_from", 3)),
        repeat_radius_m=float(repeat.get("radius_m", 100.0)),
        repeat_days=float(repeat.get("days", 15.0)),
        ranking_min_n=int(settings.get("ranking_min_n", RANKING_MIN_N)),
        reminder_hours=float(papers.get("reminder_hours", REMINDER_HOURS)),
        order_hours=float(papers.get("order_hours", ORDER_HOURS)),
        targets={key: float(value) for key, value in settings.get("targets", {}).items()},
        thresholds={
            key: (float(low), float(high)) for key, (low, high) in settings.get("thresholds", {}).items()
        },
    )
