"""超期与督办: what is open past its limit, which reminders and orders were issued, how departments stand."""

from __future__ import annotations

from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Cell,
    Figure,
    Measure,
    Part,
    Section,
    SectionKey,
    Sentence,
    Table,
)
from dashboard.briefing.figures import counted, figure_of, hours_text
from dashboard.briefing.pen import Pen, cells
from dashboard.domain.filters import Filters
from dashboard.domain.supervision import PaperKind
from dashboard.domain.verdicts import region_verdict
from dashboard.domain.windows import HOUR
from data_access.queries.departments import DepartmentStanding
from data_access.queries.event_rows import EventRow

KEY, LATE = "supervision_closed", "overdue_open"
STANDING: Final = ("reported", "closed", "on_time_due", "on_time_closed", "rework_rate")
RATE: Final = "on_time_due"
MOST_DEPARTMENTS: Final = 15


def papers(pen: Pen) -> Section:
    """The section."""
    return Section(
        key=SectionKey.SUPERVISION,
        title=pen.words(wording.TITLES[SectionKey.SUPERVISION]),
        headline=_headline(pen),
        sentences=(_overdue(pen), _issued(pen)),
        cards=(pen.card(LATE), pen.card(KEY)),
        tables=tuple(one for one in (_late(pen), _departments(pen)) if one.rows),
    )


def _headline(pen: Pen) -> Sentence:
    if pen.reading(KEY).value is None:
        return pen.say("supervision.head", wording.PAPER_HEAD_NONE, overdue=pen.figure(LATE))
    return pen.say("supervision.head", wording.PAPER_HEAD, overdue=pen.figure(LATE), rate=pen.figure(KEY))


def _overdue(pen: Pen) -> Sentence:
    return pen.say(
        "supervision.overdue",
        wording.OVERDUE,
        moment=pen.moment,
        overdue=pen.figure(LATE),
        changes=pen.changes(LATE),
    )


def _issued(pen: Pen) -> Sentence:
    if pen.reading(KEY).value is None:
        return pen.say("supervision.papers", wording.NO_PAPERS, period=pen.period, d=pen.d(KEY))
    return pen.say(
        "supervision.papers",
        wording.PAPERS,
        period=pen.period,
        reminders=_kind(pen, PaperKind.REMINDER),
        orders=_kind(pen, PaperKind.ORDER),
        closed=pen.n(KEY),
        rate=pen.figure(KEY),
        changes=pen.changes(KEY),
    )


def _kind(pen: Pen, kind: PaperKind) -> Figure:
    source = pen.source(KEY, filters={"kind": str(kind)}, part=Part.D)
    return counted(pen.facts.papers[kind].issued, source)


def _late(pen: Pen) -> Table:
    return Table(
        key="overdue",
        title=pen.text(wording.OVERDUE_TABLE, n=str(len(pen.facts.overdue))),
        columns=pen.columns(
            (wording.EVENT, None),
            (wording.CATEGORY, None),
            (wording.REGION, None),
            (wording.DEPARTMENT, None),
            (wording.DUE_AT, None),
            (wording.LATE_BY, Measure.HOURS),
        ),
        rows=tuple(_late_row(pen, row) for row in pen.facts.overdue),
    )


def _late_row(pen: Pen, row: EventRow) -> tuple[Cell, ...]:
    assert row.due_at is not None  # only what has a limit can be past it
    hours = (pen.facts.moment - row.due_at) / HOUR
    source = pen.source("overdue_hours", filters={"event": row.code})
    figure = Figure(text=hours_text(hours, pen.lang), value=hours, measure=Measure.HOURS, sources=(source,))
    values: list[str | Figure | None] = [row.code, pen.words(row.category), pen.place_of(row)]
    values += [pen.words(row.department) if row.department else None, pen.clock(row.due_at), figure]
    return cells(values)


def _departments(pen: Pen) -> Table:
    """By what they closed in time, the worst first; those with too few at the end."""
    named = [(pen.name(key), Measure.COUNT if key in STANDING[:2] else Measure.RATE) for key in STANDING]
    ordered = _ordered(pen)
    rest = len(ordered) - MOST_DEPARTMENTS
    return Table(
        key="departments",
        title=pen.words(wording.DEPARTMENT_TABLE),
        columns=pen.columns((wording.DEPARTMENT, None), *named),
        rows=tuple(_department(pen, one) for one in ordered[:MOST_DEPARTMENTS]),
        note=pen.text(wording.DEPARTMENT_REST, n=str(rest)) if rest > 0 else "",
    )


def _ordered(pen: Pen) -> list[DepartmentStanding]:
    enough = pen.facts.terms.ranking_min_n

    def place(one: DepartmentStanding) -> tuple[bool, float, str]:
        reading = one.reading(RATE)
        few = (reading.d or 0) < enough or reading.value is None
        return few, reading.value or 0.0, one.code

    return sorted((one for one in pen.facts.departments if _busy(one)), key=place)


def _busy(one: DepartmentStanding) -> bool:
    """Whether it had anything to do: what was due and is not closed counts as well."""
    return bool(one.reading("reported").n or one.reading("closed").n or one.reading(RATE).d)


def _department(pen: Pen, one: DepartmentStanding) -> tuple[Cell, ...]:
    filters = Filters(department=frozenset({one.code}))
    figures = [figure_of(one.reading(key), pen.source(key, filters=filters), pen.lang) for key in STANDING]
    found = list(cells([pen.words(one.name), *figures]))
    place = STANDING.index(RATE) + 1
    colour = region_verdict(one.reading(RATE), pen.facts.terms, pen.lang).colour
    found[place] = Cell(text=found[place].text, figure=found[place].figure, status=colour)
    return tuple(found)
