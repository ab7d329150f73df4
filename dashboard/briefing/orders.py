"""Orders for briefings as JSON brings them: read strictly, within bounds."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter, ValidationError

from dashboard.briefing.content import Order
from dashboard.errors import DashboardError
from data_access.queries.regions import storable

MOST_CASES: Final = 10
MOST_TEXTS: Final = 200
LONGEST_TEXT: Final = 4_000
LONGEST_CODE: Final = 200
LANGS: Final = ("zh", "en")


class BadOrder(DashboardError):
    """The briefing cannot be made: {reason}."""

    zh = "无法生成简报：{reason_zh}。"
    status: ClassVar[int] = 400


_KNOWN: Final = frozenset(one.name for one in fields(Order))
_ADAPTER: Final = TypeAdapter(Order)


def order_from(body: object) -> Order:
    """The order of a body of JSON; what it leaves out is as usual. BadOrder."""
    if not isinstance(body, dict):
        raise BadOrder(reason="the order is no JSON object", reason_zh="请求不是 JSON 对象")
    if unknown := sorted(set(map(str, body)) - _KNOWN):
        name = unknown[0][:50]
        raise BadOrder(reason=f"{name!a} is no field", reason_zh=f"没有字段 {name!a}")
    try:
        order = _ADAPTER.validate_python(body)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
        raise BadOrder(reason=f"{place!a} has no sense", reason_zh=f"字段 {place!a} 无效") from error
    _check(order)
    return order


def order_body(order: Order) -> dict[str, Any]:
    """An order as JSON: what `order_from` takes."""
    body: dict[str, Any] = _ADAPTER.dump_python(order, mode="json")
    return body


def _check(order: Order) -> None:
    for name, fits in (
        ("lang", order.lang in LANGS),
        ("region", 0 < len(order.region) <= LONGEST_CODE and storable(order.region)),
        ("day", len(order.day) <= LONGEST_CODE),
        ("sections", 0 < len(order.sections) == len(set(order.sections))),
        ("versus", len(order.versus) == len(set(order.versus))),
        ("cases", len(order.cases) <= MOST_CASES and all(map(_coded, order.cases))),
        ("texts", len(order.texts) <= MOST_TEXTS and all(map(_worded, order.texts.items()))),
    ):
        if not fits:
            raise BadOrder(reason=f"{name!a} has no sense", reason_zh=f"字段 {name!a} 无效")


def _coded(code: str) -> bool:
    return 0 < len(code) <= LONGEST_CODE and storable(code)


def _worded(text: tuple[str, str]) -> bool:
    key, words = text
    return _coded(key) and len(words) <= LONGEST_TEXT and storable(words)
