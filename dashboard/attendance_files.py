"""Sheets of attendance as files: CSV and Excel, with what they are about, as all tables that are taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from dashboard import i18n
from dashboard.attendance_desk import Line, Sheet, WorkerSums
from dashboard.domain.attendance import MARK_WORDS, STANDING_WORDS, Mark, Tally, sign
from dashboard.domain.words import Words
from dashboard.exports import csv_file, xlsx_file
from dashboard.exports.about_lines import definition_line
from dashboard.exports.sheet import About, Column
from dashboard.exports.sheet import Sheet as Table
from dashboard.i18n import Lang

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
LEFT: Final = 3
"""Columns that say who a line is of."""
KEY_NAME: Final = Words(zh="记号", en="Signs")
KEY: Final = Words(
    zh="√ 正常，迟 迟到，早 早退，缺 缺勤，脱 脱岗，失 失联，未 未签退，假 休假，· 未到班，括号 已说明事由",
    en="√ as planned, L late, E left early, A absent, P left post, S silent, N not checked out, V leave, · to come, "
    "in brackets: excused",
)


def sheet_file(
    form: SheetForm, sheet: Sheet, lang: str, lines: Sequence[tuple[str, str]], *, named: bool, month: bool
) -> bytes:
    """A sheet as a file, a line for each worker (month) or shift (day). `lines`: what it says of its maker; `named`:
    workers' names are in it."""
    rows = _month_rows(sheet, lang, named) if month else _day_rows(sheet, lang, named)
    columns = [Column(name=str(name), width=14 if at < LEFT else 8) for at, name in enumerate(next(rows))]
    table = Table(about=_about(sheet, Lang.chosen(lang), lines, month=month), columns=columns, rows=rows)
    return csv_file.csv_bytes(table) if form is SheetForm.CSV else xlsx_file.xlsx_bytes(table)


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


def _about(sheet: Sheet, lang: Lang, lines: Sequence[tuple[str, str]], *, month: bool) -> About:
    name = sheet.region.name if lang is Lang.ZH or not sheet.region.name_en else sheet.region.name_en
    kind = Words(zh="考勤月表" if month else "考勤日表", en="Attendance").in_language(str(lang))
    at = sheet.as_of.astimezone(sheet.terms.zone).strftime("%Y-%m-%d %H:%M")
    when = sheet.first.strftime("%Y-%m") if month else sheet.first.isoformat()
    return About(
        title=f"{name} {kind} {when}",
        region=name,
        lines=[
            *lines,
            (i18n.text(lang, "export.region"), f"{name} ({sheet.region.code})"),
            (i18n.text(lang, "export.as_of"), f"{at} ({sheet.terms.zone.key})"),
            (KEY_NAME.in_language(str(lang)), KEY.in_language(str(lang))),
            definition_line("attendance_rate", lang),
        ],
        as_of=sheet.as_of,
        zone=sheet.terms.zone,
        sheet=i18n.text(lang, "export.sheet"),
        notes=i18n.text(lang, "export.notes"),
    )


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
