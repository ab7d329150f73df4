"""What the patterns and numbers of a mapping can cost: no value takes long, and no number fills the memory."""

from __future__ import annotations

import re
import time
import tomllib

import pytest

from dashboard.import_choices import Choices, MappingBroken
from dashboard.ingest.checks import RowReader
from dashboard.ingest.columns import BadValue, Column
from dashboard.ingest.findings import Findings
from dashboard.ingest.mapping_file import read_mapping
from dashboard.ingest.patterns import LONGEST_PATTERN, TooCostly, weighed
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.tables import Record
from dashboard.ingest.wording import Flaw

EVENTS = """
[columns]
code = { column = "id" }
source = { value = "hotline" }
category = "category"
reported_at = "at"
"""


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "(a|aa)*c",
        "(?:a?b?)*c",
        "(?:a|b|ab)+c",
        "(a+){12}c",
        "(?:(?:){60000}){60000}",
        "(?:x*){2,}",
        "a?" * 30 + "a" * 30,
        "(?:a|a)" * 30 + "b",
        ".*" * 6 + "x",
        r"(\d+)?" * 6 + "x",
        "(?=(a+)+$)a",
        "(a)?(?(1)b|c)",
        "(" * 400 + ")" * 400 + "*",
        "a" * (LONGEST_PATTERN + 1),
    ],
)
def test_a_pattern_that_can_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(TooCostly):
        weighed(pattern)
    found = tomllib.loads(EVENTS)
    found["columns"]["code"]["pattern"] = pattern
    with pytest.raises(ImportRefused) as caught:
        read_mapping(found, "events", "m.toml")
    assert "columns.code.pattern" in caught.value.sentence("en")
    assert "columns.code.pattern" in caught.value.sentence("zh")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?:Ward )?0*(\d+)", "0" * 300 + "x"),
        (r"(.*)-(.*)", "-" * 2_000),
        (r"\s*(.+?)\s*", " " * 2_000),
        (r"(.*)街道(.*)社区(.*)", "街道社区" * 60),
        (r"(?:\d{3}-)*\d+", "123-" * 400),
        (r"[a-z]{1,8}[0-9]{2,4}(?:号|弄)?", "a" * 8 + "1" * 5),
        (r"(?i:grid)\W*([0-9A-F]+)", "GRID" + "-" * 400),
    ],
)
def test_a_usual_pattern_is_taken_and_answers_soon(pattern: str, text: str) -> None:
    found, longest = weighed(pattern)
    began = time.process_time()
    found.fullmatch(text[:longest] + "\n")
    assert time.process_time() - began < 2


def test_a_value_too_long_for_its_pattern_does_not_match() -> None:
    pattern, longest = weighed("(.*)(.*)(.*)x")
    rule = Column(columns=("a",), pattern=pattern, longest=longest)
    assert rule.read({"a": "x"}) == ""
    with pytest.raises(BadValue) as caught:
        rule.read({"a": "a" * longest + "x"})
    assert caught.value.flaw is Flaw.PATTERN


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (EVENTS.replace('"id" }', '"id", pad = 2000000000 }'), "columns.code.pad"),
        (EVENTS + "[file]\nheader = 999999999999", "file.header"),
        (EVENTS + "[location]\ntolerance_deg = inf", "location.tolerance_deg"),
        (EVENTS + "[location]\noutside_m = nan", "location.outside_m"),
        (EVENTS + f"[location]\noutside_m = 0x{'f' * 400}", "location.outside_m"),
        (EVENTS + f"[location]\nplaceholders = [[0x{'f' * 400}, 1]]", "location.placeholders"),
        (EVENTS + '[times]\nformats = "%Y-%Y"', "times.formats"),
        (EVENTS + '[times]\nformats = ["%Y-%m-%d", "%Q"]', "times.formats"),
        (EVENTS + '[times]\nformats = "%d/%m/%Y %"', "times.formats"),
    ],
)
def test_numbers_and_forms_out_of_all_bounds_are_refused_by_their_key(text: str, key: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        read_mapping(tomllib.loads(text), "events", "m.toml")
    assert f"the key {key} " in caught.value.sentence("en")


@pytest.mark.parametrize("form", ["%Y/%m/%d %H:%M", "epoch_ms", "excel_days", "%d.%m.%y", "%Y年%m月%d日"])
def test_forms_of_times_are_taken(form: str) -> None:
    found = tomllib.loads(EVENTS) | {"times": {"formats": form}}
    assert read_mapping(found, "events", "m.toml").times.formats == (form,)


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a = " + "9" * 5_000, "a = [[[", "\x00"])
def test_a_mapping_that_is_no_toml_is_said_to_be_broken(text: str) -> None:
    with pytest.raises(MappingBroken):
        Choices(kind="events", toml=text).check()


def test_many_question_marks_are_settled_at_once() -> None:
    record = Record(number=1, values={"text": "?" * 20_000 + "x"})
    reader = RowReader(record, {"text": Column(columns=("text",))}, Findings())
    began = time.process_time()
    for _ in range(20):
        assert reader.text("text", limit=30_000) == "?" * 20_000 + "x"
    assert time.process_time() - began < 1
    assert not reader.faults


def test_a_pattern_is_what_it_was() -> None:
    assert weighed(r"0*(\d+)")[0] == re.compile(r"0*(\d+)")
