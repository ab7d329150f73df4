"""总体运行: how much was reported and closed, what is open, from whom it came, the main indicators in lines."""

from __future__ import annotations

from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Cadence,
    Cell,
    Chart,
    ChartKind,
    Figure,
    Measure,
    Section,
    SectionKey,
    Sentence,
    Series,
    Table,
)
from dashboard.briefing.figures import counted, figure_of, share_of
from dashboard.briefing.pen import Pen, Phrase, cells
from dashboard.domain.filters import Filters
from dashboard.domain.model import Source
from dashboard.domain.words import Words

CARDS: Final = ("reported", "closed", "on_time_due", "satisfaction")
LINES: Final = (
    *("reported", "closed", "open", "overdue_open", "closure_rate", "on_time_due", "on_time_closed"),
    *("handling_p50", "handling_p90", "satisfaction"),
)


def overview(pen: Pen) -> Section:
    """The section."""
    return Section(
        key=SectionKey.OVERVIEW,
        title=pen.words(wording.TITLES[SectionKey.OVERVIEW]),
        headline=_headline(pen),
        sentences=tuple(one for one in (_volume(pen), _stock(pen), _sources(pen)) if one is not None),
        cards=tuple(pen.card(key) for key in CARDS),
        charts=(_chart(pen),),
        tables=(lines_table(pen, "overview", pen.words(wording.FIGURES_TABLE), LINES),),
    )


def lines_table(pen: Pen, key: str, title: str, keys: tuple[str, ...]) -> Table:
    """Indicators, one a line: now, before and how they changed, against each period compared with."""
    named: list[tuple[Words | str, Measure | None]] = [
        (wording.INDICATOR, None),
        (pen.period[:1].upper() + pen.period[1:], Measure.COUNT),
    ]
    for versus in pen.facts.others:
        named += [(pen.other_name(versus), Measure.COUNT), (pen.label(versus), Measure.GROWTH)]
    named.append((wording.TARGET, None))
    return Table(
        key=key,
        title=title,
        columns=pen.columns(*named),
        rows=tuple(_line(pen, one) for one in keys if one in pen.facts.readings),
    )


def _line(pen: Pen, key: str) -> tuple[Cell, ...]:
    values: list[str | Figure | None] = [pen.name(key), pen.figure(key)]
    for versus in pen.facts.others:
        values += [pen.figure(key, versus), pen.change(key, versus, short=True)]
    return cells([*values, pen.target_text(key)])


def _headline(pen: Pen) -> Sentence:
    found: Phrase = pen.phrase(
        wording.VOLUME_HEAD, reported=pen.figure("reported"), closed=pen.figure("closed")
    )
    if pen.reading("on_time_due").value is not None:
        rate = pen.phrase(wording.ON_TIME_HEAD, rate=pen.figure("on_time_due"))
        found = (*found, pen.words(wording.COMMA), *rate)
    return pen.say("overview.head", found)


def _volume(pen: Pen) -> Sentence:
    return pen.say(
        "overview.volume",
        wording.VOLUME,
        period=pen.period,
        place=pen.place,
        reported=pen.figure("reported"),
        reported_changes=pen.changes("reported"),
        closed=pen.figure("closed"),
        closed_changes=pen.changes("closed"),
    )


def _stock(pen: Pen) -> Sentence:
    return pen.say(
        "overview.stock",
        wording.STOCK,
        moment=pen.moment,
        open=pen.figure("open"),
        open_changes=pen.changes("open"),
        overdue=pen.figure("overdue_open"),
        overdue_changes=pen.changes("overdue_open"),
    )


def _sources(pen: Pen) -> Sentence | None:
    """From whom it came, the most first; nothing where nothing came."""
    counts = pen.facts.kinds.source
    found = [(Source(name), n) for name, n in counts.most_common() if n]
    if not found:
        return None
    total = sum(counts.values())
    told = []
    for source, n in found:
        where = pen.source("reported", filters=Filters(source=frozenset({source})))
        told.append(
            pen.phrase(
                wording.FROM_ONE,
                source=pen.words(wording.SOURCES[source]),
                n=counted(n, where),
                share=share_of(n, total, where),
            )
        )
    return pen.say("overview.sources", wording.FROM, list=pen.joined(told))


def _chart(pen: Pen) -> Chart:
    daily = pen.facts.period.cadence is Cadence.DAILY
    stretches = pen.facts.within

    def points(key: str) -> tuple[Figure, ...]:
        return tuple(
            figure_of(one.readings[key], pen.source(key, window=one.window), pen.lang) for one in stretches
        )

    return Chart(
        key="overview.steps",
        title=pen.words(wording.HOURS_CHART if daily else wording.DAYS_CHART),
        kind=ChartKind.COLUMN,
        measure=Measure.COUNT,
        categories=tuple(one.name for one in stretches),
        series=tuple(Series(name=pen.name(key), points=points(key)) for key in ("reported", "closed")),
    )
