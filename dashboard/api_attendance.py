"""The JSON interface's answers about attendance and visits, and the sheets as files.

Owns their wording; looks and their record are the attendance desk's.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from dashboard.api_trails import Attachment, BadDayError
from dashboard.attendance_desk import AttendanceDesk, Line, Sheet, TierSums
from dashboard.attendance_files import MEDIA, SheetForm, cell, sheet_file
from dashboard.domain.attendance import Mark, Tally
from dashboard.domain.policy import Act
from dashboard.domain.visits import VisitCount
from dashboard.exports.about_lines import lines_of
from dashboard.questions import Question, asked_choice, asked_region

MOST_LINES: Final = 2_000


class By(StrEnum):
    """What a line of a sheet is of."""

    WORKER = "worker"
    REGION = "region"


def attendance(question: Question) -> dict[str, Any]:
    """A day's or a month's sheet of a region: sums of all, of the regions below, and lines of workers."""
    sheet, month = _asked(question)
    by, named = asked_choice(question.query, "by", By, By.WORKER), question.viewer.may(Act.SEE_PERSONAL)
    lang = question.lang
    workers = sheet.workers[:MOST_LINES] if by is By.WORKER else ()
    return {
        "region": _region(sheet, lang),
        "from": sheet.first.isoformat(),
        "to": sheet.until.isoformat(),
        "as_of": sheet.as_of.astimezone(sheet.terms.zone).isoformat(),
        "calendar_known": sheet.calendar_known,
        "workdays": sum(map(sheet.terms.schedule.calendar.is_workday, sheet.days)),
        "sums": tally_words(sheet.tally),
        "regions": [
            {"code": one.code, "name": one.name.in_language(lang), "workers": one.workers}
            | {"sums": tally_words(one.tally)}
            for one in sheet.groups
        ],
        "workers": [
            {
                "code": one.code,
                "name": one.name.in_language(lang) if named else None,
                "region": one.region,
                "sums": tally_words(one.tally),
                "cells": [cell(one.days.get(day, []), lang) for day in sheet.days],
                "shifts": []
                if month
                else [_shift(line, named) for lines in one.days.values() for line in lines],
            }
            for one in workers
        ],
        "more": by is By.WORKER and len(sheet.workers) > MOST_LINES,
    }


def file(question: Question) -> Attachment:
    """The same sheet as a file."""
    sheet, month = _asked(question)
    form = asked_choice(question.query, "form", SheetForm, SheetForm.XLSX)
    _desk(question).exported(question.viewer, sheet, form)
    named = question.viewer.may(Act.SEE_PERSONAL)
    lines = lines_of(question)
    body = sheet_file(form, sheet, question.lang, lines, named=named, month=month)
    when = sheet.first.isoformat()[:7] if month else sheet.first.isoformat()
    return Attachment(name=f"attendance_{sheet.region.code}_{when}.{form}", media=MEDIA[form], body=body)


def visits(question: Question) -> dict[str, Any]:
    """Visits of a region by tier: the period that holds the day, and those before it."""
    found = _desk(question).visits(question.viewer, asked_region(question.query), _day(question))
    return {"tiers": [_tier(one) for one in found]}


def tally_words(tally: Tally) -> dict[str, Any]:
    """Sums as the interface says them."""
    return {
        "due": tally.due,
        "attended": tally.attended,
        "rate": tally.rate,
        "leave": tally.leave,
        "to_come": tally.to_come,
        "excused": tally.excused,
        "nights": tally.nights,
        "rest_days": tally.rest_days,
        "worked_min": tally.worked_min,
        "marks": [
            {"mark": mark, "times": tally.times[mark], "minutes": tally.minutes[mark]} for mark in Mark
        ],
    }


def _asked(question: Question) -> tuple[Sheet, bool]:
    """The sheet of a question, and whether it is a month's."""
    desk, code = _desk(question), asked_region(question.query)
    if text := question.query.get("month", "").strip():
        return desk.month(question.viewer, code, _date("month", text, f"{text}-01")), True
    return desk.day(question.viewer, code, _day(question)), False


def _desk(question: Question) -> AttendanceDesk:
    return AttendanceDesk(question.engine, lambda: question.now)


def _shift(line: Line, named: bool) -> dict[str, Any]:
    went = line.shift.turnout
    return {
        "id": line.shift.id,
        "turn": line.shift.turn,
        "starts_at": went.starts_at.isoformat(),
        "ends_at": went.ends_at.isoformat(),
        "checked_in_at": _time(went.checked_in_at),
        "checked_out_at": _time(went.checked_out_at),
        "state": line.judged.standing,
        "worked_min": line.judged.worked_min,
        "watched": line.shift.watched,
        "marks": [
            {
                "mark": one.mark,
                "minutes": one.minutes,
                "excused": one.excused,
                "reason": line.shift.reasons.get(one.mark) if named else None,
            }
            for one in line.judged.marks
        ],
    }


def _tier(one: TierSums) -> dict[str, Any]:
    return {
        "tier": one.tier,
        "from": one.first.isoformat(),
        "to": one.until.isoformat(),
        **_count(one.now),
        "course": [{"from": first.isoformat(), **_count(count)} for first, count in one.course],
    }


def _count(count: VisitCount) -> dict[str, Any]:
    return {"due": count.due, "done": count.done, "overdue": count.overdue, "rate": count.rate}


def _region(sheet: Sheet, lang: str) -> dict[str, Any]:
    node = sheet.region
    name = node.name if lang == "zh" or not node.name_en else node.name_en
    return {"code": node.code, "level": node.level, "name": name}


def _day(question: Question) -> date | None:
    text = question.query.get("day", "").strip()
    return _date("day", text, text) if text else None


def _date(name: str, text: str, whole: str) -> date:
    try:
        found = date.fromisoformat(whole)
    except ValueError as error:
        raise BadDayError(name=name, text=text) from error
    if not 1971 <= found.year <= 2199:
        raise BadDayError(name=name, text=text)
    return found


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
