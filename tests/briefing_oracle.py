"""Every number of a briefing measured again at the source that it names, by plain pandas over the raw rows.

Shares no code with the product beyond the form of a briefing: what was printed is read back from its text, and words
that hold digits of their own must be names, dates or targets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.briefing.content import Briefing, Figure, Measure, Part, Section, Sentence, Source
from tests.oracle import Oracle

Value = tuple[float | None, int | None, int | None]
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
DATES = re.compile(
    rf"(\d{{4}}-)?\d\d-\d\d( \d\d:\d\d)?|\d\d {MONTH}( \d{{4}})?|{MONTH} \d{{4}}"
    r"|\d{4} 年第 \d+ 周|\d{4} 年 \d+ 月|Week \d+ of \d{4}"
)
QUOTED = re.compile("“[^”]*”")
"""Names of categories stand in quotes."""
HANDLING = {"handling_p50": 50, "handling_p90": 90}
STAGES = {"stage_p50": 50, "stage_p90": 90}
ENDS = {
    "report": "accepted_at",
    "file": "filed_at",
    "dispatch": "dispatched_at",
    "handle": "resolved_at",
    "feedback": "replied_at",
    "verify": "verified_at",
}
"""The clock that ends a stage, in the order of the loop."""


@dataclass
class Checker:
    """Checks briefings of one database, as seen at `now`."""

    oracle: Oracle
    now: datetime
    held: dict[Any, Any] = field(default_factory=dict)

    def check(self, briefing: Briefing) -> int:
        """All of it; how many numbers that was."""
        names = self.names(briefing)
        count = 0
        for section in briefing.sections:
            for sentence in section.texts:
                self.check_words(sentence, names)
            for figure in figures(section):
                self.check_figure(figure)
                count += 1
            count += self.check_map(section)
        return count

    def names(self, briefing: Briefing) -> list[str]:
        """What may hold digits of its own, the longest first."""
        rows = self.oracle.rows
        named = [
            rows[table][column] for table in ("regions", "departments") for column in ("name", "name_en")
        ]
        found = {str(name) for column in named for name in column}
        found |= set(map(str, rows["events"].code))
        found |= {one.target or "" for one in briefing.definitions}
        return sorted((name for name in found if NUMBER.search(name)), key=len, reverse=True)

    def check_words(self, sentence: Sentence, names: list[str]) -> None:
        """No number stands between the figures."""
        words = "\n".join(part for part in sentence.parts if isinstance(part, str))
        for name in names:
            words = words.replace(name, "")
        words = QUOTED.sub("", DATES.sub("", words))
        assert not NUMBER.search(words), (sentence.key, words, sentence.text)

    def check_figure(self, figure: Figure) -> None:
        """Its value, n and d are what the source says; its text is the value."""
        told = [self.value(source) for source in figure.sources]
        if len(told) == 2:
            self.check_change(figure, *told)
            return
        ((value, n, d),) = told
        assert figure.value == (None if value is None else pytest.approx(value, abs=1e-6)), figure
        if n is not None and figure.n is not None:
            assert figure.n == n, figure
        if d is not None and figure.d is not None:
            assert figure.d == d, figure
        self.check_text(figure)

    def check_text(self, figure: Figure) -> None:
        if figure.value is None:
            assert figure.text == "—", figure
            return
        printed = read(figure.text)
        if figure.measure is Measure.RATE:
            assert figure.n is not None
            assert figure.d is not None
            assert round(printed * 10) == figure.n * 1000 // figure.d, figure
        elif figure.measure is Measure.COUNT:
            assert printed == figure.value, figure
        else:
            assert near(printed, figure.value, figure.text), figure

    def check_change(self, figure: Figure, now: Value, before: Value) -> None:
        assert now[0] is not None
        assert before[0] is not None
        change = now[0] - before[0]
        value = change / before[0] if figure.measure is Measure.GROWTH else change
        assert figure.value == pytest.approx(value, abs=1e-6), figure
        shown = figure.measure in (Measure.GROWTH, Measure.POINTS)
        size = abs(value) * (100 if shown else 1)
        if not NUMBER.search(figure.text):
            assert size < 0.0500001, figure
            return
        assert near(read(figure.text), size, figure.text), figure
        up = any(mark in figure.text for mark in ("上升", "up", "↑"))
        assert up == (change > 0), figure

    def check_map(self, section: Section) -> int:
        if section.map is None:
            return 0
        for area in section.map.areas:
            source = section.map.source
            code = area.code
            here = self.value(Source(key="open", region=code, start=source.start, end=source.end))
            late = self.value(Source(key="overdue_open", region=code, start=source.start, end=source.end))
            assert (area.value, area.late) == (here[0], late[0]), area.code
        return 2 * len(section.map.areas)

    def value(self, source: Source) -> Value:
        """What the source says: value, n and d."""
        if source not in self.held:
            self.held[source] = self.measured(source)
        found: Value = self.held[source]
        return found

    def measured(self, source: Source) -> Value:
        filters = dict(source.filters)
        if "event" in filters:
            return of_event(self.oracle, source, filters["event"], self.now)
        if source.level is not None or source.key in ("void", "duplicate"):
            return self.of_level(source) if source.level is not None else self.left_out(source)
        if source.key in STAGES:
            return self.of_stage(source, filters["stage"])
        own = source.part in (Part.OWN, Part.OWN_SHARE)
        oracle = self.filtered(filters, own=own)
        value, n, d = self.plain(oracle, source)
        if source.part in (Part.SHARE, Part.OWN_SHARE):
            return rate((n or 0, self.plain(self.oracle, source)[1] or 0))
        if source.part in (Part.VALUE, Part.OWN):
            return value, n, d
        return number(n if source.part is Part.N else d)

    def plain(self, oracle: Oracle, source: Source) -> Value:
        code, start, end = source.region, source.start, source.end
        key = (id(oracle), code, start, end)
        if source.key in HANDLING:
            hours = self.kept((*key, "hours"), lambda: oracle.handling_hours(code, start, end))
            value = float(np.percentile(hours, HANDLING[source.key])) if hours else None
            return value, len(hours), None
        if source.key == "repeat_rate":
            return rate(self.kept((*key, "repeats"), lambda: oracle.repeats(code, start, end)))
        counts = self.kept((*key, "counts"), lambda: oracle.counts(code, start, end, self.now))
        if source.key in counts:
            return float(counts[source.key]), counts[source.key], None
        rates = self.kept((*key, "rates"), lambda: oracle.rates(code, start, end, self.now))
        return rate(rates[source.key])

    def of_stage(self, source: Source, stage: str) -> Value:
        """Of the events closed: from the last clock before to the one that ends the stage, in whole minutes."""
        events = self.oracle.counted(source.region)
        ended = (events.closed_at >= source.start) & (events.closed_at < source.end)
        minutes = []
        for event in events[(events.state == "closed") & ended].itertuples():
            begun = event.reported_at
            for name, clock in ENDS.items():
                at = getattr(event, clock)
                if name == stage and not pd.isna(at):
                    minutes.append(math.floor(round(self.oracle._hours(begun, at) * 3600, 6) / 60))
                if name == stage:
                    break
                begun = begun if pd.isna(at) else at
        value = float(np.percentile(minutes, STAGES[source.key])) / 60 if minutes else None
        return (value, len(minutes), None) if source.part is Part.VALUE else number(len(minutes))

    def filtered(self, filters: dict[str, str], *, own: bool = False) -> Oracle:
        """Of the events that pass. `own`: only those filed on the category itself."""
        if not filters:
            return self.oracle
        found: Oracle = self.kept((str(filters), own), lambda: self.narrowed(filters, own=own))
        return found

    def narrowed(self, filters: dict[str, str], *, own: bool) -> Oracle:
        if "kind" in filters:
            papers = self.oracle.rows["supervision"]
            rows = {**self.oracle.rows, "supervision": papers[papers.kind == filters["kind"]]}
            return Oracle(rows=rows, **self.terms())
        events = self.oracle.rows["events"]
        for name, value in filters.items():
            held = self.column("own" if own else name).loc[events.index].map(wanted(set(value.split(","))))
            events = events[held.astype(bool)]
        return replace(self.oracle, chosen=set(events.id) & self.oracle.chosen, strict=True)

    def column(self, name: str) -> Any:
        """What a filter looks at, of every event: for a category those that it may be of, one at a time."""
        events, rows = self.oracle.rows["events"], self.oracle.rows
        if name == "source":
            return events.source
        if name == "department":
            return events.department_id.map(
                dict(zip(rows["departments"].id, rows["departments"].code, strict=True))
            )
        if name == "own":
            categories = rows["categories"]
            return events.category_id.map(dict(zip(categories.id, categories.code, strict=True)))
        assert name == "category", name
        return self.kept("lineages", lambda: events.category_id.map(self.oracle._lineages()))

    def terms(self) -> dict[str, Any]:
        return {"zone": self.oracle.zone, "workday": self.oracle.workday}

    def of_level(self, source: Source) -> Value:
        regions = self.oracle.rows["regions"]
        below = self.oracle.subtree(source.region)
        codes = regions[(regions.level == source.level) & regions.id.isin(below)].code
        told = [
            self.plain(self.oracle, Source(key=source.key, region=code, start=source.start, end=source.end))
            for code in codes
        ]
        ranked = [value for value, _, d in told if d is not None and d >= 5 and value is not None]
        match source.part:
            case Part.SOME:
                return number(sum(bool(n) for _, n, _ in told))
            case Part.RANKED:
                return number(len(ranked))
            case Part.MISSED:
                return number(sum(value < 0.95 for value in ranked))
        raise AssertionError(source)

    def left_out(self, source: Source) -> Value:
        events = self.oracle.rows["events"]
        mine = events[
            (events.reported_at >= source.start)
            & (events.reported_at < source.end)
            & events.region_id.isin(self.oracle.subtree(source.region))
        ]
        void = mine.state == "void"
        twin = ~void & mine.duplicate_of.notna()
        return number(int((void if source.key == "void" else twin).sum()))

    def kept(self, key: Any, ask: Callable[[], Any]) -> Any:
        if key not in self.held:
            self.held[key] = ask()
        return self.held[key]


def of_event(oracle: Oracle, source: Source, code: str, now: datetime) -> Value:
    """What one event says."""
    events = oracle.rows["events"]
    (event,) = events[events.code == code].itertuples()
    match source.key:
        case "rework":
            return number(int(event.rework))
        case "elapsed_hours":
            return (event.closed_at - event.reported_at).total_seconds() / 3600, None, None
        case "overdue_hours":
            return (min(source.end, now) - event.due_at).total_seconds() / 3600, None, None
    raise AssertionError(source)


def figures(section: Section) -> Iterable[Figure]:
    """Every number of a section apart from its map's, but how many cases it tells."""
    for text in section.texts:
        yield from (one for one in text.figures if one.sources[0].key != "cases")
    for card in section.cards:
        yield card.figure
        yield from (change.figure for change in card.changes)
    for chart in section.charts:
        for series in chart.series:
            assert len(series.points) == len(chart.categories)
            yield from series.points
    for table in section.tables:
        for row in table.rows:
            assert len(row) == len(table.columns)
            yield from (cell.figure for cell in row if cell.figure is not None)


def read(text: str) -> float:
    """The number in a printed text."""
    (found,) = NUMBER.findall(text)
    return float(found.replace(",", ""))


def near(printed: float, value: float, text: str) -> bool:
    """Whether a printed number is the value, rounded to what is shown."""
    if "<" in text:
        return abs(value) < printed
    return abs(printed - abs(value)) <= (0.0500001 if "." in text else 0.5000001)


def wanted(values: set[str]) -> Callable[[Any], bool]:
    """Whether a cell holds one of these, or is a set that does."""
    return lambda cell: bool(values & cell) if isinstance(cell, set) else cell in values


def number(n: int | None) -> Value:
    return (None if n is None else float(n), n, None)


def rate(pair: tuple[int, int]) -> Value:
    n, d = pair
    return (n / d if d else None, n, d)
