"""Filling an empty database with a district: its land, people, taxonomy and past.

One transaction, or nothing.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import shapely

from dashboard.domain.model import Level
from dashboard.errors import DashboardError
from dashboard.simulation import (
    geography,
    history,
    people,
    profiles,
    rhythm,
    samples,
    taxonomy,
    traces,
    turns,
    visits,
)
from dashboard.simulation.footprints import Footprints, draw_footprints
from dashboard.simulation.geography import Area
from dashboard.simulation.people import SHIFTS, Roster
from dashboard.simulation.profiles import Profile
from dashboard.simulation.world import ZONE, World, assemble, grid_loads
from data_access.queries import scene
from data_access.writes import attendance, partitions, rota, settings
from data_access.writes.history import Column, analyze, bulk, load
from data_access.writes.session import writing

log = logging.getLogger(__name__)

SEED = 20_180_601
TRACED_EVENTS = 27_000
TRACED_DAYS = (5.0, 21.0)
AHEAD_DAYS = 1
TRAILS = timedelta(minutes=30)


class NotEmpty(DashboardError):
    """The database already holds a district that is not {name}. Use an empty one, or start with --reset."""

    zh = "数据库中已有其他辖区，不是 {name}。请使用空数据库，或加 --reset 启动。"


def seed(
    database_url: str, profile: str, *, days: int = 90, seed: int = SEED, now: datetime | None = None
) -> bool:
    """Fill a migrated, empty database; False if it holds this district already.

    NotEmpty if it holds another.
    """
    chosen = profiles.load(profile)
    if _seeded(database_url, chosen):
        return False
    now = (now or datetime.now(UTC)).astimezone(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as fine as the rows are
    with bulk(database_url) as connection:
        regions = _land(connection, chosen, seed)
        _taxonomy(connection)
        _workers(connection, chosen, regions, seed)
        world = _world(connection, chosen, seed)
        _settings(connection, chosen, seed)
        streets = {code: region for code, region in regions.items() if len(code) == 9}
        _past(connection, chosen, world, streets, days=days, now=now, seed=seed)
        partitions.ensure(
            connection, now.date() - timedelta(days=1), now.date() + timedelta(days=partitions.AHEAD_DAYS)
        )
        _footprints(connection, draw_footprints(world, now, seed))
        attendance.watch_from(connection, now - TRAILS)
    analyze(database_url)
    log.info("a district was made", extra={"action": "seed", "profile": profile, "days": days})
    return True


def _seeded(database_url: str, profile: Profile) -> bool:
    with writing(database_url, "seed check") as connection:
        if not scene.has_regions(connection):
            return False
        found = scene.setting(connection, "simulation")
    if not isinstance(found, dict) or found.get("profile") != profile.key:
        raise NotEmpty(name=profile.name)
    return True


def _land(connection: psycopg.Connection[Any], profile: Profile, seed: int) -> dict[str, int]:
    areas = geography.build(profile, seed)
    ids = {area.code: place for place, area in enumerate(areas, start=1)}
    load(
        connection,
        "ops.regions",
        {
            "id": list(ids.values()),
            "code": list(ids),
            "level": [area.level.value for area in areas],
            "kind": [area.kind.value for area in areas],
            "name": [area.name for area in areas],
            "name_en": [area.name_en for area in areas],
        },
    )
    load(
        connection,
        "ops.region_versions",
        {
            "region_id": list(ids.values()),
            "parent_id": [ids[area.parent] if area.parent else None for area in areas],
            "geom": [shapely.to_wkb(area.geometry) for area in areas],
            "label_lon": [area.lon for area in areas],
            "label_lat": [area.lat for area in areas],
            **_residents(areas, seed),
        },
    )
    return ids


def _residents(areas: tuple[Area, ...], seed: int) -> dict[str, Column]:
    """Invented numbers of households and residents: of the smallest regions, and summed for all above them."""
    rng = np.random.default_rng([seed, 5])
    households = dict.fromkeys((area.code for area in areas), 0)
    parents = {area.code: area.parent for area in areas}
    lowest = areas[-1].level
    typical = 520 if lowest is Level.GRID else 96
    for area in areas:
        if area.level is lowest:
            count, code = int(rng.lognormal(np.log(typical), 0.35)), str(area.code)
            above: str | None = code
            while above is not None:
                households[above] += count
                above = parents[above]
    people_each = 2.62
    return {
        "households": list(households.values()),
        "population": [round(count * people_each) for count in households.values()],
    }


def _taxonomy(connection: psycopg.Connection[Any]) -> None:
    tree = taxonomy.load()
    codes = {department.code: place for place, department in enumerate(tree.departments, start=1)}
    load(
        connection,
        "ops.departments",
        {
            "id": list(codes.values()),
            "code": list(codes),
            "name": [department.name for department in tree.departments],
            "name_en": [department.name_en for department in tree.departments],
        },
    )
    rows: list[tuple[str, int | None, int, int, str, str, float | None, bool]] = []
    for top in tree.tops:
        rows.append((top.code, None, 1, top_id := len(rows) + 1, top.name, top.name_en, None, True))
        for group in top.groups:
            rows.append(
                (group.code, top_id, 2, top_id, group.name, group.name_en, group.limit_hours, group.working)
            )
            parent = len(rows)
            rows.extend(
                (leaf.code, parent, 3, top_id, leaf.name, leaf.name_en, leaf.limit_hours, leaf.working)
                for leaf in group.entries
            )
    keys = ("code", "parent_id", "level", "top_id", "name", "name_en", "limit_hours")
    columns: dict[str, Column] = {"id": list(range(1, len(rows) + 1))}
    columns.update({key: [row[place] for row in rows] for place, key in enumerate(keys)})
    columns["limit_kind"] = ["working" if row[7] else "clock" for row in rows]
    load(connection, "ops.categories", columns)


def _workers(
    connection: psycopg.Connection[Any], profile: Profile, regions: dict[str, int], seed: int
) -> None:
    rng = np.random.default_rng([seed, 6])
    grids = [(code, region) for code, region in regions.items() if len(code) == 15]
    street_load = {street.code: street.load for street in profile.streets}
    loads = grid_loads([street_load[code[:9]] for code, _ in grids], [code[:9] for code, _ in grids], rng)
    own = people.own_grids(len(grids), profile.workers, np.sqrt(loads), rng)
    persons = people.names(profile.workers, rng)
    load(
        connection,
        "ops.workers",
        {
            "id": list(range(1, profile.workers + 1)),
            "code": [f"W{serial:05d}" for serial in range(1, profile.workers + 1)],
            "name": [person.name for person in persons],
            "name_en": [person.name_en for person in persons],
            "region_id": [grids[at][1] for at in own.tolist()],
        },
    )


def _world(connection: psycopg.Connection[Any], profile: Profile, seed: int) -> World:
    return assemble(
        profile,
        grids=scene.grids(connection),
        workers=scene.workers(connection),
        categories=scene.categories(connection),
        departments=scene.departments(connection),
        seed=seed,
    )


def _settings(connection: psycopg.Connection[Any], profile: Profile, seed: int) -> None:
    leads = people.names(len(SHIFTS), np.random.default_rng([seed, 7]))
    both = {"zh": profile.title.zh, "en": profile.title.en}
    settings.put(
        connection,
        {
            "timezone": ZONE.key,
            "workflow": "seven",
            "title": both,
            "subtitle": {"zh": profile.subtitle.zh, "en": profile.subtitle.en},
            "attribution": {"zh": profile.attribution.zh, "en": profile.attribution.en},
            "mode": "demo",
            "schematic": True,
            "neighbours": [
                {"zh": one.zh, "en": one.en, "lon": one.lon, "lat": one.lat} for one in profile.neighbours
            ],
            "shifts": [
                {
                    "key": kind.key,
                    "zh": kind.words.zh,
                    "en": kind.words.en,
                    "start": _clock(kind.start_min),
                    "end": _clock(kind.end_min),
                    "lead": {"zh": lead.name, "en": lead.name_en},
                }
                for kind, lead in zip(SHIFTS, leads, strict=True)
            ],
            "satisfied_from": 3,
            "targets": {"on_time_due": 0.95, "satisfaction": 0.975},
            "thresholds": {"on_time_due": [0.90, 0.95]},
            "ranking_min_n": 5,
            "simulation": {"profile": profile.key, "seed": seed},
        },
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _past(
    connection: psycopg.Connection[Any],
    profile: Profile,
    world: World,
    streets: dict[str, int],
    *,
    days: int,
    now: datetime,
    seed: int,
) -> None:
    rng = np.random.default_rng([seed, 8])
    start_s = now.timestamp() - days * rhythm.DAY_S
    first = datetime.fromtimestamp(start_s, ZONE).date() - timedelta(days=1)
    clock = rhythm.service_clock(first, days + 90, ZONE, world.calendar)
    past = history.draw(profile, world, clock=clock, start_s=start_s, now=now, rng=rng)
    load(connection, "ops.events", history.event_columns(past, world, profile))
    traced_days = float(np.clip(TRACED_EVENTS / profile.events_per_day, *TRACED_DAYS))
    load(
        connection, "ops.event_steps", traces.step_columns(past, now.timestamp() - traced_days * rhythm.DAY_S)
    )
    load(connection, "ops.feedback", traces.feedback_columns(past))
    load(connection, "ops.supervision", traces.supervision_columns(past))
    today = now.astimezone(ZONE).date()
    load(connection, "ops.visits", visits.columns(np.unique(world.grid_ids).tolist(), today, seed))
    rosters = [
        people.roster(today + timedelta(days=offset), len(world.worker_ids), ZONE, seed)
        for offset in range(-min(days, profile.roster_days), AHEAD_DAYS + 1)
    ]
    first = today - timedelta(days=min(days, profile.roster_days))
    _rota(connection, world, first, today, seed)
    for one in rosters:
        load(connection, "ops.shifts", shift_columns(one, world, now.timestamp()))
    codes = list(streets)
    grid_street = np.array([codes.index(code) for code in world.grid_streets])
    belonging = samples.Belonging(
        region_ids=np.array([*streets.values(), 1]),
        event_street=grid_street[past.reports.grid],
        worker_street=grid_street[world.worker_grids],
    )
    at = samples.moments(start_s, now, ZONE)
    load(connection, "board.samples", samples.columns(past, rosters, at, ZONE, belonging))


def _rota(connection: psycopg.Connection[Any], world: World, first: date, today: date, seed: int) -> None:
    """The pattern that all work by, and the changes of the days to come."""
    ids = world.worker_ids
    steps = people.steps(len(ids), seed).tolist()
    names = (turns.NAME.zh, turns.NAME.en)
    rota.establish(connection, turns.pattern(), names, ids.tolist(), steps, first)
    ahead = turns.by_id(turns.ahead(today, len(ids), seed), ids)
    rota.propose(connection, turns.PATTERN, ahead, turns.ACTOR)


def shift_columns(roster: Roster, world: World, now_s: float) -> dict[str, Column]:
    """Rows for `ops.shifts` as they stand at a moment."""

    def so_far(clock: rhythm.Seconds) -> Column:
        return history.instants(np.where(clock <= now_s, np.round(clock, 3), np.nan))

    return {
        "worker_id": world.worker_ids[roster.worker],
        "kind": np.array([kind.key for kind in SHIFTS])[roster.kind],
        "starts_at": history.instants(roster.starts),
        "ends_at": history.instants(roster.ends),
        "checked_in_at": so_far(roster.checked_in),
        "checked_out_at": so_far(roster.checked_out),
        "cancelled": roster.cancelled,
    }


def _footprints(connection: psycopg.Connection[Any], footprints: Footprints) -> None:
    load(connection, "ops.positions", footprints.positions)
    load(connection, "ops.latest_positions", footprints.latest)
