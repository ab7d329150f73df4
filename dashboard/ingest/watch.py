"""An import under watch: how far it is, and whether it shall stop. Owns telling both to the one who asked.

The rows are counted as they are read. Where the import waits for the database, a thread of its own asks
whether to stop and breaks the statement off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import psycopg

from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding
from dashboard.ingest.tables import Record, Table

Progress = Callable[[int, int | None], None]
"""Hears how many rows were read, and of how many, where that is known."""
EVERY_S = 0.25
_STEP = 256
"""Rows between two looks at the clock."""


class ImportCancelled(ImportRefused):
    """The import was stopped by the one who started it, and nothing was written."""

    def __init__(self) -> None:
        super().__init__("导入已取消，未写入任何内容。", "The import was cancelled; nothing was written.")


class Watch:
    """One import's watch, for as long as the block runs."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        total: int | None,
    ) -> None:
        self._connection, self._progress, self._cancelled = connection, progress, cancelled
        self._total, self._read, self._told_at = total, 0, 0.0
        self._over, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look, name="import watch", daemon=True)

    def __enter__(self) -> Self:
        if self._cancelled is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._stopped.is_set() and (kind is None or isinstance(error, psycopg.errors.QueryCanceled)):
            raise ImportCancelled from error

    def over(self, table: Table) -> Table:
        """The table with its rows counted, told, and ended where the import shall stop."""
        return replace(table, rows=self._counted(table.rows))

    def _counted(self, rows: Iterator[Record | Finding]) -> Iterator[Record | Finding]:
        for row in rows:
            self._read += 1
            if self._read % _STEP == 0:
                if self._stopped.is_set():
                    raise ImportCancelled
                self._tell()
            yield row
        if self._progress is not None:
            self._progress(self._read, self._read)

    def _tell(self) -> None:
        now = time.monotonic()
        if self._progress is not None and now - self._told_at >= EVERY_S:
            self._told_at = now
            self._progress(self._read, self._total)

    def _look(self) -> None:
        """Asks until the import is over; breaks off what the database is doing when it shall stop."""
        assert self._cancelled is not None
        while not self._over.wait(EVERY_S):
            if not self._stopped.is_set() and self._cancelled():
                self._stopped.set()
            if self._stopped.is_set():
                with suppress(psycopg.Error):  # asked again until it is over
                    self._connection.cancel_safe(timeout=5)
