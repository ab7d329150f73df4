"""A briefing's charts as charts that an office program edits: slides and documents draw the same ones.

Owns how each kind looks; what is drawn comes whole from the briefing, values as measured. A label is the printed
number: where the program's own rounding would print another, the label says the text.
"""

from __future__ import annotations

import re
from math import ceil
from typing import Final
from xml.sax.saxutils import escape

from pptx.chart.chart import Chart as Drawn
from pptx.chart.data import CategoryChartData
from pptx.chart.point import Point
from pptx.chart.series import LineSeries
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_MARK,
)
from pptx.enum.chart import XL_TICK_LABEL_POSITION as TICKS
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.oxml.xmlchemy import BaseOxmlElement
from pptx.text.text import Font
from pptx.util import Pt

from dashboard.briefing.chart_scale import (
    FORMATS,
    Size,
    crowded,
    headed,
    last_of,
    least_of,
    left_of,
    most_of,
    names_room,
    printed,
    printed_number,
    scale,
    turned,
    under,
)
from dashboard.briefing.content import Chart, ChartKind, Figure, Measure, Role
from dashboard.briefing.themes import GLYPHS, SANS, Theme
from dashboard.briefing.typeset import printable
from dashboard.domain.colours import Colour
from dashboard.domain.plain_text import safe

KINDS: Final = {
    ChartKind.COLUMN: XL_CHART_TYPE.COLUMN_CLUSTERED,
    ChartKind.BAR: XL_CHART_TYPE.BAR_CLUSTERED,
    ChartKind.DOTS: XL_CHART_TYPE.BAR_CLUSTERED,
    ChartKind.LINE: XL_CHART_TYPE.LINE_MARKERS,
}
LIVE: Final = re.compile(r"\{=|(?:ftp|http)s?://|mailto:|(?:in|ex)ternal:|file://|<r>")
TITLE_PT: Final = 24.0
LEGEND_PT: Final = 22.0


def chart_type(chart: Chart) -> XL_CHART_TYPE:
    """The program's own kind of chart."""
    return KINDS[chart.kind]


def chart_data(chart: Chart) -> CategoryChartData:
    """Categories and values as measured; a target is a series of its own on a line."""
    data = CategoryChartData(number_format=FORMATS[chart.measure])
    data.categories = [_name(name) for name in chart.categories]
    for series in chart.series:
        data.add_series(_name(series.name), [point.value for point in series.points])
    if chart.kind is ChartKind.LINE and chart.target is not None:
        data.add_series(_name(chart.target_name), [chart.target] * len(chart.categories))
    return data


def _name(text: str) -> str:
    """A name as the workbook inside takes it: the library makes a formula, a link or markup of what looks like one."""
    told = safe(printable(text))
    return f"'{told}" if LIVE.match(told) else told


def dress(drawn: Drawn, chart: Chart, theme: Theme, size: Size) -> None:
    """Gives a chart that holds the data its looks."""
    _font(drawn.font, theme.text_2, size.type_pt)
    drawn.has_title = True
    title = drawn.chart_title.text_frame
    title.text = headed(chart)
    _font(title.paragraphs[0].runs[0].font, theme.text_1, size.type_pt + 2, bold=True)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
        _font(drawn.legend.font, theme.text_2, size.type_pt)
    if chart.kind is ChartKind.LINE:
        _lines(drawn, chart, theme, size)
    else:
        _bars(drawn, chart, theme, size)
    _place(drawn, chart, size)
    _plain(drawn, chart, size)
    east_asian(drawn.element)


def east_asian(element: BaseOxmlElement) -> None:
    """Every piece of text below an element has its font for Chinese too, and says that it is Chinese."""
    for tag in ("a:defRPr", "a:rPr", "a:endParaRPr"):
        for run in element.iter(qn(tag)):
            run.set("lang", "zh-CN")
            run.set("altLang", "en-US")
            for face in ("a:latin", "a:ea", "a:cs"):
                for old in run.findall(qn(face)):
                    run.remove(old)
                run.append(parse_xml(f'<{face} {nsdecls("a")} typeface="{SANS}"/>'))


def _font(font: Font, colour: str, size_pt: float, *, bold: bool = False) -> None:
    font.name = SANS
    font.size = Pt(size_pt)
    font.bold = bold
    font.color.rgb = RGBColor.from_string(colour)


def _bars(drawn: Drawn, chart: Chart, theme: Theme, size: Size) -> None:
    lying, dots = chart.kind is not ChartKind.COLUMN, chart.kind is ChartKind.DOTS
    plot = drawn.plots[0]
    plot.gap_width = 500 if dots else 45
    plot.overlap = -5
    names, values = drawn.category_axis, drawn.value_axis
    names.format.line.color.rgb = RGBColor.from_string(theme.chart_axis)
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.reverse_order = lying
    names.tick_label_position = TICKS.LOW
    _font(names.tick_labels.font, theme.text_1, size.type_pt)
    values.has_major_gridlines = False
    dense = not lying and crowded(chart, size)
    values.visible = dense
    if dense:
        _value_axis(drawn, chart, theme, size)
        _skip(drawn, chart, size)
    values.minimum_scale = least_of(chart) if dots else 0
    if dots:
        values.maximum_scale = most_of(chart)
    for number, (series, shown) in enumerate(zip(chart.series, plot.series, strict=True)):
        shown.format.fill.solid()
        colour = theme.chart_grid if dots else theme.area(chart.series, number)
        shown.format.fill.fore_color.rgb = RGBColor.from_string(colour)
        shown.invert_if_negative = False
        if series.role is Role.NOW and not dense:
            for place, point in enumerate(series.points):
                _label(shown.points[place], point, chart, theme, size, place)


def _label(shown: Point, point: Figure, chart: Chart, theme: Theme, size: Size, place: int) -> None:
    if point.value is None:
        return
    dots = chart.kind is ChartKind.DOTS
    status = chart.statuses[place] if dots and chart.statuses else Colour.GREEN
    glyph = f"{GLYPHS[status]} " if dots else ""
    colour = theme.status(status) if dots else theme.text_1
    label, text = shown.data_label, printed(point, chart.measure)
    late = dots and status in {Colour.YELLOW, Colour.RED}
    _font(label.font, colour, size.type_pt, bold=late)
    label.position = XL_LABEL_POSITION.OUTSIDE_END
    if text is None:
        _number_format(shown, (literal(glyph) if glyph else "") + FORMATS[chart.measure])
    else:
        _number_format(shown, literal(f"{glyph}{text}"))


def literal(text: str) -> str:
    """A number format that prints this text. A label of text keeps its looks so in every program."""
    return '"' + printable(text).replace('"', '"\\""') + '"'


def _number_format(shown: Point, code: str) -> None:
    """The library gives a single label no number format of its own."""
    for label in shown.data_label._ser.iter(qn("c:dLbl")):  # noqa: SLF001
        if label.find(qn("c:numFmt")) is None and label.find(qn("c:tx")) is None:
            quoted = escape(code, {'"': "&quot;"})
            made = parse_xml(f'<c:numFmt {nsdecls("c")} formatCode="{quoted}" sourceLinked="0"/>')
            label.find(qn("c:idx")).addnext(made)


def _lines(drawn: Drawn, chart: Chart, theme: Theme, size: Size) -> None:
    names, values = drawn.category_axis, drawn.value_axis
    names.format.line.color.rgb = RGBColor.from_string(theme.chart_axis)
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_label_position = TICKS.LOW
    _font(names.tick_labels.font, theme.text_3, size.type_pt - 1)
    _value_axis(drawn, chart, theme, size)
    low, high, step = scale(chart)
    values.minimum_scale, values.maximum_scale, values.major_unit = low, high, step
    _skip(drawn, chart, size)
    shown = list(drawn.plots[0].series)
    last = {series.name: last_of(series.points) for series in chart.series}
    for series, line in zip(chart.series, shown, strict=False):
        colour = theme.line(series.role)
        now = series.role is Role.NOW
        _line(line, colour, dash=None if now else MSO_LINE.SQUARE_DOT, marked=now)
        place = last[series.name]
        if now and place is not None:
            point = series.points[place]
            label = line.points[place].data_label
            _font(label.font, colour, size.type_pt + 1, bold=True)
            label.position = XL_LABEL_POSITION.RIGHT  # where neither its own line nor the target's goes
            _number_format(line.points[place], literal(printed_number(point, chart.measure)))
    if chart.target is not None:
        _target(shown[-1], chart, chart.target, theme, size)


def _target(line: LineSeries, chart: Chart, target: float, theme: Theme, size: Size) -> None:
    """Its words stand at the first point, on the side where the values are not."""
    first = [series.points[0].value for series in chart.series if series.role is Role.NOW and series.points]
    above = all(value is None or value < target for value in first)
    _line(line, theme.target, dash=MSO_LINE.DASH, marked=False)
    label = line.points[0].data_label
    _font(label.font, theme.target, size.type_pt - 1)
    label.position = XL_LABEL_POSITION.ABOVE if above else XL_LABEL_POSITION.BELOW
    _number_format(line.points[0], literal(chart.target_name))


def _line(line: LineSeries, colour: str, *, dash: MSO_LINE | None, marked: bool) -> None:
    line.smooth = False
    line.format.line.color.rgb = RGBColor.from_string(colour)
    line.format.line.width = Pt(2 if marked else 1.25)
    if dash is not None:
        line.format.line.dash_style = dash
    line.marker.style = XL_MARKER_STYLE.CIRCLE if marked else XL_MARKER_STYLE.NONE
    if marked:
        line.marker.size = 6
        line.marker.format.fill.solid()
        line.marker.format.fill.fore_color.rgb = RGBColor.from_string(colour)
        line.marker.format.line.color.rgb = RGBColor.from_string(colour)


def _value_axis(drawn: Drawn, chart: Chart, theme: Theme, size: Size) -> None:
    values = drawn.value_axis
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(theme.chart_grid)
    values.format.line.fill.background()
    values.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format = "0%" if chart.measure is Measure.RATE else FORMATS[chart.measure]
    values.tick_labels.number_format_is_linked = False
    _font(values.tick_labels.font, theme.text_3, size.type_pt - 1)


def _plain(drawn: Drawn, chart: Chart, size: Size) -> None:
    """No frame and no ground of its own; names lie level while there is room."""
    space = drawn.element
    looks = parse_xml(f"<c:spPr {nsdecls('c', 'a')}><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>")
    space.find(qn("c:chart")).addnext(looks)
    for axis in space.iter(qn("c:catAx")):
        body = axis.find(f"{qn('c:txPr')}/{qn('a:bodyPr')}")
        if body is not None:
            body.set("rot", "-5400000" if turned(chart, size) else "0")
            body.set("vert", "horz")


def _skip(drawn: Drawn, chart: Chart, size: Size) -> None:
    """Names along the bottom that would lie on one another are left out at equal steps."""
    widest, slot = names_room(chart, size)
    step = ceil((size.type_pt * 1.2 if turned(chart, size) else widest / 1.6) / max(slot, 1))
    if step > 1:
        axis = drawn.category_axis._element  # noqa: SLF001
        made = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{step}"/>')
        before = axis.find(qn("c:noMultiLvlLbl"))
        axis.append(made) if before is None else before.addprevious(made)


def _place(drawn: Drawn, chart: Chart, size: Size) -> None:
    """The title at the left edge and the plot below it, as every program reserves other room by itself."""
    left = left_of(chart, size)
    bottom = under(chart, size) + (LEGEND_PT if len(chart.series) > 1 else 0)
    right = size.type_pt * {ChartKind.BAR: 4.0, ChartKind.LINE: 3.0}.get(chart.kind, 1.5)
    top = TITLE_PT + (size.type_pt if chart.kind is not ChartKind.DOTS else 0)
    box = (
        left / size.width_pt,
        top / size.height_pt,
        max(0.2, 1 - (left + right) / size.width_pt),
        max(0.2, 1 - (top + bottom) / size.height_pt),
    )
    modes = '<c:xMode val="edge"/><c:yMode val="edge"/>'
    x, y, w, h = (f"{part:.4f}" for part in box)
    plot = (
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="inner"/>{modes}'
        f'<c:x val="{x}"/><c:y val="{y}"/><c:w val="{w}"/><c:h val="{h}"/></c:manualLayout></c:layout>'
    )
    title = (
        f'<c:layout {nsdecls("c")}><c:manualLayout>{modes}<c:x val="0"/><c:y val="0"/>'
        "</c:manualLayout></c:layout>"
    )
    area = drawn.element.find(f".//{qn('c:plotArea')}")
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    area.insert(0, parse_xml(plot))
    head = drawn.element.find(f".//{qn('c:title')}")
    for old in head.findall(qn("c:layout")):
        head.remove(old)
    head.find(qn("c:tx")).addnext(parse_xml(title))
