"""Imports workers. Owns what their rows have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dashboard.ingest.checks import RowReader
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.wording import Flaw
from data_access.writes.regions import read_regions


class EntryRows:
    """Turns records into rows for `ops.workers`."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._mapping, self._findings = mapping, findings
        self.made: Counter[str] = Counter()
        places = Places(read_regions(connection))
        self._regions = {code: region.id for code, region in places.by_code.items()}
        optional = [name for name in ("name_en", "role", "active") if name in mapping.columns]
        self.columns = ("code", "name", "region_id", *optional)

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        for record in records:
            reader = RowReader(record, self._mapping.columns, self._findings)
            facts: dict[str, object] = {
                "code": reader.code("code", required=True),
                "name": reader.text("name", required=True),
                "name_en": reader.text("name_en"),
                "role": reader.text("role") or "grid_worker",
                "active": reader.flag("active") is not False,
                "region_id": self._region(reader),
            }
            if reader.sound():
                yield (record.number, *(facts[name] for name in self.columns))

    def agreements(self) -> tuple[Agreement, ...]:
        """None: these rows have no points."""
        return ()

    def _region(self, reader: RowReader) -> int | None:
        code = reader.code("region", required=True)
        if code is not None and code not in self._regions:
            reader.reject(reader.label("region"), code, Flaw.UNKNOWN_REGION)
        return self._regions.get(code) if code is not None else None
