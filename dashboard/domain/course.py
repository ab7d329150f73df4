"""Into which steps the trends of a view are cut, and which earlier steps they are laid beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.domain.view import View
from dashboard.domain.windows import (
    HOUR,
    Comparison,
    Preset,
    Step,
    Window,
    local_day,
    midnight,
    same_part,
    shifted,
    step_start,
    steps,
)

LEAST: Final = {Step.HOUR: 24, Step.DAY: 14, Step.WEEK: 12, Step.MONTH: 12}
"""Steps that are shown of a shorter window too: a course needs some length."""
MOST: Final = {Step.HOUR: 72, Step.DAY: 62, Step.WEEK: 60, Step.MONTH: 36}
LONG: Final = timedelta(days=92)
"""From here on weeks say more than days."""
INSTANT: Final = timedelta(microseconds=1)
DAYS: Final = {Step.DAY: 1, Step.WEEK: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Steps in order, the last one as far as it has come, and as many earlier ones beside them."""

    step: Step
    windows: tuple[Window, ...]
    before: tuple[Window, ...]


def course_of(view: View, now: datetime, zone: ZoneInfo) -> Course:
    """The course of a view at `now`: its window, with what came before it where that is short."""
    window = view.window(now, zone)
    step = view.step or _suits(view, window)
    last = max(window.start, window.end - INSTANT)
    first = min(step_start(window.start, step, zone), _back(last, step, LEAST[step] - 1, zone))
    first = max(first, _back(last, step, MOST[step] - 1, zone))
    windows = steps(Window(start=first, end=max(window.end, first)), step, zone, MOST[step] + 1)
    if view.compare is Comparison.LAST_YEAR:
        before = [same_part(one, Comparison.LAST_YEAR, zone) for one in windows]
    else:
        before = [_earlier(one, step, len(windows), zone) for one in windows]
    return Course(step=step, windows=tuple(windows), before=tuple(before))


def _suits(view: View, window: Window) -> Step:
    if view.preset is Preset.LAST_HOUR and not view.custom:
        return Step.HOUR
    return Step.WEEK if window.length > LONG else Step.DAY


def _back(at: datetime, step: Step, count: int, zone: ZoneInfo) -> datetime:
    """Where the step began that lies so many steps before the one of `at`."""
    start = step_start(at, step, zone)
    if step is Step.HOUR:
        return step_start(start - count * HOUR, step, zone)  # a zone may shift its clock by half an hour
    day = local_day(start, zone)
    if step is Step.MONTH:
        months = day.year * 12 + day.month - 1 - count
        return midnight(day.replace(year=months // 12, month=months % 12 + 1), zone)
    return midnight(day - timedelta(days=count * DAYS[step]), zone)


def _earlier(window: Window, step: Step, count: int, zone: ZoneInfo) -> Window:
    if step is Step.HOUR:
        return Window(start=window.start - count * HOUR, end=window.end - count * HOUR)
    if step is Step.MONTH:
        return same_part(window, Comparison.LAST_YEAR, zone)
    days = count * DAYS[step]
    start = shifted(window.start, days, zone)
    return Window(start=start, end=max(start, shifted(window.end, days, zone)))
