"""Writes the pieces of a briefing from its facts: figures with their sources, sentences from patterns, rows and cards.

Owns how a pattern and its figures become a sentence, and what a period is called; the sections say what is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from string import Formatter
from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Card,
    Cell,
    Change,
    Column,
    Figure,
    Measure,
    Part,
    Sentence,
    Source,
    Versus,
)
from dashboard.briefing.facts import Facts, Readings
from dashboard.briefing.figures import (
    DASH,
    arrow_figure,
    change_figure,
    count_text,
    delta,
    figure_of,
    hours_text,
    part_figure,
    share_text,
)
from dashboard.domain.filters import Filters
from dashboard.domain.indicators import BY_KEY, Reading, Unit
from dashboard.domain.model import Level
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from data_access.queries.event_rows import EventRow
from data_access.queries.regions import RegionNode

GROWING: Final = (
    "closure_rate",
    "feedback_rate",
    "response_rate",
    "dispatch_accuracy",
    "supervision_closed",
)
"""What has come of a period by now: an earlier one had more time, so that a change would say nothing."""

Phrase = tuple[str | Figure, ...]
Said = str | Figure | Phrase
GAP: Final = {"zh": "，", "en": ", "}
PAUSE: Final = {"zh": "、", "en": ", "}
BRACKETS: Final = {"zh": ("（", "）"), "en": (" (", ")")}


class Pen:
    """Writes in the briefing's language about its region and period."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.lang = facts.order.lang

    def words(self, words: Words) -> str:
        """In the briefing's language."""
        return words.in_language(self.lang)

    @property
    def period(self) -> str:
        """The period as a sentence calls it: 本周, or by its name where another one runs by now."""
        return self.words(wording.OWN[self.facts.period.cadence])

    @property
    def before(self) -> Versus:
        """The period before, with which parts are compared."""
        return Versus.BEFORE

    @property
    def place(self) -> str:
        """The region's name."""
        return self.region(self.facts.path.region)

    @property
    def moment(self) -> str:
        """When stocks were counted."""
        return self.clock(self.facts.moment)

    def clock(self, at: datetime) -> str:
        """A local time; of another year than that in which the period ends with its year."""
        local = at.astimezone(self.facts.terms.zone)
        last = self.facts.period.until - timedelta(days=1)
        return f"{local:%m-%d %H:%M}" if local.year == last.year else f"{local:%Y-%m-%d %H:%M}"

    def region(self, node: RegionNode) -> str:
        """A region's name; below a community with the community's."""
        own = self.words(Words(zh=node.name, en=node.name_en or node.name))
        above = self.facts.names.get(node.parent_code or "")
        if node.level not in (Level.GRID, Level.MICRO_GRID) or above is None:
            return own
        return f"{self.words(Words(zh=above.name, en=above.name_en or above.name))} {own}"

    def place_of(self, row: EventRow) -> str:
        """Where an event lies: the region with the one that it belongs to."""
        own = self.words(row.region)
        return own if row.parent is None else f"{self.words(row.parent)} {own}"

    def level(self, level: Level | None) -> str:
        """What regions of a level are called."""
        return self.words(wording.LEVELS.get(level or Level.STREET, wording.REGION))

    def text(self, pattern: Words, **values: str) -> str:
        """A pattern with words only."""
        return self.words(pattern).format(**values)

    def other_name(self, versus: Versus) -> str:
        """What it is compared with: 上周."""
        return self.words(wording.OTHERS[self.facts.period.cadence, versus])

    def label(self, versus: Versus) -> str:
        """How a change against it is called: 环比."""
        return self.text(wording.LABELS[versus], other=self.other_name(versus))

    def source(
        self,
        key: str,
        *,
        versus: Versus | None = None,
        window: Window | None = None,
        region: str | None = None,
        level: Level | None = None,
        filters: Filters | Mapping[str, str] | None = None,
        part: Part = Part.VALUE,
    ) -> Source:
        """Where a number comes from; by default the briefing's own region and period."""
        facts = self.facts
        seen = window or (facts.window if versus is None else facts.others[versus].window)
        query = filters.query() if isinstance(filters, Filters) else filters or {}
        return Source(
            key=key,
            region=region or facts.order.region,
            start=seen.start,
            end=seen.end,
            part=part,
            filters=tuple(sorted(query.items())),
            level=None if level is None else str(level),
        )

    def reading(self, key: str, versus: Versus | None = None) -> Reading:
        """The region's own, or that of a period compared with."""
        facts = self.facts
        return (facts.readings if versus is None else facts.others[versus].readings)[key]

    def figure(self, key: str, versus: Versus | None = None) -> Figure:
        """The same as printed."""
        return figure_of(self.reading(key, versus), self.source(key, versus=versus), self.lang)

    def n(self, key: str) -> Figure:
        """Its n as a count."""
        return part_figure(self.reading(key), self.source(key), Part.N)

    def d(self, key: str) -> Figure:
        """Its d as a count."""
        return part_figure(self.reading(key), self.source(key), Part.D)

    def change(self, key: str, versus: Versus, *, short: bool = False) -> Figure | None:
        """How it changed, in words or in short; None where there is nothing to compare."""
        if versus not in self.facts.others or key in GROWING:
            return None
        found = delta(self.reading(key), self.reading(key, versus))
        if found is None:
            return None
        sources = (self.source(key), self.source(key, versus=versus))
        return (arrow_figure if short else change_figure)(found, sources, self.lang)

    def changes(self, key: str) -> Phrase:
        """All changes in brackets: （环比上升 2.6%，同比持平）; nothing without any."""
        told: list[Phrase] = []
        for versus in self.facts.others:
            found = self.change(key, versus)
            if found is not None:
                gap = "" if self.lang == "zh" else " "
                label = self.label(versus)
                told.append((label + gap, found) if self.lang == "zh" else (found, gap + label))
        return self.bracketed(self.joined(told, GAP[self.lang])) if told else ()

    def joined(self, phrases: Iterable[Phrase], mark: str | None = None) -> Phrase:
        """Phrases with a mark between them."""
        found: list[str | Figure] = []
        for place, phrase in enumerate(phrases):
            if place:
                found.append(PAUSE[self.lang] if mark is None else mark)
            found += phrase
        return tuple(found)

    def bracketed(self, phrase: Phrase) -> Phrase:
        """In brackets."""
        left, right = BRACKETS[self.lang]
        return (left, *phrase, right)

    def phrase(self, pattern: Words, **values: Said) -> Phrase:
        """A pattern with its places filled."""
        found: list[str | Figure] = []
        for literal, name, _, _ in Formatter().parse(self.words(pattern)):
            if literal:
                found.append(literal)
            if name:
                value = values[name]
                found += value if isinstance(value, tuple) else (value,)
        return tuple(found)

    def say(self, key: str, *patterns: Words | Phrase, **values: Said) -> Sentence:
        """A sentence of patterns and phrases in turn. Neighbouring words become one part."""
        parts: list[str | Figure] = []
        for pattern in patterns:
            phrase = pattern if isinstance(pattern, tuple) else self.phrase(pattern, **values)
            for part in phrase:
                if isinstance(part, str) and parts and isinstance(parts[-1], str):
                    parts[-1] += part
                elif part != "":
                    parts.append(part)
        return Sentence(key=key, parts=tuple(parts))

    def name(self, key: str) -> str:
        """An indicator's."""
        return BY_KEY[key].zh if self.lang == "zh" else BY_KEY[key].en

    def target(self, key: str) -> float | None:
        """The district's target, or the usual one."""
        return self.facts.terms.targets.get(key, BY_KEY[key].target)

    def target_text(self, key: str) -> str | None:
        """The same as printed."""
        target = self.target(key)
        if target is None:
            return None
        match BY_KEY[key].unit:
            case Unit.RATE:
                return share_text(target)
            case Unit.HOURS:
                return hours_text(target, self.lang)
        return count_text(target)

    def card(self, key: str) -> Card:
        """An indicator in large type."""
        found = ((versus, self.change(key, versus, short=True)) for versus in self.facts.others)
        return Card(
            key=key,
            name=self.name(key),
            figure=self.figure(key),
            changes=tuple(
                Change(versus=versus, label=self.label(versus), figure=change)
                for versus, change in found
                if change is not None
            ),
            target=self.target_text(key),
        )

    def columns(self, *named: tuple[Words | str, Measure | None]) -> tuple[Column, ...]:
        """Columns by name and measure."""
        return tuple(
            Column(name=name if isinstance(name, str) else self.words(name), measure=measure)
            for name, measure in named
        )

    def part_figure(self, key: str, readings: Readings, region: str, window: Window | None = None) -> Figure:
        """A reading of another region."""
        return figure_of(readings[key], self.source(key, region=region, window=window), self.lang)


def cells(values: Sequence[str | Figure | None]) -> tuple[Cell, ...]:
    """A row of a table; a dash for what is not there."""
    return tuple(
        Cell(text=value.text, figure=value) if isinstance(value, Figure) else Cell(text=value or DASH)
        for value in values
    )
