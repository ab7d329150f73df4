"""What is made of an uploaded file besides its rows: a look at its beginning, and the report to take away.

Lies beside the file in the folder of uploads; whatever nobody needs any more is swept away with it.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from dashboard.background_jobs import clear_folder
from dashboard.errors import DashboardError
from dashboard.ingest.files import POINT_COLUMNS, open_table, with_points
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.mapping_file import read_mapping
from dashboard.ingest.report import shown
from dashboard.ingest.tables import Record, Table

ROWS: Final = 20
COLUMNS: Final = 60
"""Columns of a preview; all of them can be chosen, the first are shown with their values."""
LONGEST: Final = 2_000
"""Characters of a sentence about a file."""
_OWN: Final = re.compile(r"[0-9a-f]{32}\.")
LANGUAGES: Final = ("zh", "en")


def preview(path: Path, file_name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns and first rows of a file as JSON: `columns`, `rows`, `numbers`, `shapes`, `crs`, `total`; or
    `error` in both languages where it cannot be read."""
    try:
        rules = _file_rules(options)
        with open_table(path, rules, count=True) as table:
            return _beginning(table)
    except DashboardError as error:
        return {"error": told(error, path, file_name)}


def _file_rules(options: Mapping[str, Any]) -> FileRules:
    """How the file is written, as a mapping file says it or as it was chosen."""
    if options.get("toml"):
        with contextlib.suppress(ValueError, RecursionError):
            found = tomllib.loads(options["toml"])
            return read_mapping(found, str(options.get("kind")), str(options.get("toml_name"))).file
    return FileRules(encoding=options.get("encoding") or None, layer=options.get("layer") or "")


def told(error: DashboardError, path: Path, file_name: str) -> dict[str, str]:
    """An error's sentence in both languages, with the file as its owner calls it, and what it cites from the file
    printable: the database takes no NUL."""
    return {
        lang: shown(error.sentence(lang).replace(str(path), file_name).replace(path.name, file_name), LONGEST)
        for lang in LANGUAGES
    }


def _beginning(table: Table) -> dict[str, Any]:
    first = [row for row in islice(table.rows, ROWS * 2) if isinstance(row, Record)][:ROWS]
    kinds = sorted({shown(row.shape["type"]) for row in first if row.shape and "type" in row.shape})
    wide = with_points(replace(table, rows=iter(first)))
    rows = [row for row in wide.rows if isinstance(row, Record)]
    columns = [name for name in wide.columns if name]
    return {
        "columns": [shown(name) for name in columns],
        "rows": [[shown(row.values.get(name, "")) for name in columns[:COLUMNS]] for row in rows],
        "numbers": [row.number for row in rows],
        "shapes": kinds,
        "spatial": table.shapes,
        "crs": shown(table.crs),
        "total": table.total,
    }


def columns_for(kind: str, preview_: Mapping[str, Any]) -> list[str]:
    """The columns that a kind of import sees: regions have shapes where the others have points."""
    columns: list[str] = list(preview_.get("columns", ()))
    if kind in ("regions", "overlays") and preview_.get("spatial"):
        return [name for name in columns if name not in POINT_COLUMNS]
    return columns


def report_file(path: Path, lang: str) -> Path:
    """Where the findings about a file lie, as CSV in one language."""
    return path.with_name(f"{path.name}.{lang}.report.csv")


def sweep(folder: Path, needed: Collection[str], *, before_s: float) -> int:
    """Remove uploaded files and reports that nobody needs, and parts that never became a file; how many.

    `before_s`: what was written since then (seconds of the epoch) stays, for it may just be arriving."""
    keep = tuple(f"{name}." for name in needed)

    def needless(name: str) -> bool:
        return _OWN.match(name) is not None and name not in needed and not name.startswith(keep)

    return clear_folder(folder, needless, before_s=before_s)
