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
    Part,
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
    """Counts by category over one window: of each category's own events, and with all below it."""

    def __init__(self, pen: Pen, counts: Counter[int], window: Window) -> None:
        self._pen = pen
        self._window = window
        self.total = sum(counts.values())
        parents = {one.code: one.parent for one in pen.facts.categories}
        self._above = set(parents.values())
        self.own = {one.code: counts[one.id] for one in pen.facts.categories}
        self.sums: Counter[str] = Counter()
        for code, n in self.own.items():
            at: str | None = code
            while at is not None:
                self.sums[at] += n
                at = parents.get(at)

    def whole(self, *codes: str) -> Figure:
        """How many of categories with all below them, none of which lies below another."""
        filters = Filters(category=frozenset(codes))
        source = self._pen.source(KEY, window=self._window, filters=filters)
        return counted(sum(self.sums[code] for code in codes), source)

    def figure(self, code: str) -> Figure:
        """How many of a category itself."""
        part = Part.OWN if code in self._above else Part.VALUE
        filters = Filters(category=frozenset({code}))
        source = self._pen.source(KEY, window=self._window, filters=filters, part=part)
        return counted(self.own[code], source)

    def name(self, one: CategoryChoice) -> str:
        """Of the events filed on a category itself."""
        own = self._pen.words(one.name)
        return self._pen.text(wording.OWN_ALONE, name=own) if one.code in self._above else own


def topics(pen: Pen) -> Section:
    """The section."""
    now = _Kinds(pen, pen.facts.kinds.category, pen.facts.window)
    other = pen.facts.others.get(pen.before)
    before = None if other is None else _Kinds(pen, other.kinds.category, other.window)
    kinds = _kinds(pen, now)[:LISTED]
    told = (_most(pen, now, kinds), _rising(pen, now, before))
    return Section(
        key=SectionKey.TOPICS,
        title=pen.words(wording.TITLES[SectionKey.TOPICS]),
        headline=_headline(pen, now, kinds),
        sentences=tuple(one for one in told if one is not None),
        charts=(_chart(pen, now, before, kinds), _classes(pen, now)) if kinds else (),
        tables=(_table(pen, now, before, kinds),) if kinds else (),
    )


def _kinds(pen: Pen, now: _Kinds) -> list[CategoryChoice]:
    """Categories of whatever level that events were filed on, the most first."""
    found = [one for one in pen.facts.categories if now.own[one.code]]
    return sorted(found, key=lambda one: (-now.own[one.code], one.code))


def _headline(pen: Pen, now: _Kinds, kinds: list[CategoryChoice]) -> Sentence:
    if not kinds:
        return pen.say("topics.head", wording.TOPIC_NONE, period=pen.period)
    first = kinds[0]
    return pen.say("topics.head", wording.TOPIC_HEAD, name=now.name(first), n=now.figure(first.code))


def _most(pen: Pen, now: _Kinds, kinds: list[CategoryChoice]) -> Sentence:
    if not kinds:
        return pen.say("topics.most", wording.TOPIC_NONE, wording.STOP, period=pen.period)
    told: list[Phrase] = []
    for one in kinds[:NAMED]:
        figure = now.figure(one.code)
        share = share_of(now.own[one.code], now.total, figure.sources[0])
        told.append(pen.phrase(wording.TOPIC_ONE, name=now.name(one), n=figure, share=share))
    return pen.say("topics.most", wording.TOPIC_MOST, list=pen.joined(told))


def _rising(pen: Pen, now: _Kinds, before: _Kinds | None) -> Sentence | None:
    """Those that rose by the most cases, if by a tenth and more than a few."""
    if before is None:
        return None
    rose = [one for one in _kinds(pen, now) if now.own[one.code] - before.own[one.code] >= FEW]
    rose.sort(key=lambda one: (before.own[one.code] - now.own[one.code], one.code))
    told: list[Phrase] = []
    for one in rose[:NAMED]:
        found = _delta(now, before, one.code)
        change = change_figure(found, _pair(now, before, one.code), pen.lang)
        told.append(
            pen.phrase(
                wording.TOPIC_UP_ONE,
                name=now.name(one),
                n=now.figure(one.code),
                versus=pen.label(pen.before),
                change=change,
            )
        )
    return pen.say("topics.rising", wording.TOPIC_UP, list=pen.joined(told)) if told else None


def _delta(now: _Kinds, before: _Kinds, code: str) -> Delta:
    found = delta(count_reading(KEY, now.own[code]), count_reading(KEY, before.own[code]))
    assert found is not None  # counts always have a value
    return found


def _pair(now: _Kinds, before: _Kinds, code: str) -> tuple[Source, Source]:
    return now.figure(code).sources[0], before.figure(code).sources[0]


def _chart(pen: Pen, now: _Kinds, before: _Kinds | None, kinds: list[CategoryChoice]) -> Chart:
    series = [Series(name=pen.period, points=tuple(now.figure(one.code) for one in kinds))]
    if before is not None:
        points = tuple(before.figure(one.code) for one in kinds)
        series.append(Series(name=pen.other_name(pen.before), points=points, role=Role.EARLIER))
    return Chart(
        key="topics",
        title=pen.text(wording.TOPIC_CHART, n=str(len(kinds))),
        kind=ChartKind.BAR,
        measure=Measure.COUNT,
        categories=tuple(now.name(one) for one in kinds),
        series=tuple(series),
    )


def _classes(pen: Pen, now: _Kinds) -> Chart:
    tops = [one for one in pen.facts.categories if one.parent is None and now.sums[one.code]]
    tops.sort(key=lambda one: (-now.sums[one.code], one.code))
    tops, rest = tops[:LISTED], tops[LISTED:]
    names, points = [pen.words(one.name) for one in tops], [now.whole(one.code) for one in tops]
    if rest:
        names.append(pen.words(wording.CLASS_REST))
        points.append(now.whole(*(one.code for one in rest)))
    return Chart(
        key="topics.classes",
        title=pen.words(wording.CLASS_CHART),
        kind=ChartKind.BAR,
        measure=Measure.COUNT,
        categories=tuple(names),
        series=(Series(name=pen.name(KEY), points=tuple(points)),),
    )


def _table(pen: Pen, now: _Kinds, before: _Kinds | None, kinds: list[CategoryChoice]) -> Table:
    named: list[tuple[Words | str, Measure | None]] = [
        (wording.CATEGORY, None),
        (pen.name(KEY), Measure.COUNT),
        (wording.SHARE, Measure.RATE),
    ]
    if before is not None:
        named += [(pen.other_name(pen.before), Measure.COUNT), (pen.label(pen.before), Measure.GROWTH)]
    rows = []
    for one in kinds:
        figure = now.figure(one.code)
        values: list[str | Figure | None] = [
            now.name(one),
            figure,
            share_of(now.own[one.code], now.total, figure.sources[0]),
        ]
        if before is not None:
            change = _delta(now, before, one.code)
            pair = _pair(now, before, one.code)
            values += [before.figure(one.code), arrow_figure(change, pair, pen.lang)]
        rows.append(cells(values))
    return Table(
        key="topics", title=pen.words(wording.TOPIC_TABLE), columns=pen.columns(*named), rows=tuple(rows)
    )
