"""Invented visits of the past half year: how many each grid had to make by tier and period, and how many it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from dashboard.domain.visits import Tier, earlier_periods, period

SHARES: Final = {
    Tier.WEEK: 0.01,
    Tier.TWO_WEEKS: 0.02,
    Tier.MONTH: 0.05,
    Tier.QUARTER: 0.15,
    Tier.HALF_YEAR: 0.3,
}
"""Of a grid's households, who are to be visited so often."""
PERIODS: Final = {Tier.WEEK: 13, Tier.TWO_WEEKS: 7, Tier.MONTH: 5, Tier.QUARTER: 3, Tier.HALF_YEAR: 2}
HOUSEHOLDS: Final = 400


def columns(grids: Sequence[int], today: date, seed: int) -> Mapping[str, Any]:
    """Rows for `ops.visits` of grids by id: periods that are over, and the one that runs as far as it has come."""
    rng = np.random.default_rng([seed, 11])
    diligence = rng.beta(30, 2, len(grids))
    households = rng.poisson(HOUSEHOLDS, len(grids))
    parts: dict[str, list[Any]] = {
        name: [] for name in ("region_id", "tier", "period_start", "due", "done", "overdue")
    }
    for tier, count in PERIODS.items():
        due = np.maximum(1, np.rint(households * SHARES[tier])).astype(np.int64)
        for first in earlier_periods(tier, today, count):
            start, end = period(tier, first)
            so_far = min(1.0, ((today - start).days + 0.5) / (end - start).days)
            done = rng.binomial(due, diligence * so_far)
            over = end <= today
            parts["region_id"] += list(grids)
            parts["tier"] += [str(tier)] * len(grids)
            parts["period_start"] += [first.isoformat()] * len(grids)
            parts["due"] += due.tolist()
            parts["done"] += done.tolist()
            parts["overdue"] += (due - done if over else np.zeros_like(due)).tolist()
    return parts
