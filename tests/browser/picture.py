"""The snapshot of a made-up district: its words, its tree, and its series up to this hour."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tests.browser import district
from tests.browser.district import District

SHIFTS = (
    ("day", "早班", "Day shift", "06:00", "14:00", "周敏", "Zhou Min"),
    ("late", "中班", "Late shift", "14:00", "22:00", "何静", "He Jing"),
    ("night", "夜班", "Night shift", "22:00", "06:00", "唐军", "Tang Jun"),
)
NEIGHBOURS = (
    ("彭州市", "Pengzhou", 103.88, 30.918),
    ("新都区", "Xindu", 104.02, 30.885),
    ("都江堰市", "Dujiangyan", 103.69, 30.82),
    ("温江区", "Wenjiang", 103.82, 30.74),
    ("高新西区", "West Hi-Tech", 104.035, 30.75),
)


def picture(made: District, now_ms: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All of a snapshot but its place in the log. `settings` replace parts of the district."""
    return {
        "as_of": now_ms,
        "district": {**_district(made), **settings},
        "workflow": {
            "key": "seven",
            "closing": "verify",
            "stages": [dict(zip(("key", "zh", "en"), row, strict=True)) for row in district.STAGES],
        },
        "categories": _categories(),
        "regions": made.regions,
        "indicators": made.counts,
        "workers": [_worker(one) for one in made.workers],
        "events": list(made.events.values()),
        "alerts": [1, 2, 3],
        "trends": _trends(made, now_ms),
        "scope": ["*"],
    }


def _worker(one: dict[str, Any]) -> list[Any]:
    place = [round(one["dx"]), round(one["dy"])]
    return [one["id"], f"W{one['id']:05}", one["grid"], *one["anchor"], 2, *place, one["flag"]]


def _shift(key: str, zh: str, en: str, start: str, end: str, lead: str, lead_en: str) -> dict[str, Any]:
    return {"key": key, "zh": zh, "en": en, "start": start, "end": end, "lead": {"zh": lead, "en": lead_en}}


def _district(made: District) -> dict[str, Any]:
    return {
        "code": district.ROOT,
        "name": "郫都区",
        "name_en": "Pidu District",
        "title": {"zh": "郫都区网格化服务管理指挥中心", "en": "Pidu Grid-Governance Command Centre"},
        "subtitle": {"zh": "一屏知全域", "en": ""},
        "attribution": {"zh": "", "en": ""},
        "mode": "demo",
        "schematic": True,
        "timezone": "Asia/Shanghai",
        "shifts": [_shift(*row) for row in SHIFTS],
        "targets": {"on_time_due": 0.95, "satisfaction": 0.975},
        "thresholds": {"on_time_due": [0.9, 0.95]},
        "ranking_min_n": 5,
        "satisfied_from": 3,
        "neighbours": [{"zh": zh, "en": en, "lon": lon, "lat": lat} for zh, en, lon, lat in NEIGHBOURS],
        "counts": {"street": len(made.streets), "community": made.communities, "grid": len(made.grids)},
    }


def _trends(made: District, now_ms: int) -> dict[str, Any]:
    """Series of the district up to this hour."""
    counts = made.counts[district.ROOT]
    hour = time.gmtime(now_ms / 1000 + 8 * 3600).tm_hour
    share = [max(0.02, min(1.0, (i + 1) / 24)) for i in range(24)]
    whole = counts["reported"] / share[hour]
    rate = [[round((9600 + 20 * (i % 5)) * s), round(10000 * s)] for i, s in enumerate(share)]
    today: dict[str, list[Any]] = {
        "reported": [round(whole * s) for s in share[:hour]] + [counts["reported"]],
        "open": [1180 - 4 * i + 13 * (i % 3) for i in range(hour)] + [counts["open"]],
        "overdue": [24 + i % 7 for i in range(hour)] + [counts["overdue"]],
        "on_duty": [560 + i % 9 for i in range(hour)] + [counts["on_duty"]],
        "on_time_due": [[n + round(6 * i * d / 10000), d] for i, (n, d) in enumerate(rate[: hour + 1])],
        "satisfaction": [
            [round((9850 - 6 * i) * s), round(10000 * s)] for i, s in enumerate(share[: hour + 1])
        ],
    }
    yesterday: dict[str, list[Any]] = {
        "reported": [round(whole * 0.95 * s) for s in share],
        "open": [1200 - 2 * i + 17 * (i % 4) for i in range(24)],
        "overdue": [28 + i % 5 for i in range(24)],
        "on_duty": [540 + 3 * (i % 6) for i in range(24)],
        "on_time_due": [[n - d // 100, d] for n, d in rate],
        "satisfaction": [[round(985 * s), round(1000 * s)] for s in share],
    }
    elapsed: dict[str, Any] = {key: values[hour] for key, values in yesterday.items()}
    elapsed["category"] = {str(i): counts[f"category.{i}"] - 9 + 7 * (i % 4) for i in range(1, 7)}
    elapsed["source"] = {key: counts[f"source.{key}"] for key in district.SOURCES}
    days = {
        "dates": [f"2026-11-{day:02}" for day in range(7, 21)],
        "on_time_due": [[940 + 2 * i + 5 * (i % 3), 1000] for i in range(14)],
        "satisfaction": [[972 + i % 6, 1000] for i in range(14)],
    }
    return {
        district.ROOT: {
            "at": now_ms,
            "today": today,
            "yesterday": yesterday,
            "elapsed": elapsed,
            "days": days,
        }
    }


def _categories() -> list[list[Any]]:
    rows: list[list[Any]] = []
    for i, (zh, en, *details) in enumerate(district.TOPS, 1):
        rows.append([i, f"C{i}", 1, i, zh, en])
        rows += [
            [i * 10 + k, f"C{i}{k}", 3, i, name, name_en] for k, (name, name_en) in enumerate(details, 1)
        ]
    return rows
