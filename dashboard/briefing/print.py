"""A briefing as a page of its own for the browser's print view, on A4: what is printed is what the page shows.

Owns the page's structure; looks are in `briefing-print.css`. The page is built as a tree, so that no text is ever
read as markup, and needs no script.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from dashboard.briefing.content import Briefing, Card, Cell, GridMap, Section, Table, Tone
from dashboard.briefing.print_charts import chart, grid_map
from dashboard.briefing.sources import aim, definition_table, titled, undefined
from dashboard.briefing.themes import GLYPHS
from dashboard.briefing.typeset import printable
from dashboard.i18n import Lang, text

STYLES: Final = ("tokens.css", "briefing-print.css")
HALF: Final = 400.0
"""Width of a drawing that shares its line."""


def print_page(briefing: Briefing, mark: str = "") -> str:
    """The page: a whole HTML document. `mark`: of who takes it away, for its head and its foot."""
    lang = Lang.chosen(briefing.lang)
    root = Element("html", {"lang": lang.html, "data-theme": "print", "class": "bp-page"})
    head = SubElement(root, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    _put(head, "title", f"{titled(briefing)} {briefing.period}")
    for name in STYLES:
        SubElement(head, "link", {"rel": "stylesheet", "href": f"/assets/css/{name}"})
    body = SubElement(root, "body")
    main = SubElement(body, "main", {"class": "bp-sheet"})
    _masthead(main, briefing, mark, lang)
    for number, section in enumerate(briefing.sections, start=1):
        _section(main, section, number, lang)
    if undefined(briefing):
        part = SubElement(main, "section", {"class": "bp-section"})
        _put(part, "h2", text(lang, "files.definitions"))
        _table(part, definition_table(briefing, lang), titled=False)
    if mark:
        _put(main, "footer", mark, "bp-mark")
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _masthead(main: Element, briefing: Briefing, mark: str, lang: Lang) -> None:
    top = SubElement(main, "header", {"class": "bp-masthead"})
    _put(top, "h1", titled(briefing))
    _put(top, "p", briefing.period, "bp-period")
    said = [briefing.office, text(lang, "files.as_of", at=briefing.as_of_text)]
    if briefing.author:
        said.append(text(lang, "files.made_by", name=briefing.author))
    if briefing.masked:
        said.append(text(lang, "files.masked"))
    if not briefing.complete:
        said.append(text(lang, "files.running"))
    said.append(mark)
    _put(top, "p", " · ".join(part for part in said if part), "bp-about")


def _section(main: Element, section: Section, number: int, lang: Lang) -> None:
    part = SubElement(main, "section", {"class": "bp-section"})
    _put(part, "h2", f"{number}  {section.title}")
    if section.headline.text != section.title:
        _put(part, "p", section.headline.text, "bp-finding")
    for sentence in section.sentences:
        _put(part, "p", sentence.text, "bp-prose")
    if section.cards:
        row = SubElement(part, "div", {"class": "bp-cards"})
        for card in section.cards:
            _card(row, card, lang)
    if section.map is not None:
        _map(part, section.map)
    alone = len(section.charts) == 1
    row = SubElement(part, "div", {"class": "bp-charts"}) if section.charts else part
    for drawn in section.charts:
        wide = alone or len(drawn.categories) > 12
        figure = SubElement(row, "figure", {"class": "bp-figure bp-wide" if wide else "bp-figure"})
        caption = drawn.title
        if drawn.target_name:
            caption = f"{caption} · {drawn.target_name}"
        _put(figure, "figcaption", caption)
        figure.append(chart(drawn) if wide else chart(drawn, HALF))
    for table in section.tables:
        _table(part, table)


def _card(row: Element, card: Card, lang: Lang) -> None:
    box = SubElement(row, "div", {"class": "bp-card"})
    top = SubElement(box, "div", {"class": "bp-card-top"})
    _put(top, "span", card.name)
    if card.target:
        _put(top, "span", aim(card.target, lang), "bp-aim")
    _put(box, "b", card.figure.text)
    for change in card.changes:
        worse = change.figure.tone is Tone.WORSE
        _put(
            box,
            "span",
            f"{change.label} {change.figure.text}",
            "bp-change bp-worse" if worse else "bp-change",
        )


def _map(part: Element, drawn: GridMap) -> None:
    figure = SubElement(part, "figure", {"class": "bp-figure bp-wide"})
    _put(figure, "figcaption", drawn.title)
    figure.append(grid_map(drawn))
    legend = SubElement(figure, "p", {"class": "bp-legend"})
    for shade, words in enumerate(drawn.legend):
        _swatch(legend, f"bp-swatch-{shade}", words)
    if any(area.late for area in drawn.areas):
        _swatch(legend, "bp-swatch-late", drawn.late_name)


def _swatch(legend: Element, look: str, words: str) -> None:
    mark = SubElement(legend, "i", {"class": f"bp-swatch {look}"})
    mark.tail = printable(words)


def _table(part: Element, table: Table, *, titled: bool = True) -> None:
    made = SubElement(part, "table", {"class": "bp-table"})
    if titled:
        _put(made, "caption", table.title)
    row = SubElement(SubElement(made, "thead"), "tr")
    for column in table.columns:
        _put(row, "th", column.name, "bp-number" if column.measure is not None else "")
    body = SubElement(made, "tbody")
    for cells in table.rows:
        row = SubElement(body, "tr")
        for column, cell in zip(table.columns, cells, strict=True):
            _cell(row, cell, number=column.measure is not None)
    if table.note:
        _put(part, "p", table.note, "bp-note")


def _cell(row: Element, cell: Cell, *, number: bool) -> None:
    made = SubElement(row, "td", {"class": "bp-number"} if number else {})
    if cell.status is None:
        made.text = printable(cell.text)
        return
    mark = SubElement(made, "span", {"class": f"bp-{cell.status}"})
    mark.text = GLYPHS[cell.status]
    mark.tail = f" {printable(cell.text)}"


def _put(parent: Element, tag: str, words: str, look: str = "") -> None:
    SubElement(parent, tag, {"class": look} if look else {}).text = printable(words)
