"""办理与时效: what was due and closed in time, how long it took, and how each step of the loop went."""

from __future__ import annotations

import math
from typing import Final

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
from dashboard.briefing.figures import DASH, counted, figure_of, hours_text
from dashboard.briefing.pen import Pen, Phrase, cells
from dashboard.briefing.sections.overview import lines_table
from dashboard.domain.words import Words
from data_access.queries.stage_times import StageTime

STEPS: Final = ("sign_on_time", "dispatch_accuracy", "rework_rate", "repeat_rate")
LINES: Final = (
    *("closure_rate", "on_time_due", "on_time_closed", "handling_p50", "handling_p90"),
    *("instant_rate", *STEPS),
)
FLOOR_STEP: Final = 0.05
"""A cut axis begins at a multiple of this below the least value."""
LINE_STEP: Final = 0.01
"""The same of a line over weeks, whose changes are small."""


def timeliness(pen: Pen) -> Section:
    """The section."""
    told = (_due(pen), _done(pen), _taken(pen), _longest(pen), _process(pen))
    return Section(
        key=SectionKey.TIMELINESS,
        title=pen.words(wording.TITLES[SectionKey.TIMELINESS]),
        headline=_headline(pen),
        sentences=tuple(one for one in told if one is not None),
        cards=tuple(
            pen.card(key) for key in ("on_time_due", "on_time_closed", "handling_p50", "rework_rate")
        ),
        charts=(course_chart(pen, "on_time_due"),),
        tables=(lines_table(pen, "timeliness", pen.words(wording.PROCESS_TABLE), LINES), _stages(pen)),
    )


def against_target(pen: Pen, key: str) -> Phrase:
    """Whether the target was met, in words that follow the value."""
    value, target, text = pen.reading(key).value, pen.target(key), pen.target_text(key)
    if value is None or target is None or text is None:
        return ()
    return pen.phrase(wording.MET if value >= target else wording.MISSED, target=text)


def course_chart(pen: Pen, key: str) -> Chart:
    """A rate over the periods up to this one, on a cut axis, with its target."""
    stretches = pen.facts.course
    points = tuple(
        figure_of(one.readings[key], pen.source(key, window=one.window), pen.lang) for one in stretches
    )
    target = pen.target(key)
    text = pen.target_text(key)
    return Chart(
        key=f"{key}.course",
        title=pen.text(wording.COURSE_CHART, n=str(len(stretches)), name=pen.name(key)),
        kind=ChartKind.LINE,
        measure=Measure.RATE,
        categories=tuple(one.name for one in stretches),
        series=(Series(name=pen.name(key), points=points),),
        target=target,
        target_name=f"{pen.words(wording.TARGET)} {text}" if text else "",
        least=floor_of([point.value for point in points], target, LINE_STEP),
    )


def floor_of(values: list[float | None], target: float | None, step: float = FLOOR_STEP) -> float:
    """Where a cut axis of rates begins: at a whole step below all values."""
    told = [value for value in (*values, target) if value is not None]
    if not told:
        return 0.0
    return max(0.0, round(math.floor(min(told) / step - 1e-9) * step, 4))


def _headline(pen: Pen) -> Sentence:
    if pen.reading("on_time_due").value is None:
        return pen.say("timeliness.head", wording.NO_DUE, period=pen.period)
    rate = pen.figure("on_time_due")
    return pen.say("timeliness.head", wording.TIME_HEAD, rate=rate, changes=pen.changes("on_time_due"))


def _due(pen: Pen) -> Sentence:
    if pen.reading("on_time_due").value is None:
        return pen.say("timeliness.due", wording.NO_DUE, wording.STOP, period=pen.period)
    return pen.say(
        "timeliness.due",
        wording.DUE,
        period=pen.period,
        d=pen.d("on_time_due"),
        n=pen.n("on_time_due"),
        rate=pen.figure("on_time_due"),
        changes=pen.changes("on_time_due"),
        target=against_target(pen, "on_time_due"),
    )


def _done(pen: Pen) -> Sentence | None:
    if pen.reading("on_time_closed").value is None:
        return None
    return pen.say(
        "timeliness.done",
        wording.DONE,
        n=pen.n("on_time_closed"),
        rate=pen.figure("on_time_closed"),
        changes=pen.changes("on_time_closed"),
    )


def _taken(pen: Pen) -> Sentence | None:
    if pen.reading("handling_p50").value is None:
        return None
    return pen.say(
        "timeliness.taken",
        wording.TAKEN,
        p50=pen.figure("handling_p50"),
        changes=pen.changes("handling_p50"),
        p90=pen.figure("handling_p90"),
    )


def _process(pen: Pen) -> Sentence | None:
    told = [
        pen.phrase(wording.ONE_RATE, name=pen.name(key), rate=pen.figure(key), changes=pen.changes(key))
        for key in STEPS
        if pen.reading(key).value is not None
    ]
    if not told:
        return None
    return pen.say("timeliness.process", wording.PROCESS, list=pen.joined(told, pen.words(wording.COMMA)))


def _longest(pen: Pen) -> Sentence | None:
    """The stage that took longest in the median."""
    longest = max(pen.facts.stages, key=lambda one: (one.p50_h or 0, one.p90_h or 0))
    if not longest.p90_h:
        return None
    return pen.say(
        "timeliness.longest",
        wording.LONGEST,
        name=pen.words(_stage_name(longest)),
        p50=_hours(pen, longest, "stage_p50", longest.p50_h),
        p90=_hours(pen, longest, "stage_p90", longest.p90_h),
    )


def _stages(pen: Pen) -> Table:
    """How long each stage of the loop took, in working time."""
    rows = (
        (
            pen.words(_stage_name(one)),
            counted(one.n, pen.source("stage_p50", filters={"stage": one.stage.key}, part=Part.N)),
            _limit(pen, one),
            _hours(pen, one, "stage_p50", one.p50_h),
            _hours(pen, one, "stage_p90", one.p90_h),
        )
        for one in pen.facts.stages
    )
    return Table(
        key="stages",
        title=pen.text(wording.STAGE_TABLE, period=pen.period),
        columns=pen.columns(
            (wording.STAGE, None),
            (wording.STAGE_N, Measure.COUNT),
            (wording.STAGE_LIMIT, None),
            (wording.MEDIAN, Measure.HOURS),
            (wording.NINE_IN_TEN, Measure.HOURS),
        ),
        rows=tuple(map(cells, rows)),
    )


def _stage_name(time: StageTime) -> Words:
    return Words(zh=time.stage.zh, en=time.stage.en)


def _limit(pen: Pen, time: StageTime) -> str:
    limit = time.stage.limit_hours
    return pen.words(wording.BY_CATEGORY) if limit is None else hours_text(limit, pen.lang)


def _hours(pen: Pen, time: StageTime, key: str, hours: float | None) -> Figure:
    return Figure(
        text=DASH if hours is None else hours_text(hours, pen.lang),
        value=hours,
        measure=Measure.HOURS,
        n=time.n,
        sources=(pen.source(key, filters={"stage": time.stage.key}),),
    )
