"""The report of an import on a terminal. Owns its sentences and its tables: a line for each kind of finding,
its rows listed once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.ingest.findings import Finding, Kind, shown
from dashboard.ingest.wording import LEVEL_WORDS

if TYPE_CHECKING:
    from dashboard.ingest.report import Report

_ROWS_A_LINE = 12
_EXAMPLES = 5
_KINDS = {
    "regions": ("区域", "regions"),
    "overlays": ("业务网格", "business grids"),
    "categories": ("类别", "categories"),
    "departments": ("部门", "departments"),
    "duties": ("职责", "duties"),
    "workers": ("人员", "workers"),
    "shifts": ("班次", "shifts"),
    "events": ("事件", "events"),
    "feedback": ("回访", "feedback"),
    "positions": ("轨迹点", "positions"),
    "stats": ("统计数据", "stats"),
}
_HEADER = {"zh": ("行", "字段", "值", "原因", "办法"), "en": ("row", "field", "value", "reason", "remedy")}


def screen(report: Report, lang: str, width: int) -> str:
    """The report in "zh" or "en", in lines of at most `width` cells."""
    zh = lang == "zh"
    lines = [*_head(report, zh), *_agreement_lines(report, zh)]
    for rejected in (False, True):
        lines += _tables(report, rejected, lang, width)
    return "\n".join(lines)


def _head(report: Report, zh: bool) -> list[str]:
    name = _said(report.kind, zh)
    if zh:
        lines = [
            f"{'检查' if report.check else '导入'}{name}：{shown(report.file)}",
            (
                f"读取 {report.rows_read:,} 行：新增 {report.landed:,}，更新 {report.updated:,}，"
                f"未变 {report.unchanged:,}，拒绝 {report.rejected:,}"
            ),
        ]
    else:
        lines = [
            f"{'Checked' if report.check else 'Imported'} {name}: {shown(report.file)}",
            (
                f"{report.rows_read:,} rows read: {report.landed:,} landed, {report.updated:,} updated, "
                f"{report.unchanged:,} unchanged, {report.rejected:,} rejected"
            ),
        ]
    made = [f"{_said(kind, zh)} {count:,}" for kind, count in report.made.items() if count]
    if made:
        lines.append(("另建：" + "，".join(made)) if zh else "made as well: " + ", ".join(made))
    if report.check:
        lines.append("仅检查，未写入。" if zh else "Only checked: nothing was written.")
    if report.withheld:
        said = "All or nothing was asked for, and rows were rejected: nothing was written."
        lines.append("要求全部入库，而有行被拒绝：未写入任何内容。" if zh else said)
    return lines


def _said(kind: str, zh: bool) -> str:
    return _KINDS.get(kind, (kind, kind))[0 if zh else 1]


def _agreement_lines(report: Report, zh: bool) -> list[str]:
    lines = []
    for item in report.agreements:
        level = LEVEL_WORDS[item.level][0 if zh else 1]
        rate = f"{item.n / item.d:.1%}" if item.d else "—"
        lines.append(
            f"落点与行内所写{level}一致：{rate}（{item.n:,} / {item.d:,}）"
            if zh
            else f"the point lies in the {level} that the row names: {rate} ({item.n:,} of {item.d:,})"
        )
    return lines


def _tables(report: Report, rejected: bool, lang: str, width: int) -> list[str]:
    groups: dict[Kind, list[Finding]] = {}
    for item in report.findings:
        if item.rejected is rejected:
            groups.setdefault((item.flaw, item.field, rejected), []).append(item)
    if not groups:
        return []
    zh = lang == "zh"
    if zh:
        head = "被拒绝的行：" if rejected else "已入库但需留意的行："
    else:
        head = "Rows rejected:" if rejected else "Rows that landed, with a remark:"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
    for title, share in zip(_HEADER[lang], (2, 2, 3, 5, 5), strict=True):
        table.add_column(Text(title), ratio=share, overflow="fold")
    for kind, items in groups.items():
        for cells in _rows(items, max(report.kinds.get(kind, 0), len(items)), lang):
            table.add_row(*(Text(cell) for cell in cells))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(table)
    lines = ["", head, *(line.rstrip() for line in out.getvalue().splitlines())]
    total = sum(count for (_, verdict), count in report.counts.items() if verdict is rejected)
    known = sum(max(report.kinds.get(kind, 0), len(items)) for kind, items in groups.items())
    if total > known:
        rest = total - known
        lines.append(f"另有 {rest:,} 处，见 CSV 报告。" if zh else f"{rest:,} more are in the CSV report.")
    return lines


def _rows(items: list[Finding], total: int, lang: str) -> list[tuple[str, str, str, str, str]]:
    """Lines of the table for one kind: one where all say the same, else some examples."""
    zh = lang == "zh"
    name, first = shown(items[0].field), items[0]
    alike = len({item.reason(lang) for item in items}) == 1
    if alike and total > 1:
        numbers = ("、" if zh else ", ").join(str(item.row) for item in items[:_ROWS_A_LINE])
        if total > _ROWS_A_LINE:
            numbers += f" …（共 {total:,}）" if zh else f" … ({total:,} in all)"
        values = list(dict.fromkeys(shown(item.value) for item in items if item.value))
        value = ("、" if zh else ", ").join(values[:3]) + (" …" if len(values) > 3 else "")
        return [(numbers, name, value, first.reason(lang), first.remedy(lang))]
    rows = [
        (str(item.row), name, shown(item.value), item.reason(lang), item.remedy(lang))
        for item in items[:_EXAMPLES]
    ]
    if total > _EXAMPLES:
        rest = total - _EXAMPLES
        rows.append(("…", name, "", f"另有 {rest:,} 处同类" if zh else f"{rest:,} more like these", ""))
    return rows
