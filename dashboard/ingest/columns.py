"""How one field is read from a row of a file. Owns column rules; leaves types and meaning to the checks.

A rule is a column's name, or a table: `column` (a name, or several: the first that is not empty),
`template` ("{street} / {house}") or `value` (a constant); then `pattern` (the whole value must match; its
first group is kept), `pad` (zeros in front up to that length), `prefix`, `values` (a map of values, "*"
for all others), `default` (instead of an empty value), `empty` (words that mean empty), `when` (other columns
and the value that they must have, or the field is empty).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.ingest.report import Finding, shown
from dashboard.ingest.vocabulary import spelt
from dashboard.ingest.wording import Flaw

Row = Mapping[str, str]
_NAME = re.compile(r"\{([^{}]+)\}")


class BadValue(Exception):
    """A value that the rule does not take; turned into a finding by the reader."""

    def __init__(self, flaw: Flaw, value: str, details: Mapping[str, object]) -> None:
        super().__init__(flaw)
        self.flaw, self.value, self.details = flaw, value, details

    def finding(self, row: int, name: str, *, rejected: bool) -> Finding:
        """The finding for a row and a field."""
        return Finding(
            row=row,
            field=name,
            value=shown(self.value),
            flaw=self.flaw,
            rejected=rejected,
            details=self.details,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One rule. `section` is where the mapping holds the value map, for the remedy. `vocabulary` are the product's
    own words for what people write; it holds where there is no value map. `longest`: so long a value may be for the
    pattern, 0 for any."""

    columns: tuple[str, ...] = ()
    template: str | None = None
    value: str | None = None
    pattern: re.Pattern[str] | None = None
    longest: int = 0
    pad: int = 0
    prefix: str = ""
    values: Mapping[str, str] | None = None
    section: str = ""
    default: str = ""
    empty: frozenset[str] = field(default_factory=frozenset)
    when: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Mapping[str, str] | None = None

    @property
    def label(self) -> str:
        """What a report calls the field: the file's own names."""
        return " / ".join(name for name in self.needs if name not in self.when) or "—"

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that the file must have."""
        named = self.columns or (tuple(_NAME.findall(self.template)) if self.template else ())
        return (*named, *self.when)

    def read(self, row: Row) -> str:
        """The value as text, "" when empty. BadValue when the pattern or the value map refuses it."""
        if self.when and any(row.get(name, "").strip() != wanted for name, wanted in self.when.items()):
            return self.default
        raw = self._raw(row)
        if not raw or raw in self.empty:
            return self.default
        text = raw
        if self.pattern is not None:
            found = None if len(text) > self.longest > 0 else self.pattern.fullmatch(text)
            if found is None:
                raise BadValue(Flaw.PATTERN, raw, {"pattern": self.pattern.pattern})
            text = found.group(1) if self.pattern.groups else text
        if self.values is not None:
            text = self._mapped(text)
        elif self.vocabulary is not None:
            text = self.vocabulary.get(spelt(text), text)
        return self.prefix + text.zfill(self.pad)

    def _raw(self, row: Row) -> str:
        if self.value is not None:
            return self.value
        if self.template is not None:
            parts = {name: row.get(name, "").strip() for name in _NAME.findall(self.template)}
            return (
                _NAME.sub(lambda found: parts[found.group(1)], self.template) if any(parts.values()) else ""
            )
        for name in self.columns:
            if text := row.get(name, "").strip():
                return text
        return ""

    def _mapped(self, text: str) -> str:
        assert self.values is not None
        if text in self.values:
            return self.values[text]
        if "*" in self.values:
            return self.values["*"]
        allowed = ", ".join(list(self.values)[:12])
        raise BadValue(Flaw.UNKNOWN_VALUE, text, {"allowed": allowed, "section": self.section})
