"""Who may open, call and do what: the table that the program is held against, written out apart from its own.

Whatever the web process answers and whatever a callback writes to has a line here; a test says what lacks one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dashboard.bundle import bundles
from dashboard.domain.policy import Role
from tests.leaders import FIRST

DISTRICT: Final = "510117"
COMMUNITY: Final = "510117001001"
OUTSIDE: Final = "OUT"
"""The code of an event that lies in the other street."""

LEADER, SUPERVISOR, ANALYST, WALL = Role.LEADER, Role.SUPERVISOR, Role.ANALYST, Role.WALL
DESK: Final = frozenset({LEADER, SUPERVISOR, ANALYST})
LOOKING: Final = DESK | {WALL}
TRACKS: Final = frozenset({LEADER, SUPERVISOR})
ADMIN: Final = frozenset({Role.ADMINISTRATOR})
AUDIT: Final = frozenset({Role.AUDITOR})
PEOPLE: Final = frozenset(Role) - {WALL}
EVERYBODY: Final = frozenset(Role)

ALLOWED: Final[dict[str, Collection[Role]]] = {
    "/": LOOKING,
    "/live/snapshot": LOOKING,
    "/live/trails": LOOKING,
    "/live/map": LOOKING,
    "/live/map/m1": LOOKING,
    f"/live/workers/{FIRST}": LOOKING,
    "/region": DESK,
    f"/region/{FIRST}": DESK,
    "/event/IN": DESK,
    "/worker": TRACKS,
    "/worker/W1": TRACKS,
    "/supervision": DESK,
    "/attendance": TRACKS,
    "/api/v1/openapi.json": PEOPLE,
    f"/api/v1/indicators?region={FIRST}": DESK,
    f"/api/v1/trends?region={FIRST}": DESK,
    f"/api/v1/breakdown?region={FIRST}&keys=open": DESK,
    "/api/v1/regions": DESK,
    f"/api/v1/regions/{FIRST}": DESK,
    f"/api/v1/regions/{FIRST}/events": DESK,
    f"/api/v1/events?region={FIRST}": DESK,
    f"/api/v1/events/points?region={FIRST}": DESK,
    "/api/v1/events/IN": DESK,
    f"/api/v1/workers?region={FIRST}": DESK,
    "/api/v1/workers/W1/track": TRACKS,
    "/api/v1/workers/W1/week": TRACKS,
    "/api/v1/workers/W1/track/file?form=gpx": TRACKS,
    f"/api/v1/tracks?region={FIRST}": TRACKS,
    f"/api/v1/coverage?region={FIRST}": TRACKS,
    f"/api/v1/attendance?region={FIRST}": TRACKS,
    f"/api/v1/attendance/file?region={FIRST}&form=csv": TRACKS,
    f"/api/v1/visits?region={FIRST}": TRACKS,
    f"/api/v1/supervision?region={FIRST}": DESK,
    f"/api/v1/supervision/drafts?region={FIRST}": DESK,
    f"/api/v1/supervision/watch?region={FIRST}": DESK,
    f"/api/v1/supervision/departments?region={FIRST}": DESK,
    "/api/v1/supervision/1": DESK,
    "/api/v1/briefings": DESK,
    "/api/v1/briefings/1": DESK,
    f"/export/ranking.csv?region={FIRST}": DESK,
    f"/export/ranking/caption?region={FIRST}": DESK,
    "/exports": DESK,
    "/exports/999/file": DESK,
    "/briefing": DESK,
    "/briefing/print": DESK,
    "/me": {Role.FIELD_WORKER},
    "/password": PEOPLE,
    "/sessions": PEOPLE,
    "/_dash-layout": EVERYBODY,
    "/_dash-dependencies": EVERYBODY,
    "/admin": ADMIN,
    "/admin/settings": ADMIN,
    "/admin/import": ADMIN,
    "/admin/imports/1/progress": ADMIN,
    "/admin/imports/1/report.csv": ADMIN,
    "/admin/imports/1/mapping.toml": ADMIN,
    "/admin/audit": AUDIT,
    "/admin/audit/export": AUDIT,
}
"""Who gets an answer. Everything else is refused to everybody else."""
OPEN: Final = frozenset(
    {"/login", "/login/sso", "/login/callback", "/kiosk", "/healthz", "/readyz"}
    | {"/assets/css/tokens.css", "/assets/icons/mark.svg"}
    | {one.url for one in bundles()}
)
"""What whoever comes gets to see: the way in, whether we live, and static files."""
LOCAL: Final = frozenset({"/metrics"})
"""What the machine itself may ask; from elsewhere it is an administrator's."""
OWN_TOKENS: Final = "/ingest/"
"""Below this each address asks for a token of its own; what needs none says nothing of the district's affairs."""
STREAMS: Final[dict[str, Collection[Role]]] = {"/live/stream": LOOKING, "/exports/progress": DESK}

CALLBACKS: Final[dict[str, Collection[Role]]] = {
    "page": EVERYBODY,
    "wall": LOOKING,
    "desk": DESK,
    "event": DESK,
    "supervision": DESK,
    "worker": TRACKS,
    "import": ADMIN,
    "admin": ADMIN,
    "audit": AUDIT,
}
"""By the first word of the id that a callback writes to. What is not here is an administrator's."""

CHANGES: Final[tuple[tuple[str, dict[str, object], Collection[Role]], ...]] = (
    ("/api/v1/events/IN/acts", {"act": "note", "version": 999, "reason": "x"}, TRACKS),
    ("/api/v1/events/IN/acts", {"act": "remind", "version": 999, "reason": "x"}, TRACKS),
    ("/api/v1/events/IN/acts", {"act": "supervise", "version": 999, "reason": "x"}, TRACKS),
    ("/api/v1/events/IN/acts", {"act": "transfer", "version": 999, "reason": "x"}, {SUPERVISOR}),
    ("/api/v1/events/IN/acts", {"act": "mark_duplicate", "version": 999, "reason": "x"}, {SUPERVISOR}),
    ("/api/v1/supervision/1/close", {"result": " "}, TRACKS | {ANALYST}),
    ("/api/v1/attendance/rota", {"enter": "x"}, {SUPERVISOR}),
    ("/api/v1/attendance/shifts/999/reasons", {"mark": "late", "reason": "x"}, {SUPERVISOR}),
    ("/api/v1/briefings", {"day": "x"}, DESK),
    ("/api/v1/briefings/draft", {"day": "x"}, DESK),
    ("/api/v1/posture", {"posture": "nothing"}, TRACKS),
    ("/exports", {"kind": "nothing", "question": {}}, DESK),
    ("/export/shown", {"panel": "nothing"}, DESK),
    ("/briefing/print", {}, DESK),
    ("/exports/999/cancel", {}, DESK),
    ("/exports/999/repeat", {}, DESK),
    ("/admin/imports?kind=nothing", {}, ADMIN),
)
"""Whom a change is not refused to; what it says is wrong on purpose, so that nothing changes."""
DELETES: Final[dict[str, Collection[Role]]] = {"/exports/999": DESK}
OWN: Final = frozenset({"/password", "/sessions", "/logout"})
"""What people change about themselves; nobody else may."""
ENTERING: Final = frozenset({"/login", "/kiosk/enter"})

SCOPES: Final[dict[str, list[str]]] = {
    "inside": [FIRST],
    "outside": ["510117002"],
    "parent": [DISTRICT],
    "child": [COMMUNITY],
    "none": [],
}
ABOVE: Final = frozenset({"inside", "parent"})
ALL_IN: Final = ABOVE | {"child"}
WITHIN: Final[dict[str, Collection[str]]] = {
    f"/api/v1/indicators?region={FIRST}": ABOVE,
    f"/api/v1/trends?region={FIRST}": ABOVE,
    f"/api/v1/breakdown?region={FIRST}&keys=open": ABOVE,
    f"/api/v1/regions/{FIRST}": ABOVE,
    f"/api/v1/regions/{FIRST}/events": ABOVE,
    f"/api/v1/events?region={FIRST}": ABOVE,
    f"/api/v1/events/points?region={FIRST}": ABOVE,
    f"/api/v1/workers?region={FIRST}": ABOVE,
    f"/api/v1/tracks?region={FIRST}": ABOVE,
    f"/api/v1/coverage?region={FIRST}": ABOVE,
    f"/api/v1/attendance?region={FIRST}": ABOVE,
    f"/api/v1/attendance/file?region={FIRST}&form=csv": ABOVE,
    f"/api/v1/visits?region={FIRST}": ABOVE,
    f"/api/v1/supervision?region={FIRST}": ABOVE,
    f"/api/v1/supervision/drafts?region={FIRST}": ABOVE,
    f"/api/v1/supervision/watch?region={FIRST}": ABOVE,
    f"/api/v1/supervision/departments?region={FIRST}": ABOVE,
    f"/live/workers/{FIRST}": ABOVE,
    f"/api/v1/regions/{COMMUNITY}": ALL_IN,
    f"/api/v1/events?region={COMMUNITY}": ALL_IN,
    f"/api/v1/attendance?region={COMMUNITY}": ALL_IN,
    f"/api/v1/coverage?region={COMMUNITY}": ALL_IN,
    f"/api/v1/indicators?region={DISTRICT}": {"parent"},
    f"/api/v1/attendance/file?region={DISTRICT}&form=csv": {"parent"},
    f"/api/v1/briefings?region={FIRST}": ABOVE,
    "/api/v1/events/IN": ALL_IN,
    "/api/v1/supervision/1": ALL_IN,
    f"/export/ranking.csv?region={FIRST}": ABOVE,
    f"/export/figures.csv?region={COMMUNITY}": ALL_IN,
    f"/export/ranking/caption?region={FIRST}": ABOVE,
    "/api/v1/workers/W1/track": ALL_IN,
    "/api/v1/workers/W1/week": ALL_IN,
    "/api/v1/workers/W1/track/file?form=csv": ALL_IN,
    f"/api/v1/events/{OUTSIDE}": {"outside", "parent"},
    "/api/v1/workers/W2/track/file?form=geojson": {"outside", "parent"},
}
"""Which scopes are answered, of those whom the address is for; the others hear that there is no such thing."""
SHOWN_WITHIN: Final[dict[str, Collection[str]]] = {
    f"/region/{FIRST}": ABOVE,
    f"/region/{COMMUNITY}": ALL_IN,
    "/event/IN": ALL_IN,
    f"/event/{OUTSIDE}": {"outside", "parent"},
    "/worker/W1": ALL_IN,
    f"/worker?region={FIRST}": ABOVE,
    f"/supervision?region={FIRST}": ABOVE,
    f"/attendance?region={FIRST}": ABOVE,
    f"/attendance?rota=2026-11-18&region={FIRST}": ABOVE,
}
"""The same of pages, which a callback fills."""
DAY_OF_FIRST: Final = {"region": FIRST, "cadence": "daily", "day": "2026-11-18"}
CHANGES_WITHIN: Final[tuple[tuple[str, dict[str, object], Collection[str]], ...]] = (
    ("/api/v1/briefings/draft", {**DAY_OF_FIRST}, ABOVE),
    ("/api/v1/events/IN/acts", {"act": "note", "version": 999, "reason": "x"}, ALL_IN),
    ("/api/v1/events/IN/acts", {"act": "transfer", "version": 999, "reason": "x"}, ALL_IN),
    ("/api/v1/supervision/1/close", {"result": "x"}, ALL_IN),
)
"""The same of changes."""

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
FIX: Final = (
    '{"_type": "location", "tst": 1795000000, "lat": 30.705, "lon": 103.805, "topic": "owntracks/u/W1"}'
)
POINT: Final = (
    '{"locations": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [103.805, 30.705]},'
    ' "properties": {"timestamp": "2026-11-18T00:00:00Z", "device_id": "W1"}}]}'
)
PHONES: Final = frozenset({"device", "gateway"})
SENDERS: Final = frozenset({"device", "gateway", "hotline"})
INGEST: Final[dict[str, tuple[str, str, Collection[str]]]] = {
    "/ingest/positions": (JSON, "{}", PHONES),
    "/ingest/events": (JSON, "{}", SENDERS),
    "/ingest/osmand": (FORM, "id=W1&lat=30.705&lon=103.805&timestamp=1795000000", PHONES),
    "/ingest/owntracks": (JSON, FIX, PHONES),
    "/ingest/overland": (JSON, POINT, PHONES),
    "/ingest/open311/v2/requests": (FORM, "service_code=NONE", SENDERS),
    "/ingest/open311/v2/import": (JSON, "[]", SENDERS),
}
"""What is sent, and which tokens may: sessions, walls and strangers bring nothing."""
