"""镇街排名: the regions below by what they closed in time. Those with too few cases are named, not ranked."""

from __future__ import annotations

from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Cell,
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
from dashboard.briefing.facts import RegionPart
from dashboard.briefing.figures import arrow_figure, counted, delta, part_figure
from dashboard.briefing.pen import PAUSE, Pen, cells
from dashboard.briefing.sections.timeliness import floor_of
from dashboard.domain.colours import Colour
from dashboard.domain.model import Level
from dashboard.domain.ranks import exact, shared_places
from dashboard.domain.verdicts import region_verdict
from dashboard.domain.words import Words

KEY: Final = "on_time_due"
NAMED: Final = 3
MOST_CHARTED: Final = 40


def ranking(pen: Pen) -> Section:
    """The section; of a region without any below, a sentence alone."""
    ranked, rest = _ranked(pen)
    told = (
        _first(pen, ranked),
        _last(pen, ranked),
        _stand(pen, ranked, Colour.RED, wording.RANK_RED),
        _stand(pen, ranked, Colour.YELLOW, wording.RANK_YELLOW),
    )
    return Section(
        key=SectionKey.RANKING,
        title=pen.text(wording.RANK_TITLE, level=pen.level(pen.facts.part_level)),
        headline=_headline(pen, ranked),
        sentences=tuple(one for one in told if one is not None),
        charts=(_chart(pen, ranked[:MOST_CHARTED]),) if ranked else (),
        tables=(_table(pen, ranked, rest),) if ranked or rest else (),
    )


def _ranked(pen: Pen) -> tuple[list[RegionPart], list[RegionPart]]:
    """Those with enough, the best first, equal ones by code; and the rest."""
    enough = pen.facts.terms.ranking_min_n
    ranked = [part for part in pen.facts.parts if (part.readings[KEY].d or 0) >= max(enough, 1)]
    ranked.sort(key=lambda part: (-exact(part.readings[KEY]), part.region.code))
    known = {part.region.code for part in ranked}
    return ranked, [part for part in pen.facts.parts if part.region.code not in known]


def _missed(pen: Pen, ranked: list[RegionPart]) -> int:
    target = pen.target(KEY) or 0.0
    return sum((part.readings[KEY].value or 0.0) < target for part in ranked)


def _headline(pen: Pen, ranked: list[RegionPart]) -> Sentence:
    level = pen.facts.part_level
    if not ranked or level is None:
        return pen.say("ranking.head", wording.RANK_NONE)
    missed = _missed(pen, ranked)
    words = pen.level(level)
    if missed:
        source = pen.source(KEY, level=level, part=Part.MISSED)
        return pen.say("ranking.head", wording.RANK_HEAD, missed=counted(missed, source), level=words)
    return pen.say("ranking.head", wording.RANK_HEAD_MET, ranked=_size(pen, ranked, level), level=words)


def _size(pen: Pen, ranked: list[RegionPart], level: Level) -> Figure:
    return counted(len(ranked), pen.source(KEY, level=level, part=Part.RANKED))


def _first(pen: Pen, ranked: list[RegionPart]) -> Sentence | None:
    level = pen.facts.part_level
    if not ranked or level is None:
        return None
    return pen.say(
        "ranking.first",
        wording.RANK_TOP,
        ranked=_size(pen, ranked, level),
        level=pen.level(level),
        list=pen.joined(_one(pen, part) for part in ranked[:NAMED]),
    )


def _last(pen: Pen, ranked: list[RegionPart]) -> Sentence | None:
    """Those behind the first ones that were named, if they are."""
    if len(ranked) < 2 * NAMED:
        return None
    third = exact(ranked[NAMED - 1].readings[KEY])
    last = [part for part in ranked[: -NAMED - 1 : -1] if exact(part.readings[KEY]) < third]
    if not last:
        return None
    return pen.say("ranking.last", wording.RANK_LAST, list=pen.joined(_one(pen, part) for part in last))


def _stand(pen: Pen, ranked: list[RegionPart], colour: Colour, pattern: Words) -> Sentence | None:
    """Who stands so, by name."""
    names = [pen.region(part.region) for part in ranked if _colour(pen, part) is colour]
    if not names:
        return None
    return pen.say(f"ranking.{colour}", pattern, list=PAUSE[pen.lang].join(names))


def _one(pen: Pen, part: RegionPart) -> tuple[str | Figure, ...]:
    rate = pen.part_figure(KEY, part.readings, part.region.code)
    return pen.phrase(wording.RANK_ONE, name=pen.region(part.region), rate=rate)


def _colour(pen: Pen, part: RegionPart) -> Colour:
    return region_verdict(part.readings[KEY], pen.facts.terms, pen.lang).colour


def _chart(pen: Pen, ranked: list[RegionPart]) -> Chart:
    points = tuple(pen.part_figure(KEY, part.readings, part.region.code) for part in ranked)
    target, text = pen.target(KEY), pen.target_text(KEY)
    return Chart(
        key="ranking",
        title=pen.words(wording.RANK_CHART),
        kind=ChartKind.DOTS,
        measure=Measure.RATE,
        categories=tuple(pen.region(part.region) for part in ranked),
        series=(Series(name=pen.name(KEY), points=points),),
        target=target,
        target_name=f"{pen.words(wording.TARGET)} {text}" if text else "",
        least=floor_of([point.value for point in points], target),
        statuses=tuple(_colour(pen, part) for part in ranked),
    )


def _table(pen: Pen, ranked: list[RegionPart], rest: list[RegionPart]) -> Table:
    level = pen.level(pen.facts.part_level)
    note = ""
    if rest:
        names = PAUSE[pen.lang].join(pen.region(part.region) for part in rest)
        note = pen.text(wording.RANK_NOTE, n=str(pen.facts.terms.ranking_min_n), names=names)
    columns = pen.columns(
        (wording.RANK, None),
        (wording.REGION, None),
        (pen.name("reported"), Measure.COUNT),
        (pen.name("closed"), Measure.COUNT),
        (pen.name("open"), Measure.COUNT),
        (pen.name("overdue_open"), Measure.COUNT),
        (wording.DUE_D, Measure.COUNT),
        (pen.name(KEY), Measure.RATE),
        (pen.label(pen.before), Measure.POINTS),
        (pen.name("satisfaction"), Measure.RATE),
    )
    places = shared_places([part.readings[KEY] for part in ranked])
    rows = [_row(pen, part, str(place)) for part, place in zip(ranked, places, strict=True)]
    rows += [_row(pen, part, None) for part in rest]
    return Table(
        key="ranking",
        title=pen.text(wording.RANK_TABLE, level=level),
        columns=columns,
        rows=tuple(rows),
        note=note,
    )


def _row(pen: Pen, part: RegionPart, place: str | None) -> tuple[Cell, ...]:
    code, readings = part.region.code, part.readings

    def figure(key: str) -> Figure:
        return pen.part_figure(key, readings, code)

    due = part_figure(readings[KEY], pen.source(KEY, region=code), Part.D)
    found = list(
        cells(
            [
                place,
                pen.region(part.region),
                *(figure(key) for key in ("reported", "closed", "open", "overdue_open")),
                due,
                figure(KEY),
                _change(pen, part),
                figure("satisfaction"),
            ]
        )
    )
    if place is not None:
        found[7] = Cell(text=found[7].text, figure=found[7].figure, status=_colour(pen, part))
    return tuple(found)


def _change(pen: Pen, part: RegionPart) -> Figure | None:
    before = pen.facts.parts_before.get(part.region.code)
    found = delta(part.readings[KEY], before[KEY]) if before else None
    if found is None:
        return None
    code = part.region.code
    sources = (pen.source(KEY, region=code), pen.source(KEY, region=code, versus=pen.before))
    return arrow_figure(found, sources, pen.lang)
