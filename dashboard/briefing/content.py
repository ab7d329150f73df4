"""What a briefing says: sections of sentences, cards, charts, tables and a map, each number with where it comes from.

Owns the form, which is also that of a frozen briefing: `to_json` and `from_json` turn one into text and back without
loss. What is said is for the modules that draft it; pages and files show it and reckon nothing.

Texts are finished: in the briefing's language, numbers as they are to be printed. A number in a text is a `Figure`,
so that what was printed, what was measured and where it can be measured again stay together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from dashboard.domain.colours import Colour

FORM: Final = 1
"""Of the text in which briefings are frozen."""


class Cadence(StrEnum):
    """How long a briefing's period is."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Versus(StrEnum):
    """What a period is compared with: 环比 the one before, 同比 the same one of last year, or of last month."""

    BEFORE = "before"
    LAST_MONTH = "last_month"
    LAST_YEAR = "last_year"


class SectionKey(StrEnum):
    """The sections there are, in their usual order."""

    OVERVIEW = "overview"
    MAP = "map"
    TIMELINESS = "timeliness"
    RANKING = "ranking"
    SATISFACTION = "satisfaction"
    TOPICS = "topics"
    FIELD = "field"
    SUPERVISION = "supervision"
    CASES = "cases"
    NOTES = "notes"


class Measure(StrEnum):
    """What a number is, as to pages and files."""

    COUNT = "count"
    RATE = "rate"  # value 0 to 1, printed as percent
    HOURS = "hours"
    POINTS = "points"  # difference of two rates, value 0.01 for one percentage point
    GROWTH = "growth"  # relative change of a count or a duration, value 0.1 for ten percent


class Part(StrEnum):
    """Which part of what is read at a source the number is."""

    VALUE = "value"
    N = "n"
    D = "d"
    MISSED = "missed"  # how many regions of `level` miss the target
    SOME = "some"  # how many regions of `level` have more than none
    RANKED = "ranked"  # how many regions of `level` have enough to be ranked
    SHARE = "share"  # the reading's share of the same reading without `filters`
    OWN = "own"  # of the category itself: without what is filed on those below it
    OWN_SHARE = "own_share"  # OWN's share of the same reading without `filters`


class Tone(StrEnum):
    """Whether a change is good news."""

    BETTER = "better"
    WORSE = "worse"
    NEUTRAL = "neutral"


class ChartKind(StrEnum):
    """How a chart is drawn."""

    COLUMN = "column"
    BAR = "bar"  # lying; categories from the top down
    LINE = "line"
    DOTS = "dots"  # one point a category on a cut axis, categories from the top down, with `statuses`


class Role(StrEnum):
    """What a series is beside the others: the period's own, or the one that it is compared with."""

    NOW = "now"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a number can be measured again: the indicator `key` of `region` over [start, end) seen at the briefing's
    `as_of`, of the events of `filters` (as parameters of an address). With `level`: of regions of that level below.
    """

    key: str
    region: str
    start: datetime
    end: datetime
    part: Part = Part.VALUE
    filters: tuple[tuple[str, str], ...] = ()
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number as printed (`text`, with its unit and sign) and as measured. `value` None: a dash, and the `reason`.

    `sources`: one; of a change two, the period's own and the one compared with.
    """

    text: str
    value: float | None
    measure: Measure
    n: int | None = None
    d: int | None = None
    reason: str | None = None
    tone: Tone = Tone.NEUTRAL
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Drafted text in parts, words and figures in turn; `edited` replaces it. `key` is unique in its briefing."""

    key: str
    parts: tuple[str | Figure, ...]
    edited: str | None = None

    @property
    def text(self) -> str:
        """As printed."""
        return self.drafted if self.edited is None else self.edited

    @property
    def drafted(self) -> str:
        """As drafted."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The numbers of the draft."""
        return tuple(part for part in self.parts if isinstance(part, Figure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change and what it is against, in words: 较上周."""

    versus: Versus
    label: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One number in large type, with its changes."""

    key: str
    name: str
    figure: Figure
    changes: tuple[Change, ...] = ()
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One number for each of a chart's categories."""

    name: str
    points: tuple[Figure, ...]
    role: Role = Role.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart to be drawn natively. `target` in the unit of its values, with its words; `least`: where a cut axis
    begins, None for zero. `statuses`: of DOTS, one a category.
    """

    key: str
    title: str
    kind: ChartKind
    measure: Measure
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    target: float | None = None
    target_name: str = ""
    least: float | None = None
    statuses: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `measure` None: text."""

    name: str
    measure: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a table. `text` is that of the figure where there is one; a status shows as colour and shape."""

    text: str
    figure: Figure | None = None
    status: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `note` stands below it, as who was left out and why."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One region of a map: polygons of rings (the first the outer one) of (lon, lat), WGS-84. `shade` 0 to 5, None
    without a value; `late`: its events that are open and overdue.
    """

    code: str
    name: str
    polygons: tuple[tuple[Ring, ...], ...]
    value: float | None
    shade: int | None
    late: int = 0
    lon: float = 0.0
    lat: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The outline of a larger region, drawn above the areas, with its label."""

    code: str
    name: str
    polygons: tuple[tuple[Ring, ...], ...]
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMap:
    """A map of areas in six shades. `legend`: words of the shades in order; `source`: of all values, by `level`."""

    title: str
    measure: Measure
    areas: tuple[Area, ...]
    borders: tuple[Border, ...]
    legend: tuple[str, ...]
    late_name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: its number is its place among the sections. `headline` states the finding."""

    key: SectionKey
    title: str
    headline: Sentence
    sentences: tuple[Sentence, ...] = ()
    cards: tuple[Card, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    map: GridMap | None = None

    @property
    def texts(self) -> tuple[Sentence, ...]:
        """All drafted text, the headline first."""
        return (self.headline, *self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """How an indicator is reckoned."""

    key: str
    name: str
    formula: str
    version: int
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A period compared with: its name (上周), how a change against it is called (环比), and when it was."""

    versus: Versus
    name: str
    label: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """The whole. `period`: in words (2026 年第 46 周（11-09 至 11-15）); [start, end) UTC, `zone` its clock's name;
    `as_of`: when everything was measured; `complete`: the period was over by then. `masked`: without personal data.
    """

    title: str
    office: str
    cadence: Cadence
    region: str
    region_name: str
    period: str
    start: datetime
    end: datetime
    zone: str
    as_of: datetime
    as_of_text: str
    complete: bool
    lang: str
    author: str
    compared: tuple[Compared, ...] = ()
    sections: tuple[Section, ...] = ()
    definitions: tuple[Definition, ...] = ()
    masked: bool = True
    form: int = FORM

    def sentence(self, key: str) -> Sentence:
        """The sentence of that key. KeyError."""
        for section in self.sections:
            for one in section.texts:
                if one.key == key:
                    return one
        raise KeyError(key)

    def edited(self, texts: dict[str, str]) -> Briefing:
        """The same with these texts by sentence key; a text equal to the draft takes the edit back. KeyError for a
        key that no sentence has.
        """
        for key in texts:
            self.sentence(key)
        return replace(self, sections=tuple(_edited(section, texts) for section in self.sections))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a briefing is asked for: `day` is any day of the period, as ISO 8601; sections in their order."""

    region: str
    cadence: Cadence
    day: str
    lang: str = "zh"
    sections: tuple[SectionKey, ...] = tuple(SectionKey)
    versus: tuple[Versus, ...] = (Versus.BEFORE, Versus.LAST_YEAR)
    cases: tuple[str, ...] = ()
    masked: bool = True
    texts: dict[str, str] = field(default_factory=dict)


def _edited(section: Section, texts: dict[str, str]) -> Section:
    def change(one: Sentence) -> Sentence:
        text = texts.get(one.key)
        if text is None:
            return one
        return replace(one, edited=None if text == one.drafted else text)

    return replace(
        section, headline=change(section.headline), sentences=tuple(change(one) for one in section.sentences)
    )


_BRIEFING: Final = TypeAdapter(Briefing)


def to_json(briefing: Briefing) -> str:
    """As frozen: one text, equal for equal briefings."""
    return _BRIEFING.dump_json(briefing).decode()


def from_json(text: str) -> Briefing:
    """What `to_json` made it from. ValueError for a text that is no briefing."""
    return _BRIEFING.validate_json(text)
