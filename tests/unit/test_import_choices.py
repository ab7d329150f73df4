"""Choices of the page become a mapping that reads back as what was chosen, whatever the columns are called."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import DashboardError
from dashboard.import_choices import Choices, ChoiceUnknown, DateUnreadable, MappingBroken, read_choices

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(str.strip).filter(bool)


def choices(**other: Any) -> Choices:
    return read_choices({"kind": "events", **other}, "events")


@given(columns=st.lists(NAMES, min_size=3, max_size=3), figure=NAMES)
def test_any_name_of_a_column_survives(columns: list[str], figure: str) -> None:
    code, source, at = columns
    fields = {"code": f"col:{code}", "source": f"col:{source}", "reported_at": f"col:{at}"}
    found = tomllib.loads(choices(fields=fields).mapping())
    assert found["columns"] == {"code": code, "source": source, "reported_at": at}
    stats = read_choices({"fields": {f"figures.{figure}": f"col:{code}"}}, "stats")
    assert tomllib.loads(stats.mapping())["stats"] == {figure: code}


def test_values_for_all_rows_levels_and_times() -> None:
    fields = {
        "code": "col:a",
        "source": "val:hotline",
        "category": "",
        "reported_at": "col:t",
        "levels.1": "col:大类",
        "levels.2": "col:小类",
    }
    made = choices(fields=fields, formats="%d/%m/%Y | epoch_s", crs="EPSG:4490", create=True)
    found = tomllib.loads(made.mapping())
    assert found["columns"]["source"] == {"value": "hotline"}
    assert found["categories"] == {"levels": ["大类", "小类"], "create": True}
    assert found["times"] == {"formats": ["%d/%m/%Y", "epoch_s"]}
    assert found["file"] == {"crs": "EPSG:4490"}
    made.check()


def test_missing_categories_are_made_from_the_column_that_names_them() -> None:
    fields = {"code": "col:a", "source": "val:hotline", "category": "col:类别", "reported_at": "col:t"}
    found = tomllib.loads(choices(fields=fields, create=True).mapping())
    assert found["categories"] == {"levels": ["类别"], "create": True}
    assert "category" not in found["columns"]


def test_regions_say_their_level_and_their_district() -> None:
    fields = {"code": "col:bm", "level": ""}
    made = read_choices(
        {"fields": fields, "level": "street", "district_code": "510117", "district_name": "郫都区"}, "regions"
    )
    found = tomllib.loads(made.mapping())
    assert found["regions"] == {"level": "street"}
    assert found["district"] == {"code": "510117", "name": "郫都区"}
    made.check()


def test_a_mapping_file_stands_as_it_is() -> None:
    text = '# mine\nkind = "regions"\n[columns]\ncode = "bm"\n[regions]\nlevel = "grid"\n'
    made = read_choices({"toml": text, "toml_name": "mine.toml", "fields": {"code": "col:x"}}, "regions")
    assert made.mapping() == text
    made.check()


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ({"valid_from": "tomorrow", "toml": 'columns.code = "a"'}, DateUnreadable),
        ({"toml": "columns = ["}, MappingBroken),
        ({"toml": 'kind = "events"'}, DashboardError),
        ({"fields": {}}, DashboardError),
    ],
)
def test_what_cannot_stand_is_said_before_any_row_is_read(
    raw: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        read_choices(raw, "regions").check()
    found = caught.value
    assert isinstance(found, DashboardError)
    assert found.sentence("zh") != found.sentence("en")


@pytest.mark.parametrize(
    "raw",
    [
        {"kind": 7, "fields": "x", "toml": 5, "create": "yes", "crs": ["a"]},
        {"fields": {"code": 9, "nothing": "col:a"}, "valid_from": None, "all_or_nothing": 1},
    ],
)
def test_nonsense_from_a_browser_is_left_out(raw: dict[str, Any]) -> None:
    if raw.get("kind"):
        with pytest.raises(ChoiceUnknown):
            read_choices(raw, "regions")
        raw = {**raw, "kind": ""}
    made = read_choices(raw, "regions")
    assert not made.create
    assert not made.all_or_nothing
    assert made.toml == ""
    assert not made.fields or made.fields == {"code": ""}


def test_choices_are_kept_and_read_back() -> None:
    made = choices(fields={"code": "col:编号"}, crs="GCJ-02", all_or_nothing=True)
    assert read_choices(made.as_json(), "regions") == made
