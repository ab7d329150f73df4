"""Brings a district's own files in: every kind of `mapping.FIELDS`.

The readers of files load packages that only imports need: whoever takes another part of this package, as the web
process does, does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.ingest.imports import run_import
    from dashboard.ingest.report import Report

__all__ = ["Report", "run_import"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of two
    if name == "run_import":
        from dashboard.ingest.imports import run_import

        return run_import
    if name == "Report":
        from dashboard.ingest.report import Report

        return Report
    raise AttributeError(name)
