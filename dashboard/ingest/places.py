"""Which region a point lies in. Owns the index over the present map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from dashboard.domain.atlas import DEPTH, Atlas, Plot
from dashboard.domain.geo import Degrees, degrees_per_metre
from dashboard.domain.model import Level
from dashboard.ingest.refusal import ImportRefused
from data_access.writes.regions import StoredRegion


class Places:
    """The present map as an index. A point belongs to the deepest region that holds it; on a shared border,
    to the one whose code comes first; beyond every region below it, to the district. `former`: regions that are
    no more, which can still be named by their codes."""

    def __init__(self, regions: Sequence[StoredRegion], former: Sequence[StoredRegion] = ()) -> None:
        root = next((region for region in regions if region.parent_id is None), None)
        if root is None:
            raise ImportRefused(
                "数据库中还没有区域；请先用 import regions 导入边界。",
                "The database holds no regions yet; import the boundaries first (import regions).",
            )
        self.root = root
        self.by_id = {region.id: region for region in regions}
        self.by_code = {region.code: region for region in (*former, *regions)}
        self._outline = shapely.from_wkb(root.geom)
        shapely.prepare(self._outline)
        present = {DEPTH[Level(region.level)] for region in regions}
        self._grids = {
            region.id
            for region in regions
            if DEPTH[Level(region.level)] >= min(max(present), DEPTH[Level.GRID])
        }
        self._atlas = Atlas(
            Plot(id=region.id, code=region.code, level=Level(region.level), geom=region.geom)
            for region in regions
        )

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the district's extent: (lon, lat)."""
        west, south, east, north = self._outline.bounds
        return (west + east) / 2, (south + north) / 2

    def locate(self, lons: Degrees, lats: Degrees) -> NDArray[np.int64]:
        """Ids of the regions that hold the points; 0 where only the district can."""
        return self._atlas.locate(lons, lats)

    def outside_m(self, lons: Degrees, lats: Degrees) -> Degrees:
        """How far outside the district's outline the points lie, in metres; 0 inside. About right for what
        is near."""
        lon_step, lat_step = degrees_per_metre((self._outline.bounds[1] + self._outline.bounds[3]) / 2)
        away = np.zeros(len(lons), dtype=np.float64)
        points = shapely.points(lons, lats)
        beyond = np.flatnonzero(~shapely.intersects(self._outline, points))
        if len(beyond):
            scale = np.array([1 / lon_step, 1 / lat_step])
            outline = shapely.transform(self._outline, lambda xy: xy * scale)
            away[beyond] = shapely.distance(outline, shapely.transform(points[beyond], lambda xy: xy * scale))
        return away

    def is_grid(self, region_id: int) -> bool:
        """Whether a region is a grid, or as deep as a map without grids goes."""
        return region_id in self._grids

    def at_level(self, region_id: int, level: str) -> StoredRegion | None:
        """The region itself or its ancestor of a level."""
        region: StoredRegion | None = self.by_id.get(region_id)
        while region is not None and region.level != level:
            region = self.by_id.get(region.parent_id) if region.parent_id is not None else None
        return region
