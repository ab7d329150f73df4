"""A small file of events for tests: its mapping, its columns, and rows with defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

MAPPING = """
kind = "events"
first_contact_s = 60

[columns]
code = "id"
source = "source"
reported_at = "opened"
closed_at = "closed"
due_at = "due"
state = "state"
severity = "severity"
department = "dept"
lon = "lon"
lat = "lat"
address = "place"
region = "region"

[times]
timezone = "America/New_York"

[location]
placeholders = [[103.812, 30.702]]

[values.source]
phone = "hotline"
patrol = "grid_worker"

[stated]
street = "street"

[categories]
create = true
levels = ["top", "kind"]

[categories.names]
Roads = { zh = "道路", en = "Roads" }

[departments]
create = true
"""
COLUMNS = (
    *(
        "id",
        "source",
        "opened",
        "closed",
        "due",
        "state",
        "severity",
        "dept",
        "lon",
        "lat",
        "place",
        "region",
    ),
    *("street", "top", "kind"),
)
GOOD = {
    "source": "phone",
    "opened": "2026-07-01 08:00:00",
    "severity": "1",
    "dept": "PW",
    "lon": "103.805",
    "lat": "30.705",
    "top": "Roads",
    "kind": "Pothole",
}


def line(code: str, **changed: str) -> list[str]:
    row = {**GOOD, "id": code, **changed}
    return [row.get(name, "") for name in COLUMNS]


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in (COLUMNS, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
