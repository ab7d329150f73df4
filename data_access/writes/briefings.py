"""Issuing a briefing: kept word for word, numbered among those of its region and period, and never changed again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What is issued. `content`: the frozen text; `asked`: what it was made of; `departments`: None for all."""

    region: str
    region_name: str
    cadence: str
    first_day: date
    lang: str
    title: str
    period: str
    start_at: datetime
    end_at: datetime
    as_of: datetime
    issued_at: datetime
    actor: str
    actor_name: str
    departments: frozenset[str] | None
    masked: bool
    asked: dict[str, Any]
    content: str


# Two who issue at once get two numbers: whoever comes second waits for the first.
TURN: Final = text("select pg_advisory_xact_lock(hashtextextended(:about, 0))")
ADD: Final = text("""
insert into board.briefings (
  region, region_name, cadence, first_day, version, lang, title, period, start_at, end_at, as_of, issued_at,
  actor, actor_name, departments, masked, asked, content, digest)
select :region, :region_name, :cadence, :first_day, coalesce(max(b.version), 0) + 1, :lang, :title, :period,
       :start_at, :end_at, :as_of, :issued_at, :actor, :actor_name, cast(:departments as text[]), :masked,
       :asked, :content, :digest
from board.briefings b where b.region = :region and b.cadence = :cadence and b.first_day = :first_day
returning id
""")


def issue(conn: Connection, issued: Issue) -> int:
    """Keep a briefing within the caller's transaction; its number."""
    about = f"briefing {issued.region} {issued.cadence} {issued.first_day}"
    conn.execute(TURN, {"about": about})
    values = {
        **{name: getattr(issued, name) for name in Issue.__slots__},
        "departments": None if issued.departments is None else sorted(issued.departments),
        "asked": Jsonb(issued.asked),
        "digest": digest_of(issued.content),
    }
    number: int = conn.execute(ADD, values).scalar_one()
    return number


def digest_of(content: str) -> str:
    """By which it is told whether a frozen text is still what was issued."""
    return hashlib.sha256(content.encode()).hexdigest()
