"""网格员与巡查: what grid workers reported, and how they kept their shifts and visits."""

from __future__ import annotations

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Chart,
    ChartKind,
    Figure,
    Measure,
    Part,
    Section,
    SectionKey,
    Sentence,
    Series,
    Table,
)
from dashboard.briefing.facts import FIELD_KEYS, WORKERS, RegionPart
from dashboard.briefing.figures import (
    arrow_figure,
    change_figure,
    counted,
    delta,
    part_figure,
    share_of,
)
from dashboard.briefing.pen import Pen, Phrase, cells
from dashboard.domain.indicators import BY_KEY, count_reading
from dashboard.domain.model import Source
from dashboard.domain.windows import Window

KEY = "reported"


def field(pen: Pen) -> Section:
    """The section."""
    return Section(
        key=SectionKey.FIELD,
        title=pen.words(wording.TITLES[SectionKey.FIELD]),
        headline=_headline(pen),
        sentences=(_reports(pen), *_rates(pen)),
        cards=tuple(pen.card(key) for key in _keys(pen)),
        charts=(_chart(pen),) if pen.facts.worker_parts else (),
        tables=(_table(pen),) if pen.facts.worker_parts else (),
    )


def _keys(pen: Pen) -> list[str]:
    return [key for key in FIELD_KEYS if key in BY_KEY and key in pen.facts.readings]


def _count(pen: Pen, window: Window | None = None, n: int | None = None) -> Figure:
    number = pen.facts.kinds.source[Source.GRID_WORKER] if n is None else n
    return counted(number, pen.source(KEY, filters=WORKERS, window=window))


def _share(pen: Pen) -> Figure:
    kinds = pen.facts.kinds.source
    return share_of(kinds[Source.GRID_WORKER], sum(kinds.values()), pen.source(KEY, filters=WORKERS))


def _headline(pen: Pen) -> Sentence:
    if not sum(pen.facts.kinds.source.values()):
        return pen.say("field.head", wording.TOPIC_NONE, period=pen.period)
    return pen.say("field.head", wording.FIELD_HEAD, n=_count(pen), share=_share(pen))


def _reports(pen: Pen) -> Sentence:
    if not sum(pen.facts.kinds.source.values()):
        return pen.say("field.reports", wording.TOPIC_NONE, wording.STOP, period=pen.period)
    changes: Phrase = ()
    other = pen.facts.others.get(pen.before)
    if other is not None:
        own = pen.facts.kinds.source[Source.GRID_WORKER]
        before = other.kinds.source[Source.GRID_WORKER]
        found = delta(count_reading(KEY, own), count_reading(KEY, before))
        assert found is not None  # counts always have a value
        sources = (_count(pen).sources[0], _count(pen, other.window, before).sources[0])
        told = change_figure(found, sources, pen.lang)
        label = pen.label(pen.before)
        changes = pen.bracketed((label, told) if pen.lang == "zh" else (told, " " + label))
    return pen.say(
        "field.reports",
        wording.FIELD_REPORTS,
        period=pen.period,
        n=_count(pen),
        share=_share(pen),
        changes=changes,
    )


def _rates(pen: Pen) -> list[Sentence]:
    return [
        pen.say(
            f"field.{key}",
            wording.FIELD_RATE,
            name=pen.name(key),
            rate=pen.figure(key),
            n=pen.n(key),
            d=pen.d(key),
            changes=pen.changes(key),
        )
        for key in _keys(pen)
        if pen.reading(key).value is not None
    ]


def _part(pen: Pen, part: RegionPart) -> Figure:
    source = pen.source(KEY, region=part.region.code, filters=WORKERS)
    return part_figure(part.readings[KEY], source, Part.N)


def _chart(pen: Pen) -> Chart:
    parts = sorted(pen.facts.worker_parts, key=lambda part: (-(part.readings[KEY].n or 0), part.region.code))
    return Chart(
        key="field",
        title=pen.text(wording.FIELD_CHART, level=pen.level(pen.facts.part_level)),
        kind=ChartKind.BAR,
        measure=Measure.COUNT,
        categories=tuple(pen.region(part.region) for part in parts),
        series=(
            Series(name=pen.words(wording.WORKER_REPORTS), points=tuple(_part(pen, part) for part in parts)),
        ),
    )


def _table(pen: Pen) -> Table:
    keys = _keys(pen)
    before = {part.region.code: part for part in pen.facts.worker_parts_before}
    others = {part.region.code: part for part in pen.facts.parts}
    rows = []
    for part in pen.facts.worker_parts:
        code = part.region.code
        values: list[str | Figure | None] = [pen.region(part.region), _part(pen, part)]
        values.append(_change(pen, part, before.get(code)))
        for key in keys:
            held = others.get(code)
            values.append(None if held is None else pen.part_figure(key, held.readings, code))
        rows.append(cells(values))
    return Table(
        key="field",
        title=pen.text(wording.FIELD_TABLE, level=pen.level(pen.facts.part_level)),
        columns=pen.columns(
            (wording.REGION, None),
            (wording.WORKER_REPORTS, Measure.COUNT),
            (pen.label(pen.before), Measure.GROWTH),
            *((pen.name(key), Measure.RATE) for key in keys),
        ),
        rows=tuple(rows),
    )


def _change(pen: Pen, part: RegionPart, before: RegionPart | None) -> Figure | None:
    found = delta(part.readings[KEY], before.readings[KEY]) if before else None
    if found is None:
        return None
    code = part.region.code
    sources = (
        pen.source(KEY, region=code, filters=WORKERS),
        pen.source(KEY, region=code, filters=WORKERS, versus=pen.before),
    )
    return arrow_figure(found, sources, pen.lang)
