"""What the live addresses say when they cannot give what was asked, in the viewer's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.domain.messages import dump
from dashboard.errors import DashboardError

RETRY_S: Final = 2
Headers = list[tuple[bytes, bytes]]


class NoDataYet(DashboardError):
    """There is no live data yet. Try again in a moment."""

    zh = "暂无实时数据，请稍后再试。"


class NoRoom(DashboardError):
    """This server has as many open streams as it may. Try again later, or raise QUANYU_MAX_STREAMS."""

    zh = "本服务器的实时连接数已达上限。请稍后再试，或调高 QUANYU_MAX_STREAMS。"


class BadQuestion(DashboardError):
    """The parameter {name} makes no sense here: it must be {expected}."""

    zh = "参数 {name} 无效：应为 {expected}。"


class MapUnknown(DashboardError):
    """There is no map of version {version}. Fetch /live/snapshot for the present one."""

    zh = "没有版本为 {version} 的地图，请从 /live/snapshot 获取当前版本。"


class NoSuchRegion(DashboardError):
    """There is no region {code}, or it is outside your scope. Check the code."""

    zh = "没有区域 {code}，或其不在您的权限范围内。请核对区域代码。"


class DatabaseAway(DashboardError):
    """The database does not answer. Try again in a moment."""

    zh = "数据库没有响应，请稍后再试。"


class NothingHere(DashboardError):
    """There is nothing at {path}. The interface is described at /api/v1/openapi.json."""

    zh = "{path} 没有内容。接口说明见 /api/v1/openapi.json。"


class OtherMethod(DashboardError):
    """{path} answers to {methods} only. The interface is described at /api/v1/openapi.json."""

    zh = "{path} 仅支持 {methods}。接口说明见 /api/v1/openapi.json。"


class ReadingOnly(DashboardError):
    """This address is read with GET."""

    zh = "该地址仅支持 GET。"


STATUS: Final[Mapping[type[DashboardError], int]] = {
    NoDataYet: 503,
    NoRoom: 503,
    BadQuestion: 400,
    MapUnknown: 404,
    NoSuchRegion: 404,
    NothingHere: 404,
    OtherMethod: 405,
    DatabaseAway: 503,
    ReadingOnly: 405,
}


def refusal(error: DashboardError, scope: Mapping[str, Any]) -> tuple[int, Headers, bytes]:
    """Status, headers and body for a request's ASGI scope."""
    lang = scope.get("quanyu.lang", "zh")
    body = dump({"error": error.body(lang)}).encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-language", lang.encode()),
        (b"cache-control", b"no-store"),
    ]
    status = STATUS[type(error)]
    if status == 503:
        headers.append((b"retry-after", str(RETRY_S).encode()))
    return status, headers, body
