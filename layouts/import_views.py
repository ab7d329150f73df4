"""What the page of imports shows of one import, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from layouts.import_report import ReportView


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field and where it comes from. `choice`: "col:NAME", "val:VALUE" or nothing; `confidence`: sure, likely or
    nothing; `samples`: of the first rows."""

    name: str
    label: str
    required: bool
    choice: str
    confidence: str
    samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """The first rows as the file has them. `note`: what the file says of itself."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One import. `stamp` as in its progress; `message`: what is wrong, in words; `options` by name."""

    id: int
    name: str
    about: str
    kind: str
    kinds: Sequence[tuple[str, str]]
    state: str
    state_name: str
    glyph: str
    stamp: str
    moving: bool
    cancelling: bool
    landed: bool
    message: str
    preview: PreviewView | None
    fields: Sequence[FieldRow]
    columns: Sequence[tuple[str, str]]
    fixed: dict[str, Sequence[tuple[str, str]]]
    options: dict[str, Any]
    levels: Sequence[tuple[str, str]]
    can_create: bool
    has_mapping: bool
    can_check: bool
    can_import: bool
    report: ReportView | None
