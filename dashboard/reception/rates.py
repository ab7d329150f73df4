"""How often one token may call. Owns the counting: a bucket a token, filled at a steady rate."""

from __future__ import annotations

from dataclasses import dataclass

BURST_S = 10.0
"""A quiet token may send this much at once."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Rates:
    """Buckets by token. `device_rate`, `system_rate`: requests a second."""

    def __init__(self, *, device_rate: float, system_rate: float) -> None:
        self._device_rate = device_rate
        self._system_rate = system_rate
        self._buckets: dict[int, _Bucket] = {}

    def wait_s(self, token_id: int, *, device: bool, now_s: float) -> float:
        """0 where the request may go on, which is then counted; otherwise how long the token has to wait."""
        rate = self._device_rate if device else self._system_rate
        most = max(1.0, rate * BURST_S)
        bucket = self._buckets.get(token_id)
        if bucket is None:
            bucket = self._buckets[token_id] = _Bucket(most, now_s)
        bucket.left = min(most, bucket.left + (now_s - bucket.at_s) * rate)
        bucket.at_s = now_s
        if bucket.left >= 1.0:
            bucket.left -= 1.0
            return 0.0
        return (1.0 - bucket.left) / rate
