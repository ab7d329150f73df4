"""Drafts a briefing from its facts: the sections asked for, in their order, with the definitions that they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Briefing,
    Compared,
    Definition,
    Figure,
    Section,
    SectionKey,
)
from dashboard.briefing.facts import Facts
from dashboard.briefing.pen import Pen
from dashboard.briefing.sections.cases import cases
from dashboard.briefing.sections.field import field
from dashboard.briefing.sections.land import land
from dashboard.briefing.sections.notes import as_of, definition, notes
from dashboard.briefing.sections.overview import overview
from dashboard.briefing.sections.papers import papers
from dashboard.briefing.sections.ranking import ranking
from dashboard.briefing.sections.timeliness import timeliness
from dashboard.briefing.sections.topics import topics
from dashboard.briefing.sections.voices import voices
from dashboard.domain.indicators import INDICATORS

WRITERS: Final[dict[SectionKey, Callable[[Pen], Section]]] = {
    SectionKey.OVERVIEW: overview,
    SectionKey.MAP: land,
    SectionKey.TIMELINESS: timeliness,
    SectionKey.RANKING: ranking,
    SectionKey.SATISFACTION: voices,
    SectionKey.TOPICS: topics,
    SectionKey.FIELD: field,
    SectionKey.SUPERVISION: papers,
    SectionKey.CASES: cases,
}
"""Every section but the notes, which speak about the others."""


def drafted(facts: Facts, author: str) -> Briefing:
    """The briefing that was asked for. Texts of the order replace drafted ones where such a sentence stands."""
    pen, order = Pen(facts), facts.order
    wanted = tuple(dict.fromkeys(order.sections))
    written = {key: WRITERS[key](pen) for key in wanted if key in WRITERS}
    definitions = tuple(_definitions(pen, written.values()))
    if SectionKey.NOTES in wanted:
        written[SectionKey.NOTES] = notes(pen, definitions)
    briefing = Briefing(
        title=pen.text(wording.REPORTS[facts.period.cadence], place=pen.place),
        office=pen.text(wording.OFFICE, place=pen.place),
        cadence=facts.period.cadence,
        region=order.region,
        region_name=pen.place,
        period=facts.period.name(pen.lang),
        start=facts.period.window.start,
        end=facts.period.window.end,
        zone=facts.terms.zone.key,
        as_of=facts.now,
        as_of_text=as_of(pen),
        complete=facts.complete,
        lang=order.lang,
        author=author,
        compared=tuple(
            Compared(
                versus=versus,
                name=pen.other_name(versus),
                label=pen.label(versus),
                start=other.window.start,
                end=other.window.end,
            )
            for versus, other in facts.others.items()
        ),
        sections=tuple(written[key] for key in wanted),
        definitions=definitions,
        masked=order.masked,
    )
    known = {one.key for section in briefing.sections for one in section.texts}
    return briefing.edited({key: text for key, text in order.texts.items() if key in known})


def figures_of(section: Section) -> Iterable[Figure]:
    """Every number of a section, wherever it stands, apart from its map's."""
    for text in section.texts:
        yield from text.figures
    for card in section.cards:
        yield card.figure
        yield from (change.figure for change in card.changes)
    for chart in section.charts:
        for series in chart.series:
            yield from series.points
    for table in section.tables:
        yield from (cell.figure for row in table.rows for cell in row if cell.figure is not None)


def _definitions(pen: Pen, sections: Iterable[Section]) -> Iterable[Definition]:
    """Of the indicators that some number of these sections comes from, in their own order."""
    used = {source.key for section in sections for figure in figures_of(section) for source in figure.sources}
    return (definition(pen, one.key) for one in INDICATORS if one.key in used)
