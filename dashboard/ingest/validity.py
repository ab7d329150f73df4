"""From when on imported boundaries apply. Owns reading that moment, and refusing one that the map's history
does not allow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import psycopg

from dashboard.domain.windows import midnight
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.refusal import ImportRefused
from data_access.writes.imports import read_zone
from data_access.writes.regions import read_turns

_YEARS = range(1900, 2200)


def asked_moment(
    connection: psycopg.Connection[object], mapping: Mapping, valid_from: date | str | None
) -> tuple[datetime | None, ZoneInfo]:
    """When the file's boundaries begin to apply (None: they correct the present ones), and the district's
    zone. A day begins at its local midnight; what is asked for goes before what the mapping says.

    ImportRefused where it makes no sense, or where the map changes later already.
    """
    zone = ZoneInfo(str(mapping.settings.get("timezone") or read_zone(connection)))
    moment = _moment(mapping.valid_from if valid_from is None else valid_from, zone)
    turns = read_turns(connection)
    if moment is not None and turns and turns[-1] > moment:
        last = shown_moment(turns[-1], zone)
        raise ImportRefused(
            f"边界在 {last} 已有更晚的变更，不能再从 {shown_moment(moment, zone)} 起变更；请按时间先后导入。",
            f"The map already changes on {last}, which is later than {shown_moment(moment, zone)}; "
            "import boundaries in the order of their times.",
        )
    return moment, zone


def shown_moment(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as a report writes it: the day alone where it is local midnight."""
    local = moment.astimezone(zone)
    at_midnight = moment == midnight(local.date(), zone)
    return local.date().isoformat() if at_midnight else local.isoformat(sep=" ", timespec="seconds")


def _moment(said: date | str | None, zone: ZoneInfo) -> datetime | None:
    if said is None:
        return None
    if isinstance(said, str):
        said = _parsed(said.strip())
    if said.year not in _YEARS:
        raise _unreadable(said.isoformat())
    if not isinstance(said, datetime):
        return midnight(said, zone).astimezone(UTC)
    return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-12-01") else datetime.fromisoformat(text)
    except ValueError as error:
        raise _unreadable(text) from error


def _unreadable(text: str) -> ImportRefused:
    return ImportRefused(
        f"起用时间 {text} 无法识别；请写成 2026-12-01 或 2026-12-01T08:00:00+08:00。",
        f"The boundaries cannot apply from {text} on: write 2026-12-01 or 2026-12-01T08:00:00+08:00.",
    )
