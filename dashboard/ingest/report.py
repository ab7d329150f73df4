"""What an import did. Owns the report, as CSV to take away and as JSON for pages; leaves the terminal's table
to `screen`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.ingest.findings import Finding, Findings, Kind, shown
from dashboard.ingest.screen import screen
from dashboard.ingest.wording import Flaw

__all__ = ["Agreement", "Finding", "Findings", "Report", "shown"]
JSON_A_KIND = 50
JSON_FINDINGS = 2_000
"""Findings in the report's JSON: of one kind, and altogether."""
_HEADER = {
    "zh": ("行", "结果", "字段", "值", "原因", "办法"),
    "en": ("row", "verdict", "field", "value", "reason", "remedy"),
}
_RUN = frozenset("=+-@＝＋－＠\t\r")
"""What a cell begins with that a spreadsheet would run; those of East Asian width count as well."""
_VERDICT = {("zh", True): "拒绝", ("zh", False): "已入库", ("en", True): "rejected", ("en", False): "landed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many rows lie in the region that the row itself names: n of d."""

    level: str
    n: int
    d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was read and what became of it; with `check`, what would have: nothing was written then.

    `withheld`: nothing was written, because all or nothing was asked for and rows were rejected. `findings`
    are the first of each kind, `kinds` counts all, `ledger` gives every one of them again."""

    kind: str
    file: str
    check: bool
    lang: str
    rows_read: int
    landed: int
    updated: int
    unchanged: int
    rejected: int
    findings: tuple[Finding, ...]
    counts: Mapping[tuple[Flaw, bool], int]
    made: Mapping[str, int]
    agreements: tuple[Agreement, ...] = ()
    withheld: bool = False
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    ledger: Findings | None = field(default=None, compare=False, repr=False)

    @property
    def changed(self) -> bool:
        """Whether anything in the database is (or would be) different."""
        return not self.withheld and bool(self.landed or self.updated or any(self.made.values()))

    @property
    def exit_code(self) -> int:
        """0 when every row landed, 1 when some were rejected."""
        return 1 if self.rejected else 0

    def text(self, lang: str | None = None, *, width: int = 120) -> str:
        """The report for a terminal that is `width` cells wide."""
        return screen(self, lang or self.lang, width)

    def csv(self, lang: str | None = None) -> str:
        """All findings as CSV in one text; `csv_lines` needs less memory."""
        return "".join(self.csv_lines(lang))

    def csv_lines(self, lang: str | None = None) -> Iterator[str]:
        """All findings as lines of CSV, the first with a byte order mark; cells that a spreadsheet would run
        are neutralised."""
        language = lang or self.lang
        yield "\ufeff" + _line(_HEADER[language])
        for item in self.ledger.all() if self.ledger is not None else self.findings:
            cells = [shown(item.field), shown(item.value), item.reason(language), item.remedy(language)]
            verdict = _VERDICT[language, item.rejected]
            yield _line((str(item.row), verdict, *(_safe_cell(cell) for cell in cells)))

    def as_json(self) -> dict[str, Any]:
        """The report for pages, both languages in one, ready for `json.dumps`.

        `groups`: every kind of finding with its count and the words of its first one; `findings`: up to
        JSON_A_KIND of each kind and JSON_FINDINGS in all, by row. Texts of both languages are
        `{"zh": ..., "en": ...}`.
        """
        groups: dict[Kind, dict[str, Any]] = {}
        listed: list[dict[str, Any]] = []
        for item in self.findings:
            kind = item.flaw, item.field, item.rejected
            group = groups.get(kind)
            if group is None:
                total = self.kinds.get(kind, 0)
                groups[kind] = group = {**_as_json(item), "count": total, "listed": 0}
            if group["listed"] < JSON_A_KIND and len(listed) < JSON_FINDINGS:
                group["listed"] += 1
                listed.append(_as_json(item))
        return {
            "kind": self.kind,
            "file": shown(self.file),
            "check": self.check,
            "withheld": self.withheld,
            "rows_read": self.rows_read,
            "landed": self.landed,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "changed": self.changed,
            "made": dict(self.made),
            "agreements": [{"level": item.level, "n": item.n, "d": item.d} for item in self.agreements],
            "findings_total": sum(self.counts.values()),
            "groups": list(groups.values()),
            "findings": listed,
        }


def _as_json(item: Finding) -> dict[str, Any]:
    return {
        "row": item.row,
        "field": shown(item.field),
        "value": shown(item.value),
        "flaw": str(item.flaw),
        "rejected": item.rejected,
        "reason": {lang: item.reason(lang) for lang in ("zh", "en")},
        "remedy": {lang: item.remedy(lang) for lang in ("zh", "en")},
    }


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _safe_cell(text: str) -> str:
    return "'" + text if text[:1] in _RUN else text
