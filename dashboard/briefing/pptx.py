"""A briefing as slides, 16:9: a cover, a finding on each slide, charts and map as native parts, definitions at the end.

Owns the order of slides, their frame and the notes that name the source of each number.
"""

from __future__ import annotations

import io
import re
from typing import Final

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.presentation import Presentation as Deck
from pptx.util import Pt

from dashboard.briefing.content import (
    Briefing,
    Chart,
    GridMap,
    Section,
    SectionKey,
    Sentence,
    Table,
)
from dashboard.briefing.deck_plan import (
    AGAIN_PT,
    HEIGHT,
    LEAD_PT,
    MARGIN,
    ROOM,
    TITLE_PT,
    WIDTH,
    Box,
    Page,
    Placed,
    pages,
)
from dashboard.briefing.native_charts import east_asian
from dashboard.briefing.slide_parts import Pen, Run, write
from dashboard.briefing.sources import definition_table, properties, titled, told, undefined
from dashboard.briefing.themes import PRINT, SANS, Theme
from dashboard.briefing.typeset import printable, shortened
from dashboard.i18n import Lang, text

TITLE_ONLY: Final = 5
FOOT: Final = Box(left=MARGIN, top=510, width=ROOM, height=16)


def deck(briefing: Briefing, mark: str = "", theme: Theme = PRINT) -> bytes:
    """The file. Every text in it has its font for Chinese. `mark`: of who takes it away, for the foot of each slide."""
    lang = Lang.chosen(briefing.lang)
    made = _blank(theme)
    leaves = [page for section in _sections(briefing, lang) for page in pages(section)]
    _cover(made, briefing, mark, theme, lang)
    for number, page in enumerate(leaves, start=2):
        slide = made.slides.add_slide(made.slide_layouts[TITLE_ONLY])
        pen = Pen(slide=slide, theme=theme, lang=lang)
        _page(pen, page, lang)
        _foot(pen, briefing, mark, f"{number} / {len(leaves) + 1}", lang)
        if page.section.texts and not page.again:
            notes = slide.notes_slide.notes_text_frame
            if notes is not None:
                notes.text = printable("\n".join(told(page.section, briefing, lang)))
                east_asian(slide.notes_slide.element)
    for slide in made.slides:
        east_asian(slide.element)
    made.core_properties.title, made.core_properties.author = properties(briefing)
    made.core_properties.created = made.core_properties.modified = briefing.as_of.replace(tzinfo=None)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _sections(briefing: Briefing, lang: Lang) -> tuple[Section, ...]:
    if not undefined(briefing):
        return briefing.sections
    title = text(lang, "files.definitions")
    headline = Sentence(key="definitions.headline", parts=(title,))
    return (
        *briefing.sections,
        Section(
            key=SectionKey.NOTES, title=title, headline=headline, tables=(definition_table(briefing, lang),)
        ),
    )


def _blank(theme: Theme) -> Deck:
    """An empty deck whose own layouts are 16:9 too, in our fonts and colours, for slides that somebody adds."""
    made = Presentation()
    was = made.slide_width or 1
    made.slide_width, made.slide_height = Pt(WIDTH), Pt(HEIGHT)
    for layout in (made.slide_master, *made.slide_layouts):
        for shape in layout.placeholders:
            shape.left, shape.width = (
                round(shape.left * made.slide_width / was),
                round(shape.width * made.slide_width / was),
            )
        east_asian(layout.element)
    part = made.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    xml = part.blob.decode()
    xml = re.sub(
        r'(<a:(?:major|minor)Font><a:latin typeface=")[^"]*("/><a:ea typeface=")[^"]*',
        rf"\1{SANS}\2{SANS}",
        xml,
    )
    xml = re.sub(r'(<a:font script="Hans" typeface=")[^"]*', rf"\1{SANS}", xml)
    colours = (theme.accent, theme.bar, theme.earlier, theme.warn, theme.bad, theme.text_2)
    for place, colour in enumerate(colours, start=1):
        xml = re.sub(rf'(<a:accent{place}><a:srgbClr val=")[^"]*', rf"\g<1>{colour}", xml)
    part._blob = xml.encode()  # noqa: SLF001 - the library gives no other way to a theme
    return made


def _cover(made: Deck, briefing: Briefing, mark: str, theme: Theme, lang: Lang) -> None:
    slide = made.slides.add_slide(made.slide_layouts[TITLE_ONLY])
    pen = Pen(slide=slide, theme=theme, lang=lang)
    pen.bar(Box(left=MARGIN, top=150, width=6, height=132), theme.accent)
    _title(pen, Box(left=60, top=146, width=840, height=64), titled(briefing), 44)
    pen.text(
        Box(left=60, top=214, width=840, height=32),
        [Run(text=briefing.period, colour=theme.text_1, size_pt=22)],
    )
    said = text(lang, "files.as_of", at=briefing.as_of_text)
    if not briefing.complete:
        said = f"{said} · {text(lang, 'files.running')}"
    pen.text(Box(left=60, top=252, width=840, height=28), [Run(text=said, colour=theme.text_2, size_pt=16)])
    listed = [section.title for section in briefing.sections]
    contents = [
        [Run(text=f"{n}  {title}", colour=theme.text_2, size_pt=14)]
        for n, title in enumerate(listed, start=1)
    ]
    half = (len(contents) + 1) // 2
    for left, part in ((60, contents[:half]), (330, contents[half:])):
        if part:
            pen.text(Box(left=left, top=316, width=250, height=24.0 * half), *part, spacing=1.35)
    who = [briefing.office, text(lang, "files.made_by", name=briefing.author) if briefing.author else ""]
    if briefing.masked:
        who.append(text(lang, "files.masked"))
    who.append(mark)
    line = " · ".join(part for part in who if part)
    pen.bar(Box(left=MARGIN, top=496, width=ROOM, height=0.75), theme.chart_grid)
    pen.text(FOOT, [Run(text=line, colour=theme.text_3, size_pt=12)])


def _page(pen: Pen, page: Page, lang: Lang) -> None:
    again = text(lang, "files.again") if page.again else ""
    headline = page.section.headline.text
    kept = shortened(headline, ROOM - (AGAIN_PT if again else 0), TITLE_PT, page.title_lines)
    high = page.title_lines * TITLE_PT * 1.3
    _title(pen, Box(left=MARGIN, top=22, width=ROOM, height=high), f"{kept}{again}", TITLE_PT)
    if page.lead:
        box = Box(left=MARGIN, top=page.lead_top + 2, width=ROOM, height=LEAD_PT * 4.5)
        pen.text(box, [Run(text=page.lead, colour=pen.theme.text_2, size_pt=LEAD_PT)], spacing=1.25)
    for one in page.cards:
        pen.card(one.card, one.box)
    for placed in page.placed:
        _place(pen, placed)


def _place(pen: Pen, placed: Placed) -> None:
    item, box = placed.item, placed.box
    if isinstance(item, Chart):
        pen.chart(item, box)
    elif isinstance(item, Table):
        pen.table(item, box, placed.type_pt)
    elif isinstance(item, GridMap):
        pen.map(item, box)
    else:
        pen.prose(item, box, placed.type_pt)


def _title(pen: Pen, box: Box, words: str, size_pt: float) -> None:
    shape = pen.slide.shapes.title
    assert shape is not None, "the layout has a title"
    shape.left, shape.top, shape.width, shape.height = (
        Pt(box.left), Pt(box.top), Pt(box.width), Pt(box.height),
    )  # fmt: skip
    run = Run(text=words, colour=pen.theme.text_1, size_pt=size_pt, bold=True)
    write(shape.text_frame, [[run]], align=PP_ALIGN.LEFT, anchor=MSO_ANCHOR.MIDDLE, spacing=1.1)


def _foot(pen: Pen, briefing: Briefing, mark: str, place: str, lang: Lang) -> None:
    pen.bar(Box(left=MARGIN, top=506, width=ROOM, height=0.75), pen.theme.chart_grid)
    said = f"{briefing.period} · {text(lang, 'files.as_of', at=briefing.as_of_text)}"
    for words, align in (
        (briefing.office, PP_ALIGN.LEFT),
        (said, PP_ALIGN.CENTER),
        (f"{mark}   {place}" if mark else place, PP_ALIGN.RIGHT),
    ):
        pen.text(FOOT, [Run(text=words, colour=pen.theme.text_3, size_pt=10.5)], align=align)
