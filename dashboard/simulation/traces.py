"""What goes with the events of the past: their steps, the answers of those who reported, and supervision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.escalation import USUAL
from dashboard.domain.messages import dump
from dashboard.domain.workflow import SEVEN
from dashboard.simulation.history import Past, instants, masked
from dashboard.simulation.lifecycle import ESCALATE_AFTER_H
from dashboard.simulation.reports import SOURCES
from dashboard.simulation.rhythm import HOUR_S, Seconds
from data_access.writes.history import Column

ORDER_LIMIT_H = 24.0
CHANNELS = {"hotline": "phone", "citizen_app": "app"}


def step_columns(past: Past, since_s: float) -> Mapping[str, Column]:
    """Rows for `ops.event_steps` of events reported since then, and of those that are not finished."""
    chosen = (past.lives.reported >= since_s) | np.isnan(past.clocks["evaluated_at"])
    end = np.where(past.void, past.lives.voided, past.now_s)
    parts: list[tuple[NDArray[np.int64], Seconds, str, str]] = []

    def add(at: Seconds, stage: str, action: str) -> None:
        happened = chosen & (at <= end)
        parts.append((past.ids[happened], at[happened], stage, action))

    lives = past.lives
    add(lives.reported, "report", "enter")
    for stage in SEVEN.stages:
        add(past.clocks[stage.done_column], stage.key, "done")
    add(past.clocks["signed_at"], "handle", "sign")
    add(lives.misrouted, "handle", "return")
    again = np.where(lives.returned <= end, 0.0, np.nan)  # before the return, those are the clocks themselves
    add(lives.first_resolved + again, "handle", "done")
    add(lives.first_replied + again, "feedback", "done")
    add(lives.returned, "verify", "return")
    add(np.where(past.void, lives.voided, np.nan), "file", "void")
    for level, hours in enumerate(ESCALATE_AFTER_H, start=1):
        late = lives.due + hours * HOUR_S
        add(np.where(past.escalation >= level, late, np.nan), "handle", "escalate")
    order = np.argsort(np.concatenate([at for _, at, _, _ in parts]), kind="stable")
    sizes = [len(ids) for ids, _, _, _ in parts]
    return {
        "event_id": np.concatenate([ids for ids, _, _, _ in parts])[order],
        "stage": np.repeat(np.array([stage for _, _, stage, _ in parts]), sizes)[order],
        "action": np.repeat(np.array([action for _, _, _, action in parts]), sizes)[order],
        "at": instants(np.concatenate([at for _, at, _, _ in parts])[order]),
    }


def feedback_columns(past: Past) -> Mapping[str, Column]:
    """Rows for `ops.feedback`."""
    lives = past.lives
    asked = np.flatnonzero(past.closed & (lives.asked <= past.now_s))
    answered = lives.answered[asked] <= past.now_s
    channels = np.array([CHANNELS.get(source.value, "visit") for source in SOURCES])
    resolved: list[Any] = [
        flag if there else None
        for flag, there in zip(
            np.where(lives.resolution[asked], "t", "f").tolist(), answered.tolist(), strict=True
        )
    ]
    return {
        "event_id": past.ids[asked],
        "channel": channels[past.reports.source[asked]],
        "asked_at": instants(lives.asked[asked]),
        "answered_at": instants(np.where(answered, lives.answered[asked], np.nan)),
        "resolved": resolved,
        "satisfaction": masked(lives.satisfaction[asked], ~answered),
    }


def supervision_columns(past: Past) -> Mapping[str, Column]:
    """Rows for `ops.supervision`: a reminder at the first escalation, an order at the second."""
    rows: dict[str, list[NDArray[Any]]] = {
        "event_id": [],
        "kind": [],
        "issued_at": [],
        "due_at": [],
        "closed_at": [],
        "level": [],
        "reason": [],
        "addressee": [],
        "details": [],
    }
    for level, (kind, hours) in enumerate(zip(("reminder", "order"), ESCALATE_AFTER_H, strict=True), start=1):
        own = np.flatnonzero(past.escalation >= level)
        issued = past.lives.due[own] + hours * HOUR_S
        rows["event_id"].append(past.ids[own])
        rows["kind"].append(np.full(len(own), kind))
        rows["issued_at"].append(instants(issued))
        rows["due_at"].append(instants(issued + ORDER_LIMIT_H * HOUR_S))
        rows["closed_at"].append(instants(past.clocks["closed_at"][own]))
        rule = USUAL[level - 1]
        said = {
            "level": level,
            "reason": rule.reason().zh,
            "addressee": rule.to.zh,
            "details": dump(rule.details()),
        }
        for name, value in said.items():
            rows[name].append(np.full(len(own), value))
    columns: dict[str, Column] = {key: np.concatenate(parts) for key, parts in rows.items()}
    ids = np.asarray(columns["event_id"])
    columns["region_id"] = past.reports.region[ids - 1]
    columns["department_id"] = past.reports.department[ids - 1]
    return columns
