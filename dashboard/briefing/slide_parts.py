"""What stands on a slide, drawn: text, cards, tables, charts and the map, each as a native part.

Owns looks and fonts; where a part stands is for `dashboard.briefing.deck_plan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from pptx.chart.data import ChartData
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.table import _Cell as TableCell
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Emu, Pt

from dashboard.briefing.chart_scale import Size
from dashboard.briefing.content import Card, Chart, GridMap, Table, Tone
from dashboard.briefing.deck_plan import PROSE_PT, Box, Prose
from dashboard.briefing.map_shapes import EMU_PER_PT, Frame, Projection, label_frames
from dashboard.briefing.native_charts import chart_data, chart_type, dress
from dashboard.briefing.slide_map import map_group
from dashboard.briefing.slide_tables import CELL_PAD, CELL_PT, HEAD_PT, column_widths, row_heights
from dashboard.briefing.sources import aim
from dashboard.briefing.themes import GLYPHS, SANS, Theme
from dashboard.briefing.typeset import BOLD, ems, printable, shortened
from dashboard.domain.colours import Colour
from dashboard.i18n import Lang

NO_STYLE: Final = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""The program's own name of a table without looks, which then has those given here."""
LEGEND_PT: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Some text in one look."""

    text: str
    colour: str
    size_pt: float = 14
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Draws on one slide in one theme."""

    slide: Slide
    theme: Theme
    lang: Lang

    def text(
        self,
        box: Box,
        *paragraphs: Sequence[Run],
        align: PP_ALIGN = PP_ALIGN.LEFT,
        anchor: MSO_ANCHOR = MSO_ANCHOR.TOP,
        spacing: float = 1.2,
    ) -> None:
        """Text in a box, a paragraph for each group of runs."""
        shape = self.slide.shapes.add_textbox(*_emu(box))
        write(shape.text_frame, paragraphs, align=align, anchor=anchor, spacing=spacing)

    def bar(self, box: Box, colour: str, name: str = "") -> None:
        """A filled rectangle."""
        shape = self.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(box))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(colour)
        shape.line.fill.background()
        shape.element.remove(shape.element.find(qn("p:style")))  # a program's own style would add a shadow
        shape.name = name or shape.name

    def card(self, card: Card, box: Box) -> None:
        """One number in large type, its changes beside it."""
        theme = self.theme
        self.bar(box, theme.surface, name=card.name)
        inner = Box(left=box.left + 10, top=box.top + 6, width=box.width - 20, height=16)
        target = aim(card.target, self.lang) if card.target else ""
        room = inner.width - ems(target) * 10.5 - 6
        size = round(max(9.5, min(12.0, room / max(ems(card.name), 1))), 1)
        self.text(inner, [Run(text=shortened(card.name, room, size), colour=theme.text_2, size_pt=size)])
        if target:
            self.text(inner, [Run(text=target, colour=theme.text_3, size_pt=10.5)], align=PP_ALIGN.RIGHT)
        changes = [
            [
                Run(text=f"{one.label} ", colour=theme.text_3, size_pt=10.5),
                Run(
                    text=one.figure.text,
                    colour=theme.text_1 if one.figure.tone is Tone.WORSE else theme.text_2,
                    size_pt=10.5,
                    bold=one.figure.tone is Tone.WORSE,
                ),
            ]
            for one in card.changes[:3]
        ]
        beside = max((_wide(runs) * 10.5 + 4 for runs in changes), default=0.0)
        if changes and beside + ems(card.figure.text) * BOLD * 20 + 6 > inner.width:
            self._card_below(card, changes, inner)
            return
        room = max(inner.width - beside - 4, 40)
        large = round(min(24.0, room / max(ems(card.figure.text) * BOLD, 1)), 1)
        self.text(
            Box(left=inner.left, top=box.top + 24, width=room, height=36),
            [Run(text=card.figure.text, colour=theme.text_1, size_pt=large, bold=True)],
            anchor=MSO_ANCHOR.MIDDLE,
        )
        if changes:
            self.text(
                Box(left=box.left + box.width - 10 - beside, top=box.top + 22, width=beside, height=40),
                *changes,
                align=PP_ALIGN.RIGHT,
                anchor=MSO_ANCHOR.MIDDLE,
                spacing=1.0,
            )

    def _card_below(self, card: Card, changes: Sequence[Sequence[Run]], inner: Box) -> None:
        """Changes in long words stand below the number."""
        large = round(min(20.0, inner.width / max(ems(card.figure.text) * BOLD, 1)), 1)
        self.text(
            Box(left=inner.left, top=inner.top + 15, width=inner.width, height=24),
            [Run(text=card.figure.text, colour=self.theme.text_1, size_pt=large, bold=True)],
            anchor=MSO_ANCHOR.MIDDLE,
        )
        gap = Run(text="   ", colour=self.theme.text_3, size_pt=10.5)
        runs = [run for place, one in enumerate(changes) for run in ((gap, *one) if place else one)]
        size = round(min(10.5, inner.width / max(_wide(runs), 1)), 1)
        self.text(
            Box(left=inner.left, top=inner.top + 41, width=inner.width, height=15),
            [replace(run, size_pt=size) for run in runs],
        )

    def prose(self, prose: Prose, box: Box, type_pt: float) -> None:
        """Sentences, each with a mark before it."""
        runs = [
            [
                Run(text="■ ", colour=self.theme.accent, size_pt=8),
                Run(text=text, colour=self.theme.text_1, size_pt=max(type_pt, PROSE_PT)),
            ]
            for text in prose.texts
        ]
        self.text(box, *runs, spacing=1.3)

    def chart(self, chart: Chart, box: Box) -> None:
        """A chart with its data."""
        data = cast("ChartData", chart_data(chart))  # the library's annotation names a class beside its own
        frame = cast("GraphicFrame", self.slide.shapes.add_chart(chart_type(chart), *_emu(box), data))
        dress(frame.chart, chart, self.theme, Size(width_pt=box.width, height_pt=box.height))
        frame.name = printable(chart.title)
        told = "; ".join(
            f"{name} {point.text}"
            for series in chart.series[:1]
            for name, point in zip(chart.categories, series.points, strict=True)
        )
        _describe(frame.element, f"{chart.title}: {told}")

    def table(self, table: Table, box: Box, type_pt: float = CELL_PT) -> None:
        """A table with its title above and its note below."""
        self._head(table.title, box)
        columns = column_widths(table, box.width, type_pt)
        rows = row_heights(table, columns, type_pt)
        frame = self.slide.shapes.add_table(
            len(rows),
            len(columns),
            *_emu(Box(left=box.left, top=box.top + HEAD_PT, width=box.width, height=sum(rows))),
        )
        frame.name = printable(table.title)
        made = frame.table
        made.horz_banding = False
        frame.element.find(f".//{qn('a:tableStyleId')}").text = NO_STYLE
        for place, wide in enumerate(columns):
            made.columns[place].width = Pt(wide)
        for place, high in enumerate(rows):
            made.rows[place].height = Pt(high)
        for place, column in enumerate(table.columns):
            right = column.measure is not None
            head = Run(text=column.name, colour=self.theme.text_2, size_pt=type_pt, bold=True)
            _cell(made.cell(0, place), [head], self.theme.rule, 1.0, right=right)
            for number, row in enumerate(table.rows, start=1):
                cell = row[place]
                runs = [Run(text=cell.text, colour=self.theme.text_1, size_pt=type_pt)]
                if cell.status is not None:
                    late = cell.status in {Colour.YELLOW, Colour.RED}
                    colour = self.theme.status(cell.status)
                    runs = [
                        Run(text=f"{GLYPHS[cell.status]} ", colour=colour, size_pt=type_pt),
                        Run(
                            text=cell.text,
                            colour=colour if late else self.theme.text_1,
                            size_pt=type_pt,
                            bold=late,
                        ),
                    ]
                _cell(made.cell(number, place), runs, self.theme.chart_grid, 0.5, right=right)
        if table.note:
            below = Box(left=box.left, top=box.top + HEAD_PT + sum(rows) + 3, width=box.width, height=16)
            self.text(below, [Run(text=table.note, colour=self.theme.text_3, size_pt=10.5)])

    def map(self, drawn: GridMap, box: Box) -> None:
        """The grid map: a group of shapes, labels, and the legend in words and colours."""
        self._head(drawn.title, box)
        legend = box.height > 120
        frame = Frame(
            left=_pt(box.left),
            top=_pt(box.top + HEAD_PT),
            width=_pt(box.width),
            height=_pt(box.height - HEAD_PT - (24 if legend else 0)),
        )
        projection = Projection(drawn, frame)
        tree = self.slide.shapes._spTree  # noqa: SLF001 - the library has no way in for a group
        tree.append(map_group(drawn, frame, projection, self.theme))
        for border, at in label_frames(drawn.borders, projection, 10):
            self._label(border.name, _points(at))
        if legend:
            self._legend(drawn, Box(left=box.left, top=box.top + box.height - 16, width=box.width, height=16))

    def _head(self, title: str, box: Box) -> None:
        run = Run(text=shortened(title, box.width, 13), colour=self.theme.text_1, size_pt=13, bold=True)
        self.text(Box(left=box.left, top=box.top, width=box.width, height=20), [run])

    def _label(self, text: str, box: Box) -> None:
        shape = self.slide.shapes.add_textbox(*_emu(box))
        shape.name = text
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(self.theme.background)
        fill = shape.element.find(f".//{qn('p:spPr')}/{qn('a:solidFill')}/{qn('a:srgbClr')}")
        fill.append(parse_xml(f'<a:alpha {nsdecls("a")} val="72000"/>'))
        write(
            shape.text_frame,
            [[Run(text=text, colour=self.theme.text_1, size_pt=10, bold=True)]],
            align=PP_ALIGN.CENTER,
            anchor=MSO_ANCHOR.MIDDLE,
        )

    def _legend(self, drawn: GridMap, box: Box) -> None:
        left, middle = box.left, box.top + 3
        for words, colour in zip(drawn.legend, self.theme.loads, strict=False):
            wide = ems(words) * LEGEND_PT + 14
            self.bar(Box(left=left, top=middle, width=14, height=10), colour)
            run = Run(text=words, colour=self.theme.text_2, size_pt=LEGEND_PT)
            self.text(Box(left=left + 18, top=box.top, width=wide, height=14), [run])
            left += 18 + wide
        if any(area.late for area in drawn.areas):
            self.bar(Box(left=left + 6, top=middle + 1, width=8, height=8), self.theme.bad)
            run = Run(text=drawn.late_name, colour=self.theme.text_2, size_pt=LEGEND_PT)
            self.text(
                Box(left=left + 18, top=box.top, width=max(box.left + box.width - left - 18, 40), height=14),
                [run],
            )


def write(
    frame: TextFrame,
    paragraphs: Sequence[Sequence[Run]],
    *,
    align: PP_ALIGN = PP_ALIGN.LEFT,
    anchor: MSO_ANCHOR = MSO_ANCHOR.TOP,
    spacing: float = 1.2,
) -> None:
    """Fills a text frame without margins."""
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    frame.vertical_anchor = anchor
    for place, runs in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = align
        paragraph.line_spacing = spacing
        _runs(paragraph, runs)


def _runs(paragraph: _Paragraph, runs: Sequence[Run]) -> None:
    for run in runs:
        made = paragraph.add_run()
        made.text = printable(run.text)
        made.font.name = SANS
        made.font.size = Pt(run.size_pt)
        made.font.bold = run.bold
        made.font.color.rgb = RGBColor.from_string(run.colour)


def _cell(cell: TableCell, runs: Sequence[Run], line: str, width_pt: float, *, right: bool) -> None:
    cell.margin_left = cell.margin_right = Pt(CELL_PAD / 2 - 1)
    cell.margin_top = cell.margin_bottom = Pt(2)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    _runs(paragraph, runs)
    rule = parse_xml(
        f'<a:lnB {nsdecls("a")} w="{round(width_pt * EMU_PER_PT)}"><a:solidFill><a:srgbClr val="{line}"/>'
        "</a:solidFill></a:lnB>"
    )
    cell._tc.get_or_add_tcPr().insert(0, rule)  # noqa: SLF001 - the library knows no borders of cells


def _wide(runs: Sequence[Run]) -> float:
    """About how wide a line is, in sizes of its font."""
    return sum(ems(run.text) * (BOLD if run.bold else 1.05) for run in runs)


def _describe(element: object, text: str) -> None:
    next(element.iter(qn("p:cNvPr"))).set("descr", printable(text))  # type: ignore[attr-defined]


def _pt(points: float) -> int:
    return round(points * EMU_PER_PT)


def _points(frame: Frame) -> Box:
    return Box(
        left=frame.left / EMU_PER_PT,
        top=frame.top / EMU_PER_PT,
        width=frame.width / EMU_PER_PT,
        height=frame.height / EMU_PER_PT,
    )


def _emu(box: Box) -> tuple[Emu, Emu, Emu, Emu]:
    return Emu(_pt(box.left)), Emu(_pt(box.top)), Emu(_pt(box.width)), Emu(_pt(box.height))
