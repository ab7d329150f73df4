"""A briefing as a workbook: the numbers behind it with native charts, the map's values, definitions and sources.

Owns the sheets. Values are written as measured, to more places than print shows; no text is ever read as a formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter

from dashboard.briefing.content import Briefing, Card, Cell, Chart, Figure, GridMap, Measure, Section, Table
from dashboard.briefing.sheet_charts import draw, rows_under
from dashboard.briefing.sheet_foot import foot
from dashboard.briefing.sources import (
    clock,
    definition_table,
    filters,
    indicator,
    origins,
    properties,
    titled,
    undefined,
)
from dashboard.briefing.themes import GLYPHS, PRINT, SANS
from dashboard.briefing.typeset import ems, in_cell, lines_of, printable
from dashboard.domain.colours import Colour
from dashboard.i18n import Lang, text

OPTIONS: Final[dict[str, Any]] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FORMATS: Final = {
    Measure.COUNT: "#,##0",
    Measure.RATE: "0.00%",
    Measure.HOURS: "0.00",
    Measure.GROWTH: "+0.00%;-0.00%;0.00%",
}
CHANGES: Final = {Measure.COUNT: "+#,##0;-#,##0;0", Measure.HOURS: "+0.00;-0.00;0.00"}
POINTS: Final = {Lang.ZH: '" 个百分点"', Lang.EN: '" pp"'}
NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")
LATIN: Final = re.compile(rb'<a:latin typeface="([^"]*)"([^>]*)/>')
PROSE_COLUMNS: Final = 8
WIDE: Final = 14
ONE_PAGE_ROWS: Final = 62
UPRIGHT_ROWS: Final = 100
"""Of a section that can be read on one page, across or upright: no page goes through a chart."""
CHART_COLUMN: Final = 4
"""Where charts stand, beyond their data."""
LONG: Final = 24
"""Ems of a text that takes the rest of its row."""

Value = str | float | int | None


def workbook(briefing: Briefing, mark: str = "") -> bytes:
    """The file. Every cell and chart has its font for Chinese. `mark`: of who takes it away, for the cover and the
    foot of each page."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        title, author = properties(briefing)
        book.set_properties(
            {
                "title": title,
                "author": author,
                "created": briefing.as_of.replace(tzinfo=None),
            }
        )
        pages = Sheets(book, briefing, mark)
        pages.cover()
        for section in briefing.sections:
            pages.section(section)
        for section in briefing.sections:
            if section.map is not None:
                pages.grid(section.map)
        pages.definitions()
        pages.sources()
    return _east_asian(out.getvalue())


class Sheets:
    """The sheets of one workbook, each filled from the top."""

    def __init__(self, book: Any, briefing: Briefing, mark: str) -> None:  # noqa: ANN401 - the library has no types
        self._book = book
        self._briefing = briefing
        self._mark = printable(mark)
        self._lang = Lang.chosen(briefing.lang)
        self._styles: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._names: set[str] = set()

    def cover(self) -> None:
        """What the workbook is, of when, and by whom."""
        briefing, lang = self._briefing, self._lang
        page = self._sheet(text(lang, "files.cover"), [18, 60])
        self._put(page, 0, 0, titled(briefing), bold=True, font_size=18)
        compared = [
            f"{one.name} {clock(one.start, briefing)} – {clock(one.end, briefing)}"
            for one in briefing.compared
        ]
        facts = [
            (
                "period",
                briefing.period if briefing.complete else f"{briefing.period} {text(lang, 'files.running')}",
            ),
            ("compared", "; ".join(compared)),
            ("taken", briefing.as_of_text),
            ("office", briefing.office),
            ("author", briefing.author),
            ("section", " / ".join(section.title for section in briefing.sections)),
        ]
        for row, (key, said) in enumerate((fact for fact in facts if fact[1]), start=2):
            self._put(page, row, 0, text(lang, f"files.{key}"), font_color=f"#{PRINT.text_2}")
            self._put(page, row, 1, said, text_wrap=True)
            page.set_row(row, 19 * lines_of(said, 60 * 5.4, 11))
        if briefing.masked:
            self._put(page, 9, 0, text(lang, "files.masked"), font_color=f"#{PRINT.text_2}")
        if self._mark:
            self._put(page, 10, 0, self._mark, font_color=f"#{PRINT.text_2}")

    def section(self, section: Section) -> None:
        """What a section says, its cards, each chart beside its data, its tables."""
        most = max((len(table.columns) for table in section.tables if not _apart(table)), default=0)
        page = self._sheet(section.title, [24, *[WIDE] * (max(PROSE_COLUMNS, most) - 1)])
        self._put(page, 0, 0, section.headline.text, bold=True, font_size=14)
        row = 1
        for sentence in section.sentences:
            page.merge_range(row, 0, row, PROSE_COLUMNS - 1, "")
            self._put(page, row, 0, sentence.text, text_wrap=True, valign="top")
            page.set_row(row, 17 * lines_of(sentence.text, 115 * 5.4, 11))
            row += 1
        row += 1
        if section.cards:
            row = self._cards(page, row, section.cards)
        for chart in section.charts:
            row = self._chart(page, row, chart)
        for table in section.tables:
            if not _apart(table):
                row = self._table(page, row, table)
        if row <= ONE_PAGE_ROWS:
            page.fit_to_pages(1, 1)
        elif row <= UPRIGHT_ROWS:
            page.set_portrait()
            page.fit_to_pages(1, 1)
        for table in section.tables:
            if _apart(table):
                self._table(self._sheet(table.title, _fitting(table)), 0, table)

    def grid(self, drawn: GridMap) -> None:
        """The map's values, a row for each area."""
        lang = self._lang
        page = self._sheet(drawn.title, [16, 30, 12, 12, 12])
        heads = [text(lang, f"files.{key}") for key in ("code", "name", "value", "category", "late")]
        rows = [
            (
                area.code, area.name, area.value,
                None if area.shade is None else drawn.legend[area.shade], area.late,
            )
            for area in drawn.areas
        ]  # fmt: skip
        self._rows(page, 0, heads, rows, formats=["", "", FORMATS[drawn.measure], "", "#,##0"])
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)

    def definitions(self) -> None:
        """How the indicators are reckoned."""
        if undefined(self._briefing):
            page = self._sheet(text(self._lang, "files.definitions"), [26, 90, 12])
            self._table(page, 0, definition_table(self._briefing, self._lang))

    def sources(self) -> None:
        """Each printed number with where it can be measured again."""
        lang, briefing = self._lang, self._briefing
        keys = (
            "section", "where", "printed", "value", "numerator", "denominator", "indicator", "part", "region",
            "from", "until", "filters",
        )  # fmt: skip
        found = [one for section in briefing.sections for one in origins(section)]
        page = self._sheet(text(lang, "files.sources"), [14, 44, 14, 12, 10, 10, 22, 10, 14, 17, 17, 30])
        rows = [
            (
                one.section, one.where, one.figure.text, one.figure.value, one.figure.n, one.figure.d,
                indicator(one.source, briefing), text(lang, f"files.part_{one.source.part}"), one.source.region,
                clock(one.source.start, briefing), clock(one.source.end, briefing), filters(one.source),
            )
            for one in found
        ]  # fmt: skip
        self._rows(page, 0, [text(lang, f"files.{key}") for key in keys], rows)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(rows), 1), len(keys) - 1)

    def _cards(self, page: Any, row: int, cards: Sequence[Card]) -> int:  # noqa: ANN401
        lang = self._lang
        heads = [
            text(lang, f"files.{key}") for key in ("indicator", "value", "numerator", "denominator", "target")
        ]
        labels = list(dict.fromkeys(change.label for card in cards for change in card.changes))
        count = Measure.COUNT
        self._heads(page, row, [*heads, *labels], [None, count, count, count, None, *[count] * len(labels)])
        for card in cards:
            row += 1
            self._put(page, row, 0, card.name)
            self._figure(page, row, 1, card.figure)
            self._put(page, row, 2, card.figure.n, num_format="#,##0")
            self._put(page, row, 3, card.figure.d, num_format="#,##0")
            self._put(page, row, 4, card.target, indent=1)
            for change in card.changes:
                self._figure(page, row, 5 + labels.index(change.label), change.figure)
        return row + 2

    def _chart(self, page: Any, row: int, chart: Chart) -> int:  # noqa: ANN401
        """The data, and the chart that reads them to the right."""
        self._put(page, row, 0, chart.title, bold=True)
        names = [series.name for series in chart.series]
        if chart.target is not None:
            names.append(chart.target_name)
        heads = [text(self._lang, "files.category"), *names]
        self._heads(page, row + 1, heads, [None, *[chart.measure] * len(names)])
        for place, category in enumerate(chart.categories):
            at = row + 2 + place
            mark = f"{GLYPHS[chart.statuses[place]]} " if chart.statuses else ""
            self._put(page, at, 0, category if not mark else f"{mark}{category}")
            for column, series in enumerate(chart.series, start=1):
                self._figure(page, at, column, series.points[place], dash=False)
            if chart.target is not None:
                self._put(page, at, len(names), chart.target, num_format=FORMATS[chart.measure])
        if chart.categories:
            drawn = draw(self._book, page, chart, row + 1)
            page.insert_chart(row, max(CHART_COLUMN, len(names) + 2), drawn, {"object_position": 1})
        return row + max(len(chart.categories) + 3, rows_under(chart))

    def _table(self, page: Any, row: int, table: Table) -> int:  # noqa: ANN401
        self._put(page, row, 0, table.title, bold=True)
        self._heads(
            page,
            row + 1,
            [column.name for column in table.columns],
            [column.measure for column in table.columns],
        )
        at = row + 1
        for cells in table.rows:
            at += 1
            for column, cell in enumerate(cells):
                if cell.figure is not None and cell.figure.value is not None:
                    self._figure(page, at, column, cell.figure, status=cell.status)
                else:
                    number = table.columns[column].measure is not None
                    self._words(page, at, column, cell, last=column == len(cells) - 1, number=number)
        if table.note:
            at += 1
            self._put(page, at, 0, table.note, font_color=f"#{PRINT.text_3}")
        return at + 2

    def _words(self, page: Any, row: int, column: int, cell: Cell, *, last: bool, number: bool) -> None:  # noqa: ANN401
        """Text in a table; a long one at the end of its row takes the columns that are left."""
        mark = "" if cell.status is None else f"{GLYPHS[cell.status]} "
        long = last and ems(cell.text) > LONG and column < PROSE_COLUMNS - 1
        if long:
            page.merge_range(row, column, row, PROSE_COLUMNS - 1, "")
            room = WIDE * 5.4 * (PROSE_COLUMNS - column)
            page.set_row(row, 17 * lines_of(cell.text, room, 11))
        side: dict[str, Any] = {"align": "right"} if number else {"indent": 0 if column == 0 else 1}
        self._put(page, row, column, f"{mark}{cell.text}", text_wrap=long, **side)

    def _rows(
        self,
        page: Any,  # noqa: ANN401
        row: int,
        heads: Sequence[str],
        rows: Iterable[Sequence[Value]],
        formats: Sequence[str] = (),
    ) -> None:
        self._heads(page, row, heads)
        page.repeat_rows(row)
        for at, values in enumerate(rows, start=row + 1):
            for column, value in enumerate(values):
                looks: dict[str, Any] = {"num_format": formats[column]} if formats and formats[column] else {}
                if isinstance(value, str) and column:
                    looks["indent"] = 1
                self._put(page, at, column, value, **looks)

    def _heads(
        self,
        page: Any,  # noqa: ANN401
        row: int,
        heads: Sequence[str],
        measures: Sequence[Measure | None] = (),
    ) -> None:
        for column, words in enumerate(heads):
            number = bool(measures) and measures[column] is not None
            side: dict[str, Any] = {"align": "right"} if number else {"indent": 0 if column == 0 else 1}
            look = {"bold": True, "bg_color": f"#{PRINT.surface}", "bottom": 1, "text_wrap": True}
            self._put(page, row, column, words, **look, **side)

    def _figure(
        self,
        page: Any,  # noqa: ANN401
        row: int,
        column: int,
        figure: Figure,
        *,
        dash: bool = True,
        status: Colour | None = None,
    ) -> None:
        """`dash`: whether a number that there is not shows; in a chart's data it would be drawn as zero. A standing
        is the shape before the number, which stays one.
        """
        if figure.value is None:
            if dash:
                self._put(page, row, column, figure.text, align="right")
            return
        value, code = _written(figure, self._lang)
        looks: dict[str, Any] = {"num_format": code}
        if status is not None:
            parts = looks["num_format"].split(";")
            looks["num_format"] = ";".join(f'"{GLYPHS[status]} "{part}' for part in parts)
            if status in {Colour.YELLOW, Colour.RED}:
                looks["font_color"] = f"#{PRINT.status(status)}"
        self._put(page, row, column, value, **looks)

    def _sheet(self, title: str, widths: Sequence[float]) -> Any:  # noqa: ANN401
        """A page that prints on A4 across, as many down as it takes."""
        page = self._book.add_worksheet(self._name(title))
        page.hide_gridlines(2)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        page.set_footer(foot(self._briefing.office, self._mark))
        for column, wide in enumerate(widths):
            page.set_column(column, column, wide, self._style())
        return page

    def _name(self, title: str) -> str:
        """A name that a sheet may have, and that no other has."""
        kept = NOT_IN_NAMES.sub(" ", printable(title)).strip()[:28] or "-"
        name, count = kept, 1
        while name.lower() in self._names:
            count += 1
            name = f"{kept} {count}"
        self._names.add(name.lower())
        return name

    def _style(self, **looks: Any) -> Any:  # noqa: ANN401
        key = tuple(sorted(looks.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format(
                {"font_name": SANS, "font_size": 11, "valign": "vcenter", **looks}
            )
        return self._styles[key]

    def _put(self, page: Any, row: int, column: int, value: Value, **looks: Any) -> None:  # noqa: ANN401
        style = self._style(**looks)
        if isinstance(value, str):
            page.write_string(row, column, in_cell(value), style)
        elif value is not None:
            page.write_number(row, column, value, style)


def _written(figure: Figure, lang: Lang) -> tuple[float | None, str]:
    """A number as it stands in its cell, and its format. A change has its sign; percentage points are no percent."""
    if figure.measure is Measure.POINTS:
        unit = POINTS[lang]
        value = None if figure.value is None else figure.value * 100
        return value, f"+0.00{unit};-0.00{unit};0.00{unit}"
    change = len(figure.sources) > 1
    return figure.value, (CHANGES if change else FORMATS).get(figure.measure, FORMATS[figure.measure])


def _apart(table: Table) -> bool:
    """Whether long texts in it need columns that no other table of its section could live with."""
    return any(ems(cell.text) > LONG for row in table.rows for cell in row[:-1])


def _fitting(table: Table) -> list[float]:
    columns = [
        [column.name, *(row[place].text for row in table.rows)] for place, column in enumerate(table.columns)
    ]
    return [min(90.0, max(10.0, *(ems(text) * 2 + 2 for text in column))) for column in columns]


def _east_asian(held: bytes) -> bytes:
    """The library names a chart's font for Latin text alone: the same one is for Chinese."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(held)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith("xl/charts/"):
                content = LATIN.sub(rb'<a:latin typeface="\1"\2/><a:ea typeface="\1"/>', content)
            new.writestr(part, content)
    return out.getvalue()
