"""Runs one import from file to report. Owns the order of things: mapping, file, transaction, report.

Everything of one import happens in one transaction: good rows land together or, with `check`, not at all.
The file is read in chunks, so memory does not grow with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from dashboard.ingest.entries import CategoryImport, EntryRows
from dashboard.ingest.events import EventRows
from dashboard.ingest.files import Record, Table, open_table
from dashboard.ingest.headers import guessed
from dashboard.ingest.mapping import FIELDS, FileRules, Mapping
from dashboard.ingest.mapping_file import load_mapping
from dashboard.ingest.positions import PositionRows
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.regions import RegionImport
from dashboard.ingest.report import Agreement, Finding, Findings, Report, shown
from dashboard.ingest.squares import square_map
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import (
    DEPARTMENTS,
    EVENTS,
    POSITIONS,
    WORKERS,
    Landing,
    Repeat,
    Staging,
    Target,
    announce,
    import_transaction,
)

CHUNK = 5_000
_TARGETS = {"events": EVENTS, "positions": POSITIONS, "workers": WORKERS, "departments": DEPARTMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    read: int
    landing: Landing
    made: Counter[str]
    agreements: tuple[Agreement, ...] = ()
    settings_changed: int = 0


def run_import(
    database_url: str,
    kind: str,
    file: Path | str,
    *,
    mapping: Path | str | None = None,
    check: bool = False,
    squares_m: float | None = None,
    lang: str = "zh",
) -> Report:
    """Imports one file and says what became of its rows. DashboardError where nothing could be written at
    all.

    `kind` is a key of FIELDS. `check` does everything but keep it. `squares_m` (regions only) makes a
    grid of squares with that side around the points of the file.
    """
    path = Path(file)
    if kind not in FIELDS:
        known = ", ".join(FIELDS)
        raise ImportRefused(
            f"不能导入 {kind}；可导入 {known}。", f"There is no import of {kind}; there is {known}."
        )
    if squares_m is not None and kind != "regions":
        raise ImportRefused("--squares 只用于 import regions。", "--squares goes with import regions only.")
    rules = load_mapping(Path(mapping), None if squares_m else kind) if mapping is not None else None
    findings = Findings()
    with (
        open_table(path, rules.file if rules else FileRules()) as table,
        import_transaction(database_url, keep=not check) as connection,
    ):
        if squares_m is not None:
            outcome = _import_squares(connection, table, rules, squares_m, findings)
        else:
            outcome = _import_table(connection, kind, table, rules, findings)
        report = _report(kind, path, outcome, findings, check=check, lang=lang)
        if report.changed or outcome.settings_changed:
            announce(connection)
    return report


def _import_table(
    connection: psycopg.Connection[Any], kind: str, table: Table, rules: Mapping | None, findings: Findings
) -> _Outcome:
    mapping = rules or guessed(kind, table.columns)
    _check_columns(mapping, table)
    if kind == "regions":
        return _import_whole(RegionImport(connection, mapping, findings), table, findings)
    if kind == "categories":
        return _import_whole(CategoryImport(connection, mapping, findings), table, findings)
    source: EventRows | PositionRows | EntryRows
    if kind == "events":
        source = EventRows(connection, mapping, findings)
    elif kind == "positions":
        source = PositionRows(connection, mapping, findings)
    else:
        source = EntryRows(connection, mapping, findings)
    return _import_staged(connection, source, mapping, table, findings)


def _import_staged(
    connection: psycopg.Connection[Any],
    source: EventRows | PositionRows | EntryRows,
    mapping: Mapping,
    table: Table,
    findings: Findings,
) -> _Outcome:
    target = _TARGETS[mapping.kind]
    staging = Staging(connection, target, source.columns)
    read = 0
    for chunk, size in _chunks(table, findings):
        read += size
        rows = list(source.rows(chunk))
        staging.add(rows)
    for repeat in staging.repeats():
        findings.reject([_repeat(repeat, mapping, target)])
    if isinstance(source, PositionRows):
        source.settle()
    landing = staging.land()
    return _Outcome(read=read, landing=landing, made=source.made, agreements=source.agreements())


def _import_whole(source: RegionImport | CategoryImport, table: Table, findings: Findings) -> _Outcome:
    read = 0
    for chunk, size in _chunks(table, findings):
        read += size
        for record in chunk:
            source.add(record)
    landing = source.land()
    changed = source.settings_changed if isinstance(source, RegionImport) else 0
    return _Outcome(read=read, landing=landing, made=source.made, settings_changed=changed)


def _import_squares(
    connection: psycopg.Connection[Any],
    table: Table,
    rules: Mapping | None,
    side_m: float,
    findings: Findings,
) -> _Outcome:
    drafts, read = square_map(table, rules, side_m)
    source = RegionImport(connection, rules or Mapping(kind="regions", origin="—", columns={}), findings)
    for draft in drafts:
        source.put(draft)
    landing = source.land()
    return _Outcome(read=read, landing=landing, made=source.made, settings_changed=source.settings_changed)


def _chunks(table: Table, findings: Findings) -> Iterator[tuple[list[Record], int]]:
    """Chunks of readable rows with the number of rows read; unreadable ones are rejected on the way."""
    while chunk := list(islice(table.rows, CHUNK)):
        records = [row for row in chunk if isinstance(row, Record)]
        for row in chunk:
            if isinstance(row, Finding):
                findings.reject([row])
        yield records, len(chunk)


def _check_columns(mapping: Mapping, table: Table) -> None:
    rules = [
        *mapping.columns.items(),
        *((f"categories.levels[{place}]", rule) for place, rule in enumerate(mapping.levels, start=1)),
        *((f"stated.{level}", rule) for level, rule in mapping.stated.items()),
    ]
    for name, rule in rules:
        absent = [column for column in rule.needs if column not in table.columns]
        if absent:
            has = ", ".join(table.columns)
            raise ImportRefused(
                f"映射 {mapping.origin} 的字段 {name} 要用列 {absent[0]}，而文件中没有；文件有：{has}",
                f"The field {name} of the mapping {mapping.origin} needs the column {absent[0]}, which "
                f"the file does not have; it has: {has}",
            )


def _repeat(repeat: Repeat, mapping: Mapping, target: Target) -> Finding:
    flaw, field, value = Flaw.DUPLICATE_CODE, "code", shown(repeat.key)
    if target is POSITIONS:
        flaw, field, value = (Flaw.SAME_FIX if repeat.same else Flaw.TWO_PLACES), "fixed_at", ""
    return Finding(
        row=repeat.row,
        field=mapping.columns[field].label,
        value=value,
        flaw=flaw,
        rejected=True,
        details={"first": repeat.first},
    )


def _report(
    kind: str, path: Path, outcome: _Outcome, findings: Findings, *, check: bool, lang: str
) -> Report:
    return Report(
        kind=kind,
        file=path.name,
        check=check,
        lang=lang,
        rows_read=outcome.read,
        landed=outcome.landing.inserted,
        updated=outcome.landing.updated,
        unchanged=outcome.landing.unchanged,
        rejected=findings.rejected_rows,
        findings=findings.kept(),
        counts=dict(findings.counts),
        made=dict(outcome.made),
        agreements=outcome.agreements,
    )
