"""Cards of a region's figures: what a reading says in words, against its target and against what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboard.desk import Figures
from dashboard.domain.colours import Colour
from dashboard.domain.indicators import BY_KEY, Direction, Indicator, Reading, Unit
from dashboard.domain.terms import Terms
from dashboard.domain.verdicts import region_verdict
from dashboard.domain.view import View
from dashboard.domain.windows import Preset
from layouts import formats
from layouts.context import PageContext
from layouts.desk_figures import Card, Delta, Making

GLYPHS: Final = {Colour.RED: "bad", Colour.YELLOW: "warn", Colour.GREEN: "ok", Colour.NONE: ""}
UNFILTERED: Final = frozenset({"on_duty", "on_duty_rate", "coverage", "attendance_rate", "visit_rate"})
"""Workers on duty, shifts and visits are not events: filters do not touch them."""
SPARKED: Final = frozenset(
    {"reported", "open", "closed", "on_time_due", "on_time_closed", "satisfaction", "overdue_open"}
)
NO_DATA: Final = frozenset({"on_time_due", "on_time_closed", "satisfaction", "on_duty_rate", "handling_p50"})
FEW: Final = 10
"""Percentages of less say nothing."""
HALF_TENTH: Final = 0.05


def label_of(context: PageContext, key: str, *, today: bool = False) -> str:
    """What an indicator is called on the page."""
    named = {
        "reported": "figure.reported_today" if today else "figure.reported",
        "on_time_due": "figure.on_time_due",
        "overdue_open": "figure.overdue",
        "on_duty_rate": "figure.on_duty",
        "handling_p50": "figure.handling",
    }
    if key in named:
        return context.t(named[key])
    return BY_KEY[key].zh if str(context.lang) == "zh" else BY_KEY[key].en


class CardMaker:
    """Makes cards of readings, in the viewer's language."""

    def __init__(self, context: PageContext, view: View, found: Figures, terms: Terms) -> None:
        self._context = context
        self._view = view
        self._found = found
        self._terms = terms
        self._lang = str(context.lang)
        self._now = {one.key: one for one in found.now}
        told = any(one.n for one in found.before)
        self._before = {one.key: one for one in found.before} if told else {}
        compared = view.comparison(found.at, terms.zone)
        self.versus = context.t("figure.versus", when=context.t(f"compare.{compared}"))

    def card(self, key: str) -> Card:
        """The card of an indicator."""
        reading, indicator = self._now[key], BY_KEY[key]
        value, unit = self._value(key, reading)
        verdict, glyph = self._verdict(key, reading, indicator)
        on_time = key.startswith("on_time")
        return Card(
            key=key,
            label=self._label(key),
            value=value,
            unit=unit,
            target=self._target(key, indicator),
            glyph=glyph,
            verdict=verdict,
            delta=self._delta(key, reading, indicator),
            spark=key if key in SPARKED else "",
            loud=key == "overdue_open" and bool(reading.n),
            missing=reading.value is None,
            making=self.making(key),
            field="on_time" if on_time else "",
            ways=self._ways() if on_time else (),
        )

    def making(self, key: str) -> Making:
        """How a value is made, with n and d."""
        reading, indicator = self._now[key], BY_KEY[key]
        return Making(
            formula=f"{self._label(key)} = {indicator.formula.in_language(self._lang)}",
            rows=self._rows(key, reading, indicator),
            notes=self._notes(key),
        )

    def worded(self, key: str) -> str:
        """The value of an indicator with its n and d, or why there is none."""
        return self._worded(BY_KEY[key], self._now[key])

    def worded_before(self, key: str) -> str:
        """The same of what it is compared with."""
        found = self._before.get(key)
        return formats.DASH if found is None else self._worded(BY_KEY[key], found)

    def _worded(self, indicator: Indicator, reading: Reading) -> str:
        if reading.value is None:
            return reading.reason.in_language(self._lang) if reading.reason else formats.DASH
        if indicator.unit is Unit.RATE:
            n, d = formats.count(reading.n), formats.count(reading.d)
            return f"{formats.rate(reading.n, reading.d)}% ({n} / {d})"
        if indicator.unit is Unit.HOURS:
            return self._context.t("figure.hours", n=formats.hours(reading.value))
        return formats.count(reading.n)

    def _label(self, key: str) -> str:
        today = self._view.preset is Preset.TODAY and not self._view.custom
        return label_of(self._context, key, today=today)

    def _value(self, key: str, reading: Reading) -> tuple[str, str]:
        if key == "on_duty_rate":
            return formats.count(reading.n), f"/ {reading.d:,}" if reading.d else ""
        if key == "handling_p50":
            high = formats.hours(self._now["handling_p90"].value)
            return formats.hours(reading.value), self._context.t("figure.p90", hours=high)
        if BY_KEY[key].unit is Unit.RATE:
            return formats.rate(reading.n, reading.d), "%" if reading.d else ""
        if BY_KEY[key].unit is Unit.HOURS:
            return formats.hours(reading.value), ""
        return formats.count(reading.n), ""

    def _target(self, key: str, indicator: Indicator) -> str:
        target = self._terms.targets.get(key, indicator.target)
        if target is None:
            return ""
        if indicator.unit is Unit.RATE:
            return self._context.t("figure.target", value=f"{formats.plain(target * 100)}%")
        word = "figure.most" if indicator.direction is Direction.LOWER else "figure.target"
        return self._context.t(word, value=formats.plain(target))

    def _verdict(self, key: str, reading: Reading, indicator: Indicator) -> tuple[str, str]:
        """The sentence below a value and its glyph; a reason where there is no value."""
        t = self._context.t
        if reading.value is None:
            return (t(f"figure.none_{key}") if key in NO_DATA else t("figure.none")), "off"
        target = self._terms.targets.get(key, indicator.target)
        if key == "on_duty_rate":
            return t("figure.duty", rate=formats.rate(reading.n, reading.d)), self._glyph(reading)
        if indicator.unit is Unit.RATE:
            return self._against(reading, reading.value, target)
        return self._most(reading, target) if key == "overdue_open" else ("", "")

    def _glyph(self, reading: Reading) -> str:
        return GLYPHS[region_verdict(reading, self._terms, self._lang).colour]

    def _against(self, reading: Reading, value: float, target: float | None) -> tuple[str, str]:
        glyph = self._glyph(reading)
        if target is None:
            return "", glyph
        gap = f"{abs(value - target) * 100:.1f}"
        met = value >= target
        word = self._context.t("figure.met" if met else "figure.below", points=gap)
        if met and gap == "0.0":
            word = self._context.t("figure.level")
        short = glyph in ("", "ok") and not met
        return word, "warn" if short else glyph or "ok"

    def _most(self, reading: Reading, target: float | None) -> tuple[str, str]:
        n = reading.n or 0
        if target is None:
            return "", "bad" if n else "ok"
        over = n - int(target)
        if over > 0:
            return self._context.t("figure.over", n=f"{over:,}"), "bad"
        return self._context.t("figure.within"), "warn" if n else "ok"

    def _delta(self, key: str, reading: Reading, indicator: Indicator) -> Delta | None:
        before = self._before.get(key)
        if reading.value is None:
            return None
        if before is None or before.value is None:
            return Delta(text=self._context.t("figure.no_before"), versus="")
        change = reading.value - before.value
        better = None
        if change and indicator.direction is not Direction.NEUTRAL:
            better = (change > 0) == (indicator.direction is Direction.HIGHER)
        way = "up" if change > 0 else "down" if change < 0 else ""
        text = self._change(indicator, change, before.value)
        if text == self._context.t("figure.same"):
            way, better = "", None
        return Delta(text=text, versus=self.versus, way=way, good=better)

    def _change(self, indicator: Indicator, change: float, before: float) -> str:
        t = self._context.t
        if indicator.unit is Unit.RATE:
            points = abs(change) * 100
            return t("figure.points", n=f"{points:.1f}") if points >= HALF_TENTH else t("figure.same")
        if not change:
            return t("figure.same")
        if indicator.unit is Unit.HOURS:
            return t("figure.hours_short", n=formats.hours(abs(change)))
        if before < FEW or indicator.key == "overdue_open":
            return t("figure.pieces", n=f"{abs(change):,.0f}")
        return f"{abs(change) / before * 100:.1f}%"

    def _rows(self, key: str, reading: Reading, indicator: Indicator) -> list[tuple[str, str]]:
        t, zone = self._context.t, self._terms.zone
        rows: list[tuple[str, str]] = []
        if indicator.denominator is not None or indicator.unit is Unit.HOURS:
            rows.append(
                (t("figure.n"), self._counted(indicator.numerator.in_language(self._lang), reading.n))
            )
        if indicator.denominator is not None:
            rows.append(
                (t("figure.d"), self._counted(indicator.denominator.in_language(self._lang), reading.d))
            )
        rows.append((t("figure.value"), self.worded(key)))
        rows.append((self.versus, self.worded_before(key)))
        window = self._found.window
        ends = {"start": formats.moment(window.start, zone), "end": formats.moment(window.end, zone)}
        rows.append((t("desk.window"), t("figure.span", **ends)))
        return rows

    def _counted(self, what: str, n: int | None) -> str:
        return self._context.t("figure.counts", what=what, n=formats.count(n))

    def _notes(self, key: str) -> list[str]:
        t = self._context.t
        notes = [] if key in UNFILTERED else [t("figure.counted")]
        if key in UNFILTERED and self._view.filters:
            notes.append(t("figure.unfiltered"))
        return notes

    def _ways(self) -> Sequence[tuple[str, str]]:
        return [(way, self._context.t(f"figure.way_{way}")) for way in ("due", "closed")]
