"""Sheets of attendance as files: CSV with a BOM, and Excel row by row. No cell is ever read as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import xlsxwriter

from dashboard.attendance_desk import Line, Sheet, WorkerSums
from dashboard.domain.attendance import MARK_WORDS, STANDING_WORDS, Mark, Tally, sign
from dashboard.domain.plain_text import safe
from dashboard.domain.words import Words
from dashboard.exports import csv_file, xlsx_file

Row = list[str | int | float | None]


class SheetForm(StrEnum):
    """Forms of a file."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA: Final = {
    SheetForm.CSV: csv_file.MEDIA,
    SheetForm.XLSX: xlsx_file.MEDIA,
}
SUMS: Final[tuple[tuple[str, Words], ...]] = (
    ("due", Words(zh="应出勤", en="Due")),
    ("attended", Words(zh="实出勤", en="Attended")),
    ("leave", Words(zh="休假", en="Leave")),
    ("excused", Words(zh="已说明", en="Excused")),
    ("nights", Words(zh="夜班", en="Nights")),
    ("rest_days", Words(zh="休息日出勤", en="On rest days")),
)
SHIFT_NAMES: Final = Words(
    zh="班次,应到,应退,签到,签退,状态,出勤分钟,异常,事由",
    en="Turn,Begins,Ends,In,Out,State,Minutes,Marks,Reasons",
)
KEY: Final = Words(
    zh="√ 正常，迟 迟到，早 早退，缺 缺勤，脱 脱岗，失 失联，未 未签退，假 休假，· 未到班，括号 已说明事由",
    en="√ as planned, L late, E left early, A absent, P left post, S silent, N not checked out, V leave, · to come, "
    "in brackets: excused",
)


def sheet_file(form: SheetForm, sheet: Sheet, lang: str, *, named: bool, month: bool) -> bytes:
    """A sheet as a file, a line for each worker (month) or shift (day). `named`: workers' names are in it."""
    rows = _month_rows(sheet, lang, named) if month else _day_rows(sheet, lang, named)
    head = _title(sheet, lang, month)
    return csv_file.csv_lines([*head, *rows]) if form is SheetForm.CSV else _xlsx([*head, *rows], len(head))


def cell(lines: list[Line], lang: str) -> str:
    """The shifts of a day in a cell; none: a day off."""
    if not lines:
        return "休" if lang == "zh" else "–"
    return " ".join(sign(line.judged, lang) for line in lines)


def sum_names(lang: str) -> list[str]:
    """The headings of the sums."""
    hours = Words(zh="出勤小时", en="Hours").in_language(lang)
    rate = Words(zh="出勤率", en="Rate").in_language(lang)
    parts = Words(zh="{0}次,{0}分", en="{0},{0} min").in_language(lang)
    marks = [text for mark in Mark for text in parts.format(MARK_WORDS[mark].in_language(lang)).split(",")]
    return [*(words.in_language(lang) for _, words in SUMS), rate, hours, *marks]


def sums(tally: Tally) -> Row:
    """The sums of a line, as `sum_names` heads them."""
    rate = None if tally.rate is None else round(tally.rate, 4)
    marks = [n for mark in Mark for n in (tally.times[mark], tally.minutes[mark])]
    return [*(getattr(tally, key) for key, _ in SUMS), rate, round(tally.worked_min / 60, 2), *marks]


def _title(sheet: Sheet, lang: str, month: bool) -> list[Row]:
    name = sheet.region.name if lang == "zh" or not sheet.region.name_en else sheet.region.name_en
    kind = Words(zh="考勤月表" if month else "考勤日表", en="Attendance").in_language(lang)
    at = sheet.as_of.astimezone(sheet.terms.zone).strftime("%Y-%m-%d %H:%M")
    when = sheet.first.strftime("%Y-%m") if month else sheet.first.isoformat()
    return [[f"{name} {kind} {when}"], [f"{Words(zh='截至', en='as of').in_language(lang)} {at}"],
            [KEY.in_language(lang)]]  # fmt: skip


def _month_rows(sheet: Sheet, lang: str, named: bool) -> Iterator[Row]:
    days = sheet.days
    yield [*_who(lang, named), *(day.day for day in days), *sum_names(lang)]
    for worker in sheet.workers:
        cells = [cell(worker.days.get(day, []), lang) for day in days]
        yield [*_person(worker, lang, named), *cells, *sums(worker.tally)]
    for group in sheet.groups:
        blank: Row = [None] * (len(days) + int(named))
        yield [group.code, group.name.in_language(lang), *blank, *sums(group.tally)]


def _day_rows(sheet: Sheet, lang: str, named: bool) -> Iterator[Row]:
    yield [*_who(lang, named), *SHIFT_NAMES.in_language(lang).split(",")]
    zone = sheet.terms.zone
    for worker in sheet.workers:
        for line in (one for lines in worker.days.values() for one in lines):
            went, found = line.shift.turnout, line.judged
            moments = (went.starts_at, went.ends_at, went.checked_in_at, went.checked_out_at)
            clocks = ["" if at is None else at.astimezone(zone).strftime("%m-%d %H:%M") for at in moments]
            marks = "; ".join(
                f"{MARK_WORDS[one.mark].in_language(lang)} {one.minutes}" for one in found.marks
            )
            reasons = "; ".join(
                f"{MARK_WORDS[mark].in_language(lang)}: {why}" for mark, why in line.shift.reasons.items()
            )
            state = STANDING_WORDS[found.standing].in_language(lang)
            yield [*_person(worker, lang, named), line.shift.turn, *clocks, state, found.worked_min, marks,
                   reasons if named else ""]  # fmt: skip


def _who(lang: str, named: bool) -> list[str]:
    names = Words(zh="编号,网格,姓名", en="Code,Grid,Name").in_language(lang).split(",")
    return names if named else names[:2]


def _person(worker: WorkerSums, lang: str, named: bool) -> Row:
    found: Row = [worker.code, worker.region_name.in_language(lang)]
    return [*found, worker.name.in_language(lang)] if named else found


def _xlsx(rows: list[Row], title_rows: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, xlsx_file.OPTIONS) as book:
        page = book.add_worksheet("考勤")
        bold = book.add_format({"bold": True})
        page.set_column(0, 2, 14)
        for place, row in enumerate(rows):
            style = bold if place in (0, title_rows) else None
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(place, column, safe(value), style)
                elif value is not None:
                    page.write_number(place, column, value, style)
        page.freeze_panes(title_rows + 1, 2)
    return out.getvalue()
