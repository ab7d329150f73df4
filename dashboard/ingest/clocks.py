"""The clocks of an imported event. Owns what they have to be to each other: after the report, before now, one
step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from dashboard.domain.workflow import CLOCKS, Workflow
from dashboard.ingest.checks import RowReader
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw

DUE_WITHIN = timedelta(days=10 * 365)
"""A deadline further away than this stands for none."""


class EventClocks:
    """Reads the clocks of events."""

    def __init__(self, clock: Clock, workflow: Workflow, latest: datetime) -> None:
        self._clock, self._latest = clock, latest
        after = ["reported_at", *(stage.done_column for stage in workflow.stages)]
        self._order = tuple(dict.fromkeys(name for name in after if name in ("reported_at", *CLOCKS)))

    def read(self, reader: RowReader) -> Mapping[str, datetime | None]:
        """All clocks by column, the deadline and the moment of the last change among them."""
        reported = reader.time("reported_at", self._clock, required=True)
        times: dict[str, datetime | None] = {"reported_at": reported}
        for name in ("reported_at", *CLOCKS):
            at = reported if name == "reported_at" else reader.time(name, self._clock)
            times[name] = at
            if at is not None and at > self._latest:
                reader.reject(reader.label(name), raw(reader, name), Flaw.FUTURE)
            elif at is not None and reported is not None and at < reported:
                flaw, said = Flaw.CLOSED_BEFORE_REPORTED, raw(reader, "reported_at")
                reader.reject(reader.label(name), raw(reader, name), flaw, reported=said)
        self._check_order(reader, times)
        times["changed_at"] = max((at for at in times.values() if at is not None), default=None)
        times["due_at"] = self._due(reader, reported)
        return times

    def _check_order(self, reader: RowReader, times: Mapping[str, datetime | None]) -> None:
        """A remark where a step was done before the one before it; steps before the report are rejected above."""
        last = "reported_at"
        for name in self._order[1:]:
            at, before = times[name], times[last]
            if at is None:
                continue
            if before is not None and at < before and last != "reported_at":
                details = {"before": reader.label(last), "at": raw(reader, last)}
                reader.note(reader.label(name), raw(reader, name), Flaw.STEP_ORDER, **details)
            last = name

    def _due(self, reader: RowReader, reported: datetime | None) -> datetime | None:
        due = reader.time("due_at", self._clock)
        if due is None or reported is None:
            return due
        if due < reported:
            flaw, said = Flaw.DUE_BEFORE_REPORTED, raw(reader, "reported_at")
            reader.note(reader.label("due_at"), raw(reader, "due_at"), flaw, reported=said)
            return None
        if due - reported > DUE_WITHIN:
            years = (due - reported).days // 365
            reader.note(reader.label("due_at"), raw(reader, "due_at"), Flaw.DUE_FAR, years=years)
            return None
        return due


def raw(reader: RowReader, field: str) -> str:
    """What the file says in a field, for a finding."""
    return " / ".join(reader.record.values.get(name, "") for name in reader.label(field).split(" / "))
