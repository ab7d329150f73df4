"""Mappings: what they take, and that every complaint names its key in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dashboard.ingest.mapping import Mapping
from dashboard.ingest.mapping_file import load_mapping, read_mapping
from dashboard.ingest.refusal import ImportRefused
from tests.conftest import REPOSITORY

EVENTS = """
[columns]
code = "id"
source = { value = "hotline" }
category = "category"
reported_at = "at"
"""


def mapping(text: str, kind: str = "events") -> Mapping:
    return read_mapping(tomllib.loads(text), kind, "m.toml")


def refusal(text: str, kind: str = "events") -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        mapping(text, kind)
    return caught.value


@pytest.mark.parametrize("path", sorted((REPOSITORY / "mappings").glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_that_ships_is_sound(path: Path) -> None:
    mapping = load_mapping(path, None)
    assert mapping.columns or mapping.levels or mapping.tree


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (EVENTS + "colour = 'red'", "columns.colour"),
        (EVENTS + "[column]\nx = 1", "column"),
        (EVENTS.replace('code = "id"', ""), "columns.code"),
        (EVENTS.replace('category = "category"', ""), "columns.category"),
        (EVENTS.replace('"id"', "7"), "columns.code"),
        (EVENTS.replace('"id"', "{ colum = 'id' }"), "columns.code.colum"),
        (EVENTS.replace('"id"', "{ column = 'id', value = 'x' }"), "columns.code"),
        (EVENTS.replace('"id"', "{ column = [1] }"), "columns.code.column"),
        (EVENTS.replace('"id"', "{ column = 'id', pattern = '(' }"), "columns.code.pattern"),
        (EVENTS.replace('"id"', "{ column = 'id', pad = -1 }"), "columns.code.pad"),
        (EVENTS + 'lon = "x"', "columns.lon"),
        (EVENTS + '[times]\ntimezone = "Boston"', "times.timezone"),
        (EVENTS + '[times]\nrepeated = "both"', "times.repeated"),
        (EVENTS + '[file]\ndelimiter = "||"', "file.delimiter"),
        (EVENTS + "[location]\nplaceholders = [1, 2]", "location.placeholders"),
        (EVENTS + '[location]\noutside_m = "far"', "location.outside_m"),
        (EVENTS + "[values.sources]\na = 'b'", "values.sources"),
        (EVENTS + "[values.source]\na = 1", "values.source.a"),
        (EVENTS + "[stages]\nhalf = 'handle'", "stages.half"),
        (EVENTS + "[categories]\ncreate = 'yes'", "categories.create"),
        (EVENTS + "[categories]\nlevels = ['a', 'b', 'c', 'd']", "categories.levels"),
        (EVENTS + "[departments.names]\nA = 1", "departments.names.A"),
        (EVENTS + "[settings]\nwork_flow = 'six'", "settings.work_flow"),
        (EVENTS + "[settings]\nworkflow = 'five'", "settings.workflow"),
        (EVENTS + "[settings]\ntimezone = 'Mars/Base'", "settings.timezone"),
        (EVENTS + "[district]\ncode = 'x'", "district.name"),
        (EVENTS + "[squares]\ntrim = 0.9", "squares.trim"),
        ("kind = 'positions'\n" + EVENTS, "kind"),
        ("kind = 'people'\n" + EVENTS, "kind"),
    ],
)
def test_a_complaint_names_the_key_in_both_languages(text: str, key: str) -> None:
    error = refusal(text)
    assert f"the key {key} " in error.sentence("en")
    assert f"键 {key} " in error.sentence("zh")
    assert "m.toml" in str(error)


def test_a_misspelt_key_is_met_with_what_was_probably_meant() -> None:
    error = refusal(EVENTS.replace("reported_at", "reportd_at"))
    assert "did you mean reported_at" in error.sentence("en")
    assert "是否应为 reported_at" in error.sentence("zh")


def test_regions_need_a_level() -> None:
    assert "regions.level" in refusal('[columns]\ncode = "c"', "regions").sentence()
    assert (
        refusal('[regions]\nlevel = "borough"\n[columns]\ncode = "c"', "regions")
        .sentence()
        .count("regions.level")
    )


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("columns = [", encoding="utf-8")
    with pytest.raises(ImportRefused, match="is not valid TOML"):
        load_mapping(path, "events")
    with pytest.raises(ImportRefused, match="Cannot read"):
        load_mapping(tmp_path / "absent.toml", "events")
