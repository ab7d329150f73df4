"""Live counters of every region: adds up what events and workers count, tells what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.domain.counters import MAP_KEYS
from dashboard.live.tree import RegionTree

Counters = dict[str, int]


class RegionCounts:
    """Counters by region id, each region's own and those of all below it.

    `told` is what every mirror knows, by region code. It outlives a rebuild: hand the old one to the new
    object, and the next `tell` compares everything with it. Regions that went are forgotten.
    """

    def __init__(self, tree: RegionTree, full_keys: tuple[str, ...], told: Mapping[str, Counters]) -> None:
        self._tree = tree
        self._values: dict[int, Counters] = {
            id_: dict.fromkeys(full_keys if tree.is_full(id_) else MAP_KEYS, 0) for id_ in tree.regions
        }
        self._dirty = {id_: set(values) for id_, values in self._values.items()}
        self.told: dict[str, Counters] = {}
        for id_, values in self._values.items():
            code = tree.regions[id_].code
            self.told[code] = {key: value for key, value in told.get(code, {}).items() if key in values}

    def add(self, region_id: int, keys: Iterable[str], amount: int) -> None:
        """Add `amount` for each key to the region and all above it, as far as they carry the key."""
        keys = tuple(keys)
        for id_ in self._tree.chain(region_id):
            values = self._values[id_]
            dirty = self._dirty.setdefault(id_, set())
            for key in keys:
                if key in values:
                    values[key] += amount
                    dirty.add(key)

    def tell(self) -> dict[int, Counters]:
        """Absolute values of the counters that changed since they were last told, by region id."""
        changed: dict[int, Counters] = {}
        for id_, keys in self._dirty.items():
            values = self._values[id_]
            known = self.told[self._tree.regions[id_].code]
            news = {key: values[key] for key in keys if known.get(key) != values[key]}
            if news:
                known.update(news)
                changed[id_] = news
        self._dirty.clear()
        return changed

    def full(self) -> dict[int, Counters]:
        """All counters of the district and the streets, by region id."""
        return {id_: dict(values) for id_, values in self._values.items() if self._tree.is_full(id_)}
