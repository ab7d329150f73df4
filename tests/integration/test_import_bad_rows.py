"""Every kind of bad row, in files of every kind. Each row says in its own column `expect` what is wrong with it
(`flaw@field`, with `~` behind it where the row lands all the same), and in `case` how that came about; the words
of the reports stand in `expected/`, in both languages."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from dashboard.ingest import Report, run_import
from dashboard.ingest.flaws import Flaw
from data_access.schema import ensure_database, migrate
from tests.conftest import REPOSITORY

BAD = REPOSITORY / "tests" / "data" / "bad"
EXPECTED = BAD / "expected"
KINDS = (
    *("regions", "categories", "departments", "overlays", "workers", "shifts", "events", "feedback"),
    *("positions", "stats"),
)
KEYS = {
    "regions": "select code from ops.regions",
    "categories": "select code from ops.categories",
    "departments": "select code from ops.departments",
    "overlays": "select code from ops.overlays",
    "workers": "select code from ops.workers",
    "shifts": "select w.code || s.starts_at from ops.shifts s join ops.workers w on w.id = s.worker_id",
    "events": "select code from ops.events",
    "feedback": "select code from ops.feedback",
    "positions": "select w.code || p.fixed_at from ops.positions p join ops.workers w on w.id = p.worker_id",
    "stats": "select region_id || key || as_of from ops.region_stats",
}
OTHER_FORMATS = {Flaw.NOT_A_RECORD, Flaw.FORMULA_WITHOUT_VALUE, Flaw.NUMBER_INEXACT}
"""What only a workbook or a list of objects can hold."""
OVER_TIME = {Flaw.REGION_CLOSED, Flaw.PARENT_CLOSED, Flaw.NOT_PRESENT, Flaw.OVERLAY_BROKEN, Flaw.DUTY_MOVED}
"""What only a second file can bring about."""
BY_RULE = {Flaw.NO_SUCH_HOUR, Flaw.PATTERN, Flaw.NO_FIGURE}
"""What only a rule of the mapping refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as the test reads it, without the product's help. `faults`: (flaw, field, rejected)."""

    number: int
    case: str
    faults: tuple[tuple[str, str, bool], ...]

    @property
    def lands(self) -> bool:
        return not any(rejected for _, _, rejected in self.faults)


def path_of(kind: str) -> Path:
    return BAD / ("regions.geojson" if kind == "regions" else f"{kind}.csv")


def rows_of(kind: str) -> list[Row]:
    path = path_of(kind)
    if kind == "regions":
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return [row(number, feature) for number, feature in enumerate(features, start=1)]
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        header, *lines = csv.reader(stream)
    return [
        row(
            number,
            {"properties": dict(zip(header, cells, strict=True))} if len(cells) == len(header) else None,
        )
        for number, cells in enumerate(lines, start=2)
    ]


def row(number: int, feature: object) -> Row:
    if not isinstance(feature, dict):
        return Row(number=number, case="", faults=())
    said = feature["properties"]
    faults = []
    for fault in filter(None, said["expect"].split("; ")):
        flaw, _, field = fault.partition("@")
        faults.append((flaw, field.removesuffix("~"), not field.endswith("~")))
    return Row(number=number, case=said["case"], faults=tuple(faults))


MISSHAPEN = {
    "regions": [("no_shape", "", True)],
    "workers": [("field_count", "", True), ("field_count", "", True)],
}
"""Rows that cannot say themselves what is wrong with them, by kind, in their order."""


def expected(kind: str) -> list[Row]:
    """The rows with their faults; those that are misshapen as listed above."""
    misshapen = iter(MISSHAPEN.get(kind, []))
    return [
        item if item.case else Row(number=item.number, case="misshapen", faults=(next(misshapen),))
        for item in rows_of(kind)
    ]


@pytest.fixture(scope="module")
def bad_url(postgres: PostgresServer) -> str:
    """A database for all tests of this module."""
    ensure_database(postgres.url(), "bad_rows")
    migrate(postgres.url("bad_rows"))
    return postgres.url("bad_rows")


@pytest.fixture(scope="module")
def reports(bad_url: str) -> dict[str, Report]:
    """Every file, imported in the documented order."""
    return {kind: load(bad_url, kind) for kind in KINDS}


@pytest.fixture
def conn(bad_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(bad_url, autocommit=True) as connection:
        yield connection


def load(url: str, kind: str) -> Report:
    return run_import(url, kind, path_of(kind), mapping=BAD / f"{kind}.toml")


@pytest.mark.parametrize("kind", KINDS)
def test_every_bad_row_is_found_and_no_good_one(kind: str, reports: dict[str, Report]) -> None:
    wanted = Counter((item.number, *fault) for item in expected(kind) for fault in item.faults)
    found = Counter((item.row, str(item.flaw), item.field, item.rejected) for item in reports[kind].findings)
    assert (sorted(wanted - found), sorted(found - wanted)) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_good_rows_are_there_once(
    kind: str, reports: dict[str, Report], conn: psycopg.Connection[Any]
) -> None:
    rows, report = expected(kind), reports[kind]
    landing = sum(item.lands for item in rows)
    assert (report.rows_read, report.landed, report.updated, report.rejected) == (
        *(len(rows), landing, 0),
        len(rows) - landing,
    )
    keys = Counter(key for (key,) in conn.execute(KEYS[kind].encode()).fetchall())
    assert len(keys) == keys.total() == landing


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_says_so_word_for_word(kind: str, lang: str, reports: dict[str, Report]) -> None:
    report = reports[kind]
    for name, text in ((f"{kind}.{lang}.csv", report.csv(lang)), (f"{kind}.{lang}.txt", report.text(lang))):
        path = EXPECTED / name
        if not path.exists():
            path.write_bytes(text.encode())
            pytest.fail(f"{name} was absent and is written now: read it word for word before it is kept")
        assert path.read_bytes().decode() == text, name


def test_the_files_hold_sixty_kinds_of_bad_row_and_every_flaw_there_is() -> None:
    rows = [(kind, item) for kind in KINDS for item in expected(kind)]
    kinds = {(kind, item.faults) for kind, item in rows if item.faults}
    flaws = {flaw for _, item in rows for flaw, _, _ in item.faults}
    assert len(flaws) >= 60
    assert len(kinds) >= 120
    elsewhere = OTHER_FORMATS | OVER_TIME | BY_RULE
    assert flaws == {str(flaw) for flaw in Flaw} - {str(flaw) for flaw in elsewhere}


def test_a_second_import_changes_nothing(
    reports: dict[str, Report], bad_url: str, conn: psycopg.Connection[Any]
) -> None:
    before = contents(conn)
    for kind in KINDS:
        again = load(bad_url, kind)
        first = reports[kind]
        assert (again.landed, again.updated, again.unchanged) == (0, 0, first.landed), kind
        assert not again.changed, kind
        assert again.findings == first.findings, kind
    assert contents(conn) == before


def contents(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    tables = (
        *("ops.regions", "ops.region_versions", "ops.categories", "ops.departments", "ops.duties"),
        *("ops.overlays", "ops.workers", "ops.shifts", "ops.events", "ops.feedback", "ops.positions"),
        *("ops.region_stats", "board.outbox", "board.settings"),
    )
    return {
        name: conn.execute(f"select t::text from {name} t order by 1".encode()).fetchall() for name in tables
    }
