"""What stands in a document beside its text: tables, charts with their data, the map, rules, page numbers, fonts."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import Final

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, nsmap, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt, RGBColor
from docx.table import _Cell as TableCell
from docx.text.paragraph import Paragraph
from pptx import Presentation
from pptx.chart.data import ChartData
from pptx.shapes.graphfrm import GraphicFrame
from pptx.util import Pt as SlidePt

from dashboard.briefing.chart_scale import Size
from dashboard.briefing.content import Chart, ChartKind, GridMap, Table
from dashboard.briefing.map_shapes import EMU_PER_PT, Frame, Outline, Projection, label_frames
from dashboard.briefing.native_charts import chart_data, chart_type, dress
from dashboard.briefing.themes import GLYPHS, PRINT
from dashboard.briefing.typeset import SERIF, ems, printable, widths
from dashboard.domain.colours import Colour

BODY: Final = "仿宋"
HEAD: Final = "黑体"
KAI: Final = "楷体"
EMBLEM: Final = "方正小标宋简体"
LATIN: Final = "Times New Roman"
INSTEAD: Final = {BODY: "FangSong", HEAD: "SimHei", KAI: "KaiTi", EMBLEM: "SimSun"}
"""What a program takes where it lacks a font."""
BODY_PT: Final = 16.0
CELL_PTS: Final = (12.0, 10.5, 9.0)
"""Of tables: the largest that needs no second lines, and of long texts the middle one."""
CELL_PAD_PT: Final = 13.0
CELL_MARGINS: Final = (("top", 40), ("left", 100), ("bottom", 40), ("right", 100))
"""In twentieths of a point."""
KEPT_ROWS: Final = 2
"""No page has fewer of a table's first rows, or of its last."""
ROOM_PT: Final = (210 - 28 - 26) / 25.4 * 72
MAP_PT: Final = 300.0
WORD_2010: Final = nsmap["w14"].removesuffix("wordml")
"""Where the names of shapes in documents begin."""


def face(properties: BaseOxmlElement, font: str) -> None:
    """Fonts of a run or a style: for Chinese, and for what is not."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    made = parse_xml(
        f'<w:rFonts {nsdecls("w")} w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" w:eastAsia="{font}" '
        'w:hint="eastAsia"/>'
    )
    first = properties.find(qn("w:rStyle"))
    properties.insert(0, made) if first is None else first.addnext(made)


def name_fonts(made: Document) -> None:
    """Lists our fonts with what may stand in for them."""
    part = made.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    listed = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in INSTEAD.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{listed}</w:fonts>".encode())  # noqa: SLF001 - no other way


def speak_chinese(made: Document) -> None:
    """Its text is simplified Chinese, so that punctuation and glyphs are those of the mainland."""
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")


def rule(line: Paragraph, colour: str, width_pt: float, edge: str = "bottom") -> None:
    """A line along an edge of a paragraph."""
    line._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - the library knows no borders
        parse_xml(
            f'<w:pBdr {nsdecls("w")}><w:{edge} w:val="single" w:sz="{round(width_pt * 8)}" w:space="4" '
            f'w:color="{colour}"/></w:pBdr>'
        ),
        "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct",
        "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind",
        "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:rPr",
    )  # fmt: skip


def page_field(line: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """The page's number between dashes, as on official documents."""
    line.alignment = align
    for words, kind in (("— ", ""), ("", "begin"), ("PAGE", "code"), ("", "end"), (" —", "")):
        run = line.add_run(words if kind in {"", "code"} and kind != "code" else "")
        face(run._element.get_or_add_rPr(), "宋体")  # noqa: SLF001 - the library sets no font for Chinese
        run.font.size = Pt(14)
        if kind == "code":
            run._element.append(  # noqa: SLF001 - nor fields
                parse_xml(f'<w:instrText {nsdecls("w")} xml:space="preserve"> PAGE </w:instrText>')
            )
        elif kind:
            run._element.append(  # noqa: SLF001
                parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>')
            )


def mark_line(line: Paragraph, mark: str) -> None:
    """The mark of who takes the document away, small below the page's number."""
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(printable(mark))
    face(run._element.get_or_add_rPr(), "宋体")  # noqa: SLF001 - the library sets no font for Chinese
    run.font.size = Pt(9)


def grid(made: Document, table: Table) -> None:
    """A table with its title above and its note below; its heading comes again on each page."""
    small(made, table.title, HEAD, 14, WD_ALIGN_PARAGRAPH.CENTER, before=8, keep=True)
    columns = [
        [
            column.name,
            *(f"○ {row[place].text}" if row[place].status else row[place].text for row in table.rows),
        ]
        for place, column in enumerate(table.columns)
    ]
    room = sum(max(ems(text, SERIF) for text in column) for column in columns)
    spare = ROOM_PT - CELL_PAD_PT * len(columns)
    type_pt = next(
        (size for size in CELL_PTS if room * size <= spare), CELL_PTS[-1 if len(columns) > 6 else 1]
    )
    sizes = widths(columns, ROOM_PT, type_pt, CELL_PAD_PT, SERIF)
    drawn = made.add_table(rows=len(table.rows) + 1, cols=len(table.columns), style="Table Grid")
    drawn.alignment, drawn.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    sides = "".join(f'<w:{side} w:w="{wide}" w:type="dxa"/>' for side, wide in CELL_MARGINS)
    look = drawn._tblPr.find(qn("w:tblLook"))  # noqa: SLF001 - the library knows no margins of cells
    look.addprevious(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{sides}</w:tblCellMar>"))
    for place, wide in enumerate(sizes):
        drawn.columns[place].width = Pt(wide)
    for number, row in enumerate(drawn.rows):
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - rows that break across pages are its default
        properties.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        if number == 0:
            properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
        for place, cell in enumerate(row.cells):
            cell.width = Pt(sizes[place])
            right = table.columns[place].measure is not None
            if number == 0:
                _cell(cell, table.columns[place].name, HEAD, type_pt, right=right)
            else:
                said = table.rows[number - 1][place]
                _cell(cell, said.text, BODY, type_pt, right=right, status=said.status)
            after = len(table.rows) - number
            kept = after > 0 and min(number, after - 1) < KEPT_ROWS
            cell.paragraphs[0].paragraph_format.keep_with_next = kept
    small(made, table.note, BODY, 10.5, WD_ALIGN_PARAGRAPH.LEFT, after=8)


def keep_end(made: Document) -> None:
    """What stands last is on the page of what is added next."""
    *_, line = made.paragraphs
    line.paragraph_format.keep_with_next = True
    if made.tables and line._p.getprevious() is made.tables[-1]._tbl:  # noqa: SLF001 - no other way to what is before
        for cell in made.tables[-1].rows[-1].cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def small(
    made: Document,
    words: str,
    font: str,
    size_pt: float,
    align: WD_ALIGN_PARAGRAPH,
    *,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> None:
    """A line beside a table or a chart; `keep`: on the page of what follows."""
    line = made.add_paragraph()
    line.alignment = align
    form = line.paragraph_format
    form.space_before, form.space_after, form.keep_with_next = Pt(before), Pt(after), keep
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
    _write(line, words, font, size_pt, "000000")


class Figures:
    """A document's charts: each with its data as a sheet inside the file, as the program itself keeps them."""

    def __init__(self, made: Document) -> None:
        self._made = made
        self._count = 0
        self._slide = Presentation()  # where the library draws charts

    def add(self, chart: Chart) -> None:
        """Appends a chart as wide as the text."""
        self._count += 1
        lying = chart.kind in {ChartKind.BAR, ChartKind.DOTS}
        height = 44 + (13 + 4 * len(chart.series)) * len(chart.categories) if lying else 170.0
        size = Size(width_pt=ROOM_PT, height_pt=min(max(height, 120), 560))
        relation = self._part(chart, size)
        words = escape(printable(chart.title), quote=True)
        inline = parse_xml(
            f'<w:drawing {nsdecls("w", "wp", "a", "c", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{_emu(size.width_pt)}" cy="{_emu(size.height_pt)}"/>'
            f'<wp:docPr id="{1000 + self._count}" name="{words}" descr="{words}"/><wp:cNvGraphicFramePr/>'
            f'<a:graphic><a:graphicData uri="{nsmap["c"]}"><c:chart r:id="{relation}"/></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing>"
        )
        _hang(self._made, inline)

    def _part(self, chart: Chart, size: Size) -> str:
        slide = self._slide.slides.add_slide(self._slide.slide_layouts[6])
        box = (SlidePt(0), SlidePt(0), SlidePt(size.width_pt), SlidePt(size.height_pt))
        data: ChartData = chart_data(chart)  # type: ignore[assignment]
        frame: GraphicFrame = slide.shapes.add_chart(chart_type(chart), *box, data)
        dress(frame.chart, chart, PRINT, size)
        sheet = frame.chart_part.chart_workbook.xlsx_part
        assert sheet is not None, "a chart is made with its data"
        package = self._made.part.package
        drawn = Part(
            PackURI(f"/word/charts/chart{self._count}.xml"),
            CONTENT_TYPE.DML_CHART,
            frame.chart_part.blob,
            package,
        )
        held = Part(
            PackURI(f"/word/embeddings/chart{self._count}.xlsx"), CONTENT_TYPE.SML_SHEET, sheet.blob, package
        )
        drawn.rels.add_relationship(RELATIONSHIP_TYPE.PACKAGE, held, _sheet_relation(frame))
        return str(self._made.part.relate_to(drawn, RELATIONSHIP_TYPE.CHART))


def drawn_map(made: Document, drawn: GridMap) -> None:
    """The grid map as shapes, one a shade, with the borders, labels and legend."""
    small(made, drawn.title, HEAD, 14, WD_ALIGN_PARAGRAPH.CENTER, before=8, keep=True)
    frame = Frame(left=0, top=0, width=_emu(ROOM_PT), height=_emu(MAP_PT))
    projection = Projection(drawn, frame)
    shapes = [*_shades(drawn, projection), *_marks(drawn, projection)]
    shapes += [_label(border.name, at) for border, at in label_frames(drawn.borders, projection, 9)]
    names = f'xmlns:wps="{WORD_2010}wordprocessingShape" xmlns:wpg="{WORD_2010}wordprocessingGroup"'
    size = f'cx="{frame.width}" cy="{frame.height}"'
    words = escape(printable(drawn.title), quote=True)
    compatible = nsmap["c"].replace("drawingml", "markup-compatibility").removesuffix("/chart")
    inline = parse_xml(
        f'<mc:AlternateContent xmlns:mc="{compatible}" {names} {nsdecls("w", "wp", "a")}><mc:Choice Requires="wpg">'
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
        f'<wp:docPr id="900" name="{words}" descr="{words}"/><wp:cNvGraphicFramePr/><a:graphic>'
        f'<a:graphicData uri="{WORD_2010}wordprocessingGroup"><wpg:wgp><wpg:cNvGrpSpPr/><wpg:grpSpPr><a:xfrm>'
        f'<a:off x="0" y="0"/><a:ext {size}/><a:chOff x="0" y="0"/><a:chExt {size}/></a:xfrm></wpg:grpSpPr>'
        f"{''.join(shapes)}</wpg:wgp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        "<mc:Fallback/></mc:AlternateContent>"
    )
    _hang(made, inline)
    _legend(made, drawn)


def _shades(drawn: GridMap, projection: Projection) -> list[str]:
    by_shade: dict[int, list[Outline]] = defaultdict(list)
    for area in drawn.areas:
        if area.shade is not None:
            by_shade[area.shade].append(projection.outline(area.polygons))
    found = [
        _shape(_joined(by_shade[shade]), _fill(PRINT.loads[shade]), _stroke(PRINT.area_line, 0.25))
        for shade in sorted(by_shade)
    ]
    borders = [projection.outline(border.polygons) for border in drawn.borders]
    return [
        *found,
        *(_shape(one, "<a:noFill/>", _stroke(PRINT.border_line, 1)) for one in borders if one.paths),
    ]


def _marks(drawn: GridMap, projection: Projection) -> list[str]:
    half = _emu(2)
    squares = []
    for area in drawn.areas:
        if area.late:
            x, y = projection.point(area.lon, area.lat)
            path = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
            squares.append(Outline(frame=Frame(left=x, top=y, width=0, height=0), paths=(path,)))
    return [_shape(_joined(squares), _fill(PRINT.bad), _stroke(PRINT.background, 0.5))] if squares else []


def _joined(outlines: list[Outline]) -> Outline:
    """Many outlines as one shape: a document with thousands of shapes opens slowly."""
    paths = tuple(path for outline in outlines for path in outline.paths)
    xs = [x for path in paths for x, _ in path] or [0]
    ys = [y for path in paths for _, y in path] or [0]
    frame = Frame(left=min(xs), top=min(ys), width=max(xs) - min(xs), height=max(ys) - min(ys))
    return Outline(frame=frame, paths=paths)


def _shape(outline: Outline, fill: str, stroke: str) -> str:
    frame = outline.frame
    return (
        f'<wps:wsp><wps:cNvSpPr/><wps:spPr><a:xfrm><a:off x="{frame.left}" y="{frame.top}"/>'
        f'<a:ext cx="{frame.width}" cy="{frame.height}"/></a:xfrm><a:custGeom><a:avLst/><a:gdLst/><a:ahLst/>'
        f'<a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/><a:pathLst>{outline.path_xml()}</a:pathLst></a:custGeom>'
        f"{fill}{stroke}</wps:spPr><wps:bodyPr/></wps:wsp>"
    )


def _label(words: str, at: Frame) -> str:
    fonts = f'<w:rFonts w:ascii="{HEAD}" w:hAnsi="{HEAD}" w:eastAsia="{HEAD}"/>'
    return (
        f'<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="{at.left}" y="{at.top}"/>'
        f'<a:ext cx="{at.width}" cy="{at.height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:srgbClr val="{PRINT.background}"><a:alpha val="72000"/></a:srgbClr></a:solidFill>'
        f"<a:ln><a:noFill/></a:ln></wps:spPr><wps:txbx><w:txbxContent><w:p><w:pPr>"
        f'<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr><w:r><w:rPr>{fonts}'
        f'<w:sz w:val="18"/></w:rPr><w:t>{escape(printable(words))}</w:t></w:r></w:p></w:txbxContent></wps:txbx>'
        '<wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr"/></wps:wsp>'
    )


def _legend(made: Document, drawn: GridMap) -> None:
    line = made.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.line_spacing_rule, line.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
    for words, colour in zip(drawn.legend, PRINT.loads, strict=False):
        _write(line, "■", HEAD, 10.5, colour)
        _write(line, f" {words}　", BODY, 10.5, "000000")
    if any(area.late for area in drawn.areas):
        _write(line, "■", HEAD, 7, PRINT.bad)
        _write(line, f" {drawn.late_name}", BODY, 10.5, "000000")


def _cell(
    cell: TableCell, words: str, font: str, type_pt: float, *, right: bool, status: Colour | None = None
) -> None:
    line = cell.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    line.paragraph_format.line_spacing_rule, line.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
    if status is not None:
        _write(line, f"{GLYPHS[status]} ", HEAD, type_pt - 2, PRINT.status(status))
    _write(line, words, font, type_pt, "000000")


def _write(line: Paragraph, words: str, font: str, size_pt: float, colour: str) -> None:
    run = line.add_run(printable(words))
    face(run._element.get_or_add_rPr(), font)  # noqa: SLF001 - the library sets no font for Chinese
    run.font.size = Pt(size_pt)
    run.font.color.rgb = RGBColor.from_string(colour)


def _hang(made: Document, drawing: BaseOxmlElement) -> None:
    line = made.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.line_spacing_rule, line.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, 1.0
    line.add_run()._element.append(drawing)  # noqa: SLF001 - the library hangs in pictures alone


def _sheet_relation(frame: GraphicFrame) -> str:
    return str(frame.chart_part.chart.element.find(qn("c:externalData")).get(qn("r:id")))


def _fill(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'


def _stroke(colour: str, width_pt: float) -> str:
    return f'<a:ln w="{round(width_pt * EMU_PER_PT)}">{_fill(colour)}<a:round/></a:ln>'


def _emu(points: float) -> int:
    return round(points * EMU_PER_PT)
