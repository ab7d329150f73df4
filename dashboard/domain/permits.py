"""Which act an address or a callback needs. Everything that is answered stands here; a test compares.

Addresses come decoded, as routers see them. What no rule names needs a session and nothing more: there is nothing
there but the sentence that says so.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from dashboard.domain.policy import Act, Viewer


class Entry(StrEnum):
    """Needs other than acts. OPEN: nobody is asked who they are (what writes asks for its own token); SIGNED: any
    session; PERSON: a session that is no wall.
    """

    OPEN = "open"
    SIGNED = "signed"
    PERSON = "person"


Need = Act | Entry

RULES: Final[tuple[tuple[str, Need], ...]] = (
    (r"/login(/[a-z]+)?|/kiosk(/enter)?|/healthz|/readyz", Entry.OPEN),
    (r"/assets/.+|/_dash-component-suites/.+|/_favicon\.ico", Entry.OPEN),
    (r"/ingest/.+", Entry.OPEN),
    (r"/_dash-(layout|dependencies|update-component)|/_reload-hash", Entry.SIGNED),
    (r"/logout|/password|/sessions(/.*)?|/api/v1/openapi\.json", Entry.PERSON),
    (r"/|/live/(snapshot|stream|trails|map)|/live/map/.+|/live/workers/.+", Act.SEE_WALL),
    (r"/api/v1/posture", Act.SWITCH_POSTURE),
    (r"/region(/.*)?|/api/v1/(indicators|trends|breakdown)|/api/v1/regions(/[^/]+)?", Act.SEE_REGIONS),
    (r"/event(/.*)?|/api/v1/regions/[^/]+/events|/api/v1/events(/.*)?|/api/v1/workers", Act.SEE_EVENTS),
    (r"/supervision(/.*)?|/api/v1/supervision(/.*)?", Act.SEE_EVENTS),
    (r"/attendance/?|/api/v1/(attendance|visits)(/.*)?", Act.SEE_ATTENDANCE),
    (r"/me/?", Act.SEE_OWN_DAY),
    (r"/worker(/.*)?|/api/v1/workers/.+|/api/v1/(coverage|tracks)(/.*)?", Act.SEE_TRACKS),
    (r"/exports?(/.*)?|/api/v1/exports?(/.*)?", Act.EXPORT),
    (r"/briefing(/.*)?|/api/v1/briefings?(/.*)?", Act.BRIEF),
    (r"/admin/imports?(/.*)?", Act.IMPORT),
    (r"/admin/audit(/.*)?|/api/v1/audit(/.*)?", Act.AUDIT),
    (r"/admin(/.*)?|/metrics", Act.ADMINISTER),
)
_PATTERNS: Final = tuple((re.compile(pattern), need) for pattern, need in RULES)

ODD: Final = re.compile(r"//|/\.{1,2}(/|$)|[\\\x00-\x1f]")
"""Spellings that no address of ours has."""

CALLBACKS: Final[tuple[tuple[str, Need], ...]] = (
    ("page", Entry.SIGNED),
    ("wall", Act.SEE_WALL),
    ("import", Act.IMPORT),
    ("audit", Act.AUDIT),
    ("admin", Act.ADMINISTER),
    ("event", Act.SEE_EVENTS),
    ("supervision", Act.SEE_EVENTS),
    ("act", Act.SEE_EVENTS),
    ("worker", Act.SEE_TRACKS),
    ("track", Act.SEE_TRACKS),
    ("export", Act.EXPORT),
    ("briefing", Act.BRIEF),
    ("desk-table", Act.SEE_EVENTS),
    ("desk", Act.SEE_REGIONS),
    ("region", Act.SEE_REGIONS),
)
"""Beginnings of the ids that callbacks write to. The page's callback asks again about the address that it shows."""


def need_of(path: str) -> Need:
    """What an address needs. Odd spellings of an address are another address: they open nothing."""
    if ODD.search(path):
        return Entry.SIGNED
    for pattern, need in _PATTERNS:
        if pattern.fullmatch(path):
            return need
    return Entry.SIGNED


def named(path: str) -> bool:
    """Whether a rule names the address, spelt as it is."""
    return not ODD.search(path) and any(pattern.fullmatch(path) for pattern, _ in _PATTERNS)


def callback_need(output: str) -> Need:
    """What a callback needs, by the first id that it writes to; one that nobody named needs an administrator."""
    first = output.strip(".").split("...")[0]
    for beginning, need in CALLBACKS:
        if re.match(rf"{beginning}[-.]", first):
            return need
    return Act.ADMINISTER


def permitted(viewer: Viewer, need: Need) -> bool:
    """Whether a viewer fulfils a need."""
    if need is Entry.OPEN:
        return True
    if not viewer.known:
        return False
    if need is Entry.SIGNED:
        return True
    if need is Entry.PERSON:
        return not viewer.kiosk
    return not viewer.must_change and viewer.may(Act(need))
