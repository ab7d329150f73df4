"""Runs one import from file to report. Owns the order of things: mapping, file, transaction, report.

Everything of one import happens in one transaction: good rows land together or, with `check`, not at all.
The file is read in chunks, so memory does not grow with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from dashboard.ingest.columns import Column
from dashboard.ingest.files import open_table, with_points
from dashboard.ingest.headers import guessed
from dashboard.ingest.mapping import FIELDS, FileRules, Mapping
from dashboard.ingest.mapping_file import load_mapping
from dashboard.ingest.names import NameTree
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.regions import RegionImport
from dashboard.ingest.report import Agreement, Finding, Findings, Report, shown
from dashboard.ingest.sources import STAGED, WHOLE, LateSource, Staged, WholeSource
from dashboard.ingest.squares import square_map
from dashboard.ingest.tables import Record, Table, chosen
from dashboard.ingest.watch import Progress, Watch
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import (
    POSITIONS,
    SHIFTS,
    Landing,
    Repeat,
    Staging,
    announce,
    import_transaction,
)

CHUNK = 5_000
CHUNK_CHARACTERS = 16_000_000
"""Rows are read so many at a time, fewer where they are long."""
UNREADABLE_ROWS = 50_000
SHAPES_BYTES = 512 * 1024**2
"""How large a file of regions may be: their shapes are compared with each other, so all are in memory."""
SHAPED = ("regions", "overlays")
"""Kinds whose shapes are areas; for all others a shape is a place."""
_ISO_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d")


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
    mapping: Path | str | Mapping | None = None,
    check: bool = False,
    squares_m: float | None = None,
    lang: str = "zh",
    all_or_nothing: bool = False,
    valid_from: date | str | None = None,
    crs: str = "",
    layer: str = "",
    only: MappingOf[str, str] | None = None,
    name: str = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Imports one file and says what became of its rows. DashboardError where nothing could be written at
    all.

    `kind` is a key of FIELDS. `check` does everything but keep it; `all_or_nothing` keeps nothing where a row
    was rejected. `squares_m` (regions only) makes a grid of squares with that side around the points of the
    file. `valid_from` (regions only): when the boundaries begin to apply. `crs`, `layer` and `only` (columns
    and the value that a row must have there) go before what the mapping says; `name` is what people call the
    file. `progress` hears how many rows were read, of how many if that is known; `cancelled` is asked all the
    time, and ends the import as ImportCancelled.
    """
    path = Path(file)
    _check_wishes(kind, squares_m, valid_from)
    wishes = FileRules(crs=crs, layer=layer, only=only or {})
    rules = _rules(mapping, None if squares_m else kind, wishes)
    findings = Findings()
    with ExitStack() as stack:
        wishes = rules.file if rules else wishes
        table = stack.enter_context(open_table(path, wishes, count=progress is not None))
        table = replace(table, rows=_readable(table.rows, name or path.name))
        connection = stack.enter_context(import_transaction(database_url, keep=not check))
        watch = stack.enter_context(Watch(connection, progress, cancelled, table.total))
        if squares_m is not None:
            outcome = _import_squares(connection, watch.over(table), rules, squares_m, findings)
        else:
            outcome = _import_table(
                connection, kind, watch.over(table), rules or wishes, findings, valid_from
            )
        report = _report(kind, name or path.name, outcome, findings, check=check, lang=lang)
        if all_or_nothing and report.rejected:
            report = replace(report, withheld=not check)
            raise psycopg.Rollback
        if report.changed or outcome.settings_changed:
            announce(connection)
    return report


def _check_wishes(kind: str, squares_m: float | None, valid_from: date | str | None) -> None:
    if kind not in FIELDS:
        known = ", ".join(FIELDS)
        raise ImportRefused(
            f"不能导入 {kind}；可导入 {known}。", f"There is no import of {kind}; there is {known}."
        )
    if squares_m is not None and kind != "regions":
        raise ImportRefused("--squares 只用于 import regions。", "--squares goes with import regions only.")
    if valid_from is not None and squares_m is not None:
        raise ImportRefused(
            "--squares 与 --valid-from 不能同时使用。", "--squares and --valid-from do not go together."
        )
    if valid_from is not None and kind != "regions":
        raise ImportRefused(
            "--valid-from 只用于 import regions。", "--valid-from goes with import regions only."
        )


def _rules(mapping: Path | str | Mapping | None, kind: str | None, wishes: FileRules) -> Mapping | None:
    """The mapping, with the wishes in its rules of the file."""
    if mapping is None:
        return None
    rules = mapping if isinstance(mapping, Mapping) else load_mapping(Path(mapping), kind)
    crs, layer = wishes.crs or rules.file.crs, wishes.layer or rules.file.layer
    only = {**rules.file.only, **wishes.only}
    return replace(rules, file=replace(rules.file, crs=crs, layer=layer, only=only))


def _settled(rules: Mapping, table: Table) -> Mapping:
    """The mapping with what the file itself says: its coordinate system, and dates that are dates."""
    file = replace(rules.file, crs=rules.file.crs or table.crs or "WGS-84")
    times = rules.times
    if table.dates and times.formats:
        times = replace(times, formats=(*times.formats, *_ISO_FORMS))
    return replace(rules, file=file, times=times)


def _import_table(
    connection: psycopg.Connection[Any],
    kind: str,
    table: Table,
    rules: Mapping | FileRules,
    findings: Findings,
    valid_from: date | str | None,
) -> _Outcome:
    table = table if kind in SHAPED else with_points(table)
    mapping = rules if isinstance(rules, Mapping) else replace(guessed(kind, table.columns), file=rules)
    mapping = _settled(mapping, table)
    _check_columns(mapping, table)
    table = chosen(table, mapping.file.only)
    if kind == "regions" and mapping.tree:
        return _import_names(connection, table, mapping, findings, valid_from)
    if kind == "regions":
        _check_size(table)
        regions = RegionImport(connection, mapping, findings, valid_from=valid_from)
        return _import_whole(regions, table, findings)
    if kind in WHOLE:
        return _import_whole(WHOLE[kind](connection, mapping, findings), table, findings)
    return _import_staged(connection, STAGED[kind], mapping, table, findings)


def _import_staged(
    connection: psycopg.Connection[Any],
    staged: Staged,
    mapping: Mapping,
    table: Table,
    findings: Findings,
) -> _Outcome:
    source = staged.reader(connection, mapping, findings)
    beside = source.beside if isinstance(source, LateSource) else None
    staging = Staging(connection, staged.target, source.columns, beside)
    read = 0
    for chunk, size in _chunks(table, findings):
        read += size
        # all rows first: making them may ask the database, which is busy while it is copied into
        staging.add(list(source.rows(chunk)))
    for repeat in staging.repeats():
        findings.reject([_repeat(repeat, mapping, staged)])
    if isinstance(source, LateSource):
        source.settle()
    landing = staging.land()
    return _Outcome(read=read, landing=landing, made=source.made, agreements=source.agreements())


def _import_whole(source: RegionImport | WholeSource, table: Table, findings: Findings) -> _Outcome:
    read = _each(source.add, table, findings)
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
    mapping = _settled(rules or Mapping(kind="regions", origin="—", columns={}), table)
    drafts, read = square_map(chosen(table, mapping.file.only), mapping, side_m)
    source = RegionImport(connection, mapping, findings)
    for draft in drafts:
        source.put(draft)
    landing = source.land()
    return _Outcome(read=read, landing=landing, made=source.made, settings_changed=source.settings_changed)


def _import_names(
    connection: psycopg.Connection[Any],
    table: Table,
    mapping: Mapping,
    findings: Findings,
    valid_from: date | str | None,
) -> _Outcome:
    source = RegionImport(connection, mapping, findings, valid_from)
    names = NameTree(mapping, source.stored, source.root, findings)
    read = _each(names.add, table, findings)
    for draft in names.drafts():
        source.put(draft)
    landing = source.land()
    return _Outcome(read=read, landing=landing, made=source.made, settings_changed=source.settings_changed)


def _each(add: Callable[[Record], None], table: Table, findings: Findings) -> int:
    """Hands all readable rows on, and rejects the others; how many were read."""
    read = 0
    for row in table.rows:
        read += 1
        if isinstance(row, Record):
            add(row)
        else:
            findings.reject([row])
    return read


def _chunks(table: Table, findings: Findings) -> Iterator[tuple[list[Record], int]]:
    """Chunks of readable rows with the number of rows read; unreadable ones are rejected on the way."""
    records: list[Record] = []
    read = weight = 0
    for row in table.rows:
        read += 1
        if isinstance(row, Finding):
            findings.reject([row])
        else:
            records.append(row)
            weight += sum(map(len, row.values.values()))
        if read >= CHUNK or weight >= CHUNK_CHARACTERS:
            yield records, read
            records, read, weight = [], 0, 0
    if read:
        yield records, read


def _readable(rows: Iterator[Record | Finding], name: str) -> Iterator[Record | Finding]:
    """The rows, as long as most of them are rows: a bomb, or the wrong delimiter, need not be read to the end."""
    unreadable = 0
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Finding):
            unreadable += 1
            if unreadable >= UNREADABLE_ROWS and unreadable > number // 2:
                raise ImportRefused(
                    f"文件 {name} 的前 {number:,} 行多数无法读取，未写入任何内容；请检查分隔符和编码。",
                    f"Most of the first {number:,} rows of {name} cannot be read, and nothing was written; check "
                    "the delimiter and the encoding.",
                )
        yield row


def _check_size(table: Table) -> None:
    if table.size_bytes > SHAPES_BYTES:
        limit = f"{SHAPES_BYTES // 1024**2} MB"
        raise ImportRefused(
            f"区域文件解压后超过 {limit}；请先在地图软件中简化边界。",
            f"This file of regions is larger than {limit} unpacked; simplify the boundaries in a map editor first.",
        )


def _check_columns(mapping: Mapping, table: Table) -> None:
    rules = [
        *mapping.columns.items(),
        *((f"categories.levels[{place}]", rule) for place, rule in enumerate(mapping.levels, start=1)),
        *((f"stated.{level}", rule) for level, rule in mapping.stated.items()),
        *((f"stats.{key}", rule) for key, rule in mapping.stats.items()),
        *(
            (f"regions.{branch.level}", rule)
            for branch in mapping.tree
            for rule in (branch.code, branch.name)
        ),
        *(("file.only", Column(columns=(name,))) for name in mapping.file.only),
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


def _repeat(repeat: Repeat, mapping: Mapping, staged: Staged) -> Finding:
    flaw, value = Flaw.DUPLICATE_CODE, shown(repeat.key)
    if staged.target is POSITIONS:
        flaw, value = (Flaw.SAME_FIX if repeat.same else Flaw.TWO_PLACES), ""
    elif staged.target is SHIFTS:
        flaw, value = Flaw.SAME_SHIFT, ""
    return Finding(
        row=repeat.row,
        field=mapping.columns["code" if "code" in mapping.columns else staged.named].label,
        value=value,
        flaw=flaw,
        rejected=True,
        details={"first": repeat.first},
    )


def _report(kind: str, name: str, outcome: _Outcome, findings: Findings, *, check: bool, lang: str) -> Report:
    return Report(
        kind=kind,
        file=name,
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
        kinds=dict(findings.kinds),
        ledger=findings,
    )
