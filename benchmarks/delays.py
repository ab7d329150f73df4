"""Delays summed up in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Summary(TypedDict):
    """Milliseconds; NaN is None."""

    number: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def summary(delays_ns: Sequence[int]) -> Summary:
    """Percentiles of delays in nanoseconds."""
    ranked = sorted(delays_ns)
    if not ranked:
        return {"number": 0, "p50_ms": -1.0, "p95_ms": -1.0, "p99_ms": -1.0, "max_ms": -1.0}

    def at(share: float) -> float:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))] / 1e6, 1)

    return {
        "number": len(ranked),
        "p50_ms": at(0.5),
        "p95_ms": at(0.95),
        "p99_ms": at(0.99),
        "max_ms": at(1.0),
    }
