"""Where each printed number comes from, as lines for a slide's notes and rows for a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.briefing.content import Briefing, Card, Cell, Column, Figure, Measure, Section, Source, Table
from dashboard.briefing.typeset import printable
from dashboard.i18n import Lang, text

LONGEST_PROPERTY: Final = 255
"""Of what a file says of itself, as office programs take it."""

DEFINITIONS: Final = "definitions"
"""Key of the table of definitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A printed number, where it stands, and one of its sources."""

    section: str
    where: str
    figure: Figure
    source: Source


def origins(section: Section) -> Iterator[Origin]:
    """Of the numbers in a section's text, cards, charts and tables, in their order."""
    for where, figure in _figures(section):
        for source in figure.sources:
            yield Origin(section=section.title, where=where, figure=figure, source=source)


def told(section: Section, briefing: Briefing, lang: Lang) -> list[str]:
    """The sources of the text's and the cards' numbers, a line each; none twice."""
    lines: dict[str, None] = {}
    for sentence in section.texts:
        for figure in sentence.figures:
            lines |= dict.fromkeys(_line(figure, source, briefing, lang) for source in figure.sources)
    for card in section.cards:
        lines |= dict.fromkeys(_line(card.figure, source, briefing, lang) for source in card.figure.sources)
    return [text(lang, "files.sources"), *lines] if lines else []


def aim(target: str, lang: Lang) -> str:
    """A target with its word: 目标 95%."""
    word = text(lang, "files.target")
    return target if word in target else f"{word} {target}"


def titled(briefing: Briefing) -> str:
    """The title with its region, which most titles name already."""
    if briefing.region_name in briefing.title:
        return briefing.title
    return f"{briefing.region_name}{'' if briefing.lang == Lang.ZH else ' '}{briefing.title}"


def properties(briefing: Briefing) -> tuple[str, str]:
    """Title and author, as a file says them of itself."""
    told = (f"{titled(briefing)} {briefing.period}", briefing.author or briefing.office)
    title, author = (printable(one)[:LONGEST_PROPERTY] for one in told)
    return title, author


def undefined(briefing: Briefing) -> bool:
    """Whether the definitions stand in none of the sections, so that a file has to add them."""
    tables = (table.key for section in briefing.sections for table in section.tables)
    return bool(briefing.definitions) and DEFINITIONS not in tables


def clock(moment: datetime, briefing: Briefing) -> str:
    """A moment on the district's clock."""
    return moment.astimezone(ZoneInfo(briefing.zone)).strftime("%Y-%m-%d %H:%M")


def indicator(source: Source, briefing: Briefing) -> str:
    """What the indicator of a source is called; its key where the briefing does not define it."""
    return next((one.name for one in briefing.definitions if one.key == source.key), source.key)


def filters(source: Source) -> str:
    """The filters of a source as parameters of an address."""
    parts = [f"{name}={value}" for name, value in source.filters]
    return "&".join([*parts, f"level={source.level}"] if source.level else parts)


def _figures(section: Section) -> Iterator[tuple[str, Figure]]:
    for sentence in section.texts:
        for figure in sentence.figures:
            yield sentence.text, figure
    for card in section.cards:
        yield card.name, card.figure
        for change in card.changes:
            yield f"{card.name} {change.label}", change.figure
    for chart in section.charts:
        for series in chart.series:
            for name, point in zip(chart.categories, series.points, strict=True):
                yield f"{chart.title} · {series.name} · {name}", point
    for table in section.tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=True):
                if cell.figure is not None:
                    yield f"{table.title} · {row[0].text} · {column.name}", cell.figure


def _line(figure: Figure, source: Source, briefing: Briefing, lang: Lang) -> str:
    span = f"{clock(source.start, briefing)} – {clock(source.end, briefing)}"
    parts = [
        figure.text,
        indicator(source, briefing),
        text(lang, f"files.part_{source.part}"),
        source.region,
        span,
        filters(source),
    ]
    return " · ".join(part for part in parts if part)


def card_table(cards: Sequence[Card], lang: Lang) -> Table:
    """The numbers of cards as a table, a column for each kind of change."""
    labels = list(dict.fromkeys(change.label for card in cards for change in card.changes))
    rows = []
    for card in cards:
        changes = {change.label: change.figure for change in card.changes}
        rows.append(
            (
                Cell(text=card.name),
                Cell(text=card.figure.text, figure=card.figure),
                *(_changed(changes.get(label)) for label in labels),
                Cell(text=(card.target or "—").removeprefix(text(lang, "files.target")).strip()),
            )
        )
    number = Measure.COUNT
    heads = (
        Column(name=text(lang, "files.indicator")),
        Column(name=text(lang, "files.value"), measure=number),
        *(Column(name=label, measure=number) for label in labels),
        Column(name=text(lang, "files.target"), measure=number),
    )
    return Table(key="cards", title=text(lang, "files.cards"), columns=heads, rows=tuple(rows))


def _changed(figure: Figure | None) -> Cell:
    return Cell(text="—") if figure is None else Cell(text=figure.text, figure=figure)


def definition_table(briefing: Briefing, lang: Lang) -> Table:
    """How the indicators are reckoned, as a table."""
    names = ("indicator", "formula", "target")
    return Table(
        key=DEFINITIONS,
        title=text(lang, "files.definitions"),
        columns=tuple(Column(name=text(lang, f"files.{name}")) for name in names),
        rows=tuple(
            (Cell(text=one.name), Cell(text=one.formula), Cell(text=one.target or "—"))
            for one in briefing.definitions
        ),
    )
