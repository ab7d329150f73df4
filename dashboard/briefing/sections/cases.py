"""典型案例: a few events in a sentence each. What people said and where they live is told only where it may be."""

from __future__ import annotations

from dashboard.briefing import wording
from dashboard.briefing.content import Figure, Measure, Section, SectionKey, Sentence
from dashboard.briefing.figures import counted, hours_text
from dashboard.briefing.pen import GAP, Pen, Phrase
from dashboard.domain.windows import HOUR
from data_access.queries.event_rows import EventRow

LONGEST_TEXT = 160


def cases(pen: Pen) -> Section:
    """The section."""
    rows = pen.facts.cases
    return Section(
        key=SectionKey.CASES,
        title=pen.words(wording.TITLES[SectionKey.CASES]),
        headline=_headline(pen, len(rows)),
        sentences=tuple(_case(pen, row) for row in rows),
    )


def _headline(pen: Pen, n: int) -> Sentence:
    if not n:
        return pen.say("cases.head", wording.CASES_NONE, period=pen.period)
    return pen.say("cases.head", wording.CASES_HEAD, n=counted(n, pen.source("cases")))


def _case(pen: Pen, row: EventRow) -> Sentence:
    return pen.say(
        f"cases.{row.code}",
        wording.CASE,
        code=row.code,
        at=pen.clock(row.reported_at),
        region=pen.place_of(row),
        source=pen.words(wording.SOURCES[row.source]),
        category=pen.words(row.category),
        place=_personal(pen, row),
        handling=_handling(pen, row),
        end=_end(pen, row),
    )


def _personal(pen: Pen, row: EventRow) -> str:
    """Where it was and what was said, where the briefing may hold it."""
    if pen.facts.order.masked:
        return ""
    told = [text for text in (row.address, row.text) if text]
    text = GAP[pen.lang].join(told)[:LONGEST_TEXT]
    return pen.text(wording.CASE_TEXT, text=text) if text else ""


def _handling(pen: Pen, row: EventRow) -> str:
    if row.department is None:
        return ""
    return pen.text(wording.CASE_BY, department=pen.words(row.department))


def _end(pen: Pen, row: EventRow) -> Phrase:
    if row.closed_at is None:
        return (pen.words(wording.CASE_OPEN),)
    hours = (row.closed_at - row.reported_at) / HOUR
    source = pen.source("elapsed_hours", filters={"event": row.code})
    figure = Figure(text=hours_text(hours, pen.lang), value=hours, measure=Measure.HOURS, sources=(source,))
    found = pen.phrase(wording.CASE_CLOSED, hours=figure)
    if row.rework:
        times = counted(row.rework, pen.source("rework", filters={"event": row.code}))
        found += pen.phrase(wording.CASE_REWORK, n=times)
    return found
