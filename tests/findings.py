"""What a report found, in short."""

from __future__ import annotations

from dashboard.ingest import Report
from dashboard.ingest.wording import Flaw


def found(report: Report) -> list[tuple[int, str, Flaw, bool]]:
    """Row, field, flaw and whether it kept the row out, of each finding."""
    return [(item.row, item.field, item.flaw, item.rejected) for item in report.findings]
