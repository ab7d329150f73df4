"""A briefing as a document in the layout of official bulletins: red head, numbered sections, tables, page numbers.

Owns the order and the layout, which follow GB/T 9704: A4, margins 37, 35, 28 and 26 mm, body in size three with 28
points a line, two characters of indent, page numbers outside. What is drawn natively is in `document_parts`.
"""

from __future__ import annotations

import io
from typing import Final

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from dashboard.briefing.content import Briefing, Section, SectionKey
from dashboard.briefing.document_parts import (
    BODY,
    BODY_PT,
    EMBLEM,
    HEAD,
    KAI,
    ROOM_PT,
    Figures,
    drawn_map,
    face,
    grid,
    keep_end,
    mark_line,
    name_fonts,
    page_field,
    rule,
    speak_chinese,
)
from dashboard.briefing.sources import card_table, definition_table, properties, titled, undefined
from dashboard.briefing.typeset import ems, printable
from dashboard.i18n import Lang, text

RED: Final = "C8102E"
BLACK: Final = "000000"
LINE_PT: Final = 28.0
NUMERALS: Final = "一二三四五六七八九十"
TITLE_PT: Final = 22.0


def document(briefing: Briefing, mark: str = "") -> bytes:
    """The file. Every text in it has its font for Chinese. `mark`: of who takes it away, for the foot of each page."""
    lang = Lang.chosen(briefing.lang)
    made = _blank(mark)
    figures = Figures(made)
    _masthead(made, briefing, lang)
    subject = _subject(briefing)
    if subject:
        _line(made, subject, EMBLEM, TITLE_PT, WD_ALIGN_PARAGRAPH.CENTER, before=14, after=14)
    for number, section in enumerate(briefing.sections, start=1):
        _section(made, figures, section, _number(number, lang), lang, without=subject)
    if undefined(briefing):
        title = text(lang, "files.definitions")
        _heading(made, f"{_number(len(briefing.sections) + 1, lang)}{title}")
        grid(made, definition_table(briefing, lang))
    keep_end(made)
    _colophon(made, briefing, lang)
    made.core_properties.title, made.core_properties.author = properties(briefing)
    made.core_properties.language = lang.html
    made.core_properties.created = made.core_properties.modified = briefing.as_of.replace(tzinfo=None)
    made.core_properties.comments = ""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _blank(mark: str) -> Document:
    made = docx.Document()
    part = made.sections[0]
    part.page_width, part.page_height = Mm(210), Mm(297)
    part.top_margin, part.bottom_margin = Mm(37), Mm(35)
    part.left_margin, part.right_margin = Mm(28), Mm(26)
    part.footer_distance = Mm(25)
    for name, font, size in (
        ("Normal", BODY, BODY_PT),
        ("Heading 1", HEAD, BODY_PT),
        ("Heading 2", KAI, BODY_PT),
    ):
        style = made.styles[name]
        face(style.element.get_or_add_rPr(), font)
        style.font.size = Pt(size)
        style.font.bold = False
        style.font.color.rgb = RGBColor.from_string(BLACK)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE_PT)
    name_fonts(made)
    speak_chinese(made)
    made.settings.odd_and_even_pages_header_footer = True
    for footer, align in (
        (part.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (part.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        page_field(footer.paragraphs[0], align)
        if mark:
            mark_line(footer.add_paragraph(), mark)
    return made


def _masthead(made: Document, briefing: Briefing, lang: Lang) -> None:
    name = titled(briefing)
    size = min(44.0, ROOM_PT / max(ems(name) + 0.5, 1))
    _line(made, name, EMBLEM, size, WD_ALIGN_PARAGRAPH.CENTER, colour=RED, exact=size * 1.3)
    _line(made, briefing.period, BODY, BODY_PT, WD_ALIGN_PARAGRAPH.CENTER, before=6)
    said = text(lang, "files.as_of", at=briefing.as_of_text)
    small = min(14.0, ROOM_PT / max(ems(f"{briefing.office}{said}") + 2, 1))
    line = _line(made, f"{briefing.office}\t{said}", BODY, small, WD_ALIGN_PARAGRAPH.LEFT)
    line.paragraph_format.tab_stops.add_tab_stop(Pt(ROOM_PT), WD_TAB_ALIGNMENT.RIGHT)
    rule(line, RED, 2.25)
    if not briefing.complete:
        _line(made, text(lang, "files.running"), KAI, 12, WD_ALIGN_PARAGRAPH.LEFT)


def _subject(briefing: Briefing) -> str:
    """The title: what the overview finds, where that comes first."""
    first = briefing.sections[0] if briefing.sections else None
    return first.headline.text if first and first.key is SectionKey.OVERVIEW else ""


def _section(
    made: Document, figures: Figures, section: Section, number: str, lang: Lang, *, without: str
) -> None:
    _heading(made, f"{number}{section.title}")
    finding = section.headline.text
    if finding not in {without, section.title}:
        end = "" if finding.endswith(("。", "！", "？", ".")) else ("。" if lang is Lang.ZH else ".")
        _prose(made, f"{finding}{end}", KAI, keep=True)
    for sentence in section.sentences:
        _prose(made, sentence.text, BODY)
    if section.cards and not section.tables:
        grid(made, card_table(section.cards, lang))
    if section.map is not None:
        drawn_map(made, section.map)
    for chart in section.charts:
        figures.add(chart)
    for table in section.tables:
        grid(made, table)


def _heading(made: Document, words: str) -> None:
    line = made.add_paragraph(style="Heading 1")
    _run(line, words, HEAD, BODY_PT)
    line.paragraph_format.first_line_indent = Pt(2 * BODY_PT)
    line.paragraph_format.space_before = Pt(6)


def _prose(made: Document, words: str, font: str, *, keep: bool = False) -> None:
    line = _line(made, words, font, BODY_PT, WD_ALIGN_PARAGRAPH.JUSTIFY)
    line.paragraph_format.first_line_indent = Pt(2 * BODY_PT)
    line.paragraph_format.keep_with_next = keep


def _line(
    made: Document,
    words: str,
    font: str,
    size_pt: float,
    align: WD_ALIGN_PARAGRAPH,
    *,
    colour: str = BLACK,
    before: float = 0,
    after: float = 0,
    exact: float = 0,
) -> Paragraph:
    line = made.add_paragraph()
    line.alignment = align
    line.paragraph_format.space_before, line.paragraph_format.space_after = Pt(before), Pt(after)
    if exact or size_pt > BODY_PT:
        line.paragraph_format.line_spacing = Pt(exact or size_pt * 1.45)
    _run(line, words, font, size_pt, colour)
    return line


def _run(line: Paragraph, words: str, font: str, size_pt: float, colour: str = BLACK) -> None:
    run = line.add_run(printable(words))
    face(run._element.get_or_add_rPr(), font)  # noqa: SLF001 - the library sets no font for Chinese
    run.font.size = Pt(size_pt)
    run.font.color.rgb = RGBColor.from_string(colour)


def _colophon(made: Document, briefing: Briefing, lang: Lang) -> None:
    said = [briefing.office, text(lang, "files.made_by", name=briefing.author) if briefing.author else ""]
    if briefing.masked:
        said.append(text(lang, "files.masked"))
    line = _line(made, "　".join(part for part in said if part), BODY, 12, WD_ALIGN_PARAGRAPH.LEFT, before=18)
    rule(line, BLACK, 0.75, edge="top")


def _number(number: int, lang: Lang) -> str:
    """一、 or 1. : sections are counted in the language's own way."""
    digits = NUMERALS
    if lang is not Lang.ZH:
        counted = str(number)
    elif number <= 10:
        counted = digits[number - 1]
    else:
        tens, ones = divmod(number, 10)
        counted = f"{digits[tens - 1] if tens > 1 else ''}{digits[9]}{digits[ones - 1] if ones else ''}"
    return text(lang, "files.number", n=counted)
