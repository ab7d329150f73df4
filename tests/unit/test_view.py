"""Views of the desk in addresses: what is written is read, the question is told from what is only shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import BadFilterError
from dashboard.domain.model import Level
from dashboard.domain.view import (
    QUESTION,
    BackwardsError,
    BadTimeError,
    Chart,
    OnTime,
    View,
    view_from,
    window_from,
)
from dashboard.domain.windows import Comparison, Preset, Step, Window, preset
from dashboard.errors import DashboardError
from tests.unit.test_filters import FILTERS

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
MOMENTS = st.sampled_from(("", "2026-11-20", "2026-11-20T14:30", "2026-11-20T14:30:00+08:00"))
WORDS = st.text(st.characters(categories=("L", "N", "Pd")), max_size=20)
VIEWS = st.builds(
    View,
    preset=st.sampled_from(Preset),
    start=MOMENTS,
    end=MOMENTS,
    filters=FILTERS,
    drawn=st.sampled_from(Drawn),
    on_time=st.sampled_from(OnTime),
    compare=st.none() | st.sampled_from(Comparison),
    step=st.none() | st.sampled_from(Step),
    trend=st.sampled_from(Chart),
    rank=st.none() | st.sampled_from(Level),
    layer=WORDS,
    sort=WORDS,
    q=WORDS,
    event=WORDS,
)


@given(VIEWS)
def test_what_is_written_is_read(view: View) -> None:
    read = view_from(view.query())
    assert read.query() == view.query()
    if not view.custom:
        assert read == view


@given(VIEWS)
def test_equal_questions_are_told_by_what_changes_numbers_alone(view: View) -> None:
    again = view_from(view.question())
    assert again.question() == view.question()
    assert set(view.question()) <= set(QUESTION)
    assert (again.filters, again.drawn, again.on_time_key) == (view.filters, view.drawn, view.on_time_key)


def test_the_plain_view_is_an_empty_address() -> None:
    assert View().query() == {}
    assert view_from({}) == View()
    assert view_from({"unknown": "1", "window": ""}) == View()


@pytest.mark.parametrize(
    "query",
    [
        {"window": "fortnight"},
        {"compare": "tomorrow"},
        {"step": "minute"},
        {"on_time": "late"},
        {"rank": "planet"},
        {"drawn": "soon"},
        {"from": "yesterday"},
        {"to": "0001-01-01"},
        {"severity": "9"},
    ],
)
def test_nonsense_is_refused_by_name(query: dict[str, str]) -> None:
    with pytest.raises((BadFilterError, BadTimeError)) as caught:
        view_from(query)
    assert isinstance(caught.value, DashboardError)
    assert next(iter(query)) in caught.value.sentence("zh")


def test_control_characters_and_overlong_words_stay_out() -> None:
    view = view_from({"q": "路\x00灯\n" + "x" * 900})
    assert view.q.startswith("路灯x")
    assert len(view.q) == 200


def test_windows_are_those_of_their_names_and_of_their_ends() -> None:
    for name in Preset:
        assert View(preset=name).window(NOW, SHANGHAI) == preset(name, NOW, SHANGHAI)
    own = view_from({"from": "2026-11-01", "to": "2026-11-08", "window": "this_year"})
    assert own.window(NOW, SHANGHAI) == Window(
        start=datetime(2026, 10, 31, 16, tzinfo=UTC), end=datetime(2026, 11, 7, 16, tzinfo=UTC)
    )
    assert "window" not in own.query()
    with pytest.raises(BackwardsError):
        view_from({"from": "2026-11-08", "to": "2026-11-01"}).window(NOW, SHANGHAI)


def test_the_last_hour_ends_now() -> None:
    window = window_from({"window": "last_hour"}, NOW, SHANGHAI)
    assert (window.end, window.length) == (NOW, timedelta(hours=1))


@pytest.mark.parametrize(
    ("query", "against"),
    [
        ({}, Comparison.YESTERDAY),
        ({"window": "last_hour"}, Comparison.YESTERDAY),
        ({"window": "last_7_days"}, Comparison.LAST_WEEK),
        ({"window": "last_30_days"}, Comparison.LAST_YEAR),
        ({"window": "last_30_days", "compare": "last_week"}, Comparison.LAST_WEEK),
    ],
)
def test_a_window_is_compared_with_what_lies_wholly_before_it(
    query: dict[str, str], against: Comparison
) -> None:
    view = view_from(query)
    assert view.comparison(NOW, SHANGHAI) is against
    if "compare" not in query:
        assert view.compared(NOW, SHANGHAI).end <= view.window(NOW, SHANGHAI).start + timedelta(days=1)
