"""热点诉求: the categories that were reported most, those that rose most, and how the main classes share."""

from __future__ import annotations

from collections import Counter
from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Chart,
    ChartKind,
    Figure,
    Measure,
    Role,
    Section,
    SectionKey,
    Sentence,
    Series,
    Source,
    Table,
)
from dashboard.briefing.figures import (
    FEW,
    Delta,
    arrow_figure,
    change_figure,
    counted,
    delta,
    share_of,
)
from dashboard.briefing.pen import Pen, Phrase, cells
from dashboard.domain.filters import Filters
from dashboard.domain.indicators import count_reading
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from data_access.queries.neighbours import CategoryChoice

NAMED: Final = 3
LISTED: Final = 10
KEY: Final = "reported"


class _Kinds:
    """Counts by category over one window, each category with all below it."""

    def __init__(self, pen: Pen, counts: Counter[int], window: Window) -> None:
        self._pen = pen
        self._window = window
        self.total = sum(counts.values())
        parents = {one.code: one.parent for one in pen.facts.categories}
        own = {one.code: counts[one.id] for one in pen.facts.categories}
        self.sums: Counter[str] = Counter()
        for code, n in own.items():
            at: str | None = code
            while at is not None:
                self.sums[at] += n
                at = parents.get(at)

    def figure(self, code: str) -> Figure:
        """How many of a category."""
        filters = Filters(category=frozenset({code}))
        return counted(self.sums[code], self._pen.source(KEY, window=self._window, filters=filters))


def topics(pen: Pen) -> Section:
    """The section."""
    now = _Kinds(pen, pen.facts.kinds.category, pen.facts.window)
    other = pen.facts.others.get(pen.before)
    before = None if other is None else _Kinds(pen, other.kinds.category, other.window)
    leaves = _leaves(pen, now)[:LISTED]
    told = (_most(pen, now, leaves), _rising(pen, now, before))
    return Section(
        key=SectionKey.TOPICS,
        title=pen.words(wording.TITLES[SectionKey.TOPICS]),
        headline=_headline(pen, now, leaves),
        sentences=tuple(one for one in told if one is not None),
        charts=(_chart(pen, now, before, leaves), _classes(pen, now)) if leaves else (),
        tables=(_table(pen, now, before, leaves),) if leaves else (),
    )


def _leaves(pen: Pen, now: _Kinds) -> list[CategoryChoice]:
    """Categories with none below that were reported, the most first."""
    above = {one.parent for one in pen.facts.categories}
    found = [one for one in pen.facts.categories if one.code not in above and now.sums[one.code]]
    return sorted(found, key=lambda one: (-now.sums[one.code], one.code))


def _headline(pen: Pen, now: _Kinds, leaves: list[CategoryChoice]) -> Sentence:
    if not leaves:
        return pen.say("topics.head", wording.TOPIC_NONE, period=pen.period)
    first = leaves[0]
    return pen.say("topics.head", wording.TOPIC_HEAD, name=pen.words(first.name), n=now.figure(first.code))


def _most(pen: Pen, now: _Kinds, leaves: list[CategoryChoice]) -> Sentence:
    if not leaves:
        return pen.say("topics.most", wording.TOPIC_NONE, wording.STOP, period=pen.period)
    told: list[Phrase] = []
    for one in leaves[:NAMED]:
        figure = now.figure(one.code)
        share = share_of(now.sums[one.code], now.total, figure.sources[0])
        told.append(pen.phrase(wording.TOPIC_ONE, name=pen.words(one.name), n=figure, share=share))
    return pen.say("topics.most", wording.TOPIC_MOST, list=pen.joined(told))


def _rising(pen: Pen, now: _Kinds, before: _Kinds | None) -> Sentence | None:
    """Those that rose by the most cases, if by a tenth and more than a few."""
    if before is None:
        return None
    rose = [one for one in _leaves(pen, now) if now.sums[one.code] - before.sums[one.code] >= FEW]
    rose.sort(key=lambda one: (before.sums[one.code] - now.sums[one.code], one.code))
    told: list[Phrase] = []
    for one in rose[:NAMED]:
        found = _delta(now, before, one.code)
        change = change_figure(found, _pair(now, before, one.code), pen.lang)
        told.append(
            pen.phrase(
                wording.TOPIC_UP_ONE,
                name=pen.words(one.name),
                n=now.figure(one.code),
                versus=pen.label(pen.before),
                change=change,
            )
        )
    return pen.say("topics.rising", wording.TOPIC_UP, list=pen.joined(told)) if told else None


def _delta(now: _Kinds, before: _Kinds, code: str) -> Delta:
    found = delta(count_reading(KEY, now.sums[code]), count_reading(KEY, before.sums[code]))
    assert found is not None  # counts always have a value
    return found


def _pair(now: _Kinds, before: _Kinds, code: str) -> tuple[Source, Source]:
    return now.figure(code).sources[0], before.figure(code).sources[0]


def _chart(pen: Pen, now: _Kinds, before: _Kinds | None, leaves: list[CategoryChoice]) -> Chart:
    series = [Series(name=pen.period, points=tuple(now.figure(one.code) for one in leaves))]
    if before is not None:
        points = tuple(before.figure(one.code) for one in leaves)
        series.append(Series(name=pen.other_name(pen.before), points=points, role=Role.EARLIER))
    return Chart(
        key="topics",
        title=pen.text(wording.TOPIC_CHART, n=str(len(leaves))),
        kind=ChartKind.BAR,
        measure=Measure.COUNT,
        categories=tuple(pen.words(one.name) for one in leaves),
        series=tuple(series),
    )


def _classes(pen: Pen, now: _Kinds) -> Chart:
    tops = [one for one in pen.facts.categories if one.parent is None and now.sums[one.code]]
    tops.sort(key=lambda one: (-now.sums[one.code], one.code))
    tops = tops[:LISTED]
    return Chart(
        key="topics.classes",
        title=pen.words(wording.CLASS_CHART),
        kind=ChartKind.BAR,
        measure=Measure.COUNT,
        categories=tuple(pen.words(one.name) for one in tops),
        series=(Series(name=pen.name(KEY), points=tuple(now.figure(one.code) for one in tops)),),
    )


def _table(pen: Pen, now: _Kinds, before: _Kinds | None, leaves: list[CategoryChoice]) -> Table:
    named: list[tuple[Words | str, Measure | None]] = [
        (wording.CATEGORY, None),
        (pen.name(KEY), Measure.COUNT),
        (wording.SHARE, Measure.RATE),
    ]
    if before is not None:
        named += [(pen.other_name(pen.before), Measure.COUNT), (pen.label(pen.before), Measure.GROWTH)]
    rows = []
    for one in leaves:
        figure = now.figure(one.code)
        values: list[str | Figure | None] = [
            pen.words(one.name),
            figure,
            share_of(now.sums[one.code], now.total, figure.sources[0]),
        ]
        if before is not None:
            change = _delta(now, before, one.code)
            pair = _pair(now, before, one.code)
            values += [before.figure(one.code), arrow_figure(change, pair, pen.lang)]
        rows.append(cells(values))
    return Table(
        key="topics", title=pen.words(wording.TOPIC_TABLE), columns=pen.columns(*named), rows=tuple(rows)
    )
