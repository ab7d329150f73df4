"""Brings a district's own files in: regions, categories, departments, workers, events, positions."""

from __future__ import annotations

from dashboard.ingest.imports import run_import
from dashboard.ingest.report import Report

__all__ = ["Report", "run_import"]
