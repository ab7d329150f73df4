"""What may be entered into a rota, as it is asked for: patterns, who follows which, changes of single days.

Owns how a request is read and what makes no sense by itself; whether it fits the rota that is there is for the plan
(`rota.planned`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from dashboard.domain.rota import ChangeKind, Rests
from dashboard.errors import DashboardError

MOST_TEXT: Final = 200
MOST_CODE: Final = 64
MOST_TURNS: Final = 400
MOST_WORKERS: Final = 500
MOST_STEP: Final = 10_000


class BadRota(DashboardError):
    """The entry cannot be read: {reason}."""

    zh = "排班内容无法识别：{reason_zh}。"
    status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternEntry:
    """A new pattern, or another course for one that is there. None among `turns`: off."""

    code: str
    name: str
    name_en: str | None
    turns: tuple[str | None, ...]
    anchor: date
    rests: Rests


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignEntry:
    """Workers follow a pattern from a day on; None: no pattern any more."""

    workers: tuple[str, ...]
    pattern: str | None
    step: int
    first: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEntry:
    """One change by hand (see `rota.Change`), workers by code."""

    kind: ChangeKind
    worker: str
    day: date
    other: str | None
    other_day: date | None
    turn: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEntry:
    """A change of a day to come is taken back."""

    id: int


Entry = PatternEntry | AssignEntry | ChangeEntry | WithdrawEntry


def entry_from(body: object) -> Entry:
    """What a request asks to enter: {"enter": "pattern" | "assign" | "swap" | "leave" | "extra" | "withdraw", ...}.
    BadRota."""
    if not isinstance(body, dict):
        raise BadRota(reason="it is no JSON object", reason_zh="不是 JSON 对象")
    asked = body.get("enter")
    read = READERS.get(asked) if isinstance(asked, str) else None
    if read is None:
        known = ", ".join(READERS)
        raise BadRota(reason=f"enter must be one of {known}", reason_zh=f"enter 应为 {known} 之一")
    return read(body)


def _pattern(body: Mapping[str, Any]) -> PatternEntry:
    turns = body.get("turns")
    if not isinstance(turns, list) or not 0 < len(turns) <= MOST_TURNS:
        raise _wrong("turns", f"must be a list of 1 to {MOST_TURNS} turns", f"应为 1 至 {MOST_TURNS} 个班次")
    rests = body.get("rests", Rests.CYCLE)
    if rests not in list(Rests):
        raise _wrong("rests", "must be cycle or calendar", "应为 cycle 或 calendar")
    return PatternEntry(
        code=_code(body, "code"),
        name=_text(body, "name", "") or _code(body, "code"),
        name_en=_text(body, "name_en", "") or None,
        turns=tuple(None if one is None else _code({"turns": one}, "turns") for one in turns),
        anchor=_day(body, "anchor"),
        rests=Rests(rests),
    )


def _assign(body: Mapping[str, Any]) -> AssignEntry:
    workers = body.get("workers")
    if not isinstance(workers, list) or not 0 < len(workers) <= MOST_WORKERS:
        raise _wrong("workers", f"must be 1 to {MOST_WORKERS} codes", f"应为 1 至 {MOST_WORKERS} 个人员编号")
    step = body.get("step", 0)
    if not isinstance(step, int) or isinstance(step, bool) or abs(step) > MOST_STEP:
        raise _wrong("step", "must be a number of days", "应为天数")
    return AssignEntry(
        workers=tuple(dict.fromkeys(_code({"workers": one}, "workers") for one in workers)),
        pattern=None if body.get("pattern") is None else _code(body, "pattern"),
        step=step,
        first=_day(body, "first"),
    )


def _change(body: Mapping[str, Any]) -> ChangeEntry:
    kind = ChangeKind(body["enter"])
    swap = kind is ChangeKind.SWAP
    return ChangeEntry(
        kind=kind,
        worker=_code(body, "worker"),
        day=_day(body, "day"),
        other=_code(body, "other") if swap else None,
        other_day=_day(body, "other_day") if swap else None,
        turn=_code(body, "turn") if kind is ChangeKind.EXTRA else None,
        note=_text(body, "note", ""),
    )


def _withdraw(body: Mapping[str, Any]) -> WithdrawEntry:
    number = body.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise _wrong("id", "must be the change's id", "应为调班的编号")
    return WithdrawEntry(id=number)


READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Entry]]] = {
    "pattern": _pattern,
    "assign": _assign,
    **dict.fromkeys((str(kind) for kind in ChangeKind), _change),
    "withdraw": _withdraw,
}


def _code(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CODE or not value.isprintable():
        raise _wrong(name, "must be a code", "应为代码")
    return value


def _text(body: Mapping[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > MOST_TEXT or not (value.isprintable() or not value):
        raise _wrong(
            name, f"must be text of at most {MOST_TEXT} characters", f"应为不超过 {MOST_TEXT} 字的文字"
        )
    return value.strip()


def _day(body: Mapping[str, Any], name: str) -> date:
    try:
        found = date.fromisoformat(str(body.get(name)))
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2199:
        raise _wrong(name, "must be a day such as 2026-11-20", "应为日期，如 2026-11-20")
    return found


def _wrong(name: str, reason: str, reason_zh: str) -> BadRota:
    return BadRota(reason=f"{name} {reason}", reason_zh=f"{name} {reason_zh}")
