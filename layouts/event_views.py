"""What the drawer and the page of one event show, as text ready to lay out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash.development.base_component import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word in a box. `glyph`: ok, warn, bad, off or none."""

    text: str
    glyph: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a fact; a link where `href` is given. `glyph` stands before it."""

    text: str
    href: str = ""
    glyph: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of facts."""

    label: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """Something that happened within a stage."""

    when: str
    what: str
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage of the loop. `state`: done, now, late or todo. `share`: of the limit used, 1.5 for half as much again;
    None without a limit or before it began.
    """

    key: str
    number: int
    name: str
    state: str
    who: str = ""
    when: str = ""
    limit: str = ""
    used: str = ""
    share: float | None = None
    over: bool = False
    lines: Sequence[TraceLine] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo in the system that took it, by its reference there."""

    reference: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearWorker:
    """A worker on duty near the event. `stale`: the fix is old."""

    code: str
    name: str
    where: str
    distance: str
    age: str
    stale: bool
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent:
    """An event near this one."""

    code: str
    kind: str
    category: str
    distance: str
    when: str
    state: str
    glyph: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One question to whoever reported the event, and the answer."""

    when: str
    channel: str
    text: str
    glyph: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionRow:
    """A reminder or an order."""

    kind: str
    when: str
    who: str
    to: str
    until: str
    state: str
    glyph: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """All that is shown of an event. `acts`: keys of what the viewer may do; `shown`: what the page's scripts need;
    `timing`: the first tag, which goes on counting in the browser by `due_ms` while the event is open.
    """

    code: str
    title: str
    sub: str
    timing: Tag
    due_ms: int | None
    tags: Sequence[Tag]
    facts: Sequence[Fact]
    said: str
    stages: Sequence[StageRow]
    photos: Sequence[Photo]
    workers: Sequence[NearWorker]
    no_workers: str
    others: Sequence[OtherEvent]
    feedback: Sequence[AnswerRow]
    supervision: Sequence[SupervisionRow]
    why: str
    acts: Sequence[str]
    shown: Mapping[str, object]
    region: Part
    spot: Component | None = None
