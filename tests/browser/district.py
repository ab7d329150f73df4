"""A made-up district for the browser: regions with geometry, counters, events, workers on the move, trends.

Owns plausible numbers in the shapes of the live protocol; leaves sending them to `playback`.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from shapely import MultiPoint, Point, Polygon, union_all, voronoi_polygons
from shapely.geometry import mapping

OUTLINE = [
    (0.02, 0.83),
    (0.09, 0.97),
    (0.2, 0.93),
    (0.28, 1.0),
    (0.42, 0.93),
    (0.57, 0.9),
    (0.66, 0.82),
    (0.8, 0.72),
    (0.93, 0.66),
    (1.0, 0.52),
    (0.985, 0.34),
    (0.9, 0.24),
    (0.84, 0.06),
    (0.68, 0.0),
    (0.56, 0.08),
    (0.46, 0.1),
    (0.36, 0.19),
    (0.27, 0.3),
    (0.17, 0.42),
    (0.08, 0.55),
    (0.03, 0.68),
]
WEST, SOUTH, WIDTH, HEIGHT = 103.70, 30.72, 0.34, 0.20
STREETS = (
    ("唐昌镇", "Tangchang"),
    ("唐元镇", "Tangyuan"),
    ("古城镇", "Gucheng"),
    ("花园镇", "Huayuan"),
    ("新民场镇", "Xinminchang"),
    ("三道堰镇", "Sandaoyan"),
    ("团结街道", "Tuanjie"),
    ("郫筒街道", "Pitong"),
    ("安德街道", "Ande"),
    ("友爱镇", "Youai"),
    ("德源街道", "Deyuan"),
    ("红光街道", "Hongguang"),
    ("安靖街道", "Anjing"),
    ("犀浦街道", "Xipu"),
)
TOPS = (
    ("市容环境", "Cityscape", ("占道经营", "Stall blocking the pavement"), ("乱堆物料", "Dumped material")),
    (
        "矛盾纠纷",
        "Disputes",
        ("工地午间施工噪声", "Construction noise at noon"),
        ("邻里漏水纠纷", "Leak dispute"),
    ),
    ("公共设施", "Facilities", ("井盖缺失", "Missing manhole"), ("路灯成片不亮", "Street lights out")),
    (
        "安全隐患",
        "Safety hazards",
        ("消防通道堵塞", "Fire lane blocked"),
        ("楼道飞线充电", "E-bike fire risk"),
    ),
    (
        "环境保护",
        "Environment",
        ("河道水位浊度超阈值", "River turbidity over limit"),
        ("夜市油烟直排", "Kitchen fumes"),
    ),
    (
        "民生服务",
        "Services",
        ("独居老人走访", "Visit to a lone elder"),
        ("证件办理咨询", "Question about papers"),
    ),
)
SOURCES = ("grid_worker", "hotline", "citizen_app", "sensor", "department")
STAGES = (
    ("report", "采集上报", "Reported"),
    ("file", "案卷建立", "Case filed"),
    ("dispatch", "任务派遣", "Dispatched"),
    ("handle", "任务处理", "Handling"),
    ("feedback", "情况反馈", "Feedback"),
    ("verify", "核查结案", "Verified"),
    ("evaluate", "考核评价", "Evaluation"),
)
STAGE_WEIGHTS = (64, 48, 92, 688, 121, 135)
ROOT = "510117"
FULL = ("reported", "open", "closed", "overdue", "due_2h", "yellow", "evaluating")


@dataclass(slots=True)
class District:
    """The generated district. Positions in 1e-5 degrees."""

    seed: random.Random
    regions: list[list[Any]] = field(default_factory=list)
    features: list[dict[str, Any]] = field(default_factory=list)
    parents: dict[str, str | None] = field(default_factory=dict)
    grids: list[str] = field(default_factory=list)
    streets: list[str] = field(default_factory=list)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    street_of: dict[str, str] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    workers: list[dict[str, Any]] = field(default_factory=list)
    communities: int = 0


def build(
    *, grids: int = 589, streets: int = 14, workers: int = 638, events: int = 1148, now_ms: int = 0
) -> District:
    """A district of that size. The same every time."""
    made = District(seed=random.Random(20261120))
    outline = _outline()
    cells = _cells(outline, grids)
    _regions(made, outline, cells, streets)
    _counts(made)
    _events(made, events, now_ms)
    _workers(made, workers, now_ms)
    return made


def _outline() -> Polygon:
    ring = [(WEST + x * WIDTH, SOUTH + y * HEIGHT) for x, y in OUTLINE]
    return Polygon(ring).buffer(0.006).buffer(-0.006).segmentize(0.004)


def _cells(outline: Polygon, count: int) -> list[Polygon]:
    generator = np.random.default_rng(7)
    points: list[tuple[float, float]] = []
    while len(points) < count:
        x = WEST + WIDTH * generator.beta(1.6, 1.3)
        y = SOUTH + HEIGHT * generator.beta(1.4, 1.4)
        if outline.contains(Point(x, y)):
            points.append((x, y))
    cells: list[Polygon] = []
    for _ in range(3):
        parts = voronoi_polygons(MultiPoint(points), extend_to=outline).geoms
        cells = [cell for part in parts if not (cell := part.intersection(outline)).is_empty]
        points = [(cell.centroid.x, cell.centroid.y) for cell in cells]
    return [
        max(cell.geoms, key=lambda one: one.area) if cell.geom_type != "Polygon" else cell for cell in cells
    ]


def _regions(made: District, outline: Polygon, cells: list[Polygon], streets: int) -> None:
    names = [STREETS[i % len(STREETS)] for i in range(streets)]
    centres = _centres(outline, streets)
    members: dict[int, list[Polygon]] = defaultdict(list)
    for cell in cells:
        nearest = min(range(streets), key=lambda i: cell.centroid.distance(Point(centres[i])))
        members[nearest].append(cell)
    _add(made, ROOT, "district", "郫都区", "Pidu District", None, outline)
    for i, (name, name_en) in enumerate(names):
        code = f"{ROOT}{i + 1:03}"
        suffix = "" if i < len(STREETS) else str(i // len(STREETS) + 1)
        _add(made, code, "street", name + suffix, name_en + suffix, ROOT, union_all(members[i]))
        made.streets.append(code)
        _communities(made, code, members[i])


def _communities(made: District, street: str, cells: list[Polygon]) -> None:
    ordered = sorted(cells, key=lambda cell: (round(cell.centroid.x / 0.02), cell.centroid.y))
    for start in range(0, len(ordered), 3):
        number = start // 3 + 1
        code = f"{street}{number:03}"
        part = ordered[start : start + 3]
        _add(made, code, "community", f"第{number}社区", f"Block {number}", street, union_all(part))
        made.communities += 1
        for i, cell in enumerate(part, 1):
            _add(made, f"{code}{i:04}", "grid", f"{i:02} 网格", f"grid {i:02}", code, cell)
            made.grids.append(f"{code}{i:04}")


def _centres(outline: Polygon, count: int) -> list[tuple[float, float]]:
    generator = np.random.default_rng(3)
    points: list[tuple[float, float]] = []
    while len(points) < count:
        x, y = WEST + WIDTH * generator.random(), SOUTH + HEIGHT * generator.random()
        if outline.contains(Point(x, y)):
            points.append((x, y))
    for _ in range(8):
        parts = voronoi_polygons(MultiPoint(points), extend_to=outline).geoms
        points = [
            (cell.centroid.x, cell.centroid.y)
            for part in parts
            if not (cell := part.intersection(outline)).is_empty
        ]
    return points


def _add(
    made: District, code: str, level: str, name: str, name_en: str, parent: str | None, shape: Any
) -> None:
    at = shape.representative_point() if level != "street" else shape.centroid
    made.regions.append([code, level, "general", name, name_en, parent, at.x, at.y])
    made.parents[code] = parent
    made.places[code] = (at.x, at.y)
    street = code if level == "street" else made.street_of.get(parent or "", "")
    made.street_of[code] = street
    geometry = _rounded(mapping(shape))
    made.features.append(
        {
            "type": "Feature",
            "properties": {"code": code, "level": level, "parent": parent},
            "geometry": geometry,
        }
    )


def _rounded(geometry: Any) -> Any:
    if isinstance(geometry, dict):
        return {**geometry, "coordinates": _rounded(geometry["coordinates"])}
    if isinstance(geometry, (tuple, list)):
        if geometry and isinstance(geometry[0], float):
            return [round(value, 5) for value in geometry]
        return [_rounded(part) for part in geometry]
    return geometry


def _counts(made: District) -> None:
    for code in made.parents:
        full = code == ROOT or code in made.streets
        counts = dict.fromkeys(FULL, 0) if full else {"open": 0, "overdue": 0}
        if full:
            for key, _, _ in STAGES:
                counts |= {f"stage.{key}": 0, f"late.{key}": 0, f"passed.{key}": 0}
            counts |= {f"source.{key}": 0 for key in SOURCES}
            counts |= {f"category.{i}": 0 for i in range(1, len(TOPS) + 1)}
        made.counts[code] = counts


def bump(made: District, code: str, key: str, by: int) -> set[str]:
    """Adds to a counter of a region and of all above it; gives the codes that have the counter."""
    touched = set()
    at: str | None = code
    while at is not None:
        if key in made.counts[at]:
            made.counts[at][key] += by
            touched.add(at)
        at = made.parents[at]
    return touched


def _events(made: District, count: int, now_ms: int) -> None:
    weights = {code: made.seed.random() ** 4 + 0.02 for code in made.grids}
    chosen = made.seed.choices(list(weights), list(weights.values()), k=count)
    for i, code in enumerate(chosen):
        stage = made.seed.choices([key for key, _, _ in STAGES[:6]], STAGE_WEIGHTS)[0]
        late = i < max(3, count // 31)
        bump(made, code, "open", 1)
        bump(made, code, f"stage.{stage}", 1)
        if late:
            bump(made, code, "overdue", 1)
            bump(made, code, f"late.{stage}", 1)
        level = 1 if i == 0 else 2 if i in (1, 2) else 0
        due = (
            now_ms - (26 - i % 24) * 3_600_000 - 840_000
            if late and i != 2
            else now_ms + (22 + i * 9) * 60_000
        )
        if late or i > count - 50 or level:
            record = event(made, i + 1, code, stage=stage, now_ms=now_ms - (count - i) * 1000)
            record |= {"late": int(late and i != 2), "al": level, "due": due}
            made.events[i + 1] = record
    for street in made.streets:
        _rates(made, street)


def _rates(made: District, street: str) -> None:
    reported = made.seed.randint(40, 160)
    due = made.seed.randint(40, 120)
    asked = made.seed.randint(20, 60)
    shares = {
        "source.grid_worker": 0.63,
        "source.hotline": 0.16,
        "source.citizen_app": 0.12,
        "source.sensor": 0.06,
    }
    parts = {key: int(reported * share) for key, share in shares.items()}
    parts["source.department"] = reported - sum(parts.values())
    top = dict.fromkeys((f"category.{i}" for i in range(1, len(TOPS) + 1)), 0)
    for _ in range(reported):
        top[made.seed.choices(list(top), (31, 21, 19, 17, 15, 9))[0]] += 1
    passed = {
        f"passed.{key}": int(reported * share)
        for (key, _, _), share in zip(STAGES, (1, 0.96, 0.93, 0.82, 0.79, 0.77, 0.65), strict=True)
    }
    rate = {
        "on_time_due.d": due,
        "on_time_due.n": due - made.seed.choice((0, 1, 1, 2, 3, 5, 8, 12)) * due // 110,
    }
    answered = asked - made.seed.randint(0, 4)
    feedback = {
        "asked": asked,
        "answered": answered,
        "resolved": answered - 1,
        "satisfied": answered - made.seed.randint(0, 2),
    }
    rest = {"reported": reported, "closed": int(reported * 0.77), "evaluating": int(reported * 0.83)}
    for key, value in (parts | top | passed | rate | feedback | rest).items():
        made.counts[street][key] = value
        made.counts[ROOT][key] = made.counts[ROOT].get(key, 0) + value


def event(made: District, number: int, code: str, *, stage: str, now_ms: int) -> dict[str, Any]:
    """A record of an open event in a grid."""
    top = made.seed.randint(1, len(TOPS))
    x, y = made.places[code]
    return {
        "id": number,
        "code": f"PD{number:09}",
        "v": 1,
        "r": code,
        "src": made.seed.choice(SOURCES[:4]),
        "cat": top * 10 + made.seed.randint(1, 2),
        "top": top,
        "sev": 1,
        "stage": stage,
        "state": "open",
        "x": round(x * 1e5),
        "y": round(y * 1e5),
        "t": now_ms,
        "u": now_ms,
        "due": now_ms + 7_200_000,
        "warn": now_ms + 5_400_000,
        "closed": None,
        "esc": 0,
        "sup": 0,
        "al": 0,
        "late": 0,
        "why": "new",
    }


def _workers(made: District, count: int, now_ms: int) -> None:
    for i in range(count):
        grid = made.grids[i % len(made.grids)]
        lon, lat = made.places[grid]
        anchor = (round(lon * 1e5), round(lat * 1e5))
        flag = made.seed.choices((0, 1, 2, 3, 4), (386, 121, 41, 9, 14))[0]
        worker: dict[str, Any] = {
            "id": i + 1,
            "grid": grid,
            "anchor": anchor,
            "flag": flag,
            "trail": [],
            "heading": made.seed.random() * math.tau,
        }
        worker["dx"] = worker["dy"] = 0.0
        for minute in range(30):
            walk(made, worker, 60)
            worker["trail"].append(
                [(30 - minute) * 60, round(anchor[0] + worker["dx"]), round(anchor[1] + worker["dy"])]
            )
        made.workers.append(worker)
        for key, value in (
            ("rostered", 1),
            ("on_duty", 1),
            (("patrol", "handling", "still", "off_grid", "offline")[flag], 1),
        ):
            for code in (made.street_of[grid], ROOT):
                made.counts[code][key] = made.counts[code].get(key, 0) + value
    made.counts[ROOT]["rostered"] += 25


def walk(made: District, worker: dict[str, Any], seconds: float) -> None:
    """Moves a worker on, at a walking pace, staying near the anchor."""
    if worker["flag"] in (2, 4):
        return
    step = 1.1 * seconds
    worker["heading"] += made.seed.gauss(0, 0.5)
    if math.hypot(worker["dx"], worker["dy"]) > 600:
        worker["heading"] = math.atan2(-worker["dy"], -worker["dx"])
    worker["dx"] += step * math.cos(worker["heading"])
    worker["dy"] += step * math.sin(worker["heading"])
