"""Imports of events from files: how long a million rows take, and how much memory.

    python -m benchmarks.imports [--rows 1000000] [--forms csv,gz,...]

Starts its own PostgreSQL with a district of 2,958 grids. Every form of the file holds the same events, with points,
categories, departments and clocks; each is imported in a process of its own, once new and once again, when nothing
changes. XLSX ends at the rows that a sheet can have. Exit status 1 where memory grows with the file (a tenth of the
rows is imported first, in the same way), or where rows are missing.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import psycopg
import shapely

from benchmarks.machine import table
from dashboard.embedded import PostgresServer
from dashboard.ingest import run_import
from data_access.schema import ensure_database, migrate

ROWS = 1_000_000
SHEET_ROWS = 200_000
GRID_COLUMNS, GRID_ROWS = 58, 51
WEST, SOUTH, STEP = 103.70, 30.60, 0.004
GROWTH_MIB = 250
"""What ten times the rows may take more: caches and buffers that fill, nothing that goes on growing."""
COLUMNS = ("code", "source", "category", "department", "severity", "lon", "lat", "address", "text")
CLOCKS = ("reported_at", "accepted_at", "dispatched_at", "closed_at")
MAPPING = """
kind = "events"
[columns]
{columns}
[categories]
create = true
[departments]
create = true
"""
Row = tuple[str, ...]
CODE = (
    "import re, sys, time\n"
    "from pathlib import Path\n"
    "from dashboard.ingest import run_import\n"
    "told = []\n"
    "begun = time.monotonic()\n"
    "report = run_import(sys.argv[1], 'events', sys.argv[2], mapping=sys.argv[3],"
    " progress=lambda read, total: told.append(time.monotonic() - begun))\n"
    "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
    "print(report.landed, report.unchanged, report.rejected, time.monotonic() - begun, told[-1], int(peak) / 1024)\n"
)


def events(count: int) -> Iterator[Row]:
    """Events of a year, all different."""
    chance, start = random.Random(7), datetime(2025, 11, 1, tzinfo=UTC)
    for number in range(count):
        at = start + timedelta(seconds=number * 30)
        clocks = [at + timedelta(minutes=minutes) for minutes in (0, 12, 40, 600)]
        lon = WEST + STEP * GRID_COLUMNS * chance.random()
        lat = SOUTH + STEP * GRID_ROWS * chance.random()
        yield (
            f"2026-{number:08d}",
            chance.choice(("hotline", "grid_worker", "citizen_app", "sensor")),
            f"{chance.randrange(12)}",
            f"D{chance.randrange(30)}",
            str(chance.randrange(1, 4)),
            f"{lon:.6f}",
            f"{lat:.6f}",
            f"{chance.randrange(999)}号 幸福路",
            f"第{number}号：路面积水，请尽快处理",
            *(clock.isoformat() for clock in clocks),
        )


def write_csv(path: Path, rows: Iterator[Row]) -> None:
    """UTF-8 with a header."""
    with path.open("w", encoding="utf-8", newline="") as out:
        _write_lines(out, rows)


def write_gz(path: Path, rows: Iterator[Row]) -> None:
    """The same, gzipped."""
    with gzip.open(path, "wt", encoding="gb18030", newline="") as out:
        _write_lines(out, rows)


def _write_lines(out: io.TextIOBase | io.TextIOWrapper, rows: Iterator[Row]) -> None:
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, *CLOCKS))
    writer.writerows(rows)


def write_geojson(path: Path, rows: Iterator[Row]) -> None:
    """Points with properties."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type": "FeatureCollection", "features": [\n')
        for number, row in enumerate(rows):
            facts = dict(zip((*COLUMNS, *CLOCKS), row, strict=True))
            point = {"type": "Point", "coordinates": [float(facts.pop("lon")), float(facts.pop("lat"))]}
            feature = {"type": "Feature", "properties": facts, "geometry": point}
            out.write((",\n" if number else "") + json.dumps(feature, ensure_ascii=False))
        out.write("\n]}\n")


def write_gpkg(path: Path, rows: Iterator[Row]) -> None:
    """Points in a layer."""
    import geopandas

    columns = dict(zip((*COLUMNS, *CLOCKS), zip(*rows, strict=True), strict=True))
    points = shapely.points(
        [float(lon) for lon in columns.pop("lon")], [float(lat) for lat in columns.pop("lat")]
    )
    geopandas.GeoDataFrame(columns, geometry=points, crs="EPSG:4490").to_file(path, driver="GPKG")


def write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    """A sheet."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("events")
    sheet.append((*COLUMNS, *CLOCKS))
    for row in rows:
        sheet.append(row)
    book.save(path)


FORMS: dict[str, Callable[[Path, Iterator[Row]], None]] = {
    "csv": write_csv,
    "csv.gz": write_gz,
    "geojson": write_geojson,
    "gpkg": write_gpkg,
    "xlsx": write_xlsx,
}
SHAPES = ("geojson", "gpkg")


def make_district(url: str, folder: Path) -> None:
    """A district, its streets and 2,958 grids, imported like anybody's."""
    features = []
    for row in range(GRID_ROWS):
        features.append(_square(f"S{row:02d}", "street", "", 0, row, GRID_COLUMNS))
        features += [
            _square(f"G{row:02d}{column:02d}", "grid", f"S{row:02d}", column, row)
            for column in range(GRID_COLUMNS)
        ]
    path, rules = folder / "regions.geojson", folder / "regions.toml"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    rules.write_text(
        'kind = "regions"\n[district]\ncode = "D"\nname = "D"\n[settings]\ntimezone = "Asia/Shanghai"\n'
        '[columns]\ncode = "code"\nlevel = "level"\nparent = "parent"\n',
        encoding="utf-8",
    )
    report = run_import(url, "regions", path, mapping=rules)
    assert report.landed == GRID_ROWS * (GRID_COLUMNS + 1), report.text("en")


def _square(code: str, level: str, parent: str, column: int, row: int, width: int = 1) -> dict[str, object]:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    shape = shapely.box(west, south, west + width * STEP, south + STEP)
    return {
        "type": "Feature",
        "properties": {"code": code, "level": level, "parent": parent},
        "geometry": shapely.geometry.mapping(shape),
    }


def rules_for(form: str, folder: Path) -> Path:
    """The mapping of a form."""
    at = {"lon": "geometry.x", "lat": "geometry.y"} if form in SHAPES else {}
    columns = "\n".join(f'{name} = "{at.get(name, name)}"' for name in (*COLUMNS, *CLOCKS))
    text = MAPPING.format(columns=columns.replace('category = "category"\n', ""))
    path = folder / f"{form}.toml"
    path.write_text(text.replace("[categories]\n", '[categories]\nlevels = ["category"]\n'), encoding="utf-8")
    return path


def timed(url: str, path: Path, rules: Path) -> list[float]:
    """Landed, unchanged and rejected rows, seconds in all and of reading, and the most memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, url, str(path), str(rules)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return [float(word) for word in re.split(r"\s+", done.stdout.strip())]


def empty(url: str) -> None:
    """Takes the events out again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("truncate ops.events restart identity cascade")


@click.command()
@click.option("--rows", default=ROWS, show_default=True, help="How many events.")
@click.option("--forms", default=",".join(FORMS), show_default=True, help="Which forms of the file.")
def main(rows: int, forms: str) -> None:
    """Time imports of events."""
    folder = Path(tempfile.mkdtemp(prefix="quanyu-bench-"))
    folder.chmod(0o711)
    faults: list[str] = []
    lines: list[tuple[str, ...]] = []
    try:
        with PostgresServer(folder / "postgres") as server:
            ensure_database(server.url(), "bench")
            url = server.url("bench")
            migrate(url)
            make_district(url, folder)
            for form in forms.split(","):
                lines += _measure(url, folder, form, rows, faults)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    head = ("file", "rows", "MB", "seconds", "of it reading", "rows/s", "peak MiB", "again, seconds")
    print(table("Imports of events", head, lines))
    sys.exit("; ".join(faults) or 0)


def _measure(url: str, folder: Path, form: str, rows: int, faults: list[str]) -> list[tuple[str, ...]]:
    whole = min(rows, SHEET_ROWS) if form == "xlsx" else rows
    rules, peaks = rules_for(form, folder), list[float]()
    found: list[tuple[str, ...]] = []
    for count in (whole // 10, whole):
        path = folder / f"events.{form}"
        FORMS[form](path, events(count))
        empty(url)
        landed, _, rejected, seconds, reading, peak = timed(url, path, rules)
        again = timed(url, path, rules)
        if (landed, rejected, again[0], again[1]) != (count, 0, 0, count):
            faults.append(f"{form}: {landed:,.0f} of {count:,} rows landed, {again[1]:,.0f} unchanged after")
        peaks.append(peak)
        size = path.stat().st_size / 1e6
        figures = (
            f"{size:,.0f}",
            f"{seconds:.1f}",
            f"{reading:.1f}",
            f"{count / seconds:,.0f}",
            f"{peak:.0f}",
        )
        found.append((form, f"{count:,}", *figures, f"{again[3]:.1f}"))
        print("  ".join(found[-1]), flush=True)
        path.unlink()
    if peaks[1] - peaks[0] > GROWTH_MIB:
        faults.append(
            f"{form}: memory grew from {peaks[0]:.0f} to {peaks[1]:.0f} MiB with ten times the rows"
        )
    return found


if __name__ == "__main__":
    main()
