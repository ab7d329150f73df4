"""`rota pattern | assign | swap | leave | extra | changes | withdraw | show`: the rota entered without a browser. It is
on record as done by "cli".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dashboard.cli_lines import say_lines
from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.cli_users import BY
from dashboard.complaints import language

if TYPE_CHECKING:
    import psycopg

DONE = {"zh": "已录入，班次已更新。", "en": "Entered; the shifts are laid out anew."}
NONE_YET = {"zh": "该时段没有班次。", "en": "There are no shifts in these days."}
NO_CHANGES = {"zh": "该时段没有调班。", "en": "There are no changes in these days."}
CHANGED = {
    "zh": ("编号", "类型", "人员", "日期", "对方", "对方日期", "班次", "录入人"),
    "en": ("id", "kind", "worker", "day", "other", "other day", "turn", "entered by"),
}
HEADER = {"zh": ("人员", "日期", "班次", "休假"), "en": ("worker", "day", "turn", "let off")}
DAY = click.DateTime(["%Y-%m-%d"])
FROM = click.option("--from", "first", type=DAY, help="From this day on; default: today.")
SHOWN_DAYS = 14


@click.group()
def rota() -> None:
    """The rota: who works which turn on which day."""


@rota.command()
@click.argument("code")
@click.option("--turns", required=True, help="Day by day, with commas; - for a day off: early,early,-,night")
@click.option("--anchor", type=DAY, required=True, help="The day that the first turn is of.")
@click.option("--rests", type=click.Choice(["cycle", "calendar"]), default="cycle", show_default=True)
@click.option("--name", default="", help="What it is called.")
@DATA_DIR
def pattern(code: str, turns: str, anchor: datetime, rests: str, name: str, data_dir: Path | None) -> None:
    """Make a pattern, or give one another course."""
    held = [None if one.strip() in ("", "-") else one.strip() for one in turns.split(",")]
    body = {"code": code, "name": name, "turns": held, "anchor": _text(anchor), "rests": rests}
    _enter(data_dir, {"enter": "pattern", **body})


@rota.command()
@click.argument("workers", nargs=-1, required=True)
@click.option("--pattern", "followed", help="The pattern's code. Without: no pattern any more.")
@click.option("--from", "first", type=DAY, required=True, help="From this day on.")
@click.option("--step", type=int, default=0, show_default=True, help="Days further on in the pattern.")
@DATA_DIR
def assign(
    workers: tuple[str, ...], followed: str | None, first: datetime, step: int, data_dir: Path | None
) -> None:
    """Have workers follow a pattern from a day on."""
    body = {"workers": list(workers), "pattern": followed, "first": _text(first), "step": step}
    _enter(data_dir, {"enter": "assign", **body})


@rota.command()
@click.argument("worker")
@click.argument("day", type=DAY)
@click.argument("other")
@click.argument("other_day", type=DAY)
@click.option("--note", default="")
@DATA_DIR
def swap(
    worker: str, day: datetime, other: str, other_day: datetime, note: str, data_dir: Path | None
) -> None:
    """Swap two workers' turns: of DAY and of OTHER_DAY."""
    body = {"worker": worker, "day": _text(day), "other": other, "other_day": _text(other_day), "note": note}
    _enter(data_dir, {"enter": "swap", **body})


@rota.command()
@click.argument("worker")
@click.argument("day", type=DAY)
@click.option("--note", default="")
@DATA_DIR
def leave(worker: str, day: datetime, note: str, data_dir: Path | None) -> None:
    """Let a worker's turn of a day off."""
    _enter(data_dir, {"enter": "leave", "worker": worker, "day": _text(day), "note": note})


@rota.command()
@click.argument("worker")
@click.argument("day", type=DAY)
@click.argument("turn")
@click.option("--note", default="")
@DATA_DIR
def extra(worker: str, day: datetime, turn: str, note: str, data_dir: Path | None) -> None:
    """Give a worker one more turn."""
    _enter(data_dir, {"enter": "extra", "worker": worker, "day": _text(day), "turn": turn, "note": note})


@rota.command()
@click.argument("number", type=int, metavar="ID")
@DATA_DIR
def withdraw(number: int, data_dir: Path | None) -> None:
    """Take a swap, leave or extra turn back.

    Its ID is said by `rota changes` and on the page of the rota."""
    _enter(data_dir, {"enter": "withdraw", "id": number})


@rota.command()
@FROM
@DATA_DIR
def changes(first: datetime | None, data_dir: Path | None) -> None:
    """The swaps, leave and extra turns of two weeks, each with its ID."""
    with _two_weeks(data_dir, first) as (connection, _zone, start, end):
        from data_access.writes.rota import entered_changes

        rows = entered_changes(connection, start, end)
    say_lines(CHANGED, (["" if cell is None else str(cell) for cell in row] for row in rows), NO_CHANGES)


@rota.command()
@FROM
@DATA_DIR
def show(first: datetime | None, data_dir: Path | None) -> None:
    """The shifts of two weeks as they are laid out."""
    from dashboard.domain.windows import local_day, midnight

    with _two_weeks(data_dir, first) as (connection, zone, start, end):
        from data_access.writes.rota import laid_out

        rows = laid_out(connection, midnight(start, zone), midnight(end, zone))
    lines = (
        (worker, f"{local_day(starts_at, zone)}", turn, "x" if off else "")
        for worker, starts_at, turn, off in rows
    )
    say_lines(HEADER, lines, NONE_YET)


@contextmanager
def _two_weeks(
    data_dir: Path | None, first: datetime | None
) -> Iterator[tuple[psycopg.Connection[Any], ZoneInfo, date, date]]:
    """The database, the district's time zone, and the days from the first one, today by default, to before the last."""
    settings = with_database(data_dir)
    from dashboard.domain.terms import terms_from
    from dashboard.domain.windows import local_day
    from data_access.writes.session import writing
    from data_access.writes.settings import present

    with writing(settings.database_url, "rota") as connection:
        zone = terms_from(present(connection)).zone
        start = first.date() if first else local_day(datetime.now(UTC), zone)
        yield connection, zone, start, start + timedelta(days=SHOWN_DAYS)


def _enter(data_dir: Path | None, body: dict[str, Any]) -> None:
    settings = with_database(data_dir)
    from dashboard.domain.rota_entry import entry_from
    from dashboard.rota_desk import put_on_record
    from data_access.writes.rota_entries import enter
    from data_access.writes.session import writing

    with writing(settings.database_url, "rota") as connection:
        entry = entry_from(body)
        about = enter(connection, entry, lambda _region: True, BY.login, datetime.now(UTC))
        put_on_record(connection, BY, entry, about)
    click.echo(DONE[language()], err=True)


def _text(day: datetime) -> str:
    found: date = day.date()
    return found.isoformat()
