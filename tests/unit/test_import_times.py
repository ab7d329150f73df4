"""Local times: the common forms, offsets, and the hours that clocks repeat or leave out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.ingest.columns import BadValue
from dashboard.ingest.mapping import TimeRules
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw

BOSTON = "America/New_York"
PLAIN = TimeRules()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(text: str, zone: str = BOSTON, rules: TimeRules = PLAIN) -> tuple[datetime | None, Flaw | None]:
    reading = Clock(rules, zone).read(text)
    return reading.at, reading.flaw


def flaw_of(text: str, rules: TimeRules = PLAIN) -> Flaw:
    with pytest.raises(BadValue) as caught:
        Clock(rules, BOSTON).read(text)
    return caught.value.flaw


def test_a_time_without_zone_is_the_districts() -> None:
    assert read("2011-07-01 01:32:33") == (utc("2011-07-01 05:32:33"), None)
    assert read("2026-11-20 14:32:08", "Asia/Shanghai") == (utc("2026-11-20 06:32:08"), None)


def test_the_mappings_zone_goes_before_the_districts() -> None:
    assert read("2009-03-11 13:41", rules=TimeRules(timezone="UTC"))[0] == utc("2009-03-11 13:41")


@pytest.mark.parametrize(
    "text", ["2011-07-01T01:32:33-04:00", "2011-07-01T05:32:33Z", "2011-07-01T13:32:33+08:00"]
)
def test_an_offset_is_taken_as_it_is(text: str) -> None:
    assert read(text) == (utc("2011-07-01 05:32:33"), None)


@pytest.mark.parametrize(
    "text",
    [
        "2026/11/20 14:05:00",
        "2026/11/20 14:05",
        "2026年11月20日 14:05",
        "2026年11月20日14时05分",
        "2026.11.20 14:05",
    ],
)
def test_forms_of_chinese_offices_are_read(text: str) -> None:
    assert read(text, "Asia/Shanghai")[0] == utc("2026-11-20 06:05:00")


def test_named_forms_replace_the_common_ones() -> None:
    rules = TimeRules(formats=("%m/%d/%Y %H:%M",))
    assert read("4/12/2016 07:30", rules=rules)[0] == utc("2016-04-12 11:30")
    assert flaw_of("2016-04-12 07:30", rules) is Flaw.UNREADABLE_TIME


@pytest.mark.parametrize(("form", "text"), [("epoch_s", "1309498353"), ("epoch_ms", "1309498353000")])
def test_seconds_since_1970_are_read_when_named(form: str, text: str) -> None:
    assert read(text, rules=TimeRules(formats=(form,)))[0] == utc("2011-07-01 05:32:33")


def test_a_missing_hour_is_read_with_the_offset_before_it_and_said() -> None:
    assert read("2011-03-13 02:30:00") == (utc("2011-03-13 07:30:00"), Flaw.MISSING_HOUR)
    assert read("2011-03-13 01:59:59") == (utc("2011-03-13 06:59:59"), None)
    assert read("2011-03-13 03:00:00") == (utc("2011-03-13 07:00:00"), None)


def test_a_missing_hour_can_be_refused() -> None:
    assert flaw_of("2011-03-13 02:30:00", TimeRules(missing="reject")) is Flaw.NO_SUCH_HOUR


def test_a_repeated_hour_is_the_first_or_the_second_as_the_rule_says() -> None:
    assert read("2011-11-06 01:30:00") == (utc("2011-11-06 05:30:00"), Flaw.REPEATED_HOUR)
    second = TimeRules(repeated="second")
    assert read("2011-11-06 01:30:00", rules=second) == (utc("2011-11-06 06:30:00"), Flaw.REPEATED_HOUR)
    assert read("2011-11-06 02:00:00") == (utc("2011-11-06 07:00:00"), None)


def test_china_had_summer_time_until_1991() -> None:
    assert read("1990-07-01 12:00", "Asia/Shanghai")[0] == utc("1990-07-01 03:00")


@pytest.mark.parametrize("text", ["yesterday", "2026-11-20 soon", "1e99", "２０２６", "2026", "45.2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert flaw_of(text) is Flaw.UNREADABLE_TIME


@pytest.mark.parametrize("text", ["0001-01-02", "1911-10-10 12:00", "1066-10-14 09:00:00"])
def test_years_out_of_reach_are_refused(text: str) -> None:
    assert flaw_of(text) is Flaw.TIME_RANGE


def test_the_same_text_reads_the_same_again() -> None:
    clock = Clock(TimeRules(), BOSTON)
    texts = [f"2011-07-{day:02d} {hour:02d}:00:00" for day in range(1, 8) for hour in range(24)]
    assert [clock.read(text) for text in texts] == [Clock(TimeRules(), BOSTON).read(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("2026-02-30", Flaw.NO_SUCH_DAY),
        ("2026-02-20 25:10", Flaw.NO_SUCH_DAY),
        ("2026年13月1日 08:00", Flaw.NO_SUCH_DAY),
        ("31/12/2026", Flaw.AMBIGUOUS_DAY),
        ("03/04/2026 08:00", Flaw.AMBIGUOUS_DAY),
        ("26-07-01 08:00", Flaw.SHORT_YEAR),
        ("14:05", Flaw.HOUR_WITHOUT_DAY),
        ("14时05分", Flaw.HOUR_WITHOUT_DAY),
        ("45981", Flaw.DAY_NUMBER),
        ("45981.6042", Flaw.DAY_NUMBER),
    ],
)
def test_what_is_nearly_a_time_is_named(text: str, flaw: Flaw) -> None:
    assert flaw_of(text) is flaw


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1970-01-01 00:00:00",
            "1900-01-01",
            "1899-12-30 00:00",
            "0001-01-01T00:00:00",
            "0000-00-00 00:00:00",
        ),
        *("1970-01-01T00:00:00Z", "9999-12-31 23:59:59", "1970-01-01 08:00:00", "1753/1/1"),
    ],
)
def test_dates_that_systems_fill_in_are_no_times(text: str) -> None:
    assert read(text, "Asia/Shanghai") == (None, Flaw.STAND_IN_TIME)


def test_the_days_of_spreadsheets_are_read_when_named() -> None:
    rules = TimeRules(formats=("excel_days",))
    assert read("45981.604166666664", "Asia/Shanghai", rules)[0] == utc("2025-11-20 06:30:00")
