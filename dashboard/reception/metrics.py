"""What reception measures of itself, for /metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.reception.writer import Writer


class ReceptionMetrics(Collector):
    """The writer's counts at the moment of asking."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def collect(self) -> Iterable[Metric]:
        """Fixes by what became of them, and how many wait."""
        fixes = CounterMetricFamily(
            "quanyu_ingest_fixes", "Positions that were sent, by what became of them.", labels=["fate"]
        )
        fixes.add_metric(["kept"], self._writer.written)
        fixes.add_metric(["refused"], self._writer.refused)
        yield fixes
        yield GaugeMetricFamily(
            "quanyu_ingest_waiting", "Positions that wait for the database.", self._writer.waiting
        )
