"""What becomes of the old map when a new one begins to apply: which regions end, and to whom those go whose
parent ends. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import shapely

from dashboard.domain.model import Level
from dashboard.ingest.nesting import Draft
from dashboard.ingest.refusal import ImportRefused

HALF = 0.5
"""Share of a region's land that the file has to cover to take its place; and of the map's land that may end
without a successor before it takes a word in the mapping."""


def ended(
    drafts: Mapping[str, Draft], spared: Collection[str], stored: Mapping[str, Draft], rule: str | None
) -> dict[str, Draft]:
    """The stored regions that end: those of the file's levels that it lacks, by `rule` (mapping.MISSING).

    `spared`: codes that the file does name, in rows that could not be read. ImportRefused where, without a
    rule, most of a level would end and nothing in the file takes its place.
    """
    found: dict[str, Draft] = {}
    for level in list(Level)[1:]:
        new = [draft for draft in drafts.values() if draft.level is level]
        old = [draft for draft in stored.values() if draft.level is level]
        if not new or rule == "keep":
            continue
        gone = [draft for draft in old if draft.code not in drafts and draft.code not in spared]
        successors = shapely.union_all([draft.geometry for draft in new])
        shapely.prepare(successors)
        covered = {draft.code: shapely.intersection(draft.geometry, successors).area for draft in gone}
        if rule == "covered":
            gone = [draft for draft in gone if covered[draft.code] >= HALF * draft.geometry.area]
        elif rule is None:
            bare = sum(draft.geometry.area - covered[draft.code] for draft in gone)
            if bare > HALF * sum(draft.geometry.area for draft in old):
                raise _too_much(len(gone), len(old))
        found.update((draft.code, draft) for draft in gone)
    return found


def orphans(
    gone: Mapping[str, Draft], drafts: Mapping[str, Draft], stored: Mapping[str, Draft]
) -> list[Draft]:
    """The regions that stay while their parent ends, without a parent: they go to whoever holds them now."""
    return [
        replace(draft, parent=None)
        for draft in stored.values()
        if draft.parent in gone and draft.code not in gone and draft.code not in drafts
    ]


def _too_much(gone: int, old: int) -> ImportRefused:
    return ImportRefused(
        f"文件缺少现有 {old:,} 个同级区域中的 {gone:,} 个，且未覆盖其大部分土地；"
        '若确要停用，请在映射 [regions] 中写 missing = "close"；若文件只含部分区域，请写 "covered" 或 "keep"。',
        f"The file lacks {gone:,} of the {old:,} regions of its level and leaves most of their land uncovered. "
        'If they really end, say missing = "close" in [regions] of the mapping; if the file is a part of the '
        'map, say "covered" or "keep".',
    )
