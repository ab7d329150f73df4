"""The JSON interface's answers about tracks. Owns their wording; looks and their record are the track desk's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np

from dashboard.domain.policy import Act
from dashboard.domain.trails.blind_spots import blind_spots
from dashboard.domain.trails.facts import DayFacts
from dashboard.domain.trails.picture import picture
from dashboard.domain.trails.presence import Spell
from dashboard.domain.trails.simplify import FINEST_ZOOM
from dashboard.domain.trails.track import SECOND_US, Track
from dashboard.errors import DashboardError
from dashboard.exports.about_lines import lines_of
from dashboard.i18n import Lang
from dashboard.questions import Question, asked_choice, asked_number, asked_region
from dashboard.track_desk import SeenDay, TrackDesk
from dashboard.track_files import MEDIA, FiledDay, Form, track_file
from data_access.queries.patrol_month import GridHeat
from data_access.queries.regions import RegionNode
from data_access.queries.trail_facts import DayEvent

SPOTS: Final = 20
GROUP_ZOOM: Final = 15


class BadDayError(DashboardError):
    """{name}={text} is not a day. Write it as 2026-11-20."""

    zh = "{name}={text} 不是有效日期。请写作 2026-11-20。"


class Look(StrEnum):
    """Which fixes: what is left after cleaning, or all as they were sent."""

    CLEAN = "clean"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as an answer."""

    name: str
    media: str
    body: bytes


def track(question: Question) -> dict[str, Any]:
    """One worker's day: points, stops, gaps, figures. The look goes on record."""
    look, zoom = asked_choice(question.query, "view", Look, Look.CLEAN), _zoom(question)
    seen = _desk(question).day(question.viewer, question.path["code"], _day(question, "day"))
    facts, start_us = seen.facts, _start_us(seen)
    if look is Look.RAW:
        points = _points(facts.cleaned.track, start_us) | {
            "verdict": facts.cleaned.verdict.tolist(),
            "late": np.flatnonzero(facts.cleaned.late).tolist(),
            "breaks": [],
        }
    else:
        drawn = picture(facts, zoom)
        points = _points(drawn.track, start_us) | {"verdict": [], "late": [], "breaks": drawn.breaks.tolist()}
    return _head(seen, question) | {
        "view": look,
        "zoom": zoom,
        "points": points,
        "speeds": _speeds(facts),
        "coverage": _coverage(facts),
        "quality": asdict(facts.quality),
        "events": [_event(one, question.lang) for one in seen.events],
    }


def week(question: Question) -> dict[str, Any]:
    """How much of the own grid a worker covered on each of seven days."""
    found = _desk(question).week(question.viewer, question.path["code"], _day(question, "day"))
    return {
        "worker": question.path["code"],
        "days": [
            {"day": one.day.isoformat(), "shifts": one.shifts, "visited": one.visited, "cells": one.cells}
            for one in found
        ],
    }


def file(question: Question) -> Attachment:
    """The same day as a file."""
    look = asked_choice(question.query, "view", Look, Look.CLEAN)
    form = asked_choice(question.query, "form", Form, Form.GPX)
    desk = _desk(question)
    seen = desk.day(question.viewer, question.path["code"], _day(question, "day"))
    desk.exported(question.viewer, seen, form)
    name = f"{seen.day.worker.code}_{seen.day.day.isoformat()}"
    day = FiledDay(
        name=name,
        facts=seen.facts,
        zone=seen.zone,
        raw=look is Look.RAW,
        lang=Lang.chosen(question.lang),
        as_of=question.now,
        lines=lines_of(question),
    )
    body = track_file(form, day)
    return Attachment(name=f"{name}.{form}", media=MEDIA[form], body=body)


def tracks(question: Question) -> dict[str, Any]:
    """The day of the workers of a grid or a street, each line as the zoom shows it."""
    zoom = _zoom(question) or GROUP_ZOOM
    seen = _desk(question).group(question.viewer, asked_region(question.query), _day(question, "day"))
    workers = []
    for one in seen.days:
        drawn = picture(one.facts, zoom)
        points = _points(drawn.track, _start_us(one)) | {"breaks": drawn.breaks.tolist()}
        workers.append(_head(one, question) | {"points": points})
    return {
        "region": _region(seen.region, question.lang),
        "zoom": zoom,
        "workers": workers,
        "more": seen.more,
    }


def coverage(question: Question) -> dict[str, Any]:
    """A month of patrols over the grids of a region, cell by cell, and where nobody comes but events are."""
    text = question.query.get("month", "")
    month = _date("month", f"{text}-01") if text else None
    seen = _desk(question).month(question.viewer, asked_region(question.query), month)
    return {
        "region": _region(seen.region, question.lang),
        "month": seen.first.isoformat()[:7],
        "from": seen.first.isoformat(),
        "to": seen.until.isoformat(),
        "waiting": seen.waiting,
        "grids": [_grid(one) for one in seen.grids],
    }


def _desk(question: Question) -> TrackDesk:
    return TrackDesk(question.engine, lambda: question.now)


def _head(seen: SeenDay, question: Question) -> dict[str, Any]:
    worker, facts = seen.day.worker, seen.facts
    named = question.viewer.may(Act.SEE_PERSONAL)
    return {
        "worker": {
            "code": worker.code,
            "name": worker.name.in_language(question.lang) if named else None,
            "role": worker.role,
            "region": _region(worker.path.region, question.lang),
        },
        "day": seen.day.day.isoformat(),
        "as_of": question.now.astimezone(seen.zone).isoformat(),
        "start": _time(_start_us(seen)),
        "shifts": [
            {
                "kind": shift.kind,
                "starts_at": shift.starts_at.isoformat(),
                "ends_at": shift.ends_at.isoformat(),
                "checked_in_at": shift.checked_in_at and shift.checked_in_at.isoformat(),
                "checked_out_at": shift.checked_out_at and shift.checked_out_at.isoformat(),
                "until": shift.until.isoformat(),
            }
            for shift in seen.day.shifts
        ],
        "figures": {
            "distance_m": round(facts.distance_m, 1),
            "on_duty_s": round(facts.on_duty_s),
            "observed_s": round(facts.observed_s),
            "inside_s": round(facts.inside_s),
            "away_s": round(facts.away_s),
            "stopped_s": round(sum(stop.lasted_s for stop in facts.stops)),
        },
        "stops": [
            {
                "from": _time(stop.arrived_us),
                "to": _time(stop.left_us),
                "lasted_s": round(stop.lasted_s),
                "lon": round(stop.lon, 6),
                "lat": round(stop.lat, 6),
            }
            for stop in facts.stops
        ],
        "gaps": [
            {
                "from": _time(gap.from_us),
                "to": _time(gap.until_us),
                "lasted_s": round(gap.lasted_s),
                "apart_m": round(gap.apart_m),
                "reason": gap.reason,
            }
            for gap in facts.gaps
        ],
        "away": [_spell(spell) for spell in facts.away],
        "silent": [_spell(spell) for spell in facts.silent],
    }


def _points(track: Track, start_us: int) -> dict[str, Any]:
    """Columns: tenths of a second since the start, and 1e-6 degrees."""
    return {
        "t": ((track.at_us - start_us) // (SECOND_US // 10)).tolist(),
        "x": np.rint(track.lon * 1e6).astype(np.int64).tolist(),
        "y": np.rint(track.lat * 1e6).astype(np.int64).tolist(),
    }


def _speeds(facts: DayFacts) -> dict[str, Any]:
    mps = [None if np.isnan(value) else round(value, 2) for value in facts.speeds.mps.tolist()]
    return {"start": _time(facts.speeds.start_us), "mps": mps}


def _coverage(facts: DayFacts) -> dict[str, Any] | None:
    if facts.coverage is None:
        return None
    cells = facts.coverage.cells
    return {
        "visited": int(facts.coverage.places.size),
        "cells": cells.count,
        "west": cells.west,
        "south": cells.south,
        "lon_step": cells.lon_step,
        "lat_step": cells.lat_step,
        "columns": cells.columns,
        "own": cells.places.tolist(),
        "places": facts.coverage.places.tolist(),
        "times": facts.coverage.times.tolist(),
    }


def _grid(one: GridHeat) -> dict[str, Any]:
    heat, cells = one.heat, one.heat.cells
    return {
        "region": one.code,
        "patrols": heat.patrols,
        "west": cells.west,
        "south": cells.south,
        "lon_step": cells.lon_step,
        "lat_step": cells.lat_step,
        "columns": cells.columns,
        "own": cells.places.tolist(),
        "days": heat.days.tolist(),
        "events": heat.events.tolist(),
        "visited": int((heat.days > 0).sum()),
        "blind_spots": [
            {
                "place": spot.place,
                "share": round(spot.share, 4),
                "events": spot.events,
                "weight": round(spot.weight, 6),
            }
            for spot in blind_spots(heat, SPOTS)
        ],
    }


def _event(one: DayEvent, lang: str) -> dict[str, Any]:
    moments = ("reported_at", "signed_at", "resolved_at", "closed_at", "due_at", "warn_at")
    return {
        "code": one.code,
        "category": one.category.in_language(lang),
        "source": one.source,
        "stage": one.stage,
        "state": one.state,
        "severity": one.severity,
        "lon": one.lon,
        "lat": one.lat,
    } | {name: at.isoformat() if (at := getattr(one, name)) else None for name in moments}


def _spell(spell: Spell) -> dict[str, Any]:
    return {
        "from": _time(spell.since_us),
        "raised_at": _time(spell.raised_us),
        "to": None if spell.until_us is None else _time(spell.until_us),
    }


def _region(node: RegionNode, lang: str) -> dict[str, Any]:
    name = node.name if lang == "zh" or not node.name_en else node.name_en
    return {"code": node.code, "level": node.level, "name": name}


def _start_us(seen: SeenDay) -> int:
    """When the day's points count from: the first shift's begin."""
    return seen.day.shifts[0].duty.start_us if seen.day.shifts else 0


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC).isoformat()


def _zoom(question: Question) -> int | None:
    return asked_number(question.query, "zoom", 1, FINEST_ZOOM) if "zoom" in question.query else None


def _day(question: Question, name: str) -> date | None:
    text = question.query.get(name, "").strip()
    return _date(name, text) if text else None


def _date(name: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise BadDayError(name=name, text=text) from error
    if not 1971 <= found.year <= 2199:
        raise BadDayError(name=name, text=text)
    return found
