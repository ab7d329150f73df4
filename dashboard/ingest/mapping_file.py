"""Reads a mapping from TOML. Owns the file's format and its complaints; `docs/import.md` describes it.

A mapping is checked as a whole before the data file is opened. Every complaint names the key, and unknown
keys are refused rather than ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.domain.model import Level
from dashboard.domain.trails.rules import trail_rules_from
from dashboard.domain.workflow import WORKFLOWS
from dashboard.ingest.columns import Column
from dashboard.ingest.mapping import (
    FIELDS,
    MISSING,
    REQUIRED,
    SETTINGS,
    Branch,
    District,
    FileRules,
    LocationRules,
    Making,
    Mapping,
    SquareRules,
    TimeRules,
)
from dashboard.ingest.patterns import TooCostly, weighed
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.sections import Section
from dashboard.ingest.vocabulary import vocabulary

LONGEST_PAD = 200
LAST_HEADER = 1_000
MOST_STREETS = 200
FARTHEST = 1e9
"""Degrees or metres of a point in a file's own coordinates."""
ValueMaps = MappingOf[str, dict[str, str]]


def load_mapping(path: Path, kind: str | None) -> Mapping:
    """The mapping in a TOML file, checked for `kind` (None: for the kind that it names itself)."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or str(error)
        raise ImportRefused(
            f"无法读取映射文件 {path}：{why}", f"Cannot read the mapping {path}: {why}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"映射文件 {path} 不是有效的 TOML：{error}", f"The mapping {path} is not valid TOML: {error}"
        ) from error
    return read_mapping(found, kind or str(found.get("kind", "regions")), path.name)


def read_mapping(found: dict[str, Any], kind: str, origin: str) -> Mapping:
    """A mapping from its parsed TOML. ImportRefused names the key that is wrong."""
    top = Section(found, "", origin)
    says = top.choice("kind", FIELDS, kind)
    if says != kind:
        raise top.refusal(
            "kind", f"是 {says}，而要导入的是 {kind}", f"is {says}, but this import is of {kind}"
        )
    maps = _value_maps(top.child("values"), FIELDS[kind])
    making = top.child("categories")
    mapping = Mapping(
        kind=kind,
        origin=origin,
        columns=_columns(top.child("columns"), maps, FIELDS[kind], kind),
        file=_file_rules(top.child("file")),
        times=_time_rules(top.child("times")),
        location=_location_rules(top.child("location")),
        squares=_square_rules(top.child("squares")),
        levels=_levels(making),
        categories=_making(making),
        departments=_making(top.child("departments")),
        workers=_making(top.child("workers")),
        stated=_columns(top.child("stated"), {}, tuple(Level)[1:]),
        first_contact_s=top.number("first_contact_s", None),
        settings=_settings(top.child("settings")),
        stats=_figures(top.child("stats")),
        **_places(top),
    )
    top.finish()
    _check_complete(mapping, top)
    return mapping


def _places(top: Section) -> dict[str, Any]:
    stages, regions = top.child("stages"), top.child("regions")
    stages.allow(("open", "closed"))
    found: dict[str, Any] = {"stages": stages.text_entries(), "district": None}
    if regions.has("level"):
        found["level"] = Level(regions.choice("level", tuple(Level), ""))
    if regions.has("valid_from"):
        found["valid_from"] = regions.day("valid_from")
    if regions.has("missing"):
        found["missing"] = regions.choice("missing", MISSING, "")
    found["tree"] = tuple(_branch(level, regions.child(level)) for level in Level if regions.has(level))
    regions.finish()
    if top.has("district"):
        district = top.child("district")
        code, name = district.text("code"), district.text("name")
        if not code or not name:
            raise district.refusal("code" if not code else "name", "缺失", "is missing")
        found["district"] = District(code=code, name=name, name_en=district.text("name_en"))
        district.finish()
    return found


def _branch(level: Level, section: Section) -> Branch:
    section.allow(("code", "name", "name_en"))
    rules = {name: _column(rule, name, None, section) for name, rule in section.entries().items()}
    for name in ("code", "name"):
        if name not in rules:
            raise section.refusal(name, "缺失", "is missing")
    return Branch(level=level, code=rules["code"], name=rules["name"], name_en=rules.get("name_en"))


def _check_complete(mapping: Mapping, top: Section) -> None:
    by_levels = bool(mapping.levels)
    spared = {"code", "name"} if mapping.kind == "categories" and by_levels else set()
    spared |= {"key", "value"} if mapping.stats else set()
    spared |= {"code"} if mapping.tree else set()
    for name in REQUIRED[mapping.kind]:
        if name not in mapping.columns and name not in spared:
            raise top.refusal(
                f"columns.{name}", "缺失，这是必填字段", "is missing, and this field is required"
            )
    if mapping.kind == "events" and "category" not in mapping.columns and not by_levels:
        raise top.refusal(
            "columns.category", "缺失；或写 categories.levels", "is missing; or give categories.levels"
        )
    if ("lon" in mapping.columns) != ("lat" in mapping.columns):
        raise top.refusal("columns.lon", "与 columns.lat 须同时给出", "and columns.lat go together")
    known = mapping.level is not None or "level" in mapping.columns or mapping.tree
    if mapping.kind == "regions" and not known:
        raise top.refusal("regions.level", "缺失；或写 columns.level", "is missing; or give columns.level")


def _columns(section: Section, maps: ValueMaps, fields: tuple[str, ...], kind: str = "") -> dict[str, Column]:
    section.allow(fields)
    return {
        name: replace(_column(rule, name, maps.get(name), section), vocabulary=vocabulary(kind, name))
        for name, rule in section.entries().items()
    }


def _figures(section: Section) -> dict[str, Column]:
    return {key: _column(rule, key, None, section) for key, rule in section.entries().items()}


def _levels(section: Section) -> tuple[Column, ...]:
    rules = section.sequence("levels")
    if len(rules) > 3:
        raise section.refusal("levels", "最多三级", "has more than three levels")
    return tuple(
        _column(rule, f"levels[{place}]", None, section) for place, rule in enumerate(rules, start=1)
    )


def _column(rule: object, name: str, values: dict[str, str] | None, within: Section) -> Column:
    """A rule; `values` is the map of the section `values` for this field, if there is one."""
    if isinstance(rule, str):
        rule = {"column": rule}
    table = within.table(name, rule)
    pattern, longest = _pattern(table)
    column = Column(
        columns=table.texts("column"),
        template=table.text("template"),
        value=table.text("value"),
        pattern=pattern,
        longest=longest,
        pad=table.whole("pad", 0, LONGEST_PAD),
        prefix=table.words("prefix", ""),
        values=table.child("values").text_entries() if table.has("values") else values,
        section=f"values.{name}",
        default=table.words("default", ""),
        empty=frozenset(table.texts("empty")),
        when=table.child("when").text_entries() if table.has("when") else {},
    )
    table.allow(("values", "when"))
    if sum((bool(column.columns), column.template is not None, column.value is not None)) != 1:
        raise within.refusal(
            name, "须且只须写 column、template、value 之一", "needs exactly one of column, template and value"
        )
    return column


def _pattern(table: Section) -> tuple[re.Pattern[str] | None, int]:
    """The pattern, and how long a value may be for it."""
    text = table.text("pattern")
    try:
        return (None, 0) if text is None else weighed(text)
    except TooCostly as error:
        raise table.refusal(
            "pattern",
            "可能匹配过久：请勿嵌套 * 和 +，也不要写多个 .*",
            "can take too long: nest no * and +, and use .* once or twice",
        ) from error
    except re.error as error:
        raise table.refusal(
            "pattern", f"不是有效的正则表达式：{error}", f"is no valid pattern: {error}"
        ) from error


def _value_maps(section: Section, fields: tuple[str, ...]) -> ValueMaps:
    section.allow(fields)
    return {name: section.child(name).text_entries() for name in section.entries()}


def _file_rules(section: Section) -> FileRules:
    rules = FileRules(
        encoding=section.text("encoding"),
        delimiter=section.words("delimiter", ","),
        crs=section.words("crs", ""),
        layer=section.words("layer", "") or section.words("sheet", ""),
        header=section.whole("header", 0, LAST_HEADER),
        rows=section.words("rows", ""),
        only=section.child("only").text_entries() if section.has("only") else {},
    )
    section.allow(("sheet", "only"))
    if len(rules.delimiter) != 1:
        raise section.refusal("delimiter", "应为一个字符", "must be one character")
    return rules


def _time_rules(section: Section) -> TimeRules:
    rules = TimeRules(
        timezone=section.text("timezone"),
        formats=section.texts("formats"),
        repeated=section.choice("repeated", ("first", "second"), "first"),
        missing=section.choice("missing", ("forward", "reject"), "forward"),
    )
    section.finish()
    if rules.timezone is not None:
        _check_zone(section, "timezone", rules.timezone)
    for form in rules.formats:
        _check_form(section, form)
    return rules


def _check_form(section: Section, form: str) -> None:
    """A form of times that no time can have is refused at once: the text to read is not the reason."""
    try:
        datetime.strptime("", form)  # noqa: DTZ007 looked at, not read
    except (ValueError, re.error) as error:
        if isinstance(error, re.error) or not str(error).startswith("time data"):
            raise section.refusal(
                "formats", f"不是时间格式：{form}", f"has no form of times: {form}"
            ) from error


def _location_rules(section: Section) -> LocationRules:
    points = section.sequence("placeholders")
    for point in points:
        pair = isinstance(point, list) and len(point) == 2
        if not pair or not all(isinstance(part, int | float) and abs(part) <= FARTHEST for part in point):
            raise section.refusal("placeholders", "应为 [[经度, 纬度], …]", "must be [[lon, lat], ...]")
    rules = LocationRules(
        placeholders=tuple((float(lon), float(lat)) for lon, lat in points),
        tolerance_deg=section.number("tolerance_deg", 0.00005) or 0.0,
        outside_m=section.number("outside_m", 500.0) or 0.0,
        keep_crowds=section.flag("keep_crowds"),
    )
    section.finish()
    return rules


def _square_rules(section: Section) -> SquareRules:
    rules = SquareRules(
        trim=section.number("trim", 0.01) or 0.0, streets=section.whole("streets", 20, MOST_STREETS)
    )
    section.finish()
    if rules.trim > 0.25:
        raise section.refusal("trim", "应在 0 至 0.25 之间", "must be between 0 and 0.25")
    if rules.streets < 1:
        raise section.refusal("streets", "应在 1 至 200 之间", "must be between 1 and 200")
    return rules


def _making(section: Section) -> Making:
    names: dict[str, tuple[str, str | None]] = {}
    listed = section.child("names")
    for key, value in listed.entries().items():
        entry = {"zh": value} if isinstance(value, str) else value
        table = listed.table(key, entry)
        names[key] = (table.words("zh", key), table.text("en"))
        table.finish()
    name = _column(section.any("name"), "name", None, section) if section.has("name") else None
    making = Making(create=section.flag("create"), names=names, name=name, days=section.flag("days"))
    section.finish()
    return making


def _settings(section: Section) -> dict[str, Any]:
    section.allow(sorted(SETTINGS))
    settings = dict(section.entries())
    if "timezone" in settings:
        _check_zone(section, "timezone", settings["timezone"])
    if "workflow" in settings:
        section.choice("workflow", WORKFLOWS, "")
    if "trails" in settings:
        _check_trails(section, settings)
    if "mode" in settings:
        section.choice("mode", ("live", "demo", "replay"), "")
    return settings


def _check_trails(section: Section, settings: dict[str, Any]) -> None:
    try:
        trail_rules_from(settings)
    except (ValueError, TypeError) as error:
        raise section.refusal("trails", "无效的参数", f"is wrong: {error}") from error


def _check_zone(section: Section, key: str, name: object) -> None:
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise section.refusal(
            key,
            f"不是时区名：{name}",
            f"is not the name of a time zone: {name}; write Asia/Shanghai or the like",
        ) from error
