"""What reception says when it does not take something, in both languages, and with which status."""

from __future__ import annotations

import math
from typing import ClassVar

from dashboard.errors import DashboardError


class Refused(DashboardError):
    """The request was refused."""

    status: ClassVar[int] = 400
    retry_s: float | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer says besides."""
        if self.status == 401:
            return [(b"www-authenticate", b'Bearer realm="quanyu"')]
        if self.retry_s is not None:
            return [(b"retry-after", str(max(1, math.ceil(self.retry_s))).encode())]
        return []


class TokenMissing(Refused):
    """This address needs a token: as bearer, as Basic password, or as the parameter `token`."""

    zh = "该地址需要令牌：可用 Bearer、Basic 密码或参数 token 提供。"
    status = 401


class TokenUnknown(Refused):
    """This token does not hold: it is unknown or was revoked."""

    zh = "令牌无效：不存在或已撤销。"
    status = 401


class NotAllowed(Refused):
    """This token may not do that: {reason}."""

    zh = "该令牌无权执行此操作：{reason_zh}。"
    status = 403


class TooOften(Refused):
    """This token calls too often. Wait a moment, or send more at once."""

    zh = "该令牌请求过于频繁。请稍候，或合并为批量发送。"
    status = 429


class Busy(Refused):
    """The server has too much to write just now. Send it again in a moment."""

    zh = "服务器暂时繁忙，请稍后重发。"
    status = 503
    retry_s = 1.0


class Unavailable(Refused):
    """The database cannot be reached; nothing was written. Send it again in a moment."""

    zh = "数据库暂时无法连接，未写入任何内容，请稍后重发。"
    status = 503
    retry_s = 3.0


class TooLarge(Refused):
    """The request is larger than {limit} bytes. Send less at once."""

    zh = "请求超过 {limit} 字节，请减少每次发送的内容。"
    status = 413


class TooSlow(Refused):
    """The request did not arrive in time."""

    zh = "请求内容未能及时到达。"
    status = 408


class Encoded(Refused):
    """Packed requests are not taken: send it as it is."""

    zh = "不接受压缩的请求，请直接发送。"
    status = 415


class WrongMethod(Refused):
    """This address does not take that method."""

    zh = "该地址不支持此请求方法。"
    status = 405


class NotJson(Refused):
    """This is not JSON: {reason}."""

    zh = "内容不是有效的 JSON：{reason}。"


class NotForm(Refused):
    """This is not a form: {reason}."""

    zh = "内容不是有效的表单：{reason}。"


class NotXml(Refused):
    """This is not XML that we read: {reason}."""

    zh = "内容不是可读取的 XML：{reason}。"


class WrongShape(Refused):
    """The content must be {expected}."""

    zh = "内容应为{expected_zh}。"


class TooMany(Refused):
    """More than {limit} at once. Send them in several requests."""

    zh = "一次超过 {limit} 条，请分多次发送。"
    status = 413


class Missing(Refused):
    """The field {field} is missing."""

    zh = "缺少字段 {field}。"


class NoDevice(Refused):
    """The report names no device."""

    zh = "上报内容没有设备标识。"


class BadNumber(Refused):
    """The field {field} must be a number from {low} to {high}."""

    zh = "字段 {field} 应为 {low} 到 {high} 之间的数。"


class BadPlace(Refused):
    """The place is not one: longitude from -180 to 180 and latitude from -90 to 90 are needed, both."""

    zh = "位置无效：需要同时给出经度（-180 至 180）和纬度（-90 至 90）。"


class BadTime(Refused):
    """The field {field} is no time that makes sense. Write ISO 8601 or seconds since 1970."""

    zh = "字段 {field} 的时间无效。请使用 ISO 8601，或自 1970 年起的秒数。"


class InFuture(Refused):
    """The field {field} lies in the future."""

    zh = "字段 {field} 的时间在未来。"


class BadText(Refused):
    """The field {field} must be text of at most {limit} characters, without control characters."""

    zh = "字段 {field} 应为不超过 {limit} 字的文本，且不含控制字符。"


class BadChoice(Refused):
    """The field {field} must be one of: {known}."""

    zh = "字段 {field} 应为下列之一：{known}。"


class UnknownField(Refused):
    """There is no field {field}."""

    zh = "没有字段 {field}。"


class UnknownWorker(Refused):
    """There is no active worker {code}."""

    zh = "没有工号为 {code} 的在用人员。"


class OutsideShift(Refused):
    """The worker had no shift at that time; the position was not kept."""

    zh = "该人员当时不在班次内，位置未保存。"


class NoMap(Refused):
    """The district has no map yet: import the regions first."""

    zh = "尚无区域地图，请先导入区域。"
    status = 503
    retry_s = 60.0


class UnknownCategory(Refused):
    """There is no category {code}."""

    zh = "没有类别 {code}。"


class UnknownRegion(Refused):
    """There is no region {code}."""

    zh = "没有区域 {code}。"


class UnknownDepartment(Refused):
    """There is no department {code}."""

    zh = "没有部门 {code}。"


class CodeTaken(Refused):
    """Another event has the code {code}."""

    zh = "编号 {code} 已被另一事件使用。"


class KeyReused(Refused):
    """This Idempotency-Key came with another content before. Use a new key for new content."""

    zh = "该 Idempotency-Key 曾用于其他内容，请为新内容使用新的键。"
    status = 422


class NoService(Refused):
    """There is no service {code}."""

    zh = "没有服务类别 {code}。"
    status = 404


class NoRequest(Refused):
    """There is no service request {code}."""

    zh = "没有编号为 {code} 的诉求。"
    status = 404


class OtherJurisdiction(Refused):
    """This server does not serve the jurisdiction {code}."""

    zh = "本服务不负责辖区 {code}。"
    status = 404


class BadAttribute(Refused):
    """The attribute {code} is not what the service asks for."""

    zh = "属性 {code} 不符合该服务的要求。"


class NoLocation(Refused):
    """A location is needed: lat and long, or address_string."""

    zh = "需要位置：lat 和 long，或 address_string。"
