"""What a supervisor does to an event: note, remind, supervise, hand over, mark as a duplicate.

Owns what an order holds, when it makes sense, and the words for it. Who may is the policy's business, who comes
first and what is written that of `data_access.writes.acts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboard.domain.act_refusals import (
    DepartmentMissing,
    DueImpossible,
    DueMissing,
    NotForThisAct,
    NotOpen,
    OriginalMissing,
    OriginalNotCounted,
    OwnDuplicate,
    ReasonMissing,
    SameDepartment,
    StageTooLate,
)
from dashboard.domain.model import State
from dashboard.domain.policy import Act
from dashboard.domain.words import Words
from dashboard.domain.workflow import DONE, Workflow

MOST_REASON: Final = 500
MOST_DUE_DAYS: Final = 366
ON_EVENTS: Final = (Act.NOTE, Act.REMIND, Act.SUPERVISE, Act.TRANSFER, Act.MARK_DUPLICATE)
"""What can be done to an event."""
HANDED_OVER_UNTIL: Final = "handle"
"""The last stage in which an event changes hands."""

ACTIONS: Final[dict[Act, str]] = {
    Act.NOTE: "note",
    Act.REMIND: "remind",
    Act.SUPERVISE: "supervise",
    Act.TRANSFER: "transfer",
    Act.MARK_DUPLICATE: "duplicate",
}
"""What an act is called in the trace."""
KINDS: Final[dict[Act, str]] = {Act.REMIND: "reminder", Act.SUPERVISE: "order"}
"""What an act issues."""

TO_DO: Final[dict[Act, Words]] = {
    Act.NOTE: Words(zh="添加备注", en="add a note"),
    Act.REMIND: Words(zh="发送提示函", en="send a reminder"),
    Act.SUPERVISE: Words(zh="发起督办", en="issue an order"),
    Act.TRANSFER: Words(zh="转派事件", en="hand an event over"),
    Act.MARK_DUPLICATE: Words(zh="标记重复", en="mark a duplicate"),
}
DONE_TO: Final[dict[str, Words]] = {
    "enter": Words(zh="上报了该事件", en="reported this event"),
    "assign": Words(zh="指派了该事件", en="assigned this event"),
    "done": Words(zh="推进了办理环节", en="moved this event on"),
    "sign": Words(zh="签收了该事件", en="signed for this event"),
    "return": Words(zh="退回了该事件", en="sent this event back"),
    "void": Words(zh="作废了该事件", en="voided this event"),
    "escalate": Words(zh="升级了该事件", en="escalated this event"),
    "note": Words(zh="添加了备注", en="added a note"),
    "remind": Words(zh="发送了提示函", en="sent a reminder"),
    "supervise": Words(zh="发起了督办", en="issued an order"),
    "transfer": Words(zh="转派了该事件", en="handed this event over"),
    "settle": Words(zh="办结了督办", en="closed a reminder or an order"),
    "duplicate": Words(zh="标记了重复", en="marked a duplicate"),
}
CHANGED: Final = Words(zh="更新了该事件", en="changed this event")
STATES: Final[dict[State, Words]] = {
    State.OPEN: Words(zh="在办", en="open"),
    State.CLOSED: Words(zh="已结案", en="closed"),
    State.VOID: Words(zh="已作废", en="void"),
}
DUPLICATE: Final = Words(zh="已标记为重复件", en="a duplicate of another one")
_PASSIVE: Final[dict[Act, Words]] = {
    Act.REMIND: Words(zh="发送提示函", en="reminded of"),
    Act.SUPERVISE: Words(zh="督办", en="supervised"),
    Act.TRANSFER: Words(zh="转派", en="handed over"),
    Act.MARK_DUPLICATE: Words(zh="标记重复", en="marked as duplicates"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One act on one event, as asked for. `version`: of the event as the person saw it; `reason`: in the person's
    words. `department`, `duplicate_of`: codes.
    """

    act: Act
    version: int
    reason: str
    due_at: datetime | None = None
    department: str | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an event stands at the moment of the act. `department`: code and name of who has it."""

    id: int
    code: str
    version: int
    stage: str
    state: State
    duplicate: bool
    department: tuple[str, Words] | None

    @property
    def counted(self) -> bool:
        """Whether it counts: neither void nor a duplicate."""
        return self.state is not State.VOID and not self.duplicate


def check(order: Order, event: Standing, workflow: Workflow, now: datetime) -> None:
    """Whether the act makes sense for the event as it stands. Raises a kind of ActRefused that says why not."""
    check_order(order, now)
    if order.act is Act.NOTE:
        return
    if event.state is not State.OPEN and order.act is not Act.MARK_DUPLICATE:
        _refuse_state(order, STATES[event.state])
    if event.state is State.VOID:
        _refuse_state(order, STATES[State.VOID])
    if event.duplicate:
        _refuse_state(order, DUPLICATE)
    if order.act is Act.TRANSFER:
        _check_transfer(order, event, workflow)
    if order.duplicate_of == event.code:
        raise OwnDuplicate


def check_order(order: Order, now: datetime) -> None:
    """Whether the order makes sense by itself, whatever it is about."""
    if not order.reason.strip() or len(order.reason) > MOST_REASON:
        raise ReasonMissing(most=MOST_REASON)
    if order.due_at is not None:
        if order.act not in KINDS:
            raise NotForThisAct(name="due", act=order.act)
        if not now < order.due_at <= now + timedelta(days=MOST_DUE_DAYS):
            raise DueImpossible(days=MOST_DUE_DAYS)
    elif order.act is Act.SUPERVISE:
        raise DueMissing
    if (order.department is not None) != (order.act is Act.TRANSFER):
        raise (
            DepartmentMissing
            if order.act is Act.TRANSFER
            else NotForThisAct(name="department", act=order.act)
        )
    if (order.duplicate_of is not None) != (order.act is Act.MARK_DUPLICATE):
        raise (
            OriginalMissing
            if order.act is Act.MARK_DUPLICATE
            else NotForThisAct(name="duplicate_of", act=order.act)
        )


def check_original(original: Standing) -> None:
    """Whether an event can be what another is a duplicate of."""
    if original.duplicate:
        raise OriginalNotCounted(
            code=original.code,
            state=DUPLICATE.en,
            state_zh=DUPLICATE.zh,
            advice="Name that one.",
            advice_zh="请填写最初的事件。",
        )
    if original.state is State.VOID:
        void = STATES[State.VOID]
        raise OriginalNotCounted(code=original.code, state=void.en, state_zh=void.zh, advice="", advice_zh="")


def _check_transfer(order: Order, event: Standing, workflow: Workflow) -> None:
    if not can_change_hands(event.stage, workflow):
        stage = workflow.stage(event.stage) if event.stage in workflow.keys else None
        words = (stage.zh, stage.en) if stage else (event.stage, event.stage)
        raise StageTooLate(stage=words[1], stage_zh=words[0])
    if event.department is not None and event.department[0] == order.department:
        name = event.department[1]
        raise SameDepartment(name=name.en, name_zh=name.zh)


def can_change_hands(stage: str, workflow: Workflow) -> bool:
    """Whether an open event in that stage can be handed to another department."""
    if stage == DONE or stage not in workflow.keys:
        return False
    return workflow.index(stage) <= workflow.index(HANDED_OVER_UNTIL)


def _refuse_state(order: Order, state: Words) -> None:
    what = _PASSIVE[order.act]
    raise NotOpen(state=state.en, state_zh=state.zh, what=what.en, what_zh=what.zh)
