"""The region tree as the live picture needs it.

Owns ancestors and blocks; leaves geometry to `workers` and the map.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.domain.messages import DISTRICT_BLOCK
from dashboard.domain.model import Level, Region

FULL_LEVELS = (Level.DISTRICT, Level.STREET)


class RegionTree:
    """Regions by id with their chains upwards. A region that exists no more counts for what was above it."""

    def __init__(self, regions: Iterable[Region], former: Mapping[int, int | None]) -> None:
        self.regions = {region.id: region for region in regions}
        self._former = former
        self._chains: dict[int, tuple[int, ...]] = {}
        self._blocks: dict[int, str] = {}
        self._id_of = {region.code: region.id for region in self.regions.values()}

    def chain(self, region_id: int) -> tuple[int, ...]:
        """Ids of the region and all above it, lowest first; empty for an unknown one."""
        known = self._chains.get(region_id)
        if known is None:
            known = self._chains[region_id] = self._climb(region_id)
        return known

    def block(self, region_id: int) -> str:
        """Code of the street that the region is or lies in; "" for what lies in none."""
        known = self._blocks.get(region_id)
        if known is None:
            streets = (self.regions[id_] for id_ in self.chain(region_id))
            code = next((region.code for region in streets if region.level is Level.STREET), DISTRICT_BLOCK)
            known = self._blocks[region_id] = code
        return known

    def has_code(self, code: str) -> bool:
        """Whether a region of that code exists."""
        return code in self._id_of

    def block_of_code(self, code: str) -> str:
        """Block of the region with that code; "" for an unknown one."""
        region_id = self._id_of.get(code)
        return DISTRICT_BLOCK if region_id is None else self.block(region_id)

    def code(self, region_id: int) -> str:
        """Code of the region, or of the nearest one above it that exists; "" if there is none."""
        chain = self.chain(region_id)
        return self.regions[chain[0]].code if chain else ""

    def is_full(self, region_id: int) -> bool:
        """Whether the region carries all counters or only the map's."""
        return self.regions[region_id].level in FULL_LEVELS

    def _climb(self, region_id: int) -> tuple[int, ...]:
        chain: list[int] = []
        seen: set[int] = set()
        at: int | None = region_id
        while at is not None and at not in seen:
            seen.add(at)
            region = self.regions.get(at)
            if region is not None:
                chain.append(at)
            at = region.parent_id if region is not None else self._former.get(at)
        return tuple(chain)
