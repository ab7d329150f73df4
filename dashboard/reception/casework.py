"""Taking reports in as events: placed, assigned and written in one transaction, answered one by one.

Owns the transaction: a token that no longer holds, a code that is taken, a key that was answered before.
Everything here blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.domain.model import Source, State
from dashboard.reception import reports as readers
from dashboard.reception.ground import Ground, Grounds, Placement
from dashboard.reception.open311 import Told
from dashboard.reception.refusals import (
    CodeTaken,
    KeyReused,
    NotAllowed,
    Refused,
    TokenUnknown,
    Unavailable,
    UnknownWorker,
)
from dashboard.reception.reports import Report
from data_access.queries.tokens import Token
from data_access.writes import reports as writes
from data_access.writes import tracks
from data_access.writes.events import Change, NewEvent
from data_access.writes.events import change as change_events
from data_access.writes.reports import NewReport, StoredReport
from data_access.writes.session import pooled

Found = TypeVar("Found")


class Outcome(StrEnum):
    """What became of a report."""

    CREATED = "created"
    EXISTS = "exists"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of one report: the event, or why there is none."""

    outcome: Outcome
    event: StoredReport | None = None
    error: Refused | None = None

    def body(self, lang: str) -> dict[str, Any]:
        """As a part of an answer."""
        if self.error is not None:
            return {"status": str(self.outcome), "error": self.error.body(lang)}
        assert self.event is not None
        due = self.event.due_at
        return {
            "status": str(self.outcome),
            "code": self.event.code,
            "category": self.event.category,
            "region": self.event.region,
            "department": self.event.department,
            "stage": self.event.stage,
            "due_at": due.isoformat() if due else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A request's reports and who sends them. `key`: the sender's own for this request."""

    token: Token
    data: Sequence[Any]
    lang: str
    channel: str
    key: str | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The answer to a filing; `replayed`: the same was answered before."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A report that can become an event, if its code is free."""

    place: int
    report: Report
    placement: Placement
    reported_at: datetime
    worker_id: int | None
    details: Mapping[str, Any] = field(default_factory=dict)


class Casework:
    """Takes reports in, for one process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._grounds = Grounds()

    def file(self, filing: Filing) -> Filed:
        """Take the reports of a request in. Raises Refused where nothing was done at all."""
        with self._writing(filing.token) as connection:
            body_hash = hashlib.sha256(filing.body).digest()
            if filing.key is not None:
                before = writes.answered(connection, filing.token.id, filing.key)
                if before is not None:
                    if before[0] != body_hash:
                        raise KeyReused
                    return Filed(status=before[1], body=before[2], replayed=True)
            ground = self._grounds.current(connection)
            now = datetime.now(UTC)
            zone = ground.terms.zone
            found = [readers.report_or_refusal(one, zone, now) for one in filing.data]
            items = self._take(connection, ground, filing, found, now)
            answer = _answer(items, filing.lang)
            if filing.key is not None:
                writes.remember_answer(
                    connection, filing.token.id, filing.key, body_hash, answer.status, answer.body
                )
            return answer

    def file_one(self, filing: Filing, report: Report) -> Item:
        """Take one report in that was read already. Raises Refused where nothing was done at all."""
        with self._writing(filing.token) as connection:
            ground = self._grounds.current(connection)
            return self._take(connection, ground, filing, [report], datetime.now(UTC))[0]

    def file_told(self, filing: Filing, found: Sequence[Told | Refused]) -> list[Item]:
        """Take another system's requests in, in order; those that are closed there are closed here."""
        with self._writing(filing.token) as connection:
            ground = self._grounds.current(connection)
            reports = [one if isinstance(one, Refused) else one.report for one in found]
            items = self._take(connection, ground, filing, reports, datetime.now(UTC))
            changes = {
                change.event_id: change
                for one, item in zip(found, items, strict=True)
                if isinstance(one, Told) and (change := _closing(one, item, ground)) is not None
            }
            change_events(connection, list(changes.values()))
            return items

    def read(self, token: Token, question: Callable[[psycopg.Connection[Any]], Found]) -> Found:
        """The answer to a question of a token that holds. Raises TokenUnknown."""
        with self._writing(token) as connection:
            return question(connection)

    def ground(self) -> Ground:
        """The present ground."""
        with self._asking() as connection:
            return self._grounds.current(connection)

    @contextmanager
    def _asking(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with pooled(self._engine) as connection:
                yield connection
        except (SQLAlchemyError, psycopg.OperationalError) as error:
            raise Unavailable from error

    @contextmanager
    def _writing(self, token: Token) -> Iterator[psycopg.Connection[Any]]:
        """A transaction of a token that holds in it."""
        with self._asking() as connection:
            writes.be_patient(connection)
            if not tracks.valid_tokens(connection, [token.id]):
                raise TokenUnknown
            tracks.note_use(connection, [token.id])
            yield connection

    def _take(
        self,
        connection: psycopg.Connection[Any],
        ground: Ground,
        filing: Filing,
        found: Sequence[Report | Refused],
        now: datetime,
    ) -> list[Item]:
        items: dict[int, Item] = {}
        named = {_worker_code(filing.token, one) for one in found if isinstance(one, Report)} - {""}
        workers = writes.active_workers(connection, sorted(named))
        drafts: list[_Draft] = []
        for place, one in enumerate(found):
            try:
                if isinstance(one, Refused):
                    raise one
                drafts.append(_draft(place, one, filing, ground, workers, now))
            except Refused as error:
                items[place] = Item(outcome=Outcome.REFUSED, error=error)
        self._write(connection, filing, drafts, ground, now, items)
        return [items[place] for place in range(len(found))]

    def _write(
        self,
        connection: psycopg.Connection[Any],
        filing: Filing,
        drafts: Sequence[_Draft],
        ground: Ground,
        now: datetime,
        items: dict[int, Item],
    ) -> None:
        """Write the drafts whose codes are free; the others are there already, or taken."""
        codes = [draft.report.code for draft in drafts if draft.report.code is not None]
        there = writes.stored_reports(connection, codes) if codes else {}
        ids = writes.next_ids(connection, len(drafts)) if drafts else []
        fresh: list[tuple[int, NewReport]] = []
        owners: dict[int, _Draft] = {}
        claimed: set[str] = set()
        for id_, draft in zip(ids, drafts, strict=True):
            code = draft.report.code or _own_code(id_, draft.reported_at, ground)
            if code not in there and code not in claimed:
                claimed.add(code)
                owners[id_] = draft
                fresh.append((id_, _new_report(code, draft, filing, now)))
        written = writes.insert_reports(connection, fresh)
        codes += [report.event.code for _, report in fresh]
        there = writes.stored_reports(connection, codes)
        made = {owners[id_].place: report.event.code for id_, report in fresh if id_ in written}
        for draft in drafts:
            code = made.get(draft.place) or draft.report.code or ""
            event = there.get(code)
            if draft.place in made:
                items[draft.place] = Item(outcome=Outcome.CREATED, event=event)
            elif event is not None and _same(event, draft, filing.token):
                items[draft.place] = Item(outcome=Outcome.EXISTS, event=event)
            else:
                items[draft.place] = Item(outcome=Outcome.REFUSED, error=CodeTaken(code=code))


def source_of(token: Token) -> str:
    """For which source a token speaks."""
    return token.source or str(Source.GRID_WORKER)


def _worker_code(token: Token, report: Report) -> str:
    return token.worker_code or report.worker or ""


def _draft(
    place: int,
    report: Report,
    filing: Filing,
    ground: Ground,
    workers: Mapping[str, tuple[int, int]],
    now: datetime,
) -> _Draft:
    token = filing.token
    if report.worker is not None and report.worker != token.worker_code and token.worker_code is not None:
        raise NotAllowed(
            reason="a device reports for its own worker only", reason_zh="设备令牌只能以本人身份上报"
        )
    code = _worker_code(token, report)
    if code and code not in workers:
        raise UnknownWorker(code=code)
    worker_id, own_region = workers.get(code, (None, None))
    reported_at = report.reported_at or now
    details: dict[str, Any] = {"channel": filing.channel}
    if report.attributes:
        details["attributes"] = dict(report.attributes)
    return _Draft(
        place=place,
        report=report,
        placement=ground.place(report, reported_at, own_region=own_region),
        reported_at=reported_at,
        worker_id=worker_id,
        details=details,
    )


def _new_report(code: str, draft: _Draft, filing: Filing, now: datetime) -> NewReport:
    report, placement = draft.report, draft.placement
    event = NewEvent(
        code=code,
        source=source_of(filing.token),
        category_id=placement.category.id,
        severity=report.severity,
        region_id=placement.region.id,
        lon=placement.lon,
        lat=placement.lat,
        address=report.address,
        text=report.text,
        reporter=report.reporter or filing.token.worker_code,
        department_id=placement.department.id if placement.department else None,
        worker_id=draft.worker_id,
        reported_at=draft.reported_at,
        due_at=placement.deadline.due_at,
        warn_at=placement.deadline.warn_at,
        stage_due_at=placement.stage_due_at,
        first_contact=False,
    )
    return NewReport(
        event=event,
        photos=report.photos,
        details=draft.details,
        actor=filing.token.worker_code or source_of(filing.token),
        note=placement.note.zh,
        reasons=placement.reasons | {"zh": placement.note.zh, "en": placement.note.en},
        assigned_at=max(now, draft.reported_at),
    )


def _closing(told: Told, item: Item, ground: Ground) -> Change | None:
    """The step that closes an event which another system says is closed; None where there is nothing to do."""
    event = item.event
    if told.closed_at is None or event is None or event.state != State.OPEN:
        return None
    workflow = ground.terms.workflow
    return Change(
        event_id=event.id,
        action="done",
        at=told.closed_at,
        column="verified_at",
        was_stage=event.stage,
        was_state=event.state,
        stage=workflow.following(workflow.closing),
        state=State.CLOSED,
    )


def _own_code(id_: int, reported_at: datetime, ground: Ground) -> str:
    """A code for an event that came without one."""
    return f"R{reported_at.astimezone(ground.terms.zone):%Y%m%d}-{id_:07d}"


def _same(event: StoredReport, draft: _Draft, token: Token) -> bool:
    """Whether an event that is there is this report, sent before. A device speaks for its own worker's only."""
    own = event.worker_id == token.worker_id or token.worker_id is None
    return own and event.source == source_of(token) and event.category == draft.placement.category.code


def _answer(items: Sequence[Item], lang: str) -> Filed:
    counts = {outcome: sum(item.outcome is outcome for item in items) for outcome in Outcome}
    body = {str(outcome): count for outcome, count in counts.items()}
    status = 201 if counts[Outcome.CREATED] else 200 if counts[Outcome.EXISTS] else 422
    return Filed(status=status, body=body | {"items": [item.body(lang) for item in items]})
