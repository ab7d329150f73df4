"""Checks of single values. Owns the step from text to typed values; every complaint becomes a finding of its
row.

A `RowReader` reads one record field by field. Faults of fields that the row cannot do without reject it;
the caller decides by `reject` or `note`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from datetime import datetime

from dashboard.ingest.columns import BadValue, Column
from dashboard.ingest.files import Record
from dashboard.ingest.report import Finding, Findings, shown
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw

TEXT_LIMIT = 20_000
SHORT_LIMIT = 200
"""Characters of a free text, and of a code or name."""
_CONTROL_CLASS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_INVISIBLE_CLASS = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff\uffa0"
)
_SUSPECT = re.compile(rf"[{_CONTROL_CLASS}{_INVISIBLE_CLASS}\t\n\r\ud800-\udfff\ufffd锟烫ïÃ#?]")
"""Any character of the rules below: most texts hold none, and are settled by one look."""
_CONTROL = re.compile(f"[{_CONTROL_CLASS}]")
_BROKEN_LINE = re.compile(r"[\t\n\r]")
_INVISIBLE = re.compile(f"[{_INVISIBLE_CLASS}]")
"""What nobody sees in a code, and what makes two codes of one. In free text it may be meant."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOST = re.compile(r"\ufffd|锟斤拷|烫烫烫|ï¿½|Ã[\u0080-\u00bf]|^[\s\d]*\?{3}[\s\d?]*$")
"""What is left of text after a conversion that went wrong."""
_EMPTY_WORDS = frozenset(
    {"null", "none", "nil", "nan", "n/a", "undefined", "-", "--", "—", "无", "空", "未知"}
)
_CELL_ERROR = re.compile(r"#(?:REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|N/A)|#{4,}")
_SHORTENED = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2}")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "y", "是"}), frozenset({"false", "0", "no", "n", "否"})


class RowReader:
    """Reads the fields of one record by the mapping's rules and gathers what is wrong."""

    def __init__(self, record: Record, columns: MappingOf[str, Column], findings: Findings) -> None:
        self.record = record
        self._columns, self._findings = columns, findings
        self.faults: list[Finding] = []

    def has(self, field: str) -> bool:
        """Whether the mapping knows the field."""
        return field in self._columns

    def text(self, field: str, *, limit: int = SHORT_LIMIT, required: bool = False) -> str | None:
        """Text, None when empty."""
        column = self._columns.get(field)
        if column is None:
            return None
        value = self.value(column)
        if value is None:
            return None
        if not value:
            if required:
                self.reject(column.label, "", Flaw.MISSING)
            return None
        if len(value) > limit:
            self.reject(column.label, value, Flaw.TOO_LONG, length=len(value), limit=limit)
        elif _SUSPECT.search(value):
            self._check_characters(column.label, value, short=limit == SHORT_LIMIT)
        return value

    def code(self, field: str, *, required: bool = False) -> str | None:
        """Text that names something once and for all, None when empty: what a spreadsheet or an export makes
        of a code is refused. A word for "nothing" is none."""
        value = self.text(field, required=required)
        if value is None:
            return None
        if value.lower() in _EMPTY_WORDS:
            (self.reject if required else self.note)(self.label(field), value, Flaw.EMPTY_WORD, word=value)
            return None
        if _SHORTENED.fullmatch(value):
            self.reject(self.label(field), value, Flaw.SHORTENED_CODE)
        return value

    def number(self, field: str, low: float, high: float) -> float | None:
        """A finite number in a range, None when empty."""
        text = self.text(field)
        if text is None:
            return None
        value = as_number(text)
        if value is None:
            self.reject(self.label(field), text, Flaw.NOT_NUMBER)
        elif not low <= value <= high:
            self.reject(self.label(field), text, Flaw.NUMBER_RANGE, low=f"{low:g}", high=f"{high:g}")
        else:
            return value
        return None

    def whole(self, field: str, low: int, high: int) -> int | None:
        """A whole number in a range, None when empty."""
        value = self.number(field, low, high)
        if value is not None and not value.is_integer():
            self.reject(self.label(field), f"{value:g}", Flaw.NOT_WHOLE)
        return None if value is None else round(value)

    def flag(self, field: str) -> bool | None:
        """true or false in the usual words, None when empty."""
        text = self.text(field)
        if text is None:
            return None
        if text.lower() not in _TRUE | _FALSE:
            details = {"allowed": "true, false", "section": f"values.{field}"}
            self.reject(self.label(field), text, Flaw.UNKNOWN_VALUE, **details)
        return text.lower() in _TRUE

    def choice(self, field: str, allowed: tuple[str, ...], *, required: bool = False) -> str | None:
        """One of the product's own words, None when empty."""
        text = self.text(field, required=required)
        if text is not None and text not in allowed:
            details = {"allowed": ", ".join(allowed), "section": f"values.{field}"}
            self.reject(self.label(field), text, Flaw.UNKNOWN_VALUE, **details)
            return None
        return text

    def time(self, field: str, clock: Clock, *, required: bool = False) -> datetime | None:
        """A moment in UTC, None when empty."""
        text = self.text(field, required=required)
        if text is None:
            return None
        try:
            reading = clock.read(text)
        except BadValue as fault:
            self.faults.append(fault.finding(self.record.number, self.label(field), rejected=True))
            return None
        if reading.flaw is not None:
            put = self.reject if required and reading.at is None else self.note
            put(self.label(field), text, reading.flaw, **clock.details)
        return reading.at

    def value(self, column: Column) -> str | None:
        """What a rule gives; None after a fault."""
        try:
            return column.read(self.record.values)
        except BadValue as fault:
            self.faults.append(fault.finding(self.record.number, column.label, rejected=True))
            return None

    def check_names(self, name: str, texts: Sequence[str]) -> None:
        """What no code may hold, for texts that become one together."""
        for text in texts:
            if len(text) > SHORT_LIMIT:
                self.reject(name, text, Flaw.TOO_LONG, length=len(text), limit=SHORT_LIMIT)
            elif _SUSPECT.search(text):
                self._check_characters(name, text, short=True)

    def label(self, field: str) -> str:
        """What the report calls a field: the file's own column."""
        column = self._columns.get(field)
        return column.label if column is not None else field

    def reject(self, name: str, value: object, flaw: Flaw, **details: object) -> None:
        """A fault that keeps the row out."""
        self.faults.append(self._finding(name, value, flaw, details, rejected=True))

    def note(self, name: str, value: object, flaw: Flaw, **details: object) -> None:
        """A fault that the row lands with, if no other keeps it out."""
        self.faults.append(self._finding(name, value, flaw, details, rejected=False))

    def _check_characters(self, name: str, value: str, *, short: bool) -> None:
        """What a text may not hold; codes, names and other short texts hold less than free ones."""
        if _SURROGATE.search(value):
            self.reject(name, value, Flaw.BROKEN_ENCODING, encoding="UTF-8")
        elif _CONTROL.search(value) or (short and _BROKEN_LINE.search(value)):
            self.reject(name, value, Flaw.CONTROL_CHARACTER)
        elif short and (found := _INVISIBLE.search(value)):
            self.reject(name, value, Flaw.INVISIBLE_CHARACTER, code=f"U+{ord(found.group()):04X}")
        elif _CELL_ERROR.fullmatch(value):
            self.reject(name, value, Flaw.ERROR_CELL)
        elif _LOST.search(value):
            (self.reject if short else self.note)(name, value, Flaw.LOST_CHARACTERS)

    def sound(self) -> bool:
        """Settles the row: hands its findings on, and says whether it lands."""
        if any(fault.rejected for fault in self.faults):
            self._findings.reject(self.faults)
            return False
        for fault in self.faults:
            self._findings.note(fault)
        return True

    def _finding(
        self, name: str, value: object, flaw: Flaw, details: dict[str, object], *, rejected: bool
    ) -> Finding:
        return Finding(
            row=self.record.number,
            field=name,
            value=shown(value),
            flaw=flaw,
            rejected=rejected,
            details=details,
        )


def as_number(text: str) -> float | None:
    """A finite number in plain or scientific notation; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None
