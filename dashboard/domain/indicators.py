"""The indicators: one frozen description each, read by screens, API, exports and briefing alike.

Owns names, formulas, units, directions and targets, and how a reading is made from n and d. The counting
itself is in `data_access.queries.indicators`. Two rules hold everywhere: void events and duplicates leave
numerator and denominator both, and 0/0 has no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dashboard.domain.words import Words


class Unit(StrEnum):
    """What a value is: a count, a rate between 0 and 1, or working hours."""

    COUNT = "count"
    RATE = "rate"
    HOURS = "hours"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Group(StrEnum):
    """Which rows an indicator is counted over, and so which query gives it."""

    REPORTED = "reported"  # events reported in the window
    DUE = "due"  # events due in the window, up to now
    DISPATCHED = "dispatched"
    CLOSED = "closed"  # events closed in the window
    ASKED = "asked"
    HANDLING = "handling"
    STOCK = "stock"  # as of the window's end, or now if that is earlier
    REPEAT = "repeat"
    FEEDBACK = "feedback"
    DUTY = "duty"
    COVERAGE = "coverage"
    SUPERVISION = "supervision"
    ATTENDANCE = "attendance"  # shifts that began in the window
    VISITS = "visits"  # periods of visits that ended in the window


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator. `denominator` is None for counts and durations; `target` is in the value's unit."""

    key: str
    zh: str
    en: str
    formula: Words
    numerator: Words
    denominator: Words | None = None
    unit: Unit = Unit.RATE
    direction: Direction = Direction.HIGHER
    group: Group
    target: float | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measured indicator. `value` is None where there is nothing to divide, with the `reason`."""

    key: str
    value: float | None
    n: int | None
    d: int | None
    reason: Words | None = None


def _w(zh: str, en: str) -> Words:
    return Words(zh=zh, en=en)


def _count(key: str, names: Words, group: Group, direction: Direction, formula: Words) -> Indicator:
    return Indicator(
        key=key,
        zh=names.zh,
        en=names.en,
        group=group,
        direction=direction,
        formula=formula,
        numerator=formula,
        unit=Unit.COUNT,
    )


def _rate(
    key: str,
    names: Words,
    group: Group,
    n: Words,
    d: Words,
    *,
    direction: Direction = Direction.HIGHER,
    target: float | None = None,
) -> Indicator:
    formula = Words(zh=f"{n.zh} ÷ {d.zh}", en=f"{n.en} / {d.en}")
    return Indicator(
        key=key,
        zh=names.zh,
        en=names.en,
        group=group,
        formula=formula,
        numerator=n,
        denominator=d,
        direction=direction,
        target=target,
    )


def _hours(key: str, names: Words, formula: Words) -> Indicator:
    return Indicator(
        key=key,
        zh=names.zh,
        en=names.en,
        formula=formula,
        numerator=_w("所选时段内结案的事件", "events closed in the window"),
        unit=Unit.HOURS,
        direction=Direction.LOWER,
        group=Group.HANDLING,
        version=2,
    )


COUNTS = (
    _count(
        "reported",
        _w("上报", "Reported"),
        Group.REPORTED,
        Direction.NEUTRAL,
        _w("所选时段内上报的事件数", "events reported in the window"),
    ),
    _count(
        "open",
        _w("在办", "Open"),
        Group.STOCK,
        Direction.LOWER,
        _w(
            "截至该时刻已上报、未结案且未作废的事件数",
            "events reported and not closed or void, as of the moment",
        ),
    ),
    _count(
        "closed",
        _w("办结", "Closed"),
        Group.CLOSED,
        Direction.HIGHER,
        _w("所选时段内结案的事件数", "events closed in the window"),
    ),
    _count(
        "overdue_open",
        _w("超期在办", "Overdue"),
        Group.STOCK,
        Direction.LOWER,
        _w("截至该时刻在办且已超过时限的事件数", "open events past their limit, as of the moment"),
    ),
    _count(
        "due_2h",
        _w("两小时内到期", "Due in 2 h"),
        Group.STOCK,
        Direction.LOWER,
        _w("截至该时刻在办且两小时内到期的事件数", "open events due within two hours of the moment"),
    ),
    _count(
        "on_duty",
        _w("在岗", "On duty"),
        Group.DUTY,
        Direction.HIGHER,
        _w("当班并已签到、未签退的网格员数", "rostered grid workers who checked in and not out"),
    ),
)

CLOSING = (
    _rate(
        "closure_rate",
        _w("办结率", "Closure rate"),
        Group.REPORTED,
        _w("其中至今已结案的事件", "those of them closed by now"),
        _w("所选时段内上报的事件", "events reported in the window"),
    ),
    _rate(
        "on_time_due",
        _w("按期结案率", "Closed on time, of those due"),
        Group.DUE,
        _w("其中按期结案的事件", "those of them closed by their limit"),
        _w("所选时段内到期的事件（超期在办的计入）", "events due in the window, overdue open ones included"),
        target=0.95,
    ),
    _rate(
        "on_time_closed",
        _w("按时办结率", "Closed on time, of those closed"),
        Group.CLOSED,
        _w("其中未超期的事件", "those of them closed by their limit"),
        _w("所选时段内结案且有时限的事件", "events with a limit closed in the window"),
    ),
    _hours(
        "handling_p50",
        _w("办理时长中位数", "Median handling time"),
        _w(
            "所选时段内结案的事件从上报到结案的工作时长（按整分钟计）的中位数",
            "median working time, in whole minutes, from report to close of events closed in the window",
        ),
    ),
    _hours(
        "handling_p90",
        _w("办理时长 90 分位", "90th percentile of handling time"),
        _w(
            "所选时段内结案的事件从上报到结案的工作时长（按整分钟计）的 90 分位数",
            "90th percentile of working time, in whole minutes, from report to close of events closed in the window",
        ),
    ),
    _rate(
        "rework_rate",
        _w("返工率", "Rework rate"),
        Group.CLOSED,
        _w("其中曾退回返工的事件", "those of them sent back at least once"),
        _w("所选时段内结案的事件", "events closed in the window"),
        direction=Direction.LOWER,
    ),
)

PROCESS = (
    _rate(
        "instant_rate",
        _w("即时答复率", "Answered at first contact"),
        Group.REPORTED,
        _w("其中首次来电即答复的", "those of them answered at the first contact"),
        _w("所选时段内的热线诉求", "hotline requests in the window"),
    ),
    _rate(
        "sign_on_time",
        _w("签收及时率", "Signed for on time"),
        Group.REPORTED,
        _w("其中在签收时限内签收的", "those of them signed for in time"),
        _w(
            "所选时段内上报且已签收或签收时限已到的事件",
            "events reported in the window that were signed for or whose time to sign has passed",
        ),
    ),
    _rate(
        "dispatch_accuracy",
        _w("准确派遣率", "Dispatched correctly"),
        Group.DISPATCHED,
        _w("其中未被退回重派的事件", "those of them not sent back by the department"),
        _w("所选时段内上报且已派遣的事件", "events reported in the window that were dispatched"),
    ),
    _rate(
        "repeat_rate",
        _w("重复率", "Repeat rate"),
        Group.REPEAT,
        _w(
            "其中此前数日内附近已有同类事件的",
            "those of them with one of the same category nearby shortly before",
        ),
        _w("所选时段内上报且有坐标的事件", "events with a position reported in the window"),
        direction=Direction.LOWER,
    ),
)

VOICES = (
    _rate(
        "response_rate",
        _w("响应率", "Response rate"),
        Group.FEEDBACK,
        _w("其中已接通作答的", "those of them answered by now"),
        _w("所选时段内发起的回访", "askings made in the window"),
    ),
    _rate(
        "resolution_rate",
        _w("解决率", "Resolution rate"),
        Group.FEEDBACK,
        _w("其中认为已解决的", "those of them that call it resolved"),
        _w("所选时段内作答的回访", "askings answered in the window"),
    ),
    _rate(
        "satisfaction",
        _w("满意率", "Satisfaction"),
        Group.FEEDBACK,
        _w("其中表示满意的", "those of them that are satisfied"),
        _w("所选时段内作答的回访", "askings answered in the window"),
        target=0.975,
    ),
    _rate(
        "feedback_rate",
        _w("回访率", "Feedback rate"),
        Group.ASKED,
        _w("其中已回访的事件", "those of them whose reporter was asked"),
        _w("所选时段内结案的事件", "events closed in the window"),
    ),
)

FIELD = (
    _rate(
        "on_duty_rate",
        _w("在岗率", "On-duty rate"),
        Group.DUTY,
        _w("其中在岗的", "those of them on duty"),
        _w("该时刻当班的网格员", "grid workers rostered at the moment"),
    ),
    _rate(
        "coverage",
        _w("巡查覆盖率", "Patrol coverage"),
        Group.COVERAGE,
        _w("其中当班期间到过的方格", "those of them visited in the shift"),
        _w("当班网格员所属网格的 50 米方格", "50 m cells of the own grids of workers on shift"),
    ),
    _rate(
        "attendance_rate",
        _w("出勤率", "Attendance"),
        Group.ATTENDANCE,
        _w("其中实际出勤的班次", "those of them that were attended"),
        _w(
            "所选时段内开始的班次（休假、已说明的缺勤和未到班的不计）",
            "shifts that began in the window, without leave, excused absences and those to come",
        ),
    ),
    _rate(
        "visit_rate",
        _w("走访完成率", "Visits made"),
        Group.VISITS,
        _w("其中已完成的走访", "those of them that were made"),
        _w("所选时段内到期的各档走访任务", "visits of all tiers whose period ended in the window"),
    ),
    _rate(
        "supervision_closed",
        _w("督办办结率", "Supervision closed"),
        Group.SUPERVISION,
        _w("其中已办结的", "those of them closed by now"),
        _w("所选时段内发出的提示函和督办单", "reminders and orders issued in the window"),
    ),
)

INDICATORS: tuple[Indicator, ...] = (*COUNTS, *CLOSING, *PROCESS, *VOICES, *FIELD)
"""Every indicator, in the order in which lists show them."""

BY_KEY: dict[str, Indicator] = {indicator.key: indicator for indicator in INDICATORS}


def rate_reading(key: str, n: int, d: int, reason: Words | None = None) -> Reading:
    """n/d of a rate; without a denominator a None that says why."""
    if d:
        return Reading(key=key, value=n / d, n=n, d=d)
    return Reading(key=key, value=None, n=n, d=0, reason=reason or nothing_counted(BY_KEY[key]))


def count_reading(key: str, n: int) -> Reading:
    """A count is its own numerator."""
    return Reading(key=key, value=float(n), n=n, d=None)


def hours_reading(key: str, hours: float | None, n: int) -> Reading:
    """A duration over n events."""
    reason = nothing_counted(BY_KEY[key]) if hours is None else None
    return Reading(key=key, value=hours, n=n, d=None, reason=reason)


def missing_reading(key: str, reason: Words) -> Reading:
    """An indicator that cannot be measured here, and why."""
    return Reading(key=key, value=None, n=None, d=None, reason=reason)


def nothing_counted(indicator: Indicator) -> Words:
    """The sentence behind the dash of 0/0."""
    base = indicator.denominator or indicator.numerator
    return Words(zh=f"没有可计算的数据：{base.zh}为 0", en=f"Nothing to measure: no {base.en}")
