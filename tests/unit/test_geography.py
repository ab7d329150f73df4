"""The land of simulated districts: counts as published, exact nesting, inside the outline, the same every time."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon

from dashboard.domain.model import Kind, Level
from dashboard.simulation import geography, profiles
from dashboard.simulation.geography import Area
from tests.districts import SEED, areas

PUBLISHED = {
    "pidu": (14, 195, 589, 34, 638),
    "dongguan": (33, 593, 2958, 120, 9756),
    "haimen": (11, 296, 1069, 100, 1069),
    "quanshan": (14, 121, 1115, 347, 849),
    "xuzhou_yibin": (17, 364, 579, 0, 579),
    "test": (2, 5, 13, 1, 48),
}
HALF_A_METRE_DEG = 0.000_005

every_profile = pytest.mark.parametrize("name", sorted(PUBLISHED))


def of_level(name: str, level: Level) -> list[Area]:
    return [area for area in areas(name) if area.level is level]


def test_every_shipped_profile_is_tested() -> None:
    assert set(profiles.names()) == set(PUBLISHED)


def test_haimen_has_its_fifth_level() -> None:
    assert len(of_level("haimen", Level.MICRO_GRID)) == 5783


@every_profile
def test_counts_are_the_published_ones(name: str) -> None:
    grids = of_level(name, Level.GRID)
    exclusive = sum(area.kind is Kind.EXCLUSIVE for area in grids)
    counts = (len(of_level(name, Level.STREET)), len(of_level(name, Level.COMMUNITY)), len(grids), exclusive)
    assert (*counts, profiles.load(name).workers) == PUBLISHED[name]


@every_profile
def test_grids_share_their_borders_without_gaps_or_overlaps(name: str) -> None:
    for level in {area.level for area in areas(name)}:
        shapes = np.array([area.geometry for area in of_level(name, level)], dtype=object)
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)


@every_profile
def test_each_region_is_exactly_the_union_of_its_children(name: str) -> None:
    land = {area.code: area for area in areas(name)}
    below = sorted((area for area in areas(name) if area.parent), key=lambda area: str(area.parent))
    parents = 0
    for parent, children in groupby(below, key=lambda area: str(area.parent)):
        union = shapely.coverage_union_all([child.geometry for child in children])
        assert union.symmetric_difference(land[parent].geometry).area < 1e-12
        parents += 1
    assert parents == sum(area.level is not areas(name)[-1].level for area in areas(name))


@every_profile
def test_the_district_keeps_to_its_outline(name: str) -> None:
    outline = Polygon(profiles.load(name).outline)
    assert outline.is_valid
    assert len(profiles.load(name).outline) <= 150
    district = areas(name)[0].geometry
    assert outline.buffer(HALF_A_METRE_DEG * 8).contains(district)
    assert district.area == pytest.approx(outline.area, rel=1e-3)


@every_profile
def test_labels_lie_inside_and_codes_are_hierarchical(name: str) -> None:
    lengths = {Level.STREET: 9, Level.COMMUNITY: 12, Level.GRID: 15}
    for area in areas(name):
        assert shapely.contains_xy(area.geometry, area.lon, area.lat)
        assert area.name
        assert area.name_en.isascii()
        if area.level in lengths:
            assert len(area.code) == lengths[area.level]
    codes = [area.code for area in areas(name)]
    assert len(codes) == len(set(codes))
    assert all(area.code.startswith(str(area.parent)) for area in of_level(name, Level.GRID))


def test_the_same_seed_gives_the_same_land_and_another_seed_another() -> None:
    profile = profiles.load("test")
    again = geography.build(profile, SEED)
    assert [area.geometry.wkb for area in again] == [area.geometry.wkb for area in areas("test")]
    other = geography.build(profile, SEED + 1)
    assert [area.geometry.wkb for area in other] != [area.geometry.wkb for area in again]


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(profiles.UnknownProfile, match="dongguan, haimen, pidu"):
        profiles.load("atlantis")


@pytest.mark.parametrize("name", sorted(PUBLISHED.keys() - {"test"}))
def test_real_data_says_what_it_is_drawn_from(name: str) -> None:
    sources = profiles.load(name).sources
    assert "GCJ-02" in sources["outline"]
    assert "invented" in sources["names"]
