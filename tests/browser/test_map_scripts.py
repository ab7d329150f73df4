"""The map's own logic without a page: borders and what they hold, classes, and how dense events are."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser, Page

from dashboard import i18n
from tests.browser.page import scripts

STEP = 0.01
LON, LAT = 103.8, 30.7
EARTH_M = 40075016.686


def square(code: str, level: str, parent: str | None, west: int, south: int, size: int = 1) -> dict[str, Any]:
    box = shapely.box(
        LON + west * STEP, LAT + south * STEP, LON + (west + size) * STEP, LAT + (south + size) * STEP
    )
    return {
        "properties": {"code": code, "level": level, "parent": parent},
        "geometry": shapely.geometry.mapping(box),
    }


FEATURES = [
    square("D", "district", None, 0, 0, 4),
    square("S1", "street", "D", 0, 0, 2),
    square("S2", "street", "D", 2, 0, 2),
    square("G1", "grid", "S1", 0, 0),
    square("G2", "grid", "S1", 1, 0),
    square("G3", "grid", "S2", 2, 0),
]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the map's pure scripts and a small atlas."""
    made = browser.new_page()
    scripts(made, "words", "format", "dom", "mercator", "shapes", "density", "label-places")
    scripts(made, "desk-map-ground", "desk-map-legend")
    made.evaluate("both => quanyu.words.open(both, 'zh')", i18n.both())
    made.evaluate("features => { window.all = quanyu.shapes.atlas('v1', features); }", FEATURES)
    yield made
    made.close()


def test_regions_of_a_level_are_found_below_another(page: Page) -> None:
    codes = "(region, level) => quanyu.shapes.within(all, region, level).map((shape) => shape.code)"
    assert page.evaluate(f"({codes})('D', 'grid')") == ["G1", "G2", "G3"]
    assert page.evaluate(f"({codes})('S1', 'grid')") == ["G1", "G2"]
    assert page.evaluate(f"({codes})('G3', 'grid')") == ["G3"]
    assert page.evaluate(f"({codes})('none', 'grid')") == []


def test_a_point_lies_in_the_region_whose_border_is_around_it(page: Page) -> None:
    chance = random.Random(7)
    shapes = {one["properties"]["code"]: shapely.geometry.shape(one["geometry"]) for one in FEATURES}
    for _ in range(60):
        lon, lat = LON + chance.uniform(-1, 5) * STEP, LAT + chance.uniform(-1, 3) * STEP
        expected = {code for code, shape in shapes.items() if shape.contains(shapely.Point(lon, lat))}
        found = page.evaluate(
            "([lon, lat]) => [...all.shapes.values()].filter((shape) =>"
            " quanyu.shapes.holds(shape, quanyu.mercator.x(lon), quanyu.mercator.y(lat))).map((shape) => shape.code)",
            [lon, lat],
        )
        assert set(found) == expected


def test_a_hole_is_outside(page: Page) -> None:
    ring = shapely.box(LON, LAT, LON + STEP, LAT + STEP).difference(
        shapely.Point(LON + STEP / 2, LAT + STEP / 2).buffer(STEP / 4)
    )
    inside = page.evaluate(
        "([feature, lon, lat]) => quanyu.shapes.holds(quanyu.shapes.atlas('', [feature]).shapes.get('H'),"
        " quanyu.mercator.x(lon), quanyu.mercator.y(lat))",
        [
            {
                "properties": {"code": "H", "level": "grid", "parent": None},
                "geometry": shapely.geometry.mapping(ring),
            },
            LON + STEP / 2,
            LAT + STEP / 2,
        ],
    )
    assert inside is False


@pytest.mark.parametrize(
    ("value", "found"), [(0, 0), (1, 1), (3, 2), (4, 3), (8, 4), (9, 5), (500, 5), (None, None)]
)
def test_a_value_is_in_the_class_of_the_bounds_that_it_reaches(page: Page, value: int, found: int) -> None:
    assert page.evaluate("v => quanyu.deskMapGround.classOf(v, [1, 2, 4, 6, 9])", value) == found


def test_classes_are_said_without_gaps(page: Page) -> None:
    texts = "([breaks, unit]) => quanyu.deskMapLegend.classes(breaks, unit)"
    assert page.evaluate(texts, [[1, 2, 4, 6, 9], "count"]) == ["0", "1", "2–3", "4–5", "6–8", "9+"]
    rates = page.evaluate(texts, [[0.75, 0.8, 0.85, 0.9, 0.95], "rate"])
    assert rates == ["<75", "75–80", "80–85", "85–90", "90–95", "≥95"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9997, "rate", "99.9%"),
        (0.29, "rate", "29.0%"),
        (0, "count", "0"),
        (None, "count", "—"),
        (3.25, "hours", "3.3"),
    ],
)
def test_values_are_shown_in_their_unit(page: Page, value: float, unit: str, text: str) -> None:
    assert page.evaluate("([v, u]) => quanyu.deskMapLegend.value(v, u)", [value, unit]) == text


def test_the_density_adds_up_to_the_number_of_events(page: Page) -> None:
    chance = random.Random(3)
    m_per_x = EARTH_M * math.cos(math.radians(LAT))
    points = [
        {
            "x": chance.uniform(0, 3000) / m_per_x,
            "y": chance.uniform(0, 3000) / m_per_x,
            "n": chance.randint(1, 4),
        }
        for _ in range(80)
    ]
    box = [0, 0, 3000 / m_per_x, 3000 / m_per_x]
    mesh = page.evaluate(
        "([points, box, m]) => { const all = quanyu.density.mesh(points, box, 400, m);"
        " return { sum: all.values.reduce((a, b) => a + b, 0), cell: all.cell, most: all.most }; }",
        [points, box, m_per_x],
    )
    cell_km2 = (mesh["cell"] * m_per_x / 1000) ** 2
    assert mesh["sum"] * cell_km2 == pytest.approx(sum(point["n"] for point in points), rel=0.01)


def test_the_density_is_the_kernel_s(page: Page) -> None:
    m_per_x = EARTH_M * math.cos(math.radians(LAT))
    chance = random.Random(5)
    points = [{"x": chance.uniform(0, 1000), "y": chance.uniform(0, 1000), "n": 1} for _ in range(40)]
    box = [0, 0, 1000 / m_per_x, 1000 / m_per_x]
    scaled = [{**point, "x": point["x"] / m_per_x, "y": point["y"] / m_per_x} for point in points]
    for _ in range(20):
        x, y = chance.uniform(100, 900), chance.uniform(100, 900)
        found = page.evaluate(
            "([points, box, m, x, y]) => quanyu.density.at(quanyu.density.mesh(points, box, 300, m), x, y)",
            [scaled, box, m_per_x, x / m_per_x, y / m_per_x],
        )
        squares = [((point["x"] - x) ** 2 + (point["y"] - y) ** 2) / 300**2 for point in points]
        expected = sum(3 / (math.pi * 0.3**2) * (1 - u2) ** 2 for u2 in squares if u2 < 1)
        assert found == pytest.approx(expected, rel=0.02, abs=0.3)


@pytest.mark.parametrize("most", [0.004, 0.9, 7, 61, 1234, 98765])
def test_density_classes_are_round_and_reach_the_highest(page: Page, most: float) -> None:
    breaks = page.evaluate("most => quanyu.density.breaks(most)", most)
    assert breaks == sorted(set(breaks))
    assert breaks[-1] <= most * 1.5
    assert breaks[-1] * 6 / 5 >= most * 0.999


def day(t: list[int], x: list[int], y: list[int], **facts: Any) -> dict[str, Any]:
    """A worker's day as the interface gives it: tenths of a second and 1e-6 degrees."""
    points = {"t": t, "x": x, "y": y, "verdict": [], "breaks": []} | facts.pop("points", {})
    worker = {"code": "W1", "name": None, "region": {"code": "G1"}}
    return {"worker": worker, "start": "2026-11-20T00:00:00+00:00", "points": points} | facts


WALK = day(
    [0, 100, 200, 6200, 6300],
    [103_800_000, 103_800_100, 103_800_100, 103_801_000, 103_801_000],
    [30_700_000, 30_700_000, 30_700_100, 30_701_000, 30_701_100],
    points={"breaks": [2]},
    gaps=[{"from": "2026-11-20T00:00:20+00:00", "to": "2026-11-20T00:10:20+00:00", "reason": "silent"}],
)


@pytest.fixture
def walk(page: Page) -> Page:
    """The page with a short walk: 20 seconds, a gap of ten minutes, ten seconds more."""
    scripts(page, "track-store")
    page.evaluate("answer => { window.walk = quanyu.trackStore.read(answer); }", WALK)
    return page


def place(page: Page, second: float) -> dict[str, Any]:
    """Where the walk's worker is, in metres east and north of its first point."""
    found: dict[str, Any] = page.evaluate(
        "ms => { const here = quanyu.trackStore.at(walk, walk.start + ms);"
        " return { east: here.x - walk.x[0], south: here.y - walk.y[0], known: here.known, turn: here.turn }; }",
        second * 1000,
    )
    m_per_x = EARTH_M * math.cos(math.radians(30.7))
    return {**found, "east": found["east"] * m_per_x, "north": -found["south"] * m_per_x}


def test_between_two_fixes_the_head_is_on_the_line_between_them(walk: Page) -> None:
    half = place(walk, 5)
    whole = 0.0001 / 360 * EARTH_M * math.cos(math.radians(30.7))
    assert half["east"] == pytest.approx(whole / 2, rel=1e-3)
    assert half["north"] == pytest.approx(0, abs=0.01)
    assert half["known"] is True
    assert half["turn"] == pytest.approx(0, abs=1e-6)
    assert place(walk, 15)["turn"] == pytest.approx(-math.pi / 2, abs=1e-6)


def test_in_a_gap_the_head_waits_where_the_last_fix_was_and_says_that_nobody_knows(walk: Page) -> None:
    last = place(walk, 20)
    for second in (21, 300, 619):
        here = place(walk, second)
        assert here["known"] is False
        assert (here["east"], here["north"]) == (last["east"], last["north"])
    assert place(walk, 620)["known"] is True
    assert walk.evaluate("quanyu.trackStore.gapAt(walk, walk.start + 60000).reason") == "silent"
    assert walk.evaluate("quanyu.trackStore.gapAt(walk, walk.start + 10000)") is None


def test_before_the_first_fix_and_long_after_the_last_nobody_knows(walk: Page) -> None:
    assert place(walk, -30)["known"] is False
    assert place(walk, 630)["known"] is True
    assert place(walk, 630 + 600)["known"] is False


def test_the_last_fix_before_a_moment_is_found(walk: Page) -> None:
    chance = random.Random(11)
    times = sorted(chance.randint(0, 90_000) for _ in range(300))
    walk.evaluate(
        "answer => { window.long = quanyu.trackStore.read(answer); }", day(times, [0] * 300, [0] * 300)
    )
    for moment in [chance.randint(-10, 90_010) for _ in range(40)]:
        expected = sum(one <= moment for one in times) - 1
        ms = "quanyu.trackStore.before(long, Date.parse('2026-11-20T00:00:00Z') + {} * 100)"
        assert walk.evaluate(ms.format(moment)) == expected
