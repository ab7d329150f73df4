"""The slow part of a snapshot: what a screen must know of the district before any number makes sense."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from dashboard.domain.facts import District
from dashboard.domain.indicators import INDICATORS
from dashboard.domain.model import Level
from dashboard.domain.terms import DEFAULT_ZONE, RANKING_MIN_N
from dashboard.domain.verdicts import THRESHOLDS
from dashboard.domain.workflow import Workflow

_WORDS: Final = {"zh": "", "en": ""}
_LEVELS: Final = tuple(Level)


def reference_part(facts: District, workflow: Workflow) -> dict[str, Any]:
    """The keys `map_version`, `district`, `workflow`, `categories`, `regions` of the snapshot.

    `district` is None as long as no regions were imported.
    """
    codes = {region.id: region.code for region in facts.regions}
    regions = sorted(facts.regions, key=lambda region: (_LEVELS.index(region.level), region.code))
    return {
        "map_version": facts.map_version,
        "district": _district(facts),
        "workflow": {
            "key": workflow.key,
            "closing": workflow.closing,
            "stages": [{"key": stage.key, "zh": stage.zh, "en": stage.en} for stage in workflow.stages],
        },
        "categories": [
            [category.id, category.code, category.level, category.top_id, category.name, category.name_en]
            for category in facts.categories
        ],
        "regions": [
            [
                region.code,
                str(region.level),
                str(region.kind),
                region.name,
                region.name_en,
                codes.get(region.parent_id) if region.parent_id is not None else None,
                region.lon,
                region.lat,
            ]
            for region in regions
        ],
    }


def _district(facts: District) -> dict[str, Any] | None:
    settings = facts.settings
    root = next((region for region in facts.regions if region.level is Level.DISTRICT), None)
    if root is None:
        return None
    targets = {one.key: one.target for one in INDICATORS if one.target is not None}
    numbers = Counter(str(region.level) for region in facts.regions if region is not root)
    return {
        "code": root.code,
        "name": root.name,
        "name_en": root.name_en,
        "title": settings.get("title", _WORDS),
        "subtitle": settings.get("subtitle", _WORDS),
        "attribution": settings.get("attribution", _WORDS),
        "mode": settings.get("mode", "live"),
        "schematic": bool(settings.get("schematic", False)),
        "timezone": settings.get("timezone", DEFAULT_ZONE),
        "shifts": settings.get("shifts", []),
        "targets": targets | settings.get("targets", {}),
        "thresholds": THRESHOLDS | settings.get("thresholds", {}),
        "ranking_min_n": settings.get("ranking_min_n", RANKING_MIN_N),
        "satisfied_from": settings.get("satisfied_from", 3),
        "wall": settings.get("wall", {}),
        "neighbours": settings.get("neighbours", []),
        "counts": dict(numbers),
    }
