"""The ledger of reminders and orders: which were issued, to whom, until when, how they stand and were delivered.

Papers about void events and duplicates leave it, as they leave the indicator; over a window its totals are the n and d
of `supervision_closed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS
from dashboard.domain.model import State
from dashboard.domain.policy import Scope
from dashboard.domain.supervision import PaperKind, PaperState, paper_number, paper_state
from dashboard.domain.terms import terms_from
from dashboard.domain.words import Words, recorded
from dashboard.errors import DashboardError
from data_access.queries.filtering import FILTERED, sieve_of
from data_access.queries.regions import NEAREST, region_path
from data_access.queries.selection import COUNTED, RELOCATED, whole_ground, within
from data_access.queries.session import district_settings

MOST: Final = 500
"""A page never holds more, whatever was asked for."""
MOST_OFFSET: Final = 100_000
MOST_ATTEMPTS: Final = 100


class PaperUnknown(DashboardError):
    """There is no reminder or order {id}, or it is outside your scope."""

    zh = "没有编号为 {id} 的提示函或督办单，或其不在您的权限范围内。"
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuestion:
    """Which papers. `state` empty: however they stand; `since` and `until` None: whenever they were issued;
    `department`: code of whom they are addressed to, where nobody is named of who has the event; `event`: code of
    what they are about.
    """

    kind: PaperKind | None = None
    state: frozenset[PaperState] = frozenset()
    department: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """One paper. `actor`, `closed_by`: who issued and who closed it as shown, None for the rules; `level`: of the
    escalation that issued it, `rule`: what the rules said then. `parent`: what a region below the streets lies in.

    `delivery`: pending, delivered, failed or cancelled, None where its department has no address for it.
    """

    id: int
    number: str
    kind: PaperKind
    state: PaperState
    event_code: str | None
    event_stage: str | None
    event_state: State | None
    category: Words | None
    region_code: str | None
    region: Words | None
    parent: Words | None
    department_code: str | None
    department: Words | None
    addressee: Words | None
    level: int | None
    issued_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reason: str | None
    rule: Words | None
    actor: str | None
    closed_by: str | None
    result: str | None
    delivery: str | None
    delivered_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTotals:
    """Of all papers of a question, whatever state it names. The closure rate is closed / issued."""

    issued: int
    closed: int
    overdue: int
    closed_late: int

    @property
    def rate(self) -> float | None:
        """The closure rate; None for 0/0."""
        return self.closed / self.issued if self.issued else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A page of the ledger: `total` papers of the question's states in all."""

    rows: tuple[PaperRow, ...]
    total: int
    totals: LedgerTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to deliver a paper. `status`: of the answer, None where there was none."""

    number: int
    at: datetime
    elapsed_ms: int
    status: int | None
    error: str | None


OF_EVENT: Final = f"case when s.region_id is null then {RELOCATED} end"
STANDS: Final = """
case when s.closed_at <= :now then case when s.closed_at > s.due_at then 'closed_late' else 'closed' end
     when s.due_at < :now then 'overdue' else 'open' end
"""
CHOSEN: Final = f"""
from ops.supervision s
left join ops.events e on e.id = s.event_id
left join ops.departments d on d.id = coalesce(s.department_id, e.department_id)
where (e.id is null or ({COUNTED})) and {FILTERED}
  and {within("coalesce(s.region_id, e.region_id)", "s.issued_at", OF_EVENT)}
  and (cast(:since as timestamptz) is null or s.issued_at >= :since)
  and (cast(:until as timestamptz) is null or s.issued_at < :until)
  and (cast(:kind as text) is null or s.kind = :kind)
  and (cast(:department as text) is null or d.code = :department)
  and (cast(:event as text) is null or e.code = :event)
"""

TOTALS: Final = text(f"""
select stands, count(*) as n from (select {STANDS} as stands {CHOSEN}) t group by stands
""")

# What is waited for comes first, the longest overdue at the top; then what is done, the newest first.
PAGE: Final = text(f"""
with picked as materialized (
  select s.id, s.closed_at <= :now as done, s.due_at, s.issued_at {CHOSEN}
    and (cast(:id as bigint) is null or s.id = :id)
    and (cast(:states as text[]) is null or {STANDS} = any(cast(:states as text[])))
  order by coalesce(s.closed_at <= :now, false), case when s.closed_at <= :now then null else s.due_at end nulls last,
           s.issued_at desc, s.id desc
  limit :limit offset :offset
)
select s.id, s.kind, s.issued_at, s.due_at, s.closed_at, s.reason, s.actor, s.closed_by, s.result,
       s.level, s.addressee, s.details,
       e.code as event_code, e.stage as event_stage, e.state as event_state,
       c.name as category, c.name_en as category_en, r.code as region_code, r.name as region, r.name_en as region_en,
       above.name as parent, above.name_en as parent_en,
       d.code as department_code, d.name as department, d.name_en as department_en,
       y.state as delivery, y.ended_at as delivered_at, coalesce(y.attempts, 0) as attempts
from picked p join ops.supervision s on s.id = p.id
left join ops.events e on e.id = s.event_id
left join ops.categories c on c.id = e.category_id
left join ops.regions r on r.id = coalesce(s.region_id, e.region_id)
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id and above.level <> 'district'
left join ops.departments d on d.id = coalesce(s.department_id, e.department_id)
left join lateral (
  select y.state, y.ended_at, y.attempts from board.deliveries y
  where y.supervision_id = s.id order by y.id desc limit 1
) y on true
order by coalesce(p.done, false), case when p.done then null else p.due_at end nulls last, p.issued_at desc, p.id desc
""")

CODE_OF: Final = text("""
select r.code from ops.supervision s left join ops.events e on e.id = s.event_id
join ops.regions r on r.id = coalesce(s.region_id, e.region_id) where s.id = :id
""")

ATTEMPTS: Final = text("""
select a.number, a.at, a.elapsed_ms, a.status, a.error
from board.delivery_attempts a join board.deliveries v on v.id = a.delivery_id
where v.supervision_id = :id order by a.at, a.number limit :limit
""")


def ledger(conn: Connection, code: str, scope: Scope, now: datetime, question: LedgerQuestion) -> Ledger:
    """The papers of a region and all below it. RegionUnknown."""
    values = _values(conn, code, scope, now, question)
    found = {row.stands: row.n for row in conn.execute(TOTALS, values)}
    counted = {state: int(found.get(state, 0)) for state in PaperState}
    states = question.state or frozenset(PaperState)
    rows = conn.execute(PAGE, values).all()
    late = counted[PaperState.CLOSED_LATE]
    return Ledger(
        rows=_rows(conn, rows, now),
        total=sum(counted[state] for state in states),
        totals=LedgerTotals(
            issued=sum(counted.values()),
            closed=counted[PaperState.CLOSED] + late,
            overdue=counted[PaperState.OVERDUE],
            closed_late=late,
        ),
    )


def paper(conn: Connection, id_: int, scope: Scope, now: datetime) -> tuple[PaperRow, tuple[Attempt, ...]]:
    """One paper and the attempts to deliver it. PaperUnknown where it is absent or outside the scope."""
    code = conn.execute(CODE_OF, {"id": id_}).scalar()
    if code is None:
        raise PaperUnknown(id=id_)
    try:
        values = _values(conn, code, scope, now, LedgerQuestion(limit=1), former=True)
    except DashboardError as error:
        raise PaperUnknown(id=id_) from error
    rows = _rows(conn, conn.execute(PAGE, values | {"id": id_}).all(), now)
    if not rows:
        raise PaperUnknown(id=id_)
    attempts = conn.execute(ATTEMPTS, {"id": id_, "limit": MOST_ATTEMPTS})
    return rows[0], tuple(Attempt(**row) for row in attempts.mappings())


def _values(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    question: LedgerQuestion,
    *,
    former: bool = False,
) -> dict[str, Any]:
    path = region_path(conn, code, scope, now, former=former)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    return {
        **ground.values(),
        **sieve_of(conn, scope.narrowed(NO_FILTERS)).values(),
        "now": now,
        "since": question.since,
        "until": question.until,
        "id": None,
        "kind": question.kind,
        "department": question.department,
        "event": question.event,
        "states": sorted(question.state) or None,
        "limit": max(0, min(question.limit, MOST)),
        "offset": max(0, min(question.offset, MOST_OFFSET)),
    }


def _rows(conn: Connection, rows: Sequence[Row[Any]], now: datetime) -> tuple[PaperRow, ...]:
    zone = terms_from(district_settings(conn)).zone
    found = []
    for row in rows:
        kind = PaperKind(row.kind)
        found.append(
            PaperRow(
                id=row.id,
                number=paper_number(kind, row.id, row.issued_at, zone),
                kind=kind,
                state=paper_state(row.due_at, row.closed_at, now),
                event_code=row.event_code,
                event_stage=row.event_stage,
                event_state=State(row.event_state) if row.event_state else None,
                category=_words(row.category, row.category_en),
                region_code=row.region_code,
                region=_words(row.region, row.region_en),
                parent=_words(row.parent, row.parent_en),
                department_code=row.department_code,
                department=_words(row.department, row.department_en),
                addressee=_words(row.addressee, (row.details or {}).get("to_en")),
                level=row.level,
                issued_at=row.issued_at,
                due_at=row.due_at,
                closed_at=row.closed_at,
                reason=row.reason,
                rule=recorded(row.details) if row.level else None,
                actor=_shown(row.details, row.actor),
                closed_by=(row.details or {}).get("closed_by_name") or row.closed_by,
                result=row.result,
                delivery=row.delivery,
                delivered_at=row.delivered_at if row.delivery == "delivered" else None,
                attempts=row.attempts,
            )
        )
    return tuple(found)


def _shown(details: Mapping[str, Any] | None, actor: str | None) -> str | None:
    return (details or {}).get("name") or actor


def _words(zh: str | None, en: str | None) -> Words | None:
    return None if zh is None else Words(zh=zh, en=en or zh)
