"""The page of attendance: reads the sheet of an address for the viewer and puts it into words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode

from dash.development.base_component import Component

from callbacks import request, rota_view
from callbacks.failing import said
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.attendance_desk import Line, Sheet, TierSums, WorkerSums
from dashboard.attendance_files import KEY, cell
from dashboard.domain.attendance import MARK_WORDS, STANDING_WORDS, Mark, Tally
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.visits import TIER_WORDS
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionUnknown
from layouts import attendance as page
from layouts import desk
from layouts import rota as rota_page
from layouts.attendance import Excusable, Link, Table
from layouts.context import PageContext
from layouts.rota import RotaView

PATH: Final = "/attendance"
MOST_SHOWN: Final = 300


class NotADay(DashboardError):
    """{text} is neither a day (2026-11-20) nor a month (2026-11)."""

    zh = "{text} 不是日期（2026-11-20）或月份（2026-11）。"


def render(context: PageContext, services: Services, search: str | None) -> Component:
    """The page, or a sentence where there is none."""
    try:
        query = dict(parse_qsl((search or "").removeprefix("?")))
        if "rota" in query:
            return rota_page.layout(context, read_rota(context, services, query))
        return page.layout(context, read(context, services, search or ""))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def read(context: PageContext, services: Services, search: str) -> page.AttendanceView:
    """What an address shows. AttendanceClosed, RegionUnknown, NotADay, TooManyShifts, DatabaseAway."""
    query = dict(parse_qsl(search.removeprefix("?")))
    viewer = viewer_of(request.asgi_scope())
    code = query.get("region") or services.desk.top(viewer.scope)
    if code is None:
        raise RegionUnknown(code="")
    month = "month" in query
    text = query.get("month") or query.get("day") or ""
    day = _day(text, month)
    looks = services.attendance
    sheet = looks.month(viewer, code, day) if month else looks.day(viewer, code, day)
    named, lang = viewer.may(Act.SEE_PERSONAL), str(context.lang)
    notes = [] if sheet.calendar_known else [context.t("attendance.calendar")]
    notes += [KEY.in_language(lang)] if month else []
    if len(sheet.workers) > MOST_SHOWN:
        notes.append(context.t("attendance.more", n=MOST_SHOWN))
    shown = sheet.workers[:MOST_SHOWN]
    node = sheet.region
    return page.AttendanceView(
        place=Link(
            label=node.name if lang == "zh" or not node.name_en else node.name_en, href=desk.href(code)
        ),
        when=f"{sheet.first:%Y-%m}" if month else sheet.first.isoformat(),
        choices=_choices(context, code, sheet, month),
        files=_files(code, sheet, month, lang) if viewer.may(Act.EXPORT) else (),
        figures=_figures(context, sheet.tally),
        regions=_regions(context, sheet, month) if sheet.groups else None,
        workers=_month(context, sheet, shown, named) if month else _shifts(context, sheet, shown, viewer),
        visits=_visits(context, looks.visits(viewer, code, sheet.first)),
        notes=notes,
    )


def read_rota(context: PageContext, services: Services, query: dict[str, str]) -> RotaView:
    """The rota that an address shows. AttendanceClosed, RegionUnknown, NotADay, DatabaseAway."""
    viewer = viewer_of(request.asgi_scope())
    code = query.get("region") or services.desk.top(viewer.scope)
    if code is None:
        raise RegionUnknown(code="")
    return rota_view.read(context, services, viewer, code, _day(query["rota"], False))


def _day(text: str, month: bool) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01" if month else text) if text else None
    except ValueError as error:
        raise NotADay(text=text[:40]) from error


def _href(code: str, first: date, month: bool) -> str:
    when = {"month": f"{first:%Y-%m}"} if month else {"day": first.isoformat()}
    return f"{PATH}?{urlencode({'region': code, **when})}"


def _choices(context: PageContext, code: str, sheet: Sheet, month: bool) -> list[Link]:
    unit = context.t("attendance.unit_month" if month else "attendance.unit_day")
    before = sheet.first - timedelta(days=1)
    return [
        Link(label=context.t("attendance.day"), href=_href(code, sheet.first, False), on=not month),
        Link(label=context.t("attendance.month"), href=_href(code, sheet.first, True), on=month),
        Link(label=context.t("rota.title"), href=rota_view.href(code, sheet.first)),
        Link(label=context.t("attendance.earlier", unit=unit), href=_href(code, before, month)),
        Link(label=context.t("attendance.later", unit=unit), href=_href(code, sheet.until, month)),
    ]


def _files(code: str, sheet: Sheet, month: bool, lang: str) -> list[Link]:
    query = _href(code, sheet.first, month).partition("?")[2]
    return [
        Link(label=form.upper(), href=f"/api/v1/attendance/file?{query}&form={form}&lang={lang}")
        for form in ("xlsx", "csv")
    ]


def _figures(context: PageContext, tally: Tally) -> list[tuple[str, str]]:
    lang = str(context.lang)
    marks = [(MARK_WORDS[mark].in_language(lang), f"{tally.times[mark]:,}") for mark in Mark]
    return [
        (context.t("attendance.rate"), f"{_rate(tally.rate)} ({tally.attended:,}/{tally.due:,})"),
        (context.t("attendance.worked"), f"{tally.worked_min / 60:,.1f}"),
        (context.t("attendance.leave"), f"{tally.leave:,}"),
        *marks,
    ]


def _regions(context: PageContext, sheet: Sheet, month: bool) -> Table:
    lang = str(context.lang)
    marks = [MARK_WORDS[mark].in_language(lang) for mark in Mark]
    heads = [
        context.t(f"attendance.{key}") for key in ("region", "workers", "rate", "due", "attended", "leave")
    ]
    rows = [
        [one.name.in_language(lang), f"{one.workers:,}", _rate(one.tally.rate)]
        + [f"{n:,}" for n in (one.tally.due, one.tally.attended, one.tally.leave)]
        + [f"{one.tally.times[mark]:,}" for mark in Mark]
        for one in sheet.groups
    ]
    links = [_href(one.code, sheet.first, month) for one in sheet.groups]
    return Table(heads=[*heads, *marks], rows=rows, links=links)


def _month(context: PageContext, sheet: Sheet, workers: tuple[WorkerSums, ...], named: bool) -> Table:
    lang = str(context.lang)
    heads = [context.t(f"attendance.{key}") for key in ("worker", "grid")]
    heads += [str(day.day) for day in sheet.days]
    heads += [context.t("attendance.due"), context.t("attendance.attended")]
    rows = [
        [_who(one, named, lang), one.region_name.in_language(lang)]
        + [cell(one.days.get(day, []), lang) for day in sheet.days]
        + [str(one.tally.due), str(one.tally.attended)]
        for one in workers
    ]
    return Table(heads=heads, rows=rows)


def _shifts(context: PageContext, sheet: Sheet, workers: tuple[WorkerSums, ...], viewer: Viewer) -> Table:
    lang, named = str(context.lang), viewer.may(Act.SEE_PERSONAL)
    keys = ("worker", "grid", "turn", "in", "out", "state", "marks")
    rows, reasons = [], []
    for worker in workers:
        for line in (one for lines in worker.days.values() for one in lines):
            went = line.shift.turnout
            marks = []
            for one in line.judged.marks:
                told = f"{MARK_WORDS[one.mark].in_language(lang)} {context.t('attendance.minutes', n=one.minutes)}"
                reason = line.shift.reasons.get(one.mark, "") if named else "…"
                marks.append(
                    f"{told} ({context.t('attendance.excused', reason=reason)})" if one.excused else told
                )
            rows.append(
                [
                    _who(worker, named, lang),
                    worker.region_name.in_language(lang),
                    f"{_clock(went.starts_at, sheet)}–{_clock(went.ends_at, sheet)}",
                    _clock(went.checked_in_at, sheet),
                    _clock(went.checked_out_at, sheet),
                    STANDING_WORDS[line.judged.standing].in_language(lang),
                    "; ".join(marks),
                ]
            )
            reasons.append(_excusable(line, _who(worker, named, lang), lang))
    heads = [context.t(f"attendance.{key}") for key in keys]
    shown = reasons if named and viewer.may(Act.EXCUSE) and any(reasons) else ()
    return Table(heads=heads, rows=rows, reasons=shown)


def _excusable(line: Line, who: str, lang: str) -> list[Excusable]:
    return [
        Excusable(
            shift=line.shift.id,
            mark=one.mark,
            name=MARK_WORDS[one.mark].in_language(lang),
            about=f"{who} · {line.day.isoformat()} · {MARK_WORDS[one.mark].in_language(lang)}",
            reason=line.shift.reasons.get(one.mark),
        )
        for one in line.judged.marks
    ]


def _visits(context: PageContext, tiers: list[TierSums]) -> Table:
    lang = str(context.lang)
    keys = ("tier", "period", "visits_due", "visits_done", "visits_overdue", "visits_rate", "visits_course")
    rows = [
        [TIER_WORDS[one.tier].in_language(lang), f"{one.first:%m-%d}–{one.until - timedelta(days=1):%m-%d}"]
        + [f"{n:,}" for n in (one.now.due, one.now.done, one.now.overdue)]
        + [_rate(one.now.rate), " → ".join(_rate(count.rate) for _, count in one.course)]
        for one in tiers
        if any(count.due for _, count in one.course)
    ]
    return Table(heads=[context.t(f"attendance.{key}") for key in keys], rows=rows)


def _who(worker: WorkerSums, named: bool, lang: str) -> str:
    return f"{worker.name.in_language(lang)} {worker.code}" if named else worker.code


def _clock(at: datetime | None, sheet: Sheet) -> str:
    return "—" if at is None else f"{at.astimezone(sheet.terms.zone):%H:%M}"


def _rate(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.1%}"
