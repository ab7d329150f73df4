"""What a question about indicators is about: which regions, which stretch of time, seen from when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.domain.terms import Terms
from dashboard.domain.windows import Window

# Void events and duplicates count nowhere. The whole district needs no list of regions: the condition
# folds away, because plans are made with the values (see `session`).
EVENT_IN_REGION = """
  e.state <> 'void' and e.duplicate_of is null
  and (cast(:everywhere as boolean) or e.region_id = any(cast(:ids as bigint[])))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Regions by id (none needed for `everywhere`), the window, and the moment of asking."""

    ids: tuple[int, ...]
    everywhere: bool
    window: Window
    now: datetime
    terms: Terms

    @property
    def moment(self) -> datetime:
        """When stocks are counted: the window's end, or now if that is earlier."""
        return min(self.window.end, self.now)

    @property
    def live(self) -> bool:
        """Whether stocks are those of now."""
        return self.window.end >= self.now

    def values(self) -> dict[str, Any]:
        """Bound parameters of the statements."""
        return {
            "ids": list(self.ids),
            "everywhere": self.everywhere,
            "start": self.window.start,
            "end": self.window.end,
            "moment": self.moment,
            "live": self.live,
            "now": self.now,
            "satisfied_from": self.terms.satisfied_from,
        }
