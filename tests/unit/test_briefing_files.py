"""A briefing's files: what they hold is what the briefing says, in native parts, with fonts for Chinese everywhere."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import pytest
from pptx import Presentation
from pptx.shapes.graphfrm import GraphicFrame
from pptx.util import Pt

from dashboard.briefing.content import Cell, Chart, Section, Table
from dashboard.briefing.deck_plan import BODY_END, ROOM, Prose, pages
from dashboard.briefing.docx import document
from dashboard.briefing.native_charts import literal
from dashboard.briefing.pptx import deck
from dashboard.briefing.print import print_page
from dashboard.briefing.themes import PRINT
from dashboard.briefing.xlsx import workbook
from tests.briefings import charts, parts, rate, said, week

TOKENS = Path(__file__).parents[2] / "assets" / "css" / "tokens.css"
HOSTILE = '=HYPERLINK("a")<b>&"\x07\x1b\ud800\uffff'
RUN = re.compile(
    rb"<a:(?:defRPr|rPr|endParaRPr)\b[^>]*?(?:/>|>(.*?)</a:(?:defRPr|rPr|endParaRPr)>)", re.DOTALL
)


@cache
def slides() -> bytes:
    return deck(week())


@cache
def paper() -> bytes:
    return document(week())


@cache
def book() -> bytes:
    return workbook(week())


def cached(xml: bytes) -> list[list[float]]:
    """The values that a chart's file holds, series by series, as an independent reader finds them."""
    found = []
    for series in re.findall(rb"<c:ser>.*?</c:ser>", xml, re.DOTALL):
        values = re.search(rb"<c:val>.*?</c:val>", series, re.DOTALL)
        assert values is not None
        found.append([float(one) for one in re.findall(rb"<c:v>([^<]+)</c:v>", values.group())])
    return found


def measured(chart: Chart, *, target: bool) -> list[list[float]]:
    own = [[point.value for point in series.points if point.value is not None] for series in chart.series]
    return own + ([[chart.target] * len(chart.categories)] if target and chart.target is not None else [])


def test_slides_hold_every_chart_natively_with_the_values_as_measured() -> None:
    frames = [
        shape
        for slide in Presentation(io.BytesIO(slides())).slides
        for shape in slide.shapes
        if isinstance(shape, GraphicFrame) and shape.has_chart
    ]
    told = charts(week())
    assert [frame.name for frame in frames] == [chart.title for chart in told]
    for frame, chart in zip(frames, told, strict=True):
        drawn = frame.chart
        assert tuple(drawn.plots[0].categories) == chart.categories
        values = [list(series.values) for series in drawn.plots[0].series]
        expected = [[point.value for point in series.points] for series in chart.series]
        assert values[: len(expected)] == expected
        sheet = openpyxl.load_workbook(io.BytesIO(frame.chart_part.chart_workbook.xlsx_part.blob)).active
        assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == expected[0]


def test_a_document_holds_every_chart_natively_with_the_values_as_measured() -> None:
    found = parts(paper(), "word/charts/chart")
    told = charts(week())
    assert len(found) == len(told) == len(parts(paper(), "word/embeddings/"))
    for number, chart in enumerate(told, start=1):
        lines = chart.kind == "line"
        assert cached(found[f"word/charts/chart{number}.xml"]) == measured(chart, target=lines)


def test_a_workbook_s_charts_read_cells_that_hold_the_values_as_measured() -> None:
    found = parts(book(), "xl/charts/")
    told = charts(week())
    sheets = openpyxl.load_workbook(io.BytesIO(book()))
    assert len(found) == len(told)
    for number, chart in enumerate(told, start=1):
        xml = found[f"xl/charts/chart{number}.xml"].decode()
        addresses = re.findall(r"<c:val><c:numRef><c:f>([^<]+)</c:f>", xml)
        for address, values in zip(addresses, measured(chart, target=chart.kind == "line"), strict=True):
            name, _, cells = address.rpartition("!")
            held = [cell[0].value for cell in sheets[name.strip("'")][cells.replace("$", "")]]
            assert [value for value in held if value is not None] == values


def test_every_number_of_the_text_stands_in_each_file() -> None:
    on_slides = "\n".join(
        shape.text_frame.text
        for slide in Presentation(io.BytesIO(slides())).slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    in_document = "\n".join(line.text for line in docx.Document(io.BytesIO(paper())).paragraphs)
    in_book = "\n".join(
        str(cell)
        for sheet in openpyxl.load_workbook(io.BytesIO(book()))
        for row in sheet.values
        for cell in row
    )
    for section in week().sections:
        for sentence in section.texts:
            for text in (on_slides, in_document, in_book):
                assert sentence.text in text


def test_a_workbook_names_the_source_of_each_number() -> None:
    rows = list(openpyxl.load_workbook(io.BytesIO(book()))["数据来源"].values)
    briefing = week()
    for section in briefing.sections:
        for sentence in section.texts:
            for figure in sentence.figures:
                assert any(
                    row[1] == sentence.text and row[2] == figure.text and row[3] == figure.value
                    for row in rows
                )
    assert sum(len(sentence.figures) for section in briefing.sections for sentence in section.texts) > 5


def test_the_map_is_a_shape_for_each_grid_inside_its_slide() -> None:
    made = Presentation(io.BytesIO(slides()))
    groups = [shape for slide in made.slides for shape in slide.shapes if shape.shape_type == 6]
    assert len(groups) == 1
    drawn = week().sections[1].map
    assert drawn is not None
    names = [shape.name for shape in groups[0].shapes]
    assert len(names) == len({shape.shape_id for shape in groups[0].shapes})
    for area in drawn.areas:
        value = "—" if area.value is None else f"{area.value:g}"
        assert f"{area.name} {value}" in names
    assert sum(drawn.late_name in name for name in names) == sum(area.late > 0 for area in drawn.areas)
    for shape in groups[0].shapes:
        assert 0 <= shape.left <= shape.left + shape.width <= made.slide_width
        assert 0 <= shape.top <= shape.top + shape.height <= made.slide_height


def test_nothing_stands_beyond_a_slide_or_in_its_foot() -> None:
    made = Presentation(io.BytesIO(slides()))
    for slide in made.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= made.slide_width
            assert shape.top + shape.height <= made.slide_height
            if isinstance(shape, GraphicFrame):
                assert shape.top + shape.height <= Pt(BODY_END) + 1


def test_every_text_has_a_font_for_chinese() -> None:
    for name, xml in (parts(slides(), "ppt/slides/") | parts(slides(), "ppt/charts/")).items():
        if name.endswith(".xml"):
            runs = RUN.findall(xml)
            assert all(b"<a:ea " in run for run in runs), name
            assert b"<a:t>" not in xml or runs, name
    in_book = parts(book(), "xl/charts/chart")
    assert len(in_book) == len(charts(week()))
    for xml in in_book.values():
        assert xml.count(b"<a:latin ") == xml.count(b"<a:ea ") > 0
    body = parts(paper(), "word/document.xml")["word/document.xml"]
    spoken = [run for run in re.findall(rb"<w:r>(.*?)</w:r>", body, re.DOTALL) if b"<w:t" in run]
    assert spoken
    assert all(b"w:eastAsia=" in run for run in spoken)
    assert b'w:eastAsia="zh-CN"' in parts(paper(), "word/styles.xml")["word/styles.xml"]


def test_a_label_prints_what_the_text_says_where_rounding_would_not() -> None:
    """0.89899 is 89.8 % in every text: cut, not rounded."""
    found = [xml for xml in parts(slides(), "ppt/charts/").values() if "安靖街道".encode() in xml]
    assert "■ 89.8%".encode() in found[0]
    assert b"0.89899" in found[0]


def test_labels_have_their_colours_in_every_program() -> None:
    """A label with a text of its own loses its looks in some: the number format says the text."""
    for held, folder in ((slides(), "ppt/charts/"), (paper(), "word/charts/")):
        found = [
            xml for name, xml in parts(held, folder).items() if name.endswith(".xml") and b"<c:dLbl>" in xml
        ]
        assert found
        for xml in found:
            for label in re.findall(rb"<c:dLbl>(.*?)</c:dLbl>", xml, re.DOTALL):
                assert b"<c:tx>" not in label
                assert b"<c:numFmt " in label
                assert b"<a:srgbClr " in label


def test_quotes_in_a_label_are_printed() -> None:
    assert literal('目标 "95"') == '"目标 "\\""95"\\"""'


def test_text_that_people_typed_is_text_in_every_file() -> None:
    briefing = replace(
        week(),
        author=HOSTILE,
        sections=tuple(
            replace(
                section,
                title=HOSTILE,
                headline=said(f"{section.key}.h", HOSTILE),
                charts=tuple(replace(chart, title=HOSTILE, categories=(HOSTILE, *chart.categories[1:]))
                             for chart in section.charts),
                tables=tuple(replace(table, title=HOSTILE, note=HOSTILE, rows=((Cell(text=HOSTILE),
                             *table.rows[0][1:]), *table.rows[1:])) for table in section.tables),
            )
            for section in week().sections
        ),
    )  # fmt: skip
    made = Presentation(io.BytesIO(deck(briefing)))
    assert any(
        '=HYPERLINK("a")<b>&"' in shape.text_frame.text
        for shape in made.slides[1].shapes
        if shape.has_text_frame
    )
    assert any(
        '=HYPERLINK("a")<b>&"' in line.text
        for line in docx.Document(io.BytesIO(document(briefing))).paragraphs
    )
    cells = [
        cell
        for sheet in openpyxl.load_workbook(io.BytesIO(workbook(briefing)))
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "HYPERLINK" in cell.value
    ]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize("rows", [1, 16, 17, 60])
def test_a_long_table_goes_on_over_slides_and_loses_no_row(rows: int) -> None:
    section = _with_table(rows, "一个街道的名字")
    placed = [item.item for page in pages(section) for item in page.placed]
    tables = [item for item in placed if isinstance(item, Table)]
    assert [row for table in tables for row in table.rows] == list(section.tables[0].rows)
    assert [table.note for table in tables if table.note] == ["说明"]
    for page in pages(section):
        for item in page.placed:
            assert item.box.top + item.box.height <= BODY_END + 1e-6
            assert item.box.left + item.box.width <= ROOM + 36 + 1e-6


@pytest.mark.parametrize("rows", [18, 20, 33, 34, 52, 53])
def test_rows_are_shared_evenly_over_the_slides_that_they_take(rows: int) -> None:
    placed = [one for page in pages(_with_table(rows, "一个街道的名字")) for one in page.placed]
    kept = [len(one.item.rows) for one in placed if isinstance(one.item, Table)]
    assert len(kept) > 1
    assert max(kept[1:]) - min(kept[1:]) <= 1
    assert min(kept) >= rows // len(kept) - 1 or kept[0] == min(kept), "the first has least room"
    assert min(kept) >= 3
    assert len({one.type_pt for one in placed if isinstance(one.item, Table)}) == 1


def test_sentences_without_room_go_on_over_slides_and_none_is_lost() -> None:
    texts = tuple(said(f"s.{n}", f"第 {n} 句。" + "长长的一句话。" * 12) for n in range(30))
    section = replace(week().sections[0], sentences=texts)
    made = pages(section)
    held = made[0].lead + "".join(
        text
        for page in made
        for item in page.placed
        if isinstance(item.item, Prose)
        for text in item.item.texts
    )
    assert held == "".join(one.text for one in texts)


def test_files_are_made_of_a_briefing_that_says_nothing() -> None:
    empty = replace(week(), sections=(), definitions=(), compared=(), complete=False, author="")
    assert len(Presentation(io.BytesIO(deck(empty))).slides) == 1
    assert "网格运行周报" in docx.Document(io.BytesIO(document(empty))).paragraphs[0].text
    assert openpyxl.load_workbook(io.BytesIO(workbook(empty))).sheetnames == ["封面", "数据来源"]


def test_english_files_speak_english() -> None:
    english = replace(week(), lang="en", sections=week().sections[:1])
    names = openpyxl.load_workbook(io.BytesIO(workbook(english))).sheetnames
    assert names[0] == "Cover"
    assert any(
        line.text.startswith("1. ") for line in docx.Document(io.BytesIO(document(english))).paragraphs
    )


def test_colours_are_those_of_the_print_theme() -> None:
    css = TOKENS.read_text(encoding="utf-8")
    block = css[css.index('[data-theme="print"]') :]
    tokens = dict(re.findall(r"--([\w-]+):\s*#([0-9A-F]{6});", block[: block.index("}")]))
    assert PRINT.loads == tuple(tokens[f"load-{n}"] for n in range(6))
    named = {
        "background": "bg", "surface": "surface-2", "rule": "line-2", "text_1": "text-1", "text_2": "text-2",
        "text_3": "text-3", "accent": "accent", "warn": "warn", "bad": "bad", "area_line": "map-grid-line",
        "border_line": "map-street-line", "chart_grid": "ch-grid", "chart_axis": "ch-axis", "earlier": "ch-prev",
        "bar": "ch-bar", "target": "ch-target",
    }  # fmt: skip
    assert {field: getattr(PRINT, field) for field in named} == {
        field: tokens[name] for field, name in named.items()
    }


def _with_table(rows: int, name: str) -> Section:
    table = week().sections[2].tables[0]
    more = tuple((Cell(text=str(n)), Cell(text=f"{name}{n}"), *table.rows[0][2:]) for n in range(rows))
    return replace(week().sections[2], charts=(), tables=(replace(table, rows=more, note="说明"),))


class Reader(HTMLParser):
    """What a browser finds in a page: its texts, tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_to_print_says_what_the_briefing_says() -> None:
    reader = read(print_page(week()))
    whole = "\n".join(reader.texts)
    for section in week().sections:
        assert all(one.text in whole for one in section.texts)
        assert all(chart.title in whole for chart in section.charts)
        for table in section.tables:
            assert all(cell.text in whole for row in table.rows for cell in row)
    drawn = week().sections[1].map
    assert drawn is not None
    assert sum(text.startswith(area.name) for area in drawn.areas[:5] for text in reader.texts) == 5
    assert "89.8%" in whole
    assert reader.tags.isdisjoint({"script", "style", "img", "iframe"})
    assert not any(name == "style" or name.startswith("on") for name in reader.names)


def test_text_that_people_typed_is_text_on_the_page_to_print() -> None:
    briefing = week().edited({"overview.headline": HOSTILE, "ranking.1": "<script>1</script>"})
    reader = read(print_page(replace(briefing, author=HOSTILE, office="<b>")))
    assert reader.tags.isdisjoint({"script", "b>", "hyperlink"})
    assert '=HYPERLINK("a")<b>&"' in reader.texts
    assert "<script>1</script>" in reader.texts


@pytest.mark.parametrize("value", [None, 0.0, 1.0])
def test_charts_of_a_quiet_week_are_drawn_in_every_file(value: float | None) -> None:
    """No event, none in time, all in time: nothing is divided by nothing."""

    def quiet(chart: Chart) -> Chart:
        figure = rate(value)
        series = tuple(replace(one, points=(figure,) * len(chart.categories)) for one in chart.series)
        return replace(chart, series=series)

    sections = tuple(
        replace(one, charts=tuple(quiet(chart) for chart in one.charts), map=None) for one in week().sections
    )
    briefing = replace(week(), sections=sections)
    made = Presentation(io.BytesIO(deck(briefing)))
    drawn = [shape.chart for slide in made.slides for shape in slide.shapes if isinstance(shape, GraphicFrame)
             and shape.has_chart]  # fmt: skip
    assert all(set(one.plots[0].series[0].values) == {value} for one in drawn)
    assert len(parts(document(briefing), "word/charts/chart")) == len(charts(briefing))
    assert len(parts(workbook(briefing), "xl/charts/chart")) == len(charts(briefing))
    assert "nan" not in print_page(briefing)
