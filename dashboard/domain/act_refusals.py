"""Why an act on an event is refused, in both languages, and with which status an interface says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dashboard.errors import DashboardError


class ActRefused(DashboardError):
    """That cannot be done to this event."""

    status: ClassVar[int] = 422

    def body(self, lang: str) -> dict[str, Any]:
        """As a part of an answer; with what a program needs to go on."""
        return {**super().body(lang), **self.more()}

    def more(self) -> Mapping[str, Any]:
        """Facts beside the sentence."""
        return {}


class ActForbidden(ActRefused):
    """Your role does not allow you to {what}. Ask a supervisor to do it."""

    zh = "您的角色无权{what_zh}，请联系值班主管处理。"
    status = 403


class EventUnknown(ActRefused):
    """There is no event {code}, or it is outside your scope. Check the code."""

    zh = "没有事件 {code}，或其不在您的权限范围内。请核对事件编号。"
    status = 404


class EventChanged(ActRefused):
    """{who} {what} at {at}: what you saw is out of date. Look at the event again, then repeat."""

    zh = "{who_zh}已于 {at} {what_zh}，您看到的内容已过期。请查看最新情况后再操作。"
    status = 409

    def more(self) -> Mapping[str, Any]:
        """The version to act on next, and whose act came first."""
        return {"version": self.facts["version"], "by": self.facts["by"], "act": self.facts["act"]}


class EventBusy(ActRefused):
    """Somebody else is changing this event just now. Repeat it in a moment."""

    zh = "其他人正在修改该事件，请稍后重试。"
    status = 409


class NotOpen(ActRefused):
    """This event is {state}: only open events can be {what}."""

    zh = "该事件{state_zh}，只有在办事件可以{what_zh}。"


class StageTooLate(ActRefused):
    """This event is in the stage "{stage}": it can be handed over until its handling is done."""

    zh = "该事件处于“{stage_zh}”环节，任务处理完成后不能再转派。"


class ReasonMissing(ActRefused):
    """Say why, in at most {most} characters."""

    zh = "请填写理由，不超过 {most} 字。"


class DueMissing(ActRefused):
    """An order needs a due time. Say until when it is to be done."""

    zh = "督办单必须有办结期限，请填写。"


class DueImpossible(ActRefused):
    """The due time must lie ahead, and at most {days} days. Choose another."""

    zh = "期限应晚于现在，且不超过 {days} 天，请重新选择。"


class NotForThisAct(ActRefused):
    """ "{name}" makes no sense with the act {act}. Leave it out."""

    zh = "操作 {act} 不需要参数“{name}”，请去掉。"


class DepartmentMissing(ActRefused):
    """Name the department that the event is handed to."""

    zh = "请选择转派到哪个部门。"


class DepartmentUnknown(ActRefused):
    """There is no department {code}. Check its code."""

    zh = "没有部门 {code}，请核对部门代码。"


class SameDepartment(ActRefused):
    """{name} has this event already. Choose another department."""

    zh = "该事件已由{name_zh}办理，请选择其他部门。"


class OriginalMissing(ActRefused):
    """Name the event that this one is a duplicate of."""

    zh = "请填写与哪个事件重复。"


class OriginalUnknown(ActRefused):
    """There is no event {code} that this one could be a duplicate of, or it is outside your scope."""

    zh = "没有可作为原件的事件 {code}，或其不在您的权限范围内。"


class OwnDuplicate(ActRefused):
    """An event is no duplicate of itself. Name the other one."""

    zh = "事件不能与自身重复，请填写另一事件编号。"


class OriginalNotCounted(ActRefused):
    """Event {code} cannot be the original: it is {state}. {advice}"""

    zh = "事件 {code} 不能作为原件：{state_zh}。{advice_zh}"
