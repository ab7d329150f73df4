"""The map as GeoJSON (RFC 7946, WGS-84): the regions that it fills with their readings, or its events by their places.

Foreign members of the collection say what it shows; borders are those of now, simplified as the map draws them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from dashboard.domain.outlines import features
from dashboard.exports.asking import Asked
from dashboard.exports.panels import PLACES, areas, spots
from dashboard.exports.sheet import Sheet
from data_access.queries.map import borders
from data_access.queries.session import reading

MEDIA: Final = "application/geo+json"


def map_file(ask: Asked) -> bytes:
    """What the map of a view shows. RegionUnknown."""
    if ask.view.layer in PLACES:
        sheet, found = _events(ask)
    else:
        sheet, found = _areas(ask)
    collection = {
        "type": "FeatureCollection",
        "title": sheet.about.title,
        "about": [{"name": name, "value": said} for name, said in sheet.about.lines],
        "as_of": sheet.about.as_of.isoformat(),
        "features": found,
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _areas(ask: Asked) -> tuple[Sheet, list[dict[str, Any]]]:
    sheet = areas(ask)
    names = ("code", "name", "parent", "value", "n", "d", "overdue")
    rows = {str(row[0]): dict(zip(names, row, strict=True)) for row in sheet.rows}
    drawn = _borders(ask, rows)
    return sheet, [
        {"type": "Feature", "properties": row, "geometry": drawn.get(code)} for code, row in rows.items()
    ]


def _borders(ask: Asked, codes: Collection[str]) -> dict[str, Any]:
    with reading(ask.engine) as conn:
        outlines = [one for one in borders(conn, ask.now) if one.code in codes]
    return {one["properties"]["code"]: one["geometry"] for one in features(outlines)}


def _events(ask: Asked) -> tuple[Sheet, list[dict[str, Any]]]:
    sheet = spots(ask)
    return sheet, [_event(row) for row in sheet.rows]


def _event(row: Sequence[object]) -> dict[str, Any]:
    lon, lat, code, region, n, *colours = row
    counts = dict(zip(("overdue", "nearly_due", "in_time", "closed"), colours, strict=True))
    return {
        "type": "Feature",
        "properties": {"code": code, "region": region, "events": n, **counts},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }
