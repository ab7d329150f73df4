"""What an import did. Owns findings, the report and its renderings for the terminal and for taking away."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.ingest.wording import WORDS, Flaw

SHOWN_VALUE = 80
"""Characters of a value that a report shows."""
KEPT_FINDINGS = 20_000
"""Findings that a report keeps; beyond them it only counts, so that a file of bad rows cannot fill the
memory."""
_ROWS_A_LINE = 12
_EXAMPLES = 5

_KINDS = {
    "regions": ("区域", "regions"),
    "categories": ("类别", "categories"),
    "departments": ("部门", "departments"),
    "overlays": ("业务网格", "business grids"),
    "workers": ("人员", "workers"),
    "events": ("事件", "events"),
    "positions": ("轨迹点", "positions"),
}
_LEVELS = {
    "district": ("区", "district"),
    "street": ("镇街", "street"),
    "community": ("社区", "community"),
    "grid": ("网格", "grid"),
    "micro_grid": ("微网格", "micro-grid"),
}


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
        """The details in one language: a pair is (zh, en)."""
        place = 0 if lang == "zh" else 1
        return {
            name: value[place] if isinstance(value, tuple) else value for name, value in self.details.items()
        }


class Findings:
    """Collects findings in bounded memory; counts all of them, and the rejected rows."""

    def __init__(self, keep: int = KEPT_FINDINGS) -> None:
        self._keep = keep
        self._kept: list[Finding] = []
        self.counts: Counter[tuple[Flaw, bool]] = Counter()
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
        """What was kept, by row."""
        return tuple(sorted(self._kept, key=lambda finding: finding.row))

    def _add(self, finding: Finding) -> None:
        self.counts[finding.flaw, finding.rejected] += 1
        if len(self._kept) < self._keep:
            self._kept.append(finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many rows lie in the region that the row itself names: n of d."""

    level: str
    n: int
    d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was read and what became of it; with `check`, what would have: nothing was written then."""

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

    @property
    def changed(self) -> bool:
        """Whether anything in the database is (or would be) different."""
        return bool(self.landed or self.updated or any(self.made.values()))

    @property
    def exit_code(self) -> int:
        """0 when every row landed, 1 when some were rejected."""
        return 1 if self.rejected else 0

    def text(self, lang: str | None = None) -> str:
        """The report for a terminal."""
        zh = (lang or self.lang) == "zh"
        lines = [*_head(self, zh), *_agreement_lines(self, zh)]
        for rejected in (False, True):
            lines += _group_lines(self, rejected, zh)
        return "\n".join(lines)

    def csv(self, lang: str | None = None) -> str:
        """All findings as CSV with a byte order mark; cells that a spreadsheet would run are neutralised."""
        language = lang or self.lang
        zh = language == "zh"
        out = io.StringIO()
        out.write("\ufeff")
        writer = csv.writer(out)
        writer.writerow(
            ["行", "结果", "字段", "值", "原因", "办法"]
            if zh
            else ["row", "verdict", "field", "value", "reason", "remedy"]
        )
        for item in self.findings:
            verdict = ("拒绝" if zh else "rejected") if item.rejected else ("已入库" if zh else "landed")
            cells = [item.field, item.value, item.reason(language), item.remedy(language)]
            writer.writerow([item.row, verdict, *(_safe_cell(cell) for cell in cells)])
        return out.getvalue()


def shown(value: object) -> str:
    """A value as a report shows it: printable, and not longer than a line bears."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in str(value)[: SHOWN_VALUE + 1])
    return text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 1] + "…"


def _safe_cell(text: str) -> str:
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _head(report: Report, zh: bool) -> list[str]:
    name = _KINDS[report.kind][0 if zh else 1]
    if zh:
        lines = [
            f"{'检查' if report.check else '导入'}{name}：{report.file}",
            (
                f"读取 {report.rows_read:,} 行：新增 {report.landed:,}，更新 {report.updated:,}，"
                f"未变 {report.unchanged:,}，拒绝 {report.rejected:,}"
            ),
        ]
    else:
        lines = [
            f"{'Checked' if report.check else 'Imported'} {name}: {report.file}",
            (
                f"{report.rows_read:,} rows read: {report.landed:,} landed, {report.updated:,} updated, "
                f"{report.unchanged:,} unchanged, {report.rejected:,} rejected"
            ),
        ]
    made = [(_KINDS[kind][0 if zh else 1], count) for kind in _KINDS if (count := report.made.get(kind))]
    if made:
        words = [f"{label} {count:,}" for label, count in made]
        lines.append(("另建：" + "，".join(words)) if zh else "made as well: " + ", ".join(words))
    if report.check:
        lines.append("仅检查，未写入。" if zh else "Only checked: nothing was written.")
    return lines


def _agreement_lines(report: Report, zh: bool) -> list[str]:
    lines = []
    for item in report.agreements:
        level = _LEVELS[item.level][0 if zh else 1]
        rate = f"{item.n / item.d:.1%}" if item.d else "—"
        lines.append(
            f"落点与行内所写{level}一致：{rate}（{item.n:,} / {item.d:,}）"
            if zh
            else f"the point lies in the {level} that the row names: {rate} ({item.n:,} of {item.d:,})"
        )
    return lines


def _group_lines(report: Report, rejected: bool, zh: bool) -> list[str]:
    """Findings of one verdict, grouped by field and sentence: the rows once, the words once."""
    lang = "zh" if zh else "en"
    groups: dict[tuple[Flaw, str], list[Finding]] = {}
    for item in report.findings:
        if item.rejected is rejected:
            groups.setdefault((item.flaw, item.field), []).append(item)
    if not groups:
        return []
    if zh:
        lines = ["", "被拒绝的行：" if rejected else "已入库但需留意的行："]
    else:
        lines = ["", "Rows rejected:" if rejected else "Rows that landed, with a remark:"]
    for (_, name), items in groups.items():
        lines += _group(name, items, lang)
    total = sum(count for (_, verdict), count in report.counts.items() if verdict is rejected)
    kept = sum(len(items) for items in groups.values())
    if total > kept:
        lines.append(f"  另有 {total - kept:,} 处未列出" if zh else f"  {total - kept:,} more are not listed")
    return lines


def _group(name: str, items: list[Finding], lang: str) -> list[str]:
    zh = lang == "zh"
    alike = len({item.reason(lang) for item in items}) == 1
    if alike and len(items) > 1:
        rows = ("、" if zh else ", ").join(str(item.row) for item in items[:_ROWS_A_LINE])
        more = " …" if len(items) > _ROWS_A_LINE else ""
        head = f"  {name}（{len(items):,} 行）：" if zh else f"  {name} ({len(items):,} rows): "
        where = f"    行 {rows}{more}" if zh else f"    rows {rows}{more}"
        return [head + _sentence(items[0], lang), where]
    lines = []
    for item in items[:_EXAMPLES]:
        place = f"  第 {item.row} 行 {name}" if zh else f"  row {item.row} {name}"
        value = (f"“{item.value}”" if zh else f' "{item.value}"') if item.value else ""
        lines.append(f"{place}{value}{'：' if zh else ': '}{_sentence(item, lang)}")
    if len(items) > _EXAMPLES:
        rest = len(items) - _EXAMPLES
        lines.append(f"    … 另有 {rest:,} 行同类" if zh else f"    … and {rest:,} more like these")
    return lines


def _sentence(item: Finding, lang: str) -> str:
    between, end = ("。", "。") if lang == "zh" else ("; ", ".")
    return f"{item.reason(lang)}{between}{item.remedy(lang)}{end}"
