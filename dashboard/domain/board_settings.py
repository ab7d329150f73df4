"""The settings of a district that administrators change on their page: what each is, and which values make sense.

Owns their descriptions and checks; the values are rows of `board.settings`, and what they mean is their readers'
business. Rules that are lists or tables are imported as files: `rulebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dashboard.domain.attendance import AttendanceRules, attendance_rules_from
from dashboard.domain.rulebook import KEYS, checked
from dashboard.domain.terms import ORDER_HOURS, RANKING_MIN_N, REMINDER_HOURS
from dashboard.domain.verdicts import THRESHOLDS
from dashboard.errors import DashboardError


class Kind(StrEnum):
    """FLAG: on or off; NUMBER: with its unit; PERCENT: kept as a share of one."""

    FLAG = "flag"
    NUMBER = "number"
    PERCENT = "percent"


class Group(StrEnum):
    """Settings that are shown together."""

    WATERMARK = "watermark"
    WALL = "wall"
    COLOURS = "colours"
    SUPERVISION = "supervision"
    ATTENDANCE = "attendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSetting:
    """One of them. `path`: the row's key, and the places within its value; `least` and `most` as shown."""

    path: tuple[str | int, ...]
    group: Group
    kind: Kind
    default: float
    least: float = 0
    most: float = 1
    unit: str = ""

    @property
    def key(self) -> str:
        """Its name in addresses, catalogues and the record."""
        return "_".join(str(part) for part in self.path)


class SettingWrong(DashboardError):
    """{text} cannot be used here: {least} to {most}. Nothing was changed."""

    zh = "{text} 无法使用：应为 {least} 至 {most}。未作任何更改。"


class SettingUnknown(DashboardError):
    """There is no setting of that name. Load the page again."""

    zh = "没有这项设置，请重新载入页面。"


_DEFAULT: Final = AttendanceRules()


def _attendance(name: str) -> BoardSetting:
    return BoardSetting(
        path=("attendance", name),
        group=Group.ATTENDANCE,
        kind=Kind.NUMBER,
        default=float(getattr(_DEFAULT, name)),
        most=1440,
        unit="min",
    )


def _threshold(indicator: str, place: int) -> BoardSetting:
    return BoardSetting(
        path=("thresholds", indicator, place),
        group=Group.COLOURS,
        kind=Kind.PERCENT,
        default=THRESHOLDS[indicator][place],
        most=100,
    )


def _hours(name: str, default: float) -> BoardSetting:
    return BoardSetting(
        path=("supervision", name),
        group=Group.SUPERVISION,
        kind=Kind.NUMBER,
        default=default,
        least=0.5,
        most=400,
        unit="h",
    )


SETTINGS: Final[tuple[BoardSetting, ...]] = (
    BoardSetting(path=("watermark", "pages"), group=Group.WATERMARK, kind=Kind.FLAG, default=0),
    BoardSetting(path=("watermark", "exports"), group=Group.WATERMARK, kind=Kind.FLAG, default=0),
    BoardSetting(
        path=("wall", "rotation_s"),
        group=Group.WALL,
        kind=Kind.NUMBER,
        default=30,
        least=5,
        most=3600,
        unit="s",
    ),
    BoardSetting(
        path=("wall", "hold_s"),
        group=Group.WALL,
        kind=Kind.NUMBER,
        default=300,
        least=10,
        most=86400,
        unit="s",
    ),
    *(_threshold("on_time_due", place) for place in (0, 1)),
    BoardSetting(
        path=("ranking_min_n",),
        group=Group.COLOURS,
        kind=Kind.NUMBER,
        default=RANKING_MIN_N,
        least=1,
        most=10_000,
        unit="n",
    ),
    _hours("reminder_hours", REMINDER_HOURS),
    _hours("order_hours", ORDER_HOURS),
    *(_attendance(name) for name in ("late_min", "early_min", "absent_min", "left_post_min", "silent_min")),
)
BY_KEY: Final = {one.key: one for one in SETTINGS}


def value_of(setting: BoardSetting, settings: Mapping[str, Any]) -> float:
    """The value that holds."""
    found: Any = settings
    for part in setting.path:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return setting.default
    return float(found)


def with_value(setting: BoardSetting, text: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with another value of one of them, as typed. SettingWrong, RuleWrong."""
    value = _number(setting, text)
    first, *below = setting.path
    if not below:
        changed: Any = int(value)
    else:
        changed = _placed(dict(settings.get(str(first), {})), below, value)
    _check(str(first), changed, settings, text)
    return {**settings, str(first): changed}


def _number(setting: BoardSetting, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not setting.least <= value <= setting.most or (setting.kind is Kind.FLAG and value not in (0, 1)):
        raise SettingWrong(text=text[:40] or "-", least=f"{setting.least:g}", most=f"{setting.most:g}")
    return value / 100 if setting.kind is Kind.PERCENT else value


def _placed(held: dict[str, Any], below: list[str | int], value: float) -> dict[str, Any]:
    name = str(below[0])
    if len(below) == 1:
        return held | {name: value}
    pair = list(held.get(name) or THRESHOLDS[name])
    pair[int(below[1])] = value
    return held | {name: pair}


def _check(first: str, changed: object, settings: Mapping[str, Any], text: str) -> None:
    """Whether it makes sense together with the others."""
    if first in KEYS:
        checked({first: changed}, settings)
    elif first == "attendance":
        try:
            attendance_rules_from({first: changed})
        except ValueError as error:
            raise SettingWrong(text=text[:40], least="0", most="1440") from error
