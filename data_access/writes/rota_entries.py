"""Puts entries into the rota and plans it anew, so that one which cannot be planned changes nothing. The caller
commits, or rolls back on any error.

Days that are over stay as they are: what is entered begins today at the earliest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

import psycopg

from dashboard.domain.rota import ChangeKind, LeftOut, RotaWrong, plan_without_wrongs
from dashboard.domain.rota_entry import AssignEntry, ChangeEntry, Entry, PatternEntry, WithdrawEntry
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import local_day
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.writes.rota import AHEAD_DAYS, keep, rota_of, take_turn, turns_of
from data_access.writes.settings import present

MOST_AHEAD_DAYS: Final = 366
BEYOND: Final = Words(zh="其他街道的人员", en="a worker of another street")

Admit = Callable[[str], bool]
"""Whether a region, by its code, is one whose rota the viewer may enter."""


class NotInRota(DashboardError):
    """{what} {code} is not known here, or it is outside your scope. Look at the rota again."""

    zh = "没有{what_zh}“{code}”，或其不在您的权限范围内。请刷新排班表。"
    status: ClassVar[int] = 404


class DayIsOver(DashboardError):
    """The rota is entered for today and up to a year ahead, not for {day}."""

    zh = "只能排今天起一年以内的班，不能排 {day}。"
    status: ClassVar[int] = 422


def enter(
    connection: psycopg.Connection[Any], entry: Entry, admit: Admit, actor: str, now: datetime
) -> list[str]:
    """Put an entry in and lay the shifts out; codes of the workers it is about. RotaWrong, NotInRota, DayIsOver."""
    take_turn(connection)
    settings = present(connection)
    today = local_day(now, terms_from(settings).zone)
    days = _days(connection, entry, admit)
    for day in days:
        _today_or_later(day, today)
    before = _wrongs(connection, days, today)
    if isinstance(entry, PatternEntry):
        _put_pattern(connection, entry, set(turns_of(settings)))
        about = list[str]()
    elif isinstance(entry, AssignEntry):
        about = _assign(connection, entry, admit, now)
    elif isinstance(entry, ChangeEntry):
        about = _change(connection, entry, admit, actor, now)
    else:
        about = _withdraw(connection, entry, admit)
    # What was wrong before is told elsewhere, and refuses nobody else's entry.
    for one in (Counter(_wrongs(connection, days, today)) - Counter(before)).elements():
        raise _told(connection, one.error, admit)
    keep(connection, now)
    return about


def _days(connection: psycopg.Connection[Any], entry: Entry, admit: Admit) -> set[date]:
    """The days that an entry is about, from the first on where it has no last."""
    if isinstance(entry, PatternEntry):
        return set()
    if isinstance(entry, AssignEntry):
        return {entry.first}
    if isinstance(entry, ChangeEntry):
        return {day for day in (entry.day, entry.other_day) if day is not None}
    day, other_day = _held(connection, entry, admit)[2:]
    return {one for one in (day, other_day) if one is not None}


def _put_pattern(connection: psycopg.Connection[Any], entry: PatternEntry, turns: Collection[str]) -> None:
    for turn in entry.turns:
        if turn is not None and turn not in turns:
            raise RotaWrong(reason=f"there is no turn {turn}", reason_zh=f"没有班次 {turn}")
    connection.execute(
        "insert into ops.rota_patterns (code, name, name_en, turns, anchor, rests) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (code) do update set name = excluded.name, name_en = excluded.name_en, turns = excluded.turns,"
        " anchor = excluded.anchor, rests = excluded.rests",
        (entry.code, entry.name, entry.name_en, list(entry.turns), entry.anchor, entry.rests),
    )


def _assign(
    connection: psycopg.Connection[Any], entry: AssignEntry, admit: Admit, now: datetime
) -> list[str]:
    ids = [_worker(connection, code, admit) for code in entry.workers]
    if entry.pattern is not None:
        known = connection.execute(
            "select 1 from ops.rota_patterns where code = %s", (entry.pattern,)
        ).fetchone()
        if known is None:
            raise NotInRota(what="the pattern", what_zh="排班模式", code=ascii(entry.pattern))
    connection.execute(
        "delete from ops.rota_assignments where worker_id = any(%s) and first_day >= %s", (ids, entry.first)
    )
    connection.execute(
        "update ops.rota_assignments set until_day = %(first)s"
        " where worker_id = any(%(ids)s) and coalesce(until_day > %(first)s, true)",
        {"ids": ids, "first": entry.first},
    )
    if entry.pattern is not None:
        connection.execute(
            "insert into ops.rota_assignments (worker_id, pattern, step, first_day)"
            " select id, %s, %s, %s from unnest(%s::bigint[]) as w (id)",
            (entry.pattern, entry.step, entry.first, ids),
        )
    else:
        _let_go(connection, ids, entry.first, now)
    return list(entry.workers)


def _let_go(connection: psycopg.Connection[Any], ids: list[int], first: date, now: datetime) -> None:
    """Who follows no pattern any more is not planned, and what was planned for him would stay: it goes here."""
    zone = terms_from(present(connection)).zone
    connection.execute(
        "delete from ops.shifts where worker_id = any(%s) and starts_at >= %s and checked_in_at is null",
        (ids, max(datetime.combine(first, datetime.min.time(), zone), now)),
    )


def _change(
    connection: psycopg.Connection[Any],
    entry: ChangeEntry,
    admit: Admit,
    actor: str,
    now: datetime,
) -> list[str]:
    worker = _worker(connection, entry.worker, admit)
    other = None if entry.other is None else _worker(connection, entry.other, admit)
    if entry.kind is ChangeKind.EXTRA:
        _assigned(connection, worker, entry.worker, entry.day)
    connection.execute(
        "insert into ops.rota_changes (kind, worker_id, day, other_id, other_day, turn, note, actor, at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (entry.kind, worker, entry.day, other, entry.other_day, entry.turn, entry.note or None, actor, now),
    )
    return [code for code in (entry.worker, entry.other) if code is not None]


def _withdraw(connection: psycopg.Connection[Any], entry: WithdrawEntry, admit: Admit) -> list[str]:
    worker, other = _held(connection, entry, admit)[:2]
    connection.execute("delete from ops.rota_changes where id = %s", (entry.id,))
    return [code for code in (worker, other) if code is not None]


def _held(
    connection: psycopg.Connection[Any], entry: WithdrawEntry, admit: Admit
) -> tuple[str, str | None, date, date | None]:
    """Workers and days of a change that is there, where all of it is the viewer's. NotInRota tells no more of one that
    is not."""
    row = connection.execute(
        "select w.code, o.code, c.day, c.other_day, r.code, s.code from ops.rota_changes c"
        " join ops.workers w on w.id = c.worker_id join ops.regions r on r.id = w.region_id"
        " left join ops.workers o on o.id = c.other_id left join ops.regions s on s.id = o.region_id"
        " where c.id = %s",
        (entry.id,),
    ).fetchone()
    if row is None or not all(admit(region) for region in row[4:] if region is not None):
        raise NotInRota(what="the change", what_zh="调班记录", code=entry.id)
    worker, other, day, other_day = row[:4]
    return worker, other, day, other_day


def _assigned(connection: psycopg.Connection[Any], worker: int, code: str, day: date) -> None:
    """Only shifts of those who follow a pattern follow the rota: an extra one could never be taken back."""
    row = connection.execute(
        "select 1 from ops.rota_assignments where worker_id = %(worker)s and first_day <= %(day)s"
        " and coalesce(until_day > %(day)s, true)",
        {"worker": worker, "day": day},
    ).fetchone()
    if row is None:
        raise RotaWrong(
            reason=f"{code} follows no pattern on {day}", reason_zh=f"{code} 在 {day} 没有排班模式"
        )


def _worker(connection: psycopg.Connection[Any], code: str, admit: Admit) -> int:
    row = connection.execute(
        "select w.id, r.code from ops.workers w join ops.regions r on r.id = w.region_id"
        " where w.code = %s and w.active",
        (code,),
    ).fetchone()
    if row is None or not admit(row[1]):
        raise NotInRota(what="the worker", what_zh="人员", code=ascii(code))
    return int(row[0])


def _today_or_later(day: date, today: date) -> None:
    if not today <= day <= today + timedelta(days=MOST_AHEAD_DAYS):
        raise DayIsOver(day=day.isoformat())


def _wrongs(connection: psycopg.Connection[Any], days: Collection[date], today: date) -> list[LeftOut]:
    """What cannot be planned of the days that are touched, also those farther ahead than shifts are laid out."""
    settings = present(connection)
    terms = terms_from(settings)
    until = max(*days, today + timedelta(days=AHEAD_DAYS), today) + timedelta(days=1)
    rota = rota_of(connection, settings, today, until)
    return plan_without_wrongs(rota, today, until, terms.schedule.calendar, terms.zone).left_out


def _told(connection: psycopg.Connection[Any], error: RotaWrong, admit: Admit) -> RotaWrong:
    """A refusal with the worker's code; of somebody outside the viewer's scope in general words."""
    row = connection.execute(
        "select w.code, r.code from ops.workers w join ops.regions r on r.id = w.region_id where w.id = %s",
        (error.worker,),
    ).fetchone()
    if row is None:
        return error
    return error.told_of(Words(zh=row[0], en=row[0]) if admit(row[1]) else BEYOND)
