"""Simulated districts for tests, without a database."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from dashboard.domain.model import Level
from dashboard.simulation import geography, people, profiles, taxonomy
from dashboard.simulation.geography import Area
from dashboard.simulation.world import World, assemble
from data_access.queries.scene import CategoryRow, GridRow, WorkerRow

SEED = 7


@cache
def areas(profile: str) -> tuple[Area, ...]:
    """The land of a profile, made once."""
    return geography.build(profiles.load(profile), SEED)


@cache
def world(profile: str) -> World:
    """The world of a profile; ids count from 1 in the order of the areas."""
    chosen = profiles.load(profile)
    land = areas(profile)
    ids = {area.code: place for place, area in enumerate(land, start=1)}
    grids = [
        GridRow(
            id=ids[area.code],
            code=area.code,
            name=area.name,
            parent_id=ids[str(area.parent)],
            parent_name="",
            street_code=area.code[:9],
            geom=shapely.to_wkb(area.geometry),
        )
        for area in land
        if area.level is Level.GRID
    ]
    own = people.own_grids(len(grids), chosen.workers, np.ones(len(grids)), np.random.default_rng(SEED))
    workers = [
        WorkerRow(id=serial, code=f"W{serial:05d}", region_id=grids[at].id)
        for serial, at in enumerate(own.tolist(), start=1)
    ]
    leaves = [leaf.code for _, leaf in taxonomy.load().entries()]
    categories = [
        CategoryRow(id=serial, code=code, level=3, top_id=serial)
        for serial, code in enumerate(leaves, start=1)
    ]
    departments = {entry.code: place for place, entry in enumerate(taxonomy.load().departments, start=1)}
    return assemble(
        chosen, grids=grids, workers=workers, categories=categories, departments=departments, seed=SEED
    )
