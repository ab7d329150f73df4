"""Columns without a mapping: headers that say plainly what they hold. Owns the list, English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.ingest.columns import Column
from dashboard.ingest.mapping import FIELDS, REQUIRED, Mapping
from dashboard.ingest.refusal import ImportRefused

POINT_FIELDS = ("lon", "lat")

ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("code", "id", "编码", "编号", "代码"),
    "name": ("name", "名称", "姓名"),
    "name_en": ("name_en", "英文名", "英文名称"),
    "parent": ("parent", "parent_code", "上级", "上级编码"),
    "level": ("level", "层级"),
    "kind": ("kind", "类型"),
    "households": ("households", "户数"),
    "population": ("population", "人口"),
    "limit_hours": ("limit_hours", "时限", "处置时限"),
    "limit_kind": ("limit_kind", "时限类型"),
    "role": ("role", "角色"),
    "region": ("region", "region_code", "grid", "网格", "网格编码", "所属网格"),
    "active": ("active", "在岗"),
    "lon": ("lon", "lng", "longitude", "x", "经度"),
    "lat": ("lat", "latitude", "y", "纬度"),
    "worker": ("worker", "worker_code", "user", "device_id", "vehicle_id", "人员", "人员编号", "工号"),
    "fixed_at": ("fixed_at", "time", "time_utc", "timestamp", "定位时间", "时间"),
    "source": ("source", "来源"),
    "category": ("category", "category_code", "类别", "类别编码"),
    "reported_at": ("reported_at", "上报时间"),
    "closed_at": ("closed_at", "结案时间"),
    "due_at": ("due_at", "截止时间", "办结时限"),
    "state": ("state", "状态"),
    "stage": ("stage", "环节"),
    "severity": ("severity", "严重程度"),
    "address": ("address", "地址"),
    "text": ("text", "描述", "内容"),
    "department": ("department", "department_code", "部门", "责任部门"),
}
"""Headers by field; compared without regard to case. A field that is not listed is known by its own name."""


def guessed(kind: str, header: Iterable[str]) -> Mapping:
    """A mapping for a file that needs none. ImportRefused names the fields that no column plainly holds."""
    columns = _columns(FIELDS[kind], header)
    missing = [name for name in REQUIRED[kind] if name not in columns]
    if kind == "events" and "category" not in columns:
        missing.append("category")
    if kind == "regions" and "level" not in columns:
        missing.append("level")
    _refuse(missing, header)
    return Mapping(kind=kind, origin="—", columns=columns)


def point_columns(header: Iterable[str]) -> dict[str, Column]:
    """The columns of longitude and latitude."""
    columns = _columns(POINT_FIELDS, header)
    _refuse([name for name in POINT_FIELDS if name not in columns], header)
    return columns


def _columns(fields: Iterable[str], header: Iterable[str]) -> dict[str, Column]:
    known = {name.lower(): name for name in header}
    found: dict[str, Column] = {}
    for name in fields:
        match = next((known[alias] for alias in ALIASES.get(name, (name,)) if alias in known), None)
        if match is not None:
            found[name] = Column(columns=(match,), section=f"values.{name}")
    return found


def _refuse(missing: list[str], header: Iterable[str]) -> None:
    if missing:
        zh, en, has = "、".join(missing), ", ".join(missing), ", ".join(header)
        raise ImportRefused(
            f"无法从表头认出 {zh}；请用 --mapping 给出映射。表头：{has}",
            f"The header does not plainly hold {en}; give a mapping with --mapping. The header: {has}",
        )
