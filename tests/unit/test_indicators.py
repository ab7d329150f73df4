"""The list of indicators is complete, worded in both languages, and never divides by zero."""

from __future__ import annotations

import re

from dashboard.domain.indicators import (
    BY_KEY,
    INDICATORS,
    Unit,
    count_reading,
    hours_reading,
    rate_reading,
)

EXPECTED = """
reported open closed overdue_open due_2h closure_rate on_time_due on_time_closed instant_rate sign_on_time
dispatch_accuracy rework_rate repeat_rate response_rate resolution_rate satisfaction feedback_rate
handling_p50 handling_p90 on_duty on_duty_rate coverage attendance_rate visit_rate supervision_closed
"""


def test_every_indicator_of_the_product_is_described_once() -> None:
    assert sorted(BY_KEY) == sorted(EXPECTED.split())
    assert len(BY_KEY) == len(INDICATORS)


def test_descriptions_are_complete_in_both_languages() -> None:
    for indicator in INDICATORS:
        words = [indicator.formula, indicator.numerator]
        assert (indicator.denominator is not None) == (indicator.unit is Unit.RATE), indicator.key
        if indicator.denominator is not None:
            words.append(indicator.denominator)
        for pair in words:
            assert re.search("[一-鿿]", pair.zh), indicator.key
            assert pair.en, indicator.key
            assert pair.en.isascii(), indicator.key
        assert indicator.zh
        assert indicator.en
        assert indicator.version >= 1


def test_nothing_over_nothing_is_no_value_and_says_why() -> None:
    reading = rate_reading("on_time_due", 0, 0)
    assert reading.value is None
    assert reading.d == 0
    assert reading.reason is not None
    assert "到期" in reading.reason.zh
    assert "due" in reading.reason.en
    assert hours_reading("handling_p50", None, 0).reason is not None


def test_values_come_with_what_they_are_made_of() -> None:
    rate = rate_reading("satisfaction", 3, 4)
    assert (rate.value, rate.n, rate.d, rate.reason) == (0.75, 3, 4, None)
    count = count_reading("open", 0)
    assert (count.value, count.n, count.d, count.reason) == (0.0, 0, None, None)
