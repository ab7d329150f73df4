"""The closed loops that an event can go through. Owns stages, order, names and limits, not the clocks."""

from __future__ import annotations

from dataclasses import dataclass

DONE = "done"
"""The stage of an event that is past the last one."""
CLOCKS = (
    *("accepted_at", "filed_at", "dispatched_at", "signed_at", "resolved_at", "replied_at", "verified_at"),
    *("closed_at", "evaluated_at"),
)
"""Clocks of an event that lie between its report and now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the loop.

    `done_column` is the clock of `ops.events` that is set when the stage is completed.
    `limit_hours` is the stage's own limit in working hours; None: the category's limit rules.
    `sign_limit_hours` is the time to sign for the task inside the stage; None: nothing to sign.
    """

    key: str
    zh: str
    en: str
    done_column: str
    limit_hours: float | None
    sign_limit_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Stages in order. Completing `closing` closes the event; stages after it happen to closed events."""

    key: str
    zh: str
    en: str
    stages: tuple[Stage, ...]
    closing: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all stages, in order."""
        return tuple(stage.key for stage in self.stages)

    @property
    def open_stages(self) -> tuple[Stage, ...]:
        """The stages that an open event can be in: up to and with the closing one."""
        return self.stages[: self.index(self.closing) + 1]

    def index(self, key: str) -> int:
        """Place of a stage, 0 first; one past the last for 'done'. KeyError for a foreign stage."""
        if key == DONE:
            return len(self.stages)
        for place, stage in enumerate(self.stages):
            if stage.key == key:
                return place
        raise KeyError(key)

    def stage(self, key: str) -> Stage:
        """The stage of that key. KeyError for 'done' and for a foreign stage."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def following(self, key: str) -> str:
        """Key of the stage after `key`: 'done' after the last."""
        place = self.index(key) + 1
        return self.stages[place].key if place < len(self.stages) else DONE


SEVEN = Workflow(
    key="seven",
    zh="七步闭环",
    en="Seven-stage loop",
    closing="verify",
    stages=(
        Stage(key="report", zh="采集上报", en="Reported", done_column="accepted_at", limit_hours=0.5),
        Stage(key="file", zh="案卷建立", en="Case filed", done_column="filed_at", limit_hours=0.5),
        Stage(key="dispatch", zh="任务派遣", en="Dispatched", done_column="dispatched_at", limit_hours=1.0),
        Stage(
            key="handle",
            zh="任务处理",
            en="Handling",
            done_column="resolved_at",
            limit_hours=None,
            sign_limit_hours=2.0,
        ),
        Stage(key="feedback", zh="情况反馈", en="Feedback", done_column="replied_at", limit_hours=2.0),
        Stage(key="verify", zh="核查结案", en="Verified", done_column="verified_at", limit_hours=4.0),
        Stage(key="evaluate", zh="考核评价", en="Evaluation", done_column="evaluated_at", limit_hours=16.0),
    ),
)

SIX = Workflow(
    key="six",
    zh="六步闭环",
    en="Six-stage loop",
    closing="archive",
    stages=(
        Stage(key="report", zh="发现上报", en="Reported", done_column="accepted_at", limit_hours=0.5),
        Stage(key="dispatch", zh="指挥派遣", en="Dispatched", done_column="dispatched_at", limit_hours=1.0),
        Stage(
            key="handle",
            zh="处置反馈",
            en="Handling",
            done_column="resolved_at",
            limit_hours=None,
            sign_limit_hours=2.0,
        ),
        Stage(key="verify", zh="任务核查", en="Verified", done_column="verified_at", limit_hours=4.0),
        Stage(key="evaluate", zh="考核评价", en="Evaluation", done_column="evaluated_at", limit_hours=8.0),
        Stage(key="archive", zh="结案存档", en="Archived", done_column="closed_at", limit_hours=8.0),
    ),
)

WORKFLOWS: dict[str, Workflow] = {workflow.key: workflow for workflow in (SEVEN, SIX)}
"""The loops that ship; a district names one in its settings."""
