"""Numbers as a briefing prints them: readings, changes, growth, each with its sources. Owns signs, units and rounding.

Rates are cut, not rounded, to one decimal, as on every screen (99.97 % is no 100 %); changes are those of the exact
values, rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dashboard.briefing.content import Figure, Measure, Part, Source, Tone
from dashboard.domain.indicators import BY_KEY, Direction, Reading, Unit
from dashboard.domain.words import Words

DASH: Final = "—"
MINUS: Final = "\u2212"
FEW: Final = 10
"""Of fewer than this, percentages say nothing: a change is a number of cases."""
LONG_H: Final = 100
MEASURES: Final = {Unit.COUNT: Measure.COUNT, Unit.RATE: Measure.RATE, Unit.HOURS: Measure.HOURS}
UP, DOWN, SAME = Words(zh="上升", en="up"), Words(zh="下降", en="down"), Words(zh="持平", en="unchanged")
POINTS, CASES = Words(zh="个百分点", en=" pp"), Words(zh=" 件", en="")
HOURS = Words(zh=" 小时", en=" h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """How two readings differ: in `size`, printed without a sign; `way` is 1, -1, or 0 for what would print as 0."""

    measure: Measure
    value: float
    size: str
    way: int
    tone: Tone


def count_text(value: float) -> str:
    """11842 as 11,842."""
    return f"{round(value):,}".replace("-", MINUS)


def rate_text(n: int, d: int) -> str:
    """96.1%, cut."""
    tenths = n * 1000 // d
    return f"{tenths // 10}.{tenths % 10}%"


def hours_text(value: float, lang: str) -> str:
    """2.5 小时: to one decimal, whole from 100 on; less than a tenth as such."""
    whole = f"{value:,.0f}" if value >= LONG_H else f"{value:.1f}"
    return ("<0.1" if 0 < value < 0.1 else whole) + HOURS.in_language(lang)


def share_text(value: float) -> str:
    """A target or a threshold: 95% and 97.5%."""
    return f"{value * 100:.1f}".removesuffix(".0") + "%"


def figure_of(reading: Reading, source: Source, lang: str) -> Figure:
    """A reading as printed: a count, a rate in percent, hours with their unit; a dash with its reason."""
    unit = BY_KEY[reading.key].unit
    figure = Figure(
        text=DASH,
        value=reading.value,
        measure=MEASURES[unit],
        n=reading.n,
        d=reading.d,
        reason=reading.reason.in_language(lang) if reading.reason else None,
        sources=(source,),
    )
    if reading.value is None:
        return figure
    if unit is Unit.RATE:
        return replace(figure, text=rate_text(reading.n or 0, reading.d or 1))
    text = hours_text(reading.value, lang) if unit is Unit.HOURS else count_text(reading.value)
    return replace(figure, text=text)


def part_figure(reading: Reading, source: Source, part: Part) -> Figure:
    """The n or the d of a reading as a count of its own."""
    number = reading.n if part is Part.N else reading.d
    return counted(number or 0, replace(source, part=part))


def counted(number: int, source: Source) -> Figure:
    """A count that is no indicator's value."""
    return Figure(
        text=count_text(number), value=float(number), measure=Measure.COUNT, n=number, sources=(source,)
    )


def share_of(n: int, d: int, source: Source) -> Figure:
    """A part of a whole; a dash of nothing."""
    text = rate_text(n, d) if d else DASH
    source = replace(source, part=Part.OWN_SHARE if source.part is Part.OWN else Part.SHARE)
    return Figure(text=text, value=n / d if d else None, measure=Measure.RATE, n=n, d=d, sources=(source,))


def delta(now: Reading, before: Reading) -> Delta | None:
    """The change from one reading to another; None where either has no value."""
    if now.value is None or before.value is None:
        return None
    indicator = BY_KEY[now.key]
    change = now.value - before.value
    if indicator.unit is Unit.RATE:
        measure, value, size = Measure.POINTS, change, f"{abs(change) * 100:.1f}"
    elif indicator.unit is Unit.HOURS:
        measure, value, size = Measure.HOURS, change, f"{abs(change):.1f}"
    elif before.value < FEW:
        measure, value, size = Measure.COUNT, change, count_text(abs(change))
    else:
        value = change / before.value
        measure, size = Measure.GROWTH, f"{abs(value) * 100:.1f}"
    way = 0 if size in ("0.0", "0") else 1 if change > 0 else -1
    return Delta(measure=measure, value=value, size=size, way=way, tone=_tone(indicator.direction, way))


def change_figure(found: Delta, sources: tuple[Source, Source], lang: str) -> Figure:
    """A change in words: 上升 2.6%."""
    if not found.way:
        text = SAME.in_language(lang)
    else:
        way = (UP if found.way > 0 else DOWN).in_language(lang)
        text = f"{way} {found.size}{_unit(found.measure, lang)}"
    return _changed(found, text, sources)


def arrow_figure(found: Delta, sources: tuple[Source, Source], lang: str) -> Figure:
    """A change in short: ↑ 2.6%."""
    if not found.way:
        return _changed(found, SAME.in_language(lang), sources)
    way = "\u2191" if found.way > 0 else "\u2193"
    unit = _unit(found.measure, lang).replace("个百分点", "百分点")
    return _changed(found, f"{way} {found.size}{unit}", sources)


def _changed(found: Delta, text: str, sources: tuple[Source, Source]) -> Figure:
    return Figure(text=text, value=found.value, measure=found.measure, tone=found.tone, sources=sources)


def _unit(measure: Measure, lang: str) -> str:
    if measure is Measure.GROWTH:
        return "%"
    words = {Measure.POINTS: POINTS, Measure.HOURS: HOURS}.get(measure, CASES)
    gap = " " if measure is Measure.POINTS and lang == "zh" else ""
    return gap + words.in_language(lang)


def _tone(direction: Direction, way: int) -> Tone:
    if not way or direction is Direction.NEUTRAL:
        return Tone.NEUTRAL
    return Tone.BETTER if (way > 0) == (direction is Direction.HIGHER) else Tone.WORSE
