"""Questions of the JSON interface: what a request asks for, read strictly. Owns the complaints about questions
that make no sense; leaves answering them to `dashboard.api`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from starlette.requests import Request

from dashboard.domain.indicators import BY_KEY
from dashboard.domain.policy import NOBODY, Scope, Viewer
from dashboard.domain.view import window_from
from dashboard.domain.windows import Window
from dashboard.errors import DashboardError

Choice = TypeVar("Choice", bound=StrEnum)


class MissingRegionError(DashboardError):
    """No region was named. Add region=CODE; /api/v1/regions lists the codes."""

    zh = "未指定区域。请添加 region=区域代码，代码见 /api/v1/regions。"


class UnknownIndicatorError(DashboardError):
    """There is no indicator {key}. The keys are: {known}."""

    zh = "没有指标 {key}。可用指标：{known}。"


class BadNumberError(DashboardError):
    """{name}={text} must be a whole number from {least} to {most}."""

    zh = "{name}={text} 应为 {least} 到 {most} 的整数。"


class UnknownChoiceError(DashboardError):
    """{name}={text} is not known. Known are: {known}."""

    zh = "{name}={text} 无法识别。可用：{known}。"


class TooManyStepsError(DashboardError):
    """That makes more than {most} steps. Ask for longer steps or a shorter time."""

    zh = "时段超过 {most} 个。请加大步长或缩短时间。"


class UnknownLevelError(DashboardError):
    """There is no level {text}. The levels are: {known}."""

    zh = "没有层级 {text}。可用层级：{known}。"


class UnreadableError(DashboardError):
    """{name} holds a character that is no text. Leave it out."""

    zh = "{name} 含有不是文字的字符，请去掉后重试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request, as far as the answers need it."""

    engine: Engine
    scope: Scope
    now: datetime
    lang: str
    query: dict[str, str]
    path: dict[str, str]
    viewer: Viewer = NOBODY


def readable(*asked: Mapping[str, str]) -> None:
    """Whether all that is asked is text: a zero byte is none to the database. UnreadableError."""
    for name, value in (pair for part in asked for pair in part.items()):
        if "\0" in value:
            raise UnreadableError(name=ascii(name[:64]))


def asked_window(query: dict[str, str], now: datetime, zone: ZoneInfo) -> Window:
    """The window of `window`, or of `from` and `to`; today without them."""
    return window_from(query, now, zone)


def language(request: Request) -> str:
    """ "zh" or "en": by `lang`, else by the browser's wish, else Chinese."""
    asked = request.query_params.get("lang", "").lower()[:2]
    if asked in ("zh", "en"):
        return asked
    wishes: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), name[:2].lower()))
        except ValueError:
            continue
    known = [
        name for weight, name in sorted(wishes, key=lambda wish: wish[0]) if name in ("zh", "en") and weight
    ]
    return known[0] if known else "zh"


def asked_region(query: dict[str, str]) -> str:
    """The region that was named. MissingRegionError."""
    code = query.get("region", "").strip()
    if not code:
        raise MissingRegionError
    return code


def asked_choice(query: dict[str, str], name: str, known: type[Choice], default: Choice) -> Choice:
    """One of a few words, or the default. UnknownChoiceError."""
    text = query.get(name, "").strip() or default
    if text not in list(known):
        raise UnknownChoiceError(name=name, text=text, known=", ".join(known))
    return known(text)


def asked_keys(text: str | None) -> list[str] | None:
    """Keys of indicators, None where none were named. UnknownIndicatorError."""
    if text is None:
        return None
    found = [key.strip() for key in text.split(",") if key.strip()]
    for key in found:
        if key not in BY_KEY:
            raise UnknownIndicatorError(key=key, known=", ".join(BY_KEY))
    return found


def asked_number(query: dict[str, str], name: str, default: int, most: int, *, least: int = 1) -> int:
    """A whole number from `least` to `most`. BadNumberError."""
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadNumberError(name=name, text=text[:64], least=least, most=most)
    return int(text)
