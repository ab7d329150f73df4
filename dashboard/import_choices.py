"""What a person chose on the page of imports, and the mapping that follows from it, as TOML.

A choice for a field is "col:NAME" (that column), "val:VALUE" (the same for every row), or "" (nothing). Beside the
fields of a kind there are the levels of a category's path ("levels.1" to "levels.3") and the figures of statistics
("figures.NAME"). A mapping file that was brought instead stands as it is.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from dashboard.domain.model import Kind, Level, Source
from dashboard.errors import DashboardError
from dashboard.ingest.mapping import FIELDS
from dashboard.ingest.mapping_file import read_mapping

COLUMN: Final = "col:"
VALUE: Final = "val:"
LONGEST: Final = 500
LONGEST_TOML: Final = 256_000
LEVEL: Final = "levels."
FIGURE: Final = "figures."
LEVELS: Final = ("levels.1", "levels.2", "levels.3")
MOST_FIGURES: Final = 200
FIXED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "regions": {"level": tuple(Level), "kind": tuple(Kind)},
    "categories": {"limit_kind": ("working", "clock")},
    "events": {"source": tuple(Source), "state": ("open", "closed")},
}
"""Values that all rows of a file may share, by kind and field."""
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
CREATES: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("categories", "departments"),
    "positions": ("workers",),
}
"""What an import of a kind can make where its rows name what is not there yet."""


class ChoiceUnknown(DashboardError):
    """This page is out of date. Reload it and choose again."""

    zh = "页面内容已过期，请刷新后重新选择。"


class DateUnreadable(DashboardError):
    """Write the date from which the boundaries apply as 2026-11-20."""

    zh = "边界的生效日期请写成 2026-11-20 的形式。"


class MappingBroken(DashboardError):
    """The mapping file cannot be read: {reason}."""

    zh = "映射文件无法读取：{reason}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything that can be chosen. `fields` None: nothing was chosen yet, the headers say it."""

    kind: str
    fields: Mapping[str, str] | None = None
    crs: str = ""
    encoding: str = ""
    layer: str = ""
    formats: str = ""
    level: str = ""
    missing: str = ""
    valid_from: str = ""
    district_code: str = ""
    district_name: str = ""
    create: bool = False
    all_or_nothing: bool = False
    toml: str = ""
    toml_name: str = ""

    def as_json(self) -> dict[str, Any]:
        """For keeping; `read_choices` takes it back."""
        return asdict(self)

    def mapping(self) -> str:
        """The mapping as TOML."""
        return self.toml or _toml(self._tables())

    def check(self) -> None:
        """DashboardError where the mapping cannot stand, before any row is read."""
        if self.valid_from:
            try:
                datetime.fromisoformat(self.valid_from)
            except ValueError as error:
                raise DateUnreadable from error
        try:
            found = tomllib.loads(self.mapping())
        except (ValueError, RecursionError) as error:  # a number without end is no TOMLDecodeError
            raise MappingBroken(reason=str(error)) from error
        read_mapping(found, self.kind, self.toml_name or "—")

    def _columns(self) -> dict[str, Any]:
        """The rule of each field that has one."""
        rules: dict[str, Any] = {}
        for name, choice in (self.fields or {}).items():
            if choice.startswith(COLUMN):
                rules[name] = choice.removeprefix(COLUMN)
            elif choice.startswith(VALUE):
                rules[name] = {"value": choice.removeprefix(VALUE)}
        return rules

    def _tables(self) -> dict[str, Any]:
        rules = self._columns()
        columns = {name: rule for name, rule in rules.items() if name in FIELDS[self.kind]}
        levels = [rules[name] for name in LEVELS if name in rules]
        if self.create and self.kind == "events" and not levels and "category" in columns:
            levels = [columns.pop("category")]  # what is made gets the file's own text as its code
        file = {"crs": self.crs, "encoding": self.encoding, "layer": self.layer}
        tables: dict[str, Any] = {
            "kind": self.kind,
            "file": {name: value for name, value in file.items() if value},
            "columns": columns,
            "stats": {name.removeprefix(FIGURE): rules[name] for name in rules if name.startswith(FIGURE)},
            "times": {"formats": [form.strip() for form in self.formats.split("|")]} if self.formats else {},
            "categories": {"levels": levels} if levels else {},
        }
        if self.kind == "regions":
            level = {"level": self.level} if self.level and "level" not in columns else {}
            tables["regions"] = {**level, **({"missing": self.missing} if self.missing else {})}
            if self.district_code:
                name = self.district_name or self.district_code
                tables["district"] = {"code": self.district_code, "name": name}
        if self.create:
            for name in CREATES.get(self.kind, ()):
                tables[name] = {**tables.get(name, {}), "create": True}
        return tables


def read_choices(raw: Mapping[str, Any], kind: str) -> Choices:
    """Choices as the page or the database has them; what makes no sense is left out. ChoiceUnknown."""
    kind = str(raw.get("kind") or kind)
    if kind not in FIELDS:
        raise ChoiceUnknown
    fields = raw.get("fields")
    chosen = None
    if isinstance(fields, Mapping):
        figures = [name for name in fields if isinstance(name, str) and name.startswith(FIGURE)]
        names = (*FIELDS[kind], *LEVELS, *figures[:MOST_FIGURES])
        chosen = {name: _words(fields, name) for name in names if name in fields}
    texts = ("crs", "encoding", "layer", "formats", "level", "missing", "valid_from", "toml_name")
    toml = raw.get("toml")
    return Choices(
        kind=kind,
        fields=chosen,
        create=raw.get("create") is True,
        all_or_nothing=raw.get("all_or_nothing") is True,
        toml=toml[:LONGEST_TOML] if isinstance(toml, str) else "",
        **{name: _words(raw, name) for name in (*texts, "district_code", "district_name")},
    )


def _words(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _toml(tables: Mapping[str, Any]) -> str:
    lines = [f"{name} = {_value(value)}" for name, value in tables.items() if not isinstance(value, Mapping)]
    for name, table in tables.items():
        if isinstance(table, Mapping) and table:
            lines += ["", f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
