"""The page of a field worker's own day: reads it for the viewer and puts it into words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from dash.development.base_component import Component

from callbacks import request
from callbacks.attendance import NotADay
from callbacks.failing import said
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.domain.attendance import MARK_WORDS, STANDING_WORDS, Standing
from dashboard.domain.colours import overdue
from dashboard.domain.visits import TIER_WORDS
from dashboard.domain.windows import local_day
from dashboard.errors import DashboardError
from dashboard.own_day import OwnDay, OwnShift, OwnVisits
from data_access.queries.own_tasks import Task
from layouts import desk, formats
from layouts import own_day as page
from layouts.context import PageContext
from layouts.own_day import Card, OwnDayView

PATH: Final = "/me"
GLYPHS: Final = {
    Standing.LEAVE: "off",
    Standing.TO_COME: "off",
    Standing.ON: "ok",
    Standing.DONE: "ok",
    Standing.ABSENT: "bad",
}


def render(context: PageContext, services: Services, search: str | None) -> Component:
    """The page, or a sentence where there is none."""
    text = dict(parse_qsl((search or "").removeprefix("?"))).get("day", "")
    try:
        day = _day(text)
        found = services.own_days.day(viewer_of(request.asgi_scope()), day)
        return page.layout(context, view_of(context, found))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def view_of(context: PageContext, own: OwnDay) -> OwnDayView:
    """What the page shows of a day."""
    lang, zone, worker = str(context.lang), own.terms.zone, own.worked.worker
    day, today = own.worked.day, local_day(own.as_of, own.terms.zone)
    tomorrow = today + timedelta(days=1)
    return OwnDayView(
        who=f"{worker.name.in_language(lang)} · {worker.code}",
        when=day.isoformat(),
        as_of=_clock(own.as_of, zone),
        earlier=f"{PATH}?day={day - timedelta(days=1)}",
        later=f"{PATH}?day={day + timedelta(days=1)}" if day < tomorrow else "",
        figures=_figures(context, own),
        shifts=[_shift(context, one, zone) for one in own.shifts],
        tasks=[_task(context, one, own) for one in own.tasks],
        visits=[_visit(context, one) for one in own.visits],
    )


def _figures(context: PageContext, own: OwnDay) -> list[tuple[str, str]]:
    facts, waiting = own.facts, [one for one in own.tasks if not one.finished]
    late = sum(overdue(one.due_at, own.as_of) for one in waiting)
    covered = facts.coverage
    share = formats.DASH
    if covered is not None and covered.cells.count:
        share = f"{formats.rate(int(covered.places.size), covered.cells.count)}%"
    worked = sum(one.judged.worked_min for one in own.shifts)
    return [
        (context.t("me.waiting"), f"{len(waiting):,}"),
        (context.t("me.late"), f"{late:,}"),
        (context.t("me.finished"), f"{len(own.tasks) - len(waiting):,}"),
        (context.t("me.worked"), formats.span(context, timedelta(minutes=worked))),
        (context.t("me.distance"), f"{facts.distance_m / 1000:.1f}"),
        (context.t("me.covered"), share),
    ]


def _shift(context: PageContext, one: OwnShift, zone: ZoneInfo) -> Card:
    lang, went = str(context.lang), one.row.turnout
    marks = [
        f"{MARK_WORDS[mark.mark].in_language(lang)} {context.t('attendance.minutes', n=mark.minutes)}"
        + (
            f" ({context.t('attendance.excused', reason=one.row.reasons.get(mark.mark, ''))})"
            if mark.excused
            else ""
        )
        for mark in one.judged.marks
    ]
    counted = any(not mark.excused for mark in one.judged.marks)
    glyph = GLYPHS[one.judged.standing]
    return Card(
        glyph="warn" if counted and glyph == "ok" else glyph,
        title=f"{_clock(went.starts_at, zone)}–{_clock(went.ends_at, zone)}",
        end=STANDING_WORDS[one.judged.standing].in_language(lang),
        lines=[
            context.t(
                "me.in_out", came=_clock(went.checked_in_at, zone), left=_clock(went.checked_out_at, zone)
            ),
            context.t("list.comma").join(marks),
        ],
    )


def _task(context: PageContext, one: Task, own: OwnDay) -> Card:
    lang, workflow = str(context.lang), own.terms.workflow
    stage = workflow.stage(one.stage) if one.stage in workflow.keys else None
    where = context.t("list.comma").join(filter(None, (one.place.in_language(lang), one.address)))
    if one.finished:
        at = formats.DASH if one.resolved_at is None else _clock(one.resolved_at, own.terms.zone)
        glyph, end = "off", context.t("me.resolved", time=at)
    elif one.due_at is None:
        glyph, end = "off", context.t("one.no_limit")
    else:
        late = overdue(one.due_at, own.as_of)
        soon = one.warn_at is not None and one.warn_at <= own.as_of
        glyph = "bad" if late else "warn" if soon else "ok"
        length = formats.span(context, abs(one.due_at - own.as_of))
        end = context.t("one.overdue" if late else "one.left", span=length)
    name = "" if stage is None else (stage.zh if lang == "zh" else stage.en)
    return Card(
        glyph=glyph, title=one.category.in_language(lang), end=end, lines=[where, f"{one.code} · {name}"]
    )


def _visit(context: PageContext, one: OwnVisits) -> Card:
    count = one.count
    left = count.due - count.done
    last = one.until - timedelta(days=1)
    return Card(
        glyph="bad" if count.overdue else "ok" if left <= 0 else "warn",
        title=TIER_WORDS[one.tier].in_language(str(context.lang)),
        end=f"{count.done:,} / {count.due:,}",
        lines=[
            context.t("me.period", first=f"{one.first:%m-%d}", last=f"{last:%m-%d}"),
            context.t("me.visits_late", n=count.overdue) if count.overdue else "",
        ],
    )


def _clock(at: datetime | None, zone: ZoneInfo) -> str:
    return formats.DASH if at is None else f"{at.astimezone(zone):%H:%M}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise NotADay(text=text[:40]) from error
