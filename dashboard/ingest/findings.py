"""What was found wrong in a file. Owns one finding, and collecting them in bounded memory: the first of each
kind stay at hand, all of them are counted, and all can be read again in the order of their rows.
"""

from __future__ import annotations

import dataclasses
import heapq
import json
import os
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import IO

from dashboard.ingest.wording import WORDS, Flaw

SHOWN_VALUE = 80
"""Characters of a value that a report shows."""
SHOWN_DETAIL = 400
KEPT_A_KIND = 500
"""Findings of one kind (the same flaw in the same field) that stay at hand."""
KEPT_FINDINGS = 20_000
"""Findings that stay at hand altogether, so that a file of bad rows cannot fill the memory."""
_IN_MEMORY = 20_000
_BLOCK = 1 << 16
_FATE = "，已不带位置入库", "; the row landed without a location"
"""What becomes of a row that lands with a point that is none."""
Kind = tuple[Flaw, str, bool]
"""A flaw, the field it was found in, and whether it kept the row out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault in one row. `row` counts as spreadsheets do: the header is row 1; features count from 1."""

    row: int
    field: str
    value: str
    flaw: Flaw
    rejected: bool
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def reason(self, lang: str) -> str:
        """Why, as a sentence in "zh" or "en"."""
        return WORDS[self.flaw].reason(lang).format_map(self._said(lang))

    def remedy(self, lang: str) -> str:
        """What to do, as a sentence in "zh" or "en"."""
        return WORDS[self.flaw].remedy(lang).format_map(self._said(lang))

    def _said(self, lang: str) -> dict[str, object]:
        """The details in one language: a pair is (zh, en). What comes from the file is made printable."""
        place = 0 if lang == "zh" else 1
        return {
            "fate": "" if self.rejected else _FATE[place],
            **{
                name: shown(value[place] if isinstance(value, tuple) else value, SHOWN_DETAIL)
                for name, value in self.details.items()
            },
        }


def shown(value: object, limit: int = SHOWN_VALUE) -> str:
    """A value as a report shows it: printable, and not longer than a line bears."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in str(value)[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Findings:
    """Collects findings; counts all of them, and the rejected rows."""

    def __init__(self, keep: int = KEPT_FINDINGS) -> None:
        self._keep = keep
        self._kept: list[Finding] = []
        self._spool = _Spool()
        self.counts: Counter[tuple[Flaw, bool]] = Counter()
        self.kinds: Counter[Kind] = Counter()
        self.rejected_rows = 0

    def note(self, finding: Finding) -> None:
        """A fault of a row that lands all the same."""
        self._add(finding)

    def reject(self, findings: Iterable[Finding]) -> None:
        """The faults that keep one row out."""
        self.rejected_rows += 1
        for finding in findings:
            self._add(finding)

    def kept(self) -> tuple[Finding, ...]:
        """The first of each kind, by row."""
        return tuple(sorted(self._kept, key=attrgetter("row")))

    def all(self) -> Iterator[Finding]:
        """Every finding, by row."""
        return self._spool.read()

    def _add(self, finding: Finding) -> None:
        kind = finding.flaw, finding.field, finding.rejected
        self.counts[finding.flaw, finding.rejected] += 1
        self.kinds[kind] += 1
        if self.kinds[kind] <= KEPT_A_KIND and len(self._kept) < self._keep:
            self._kept.append(finding)
        self._spool.add(finding)


class _Spool:
    """All findings, in memory while they are few, else in a nameless file as runs that are each in order."""

    def __init__(self) -> None:
        self._recent: list[Finding] = []
        self._file: IO[bytes] | None = None
        self._runs: list[tuple[int, int]] = []
        self._last_row = 0

    def add(self, finding: Finding) -> None:
        self._recent.append(finding)
        if len(self._recent) >= _IN_MEMORY:
            self._write()

    def read(self) -> Iterator[Finding]:
        runs = [self._run(start, end) for start, end in self._runs]
        recent = sorted(self._recent, key=attrgetter("row"))
        return heapq.merge(*runs, recent, key=attrgetter("row"))

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="quanyu-findings-")  # noqa: SIM115 lives with the report
            weakref.finalize(self, self._file.close)
        self._recent.sort(key=attrgetter("row"))
        start = self._file.tell()
        for finding in self._recent:
            self._file.write(_as_line(finding))
        self._file.flush()
        if self._runs and self._recent[0].row >= self._last_row:
            start = self._runs.pop()[0]
        self._runs.append((start, self._file.tell()))
        self._last_row = self._recent[-1].row
        self._recent = []

    def _run(self, start: int, end: int) -> Iterator[Finding]:
        assert self._file is not None
        rest = b""
        while start < end:
            block = os.pread(self._file.fileno(), min(_BLOCK, end - start), start)
            start += len(block)
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                yield _from_line(line)


def _as_line(finding: Finding) -> bytes:
    parts = [
        *(finding.row, finding.field, finding.value, finding.flaw, finding.rejected),
        dict(finding.details),
    ]
    return json.dumps(parts, default=str, separators=(",", ":")).encode("ascii") + b"\n"


def _from_line(line: bytes) -> Finding:
    row, field, value, flaw, rejected, details = json.loads(line)
    return Finding(
        row=row,
        field=field,
        value=value,
        flaw=Flaw(flaw),
        rejected=rejected,
        details={name: tuple(said) if isinstance(said, list) else said for name, said in details.items()},
    )
