"""Filters in addresses: read strictly, written in one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.filters import MOST_VALUES, NO_FILTERS, BadFilterError, Filters, filters_from
from dashboard.domain.model import Source, State

CODES = st.frozensets(st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True), max_size=4)
FILTERS = st.builds(
    Filters,
    source=st.frozensets(st.sampled_from(Source)),
    category=CODES,
    stage=CODES,
    severity=st.frozensets(st.sampled_from((1, 2, 3))),
    department=CODES,
    state=st.frozensets(st.sampled_from((State.OPEN, State.CLOSED))),
    late=st.booleans(),
)


@given(FILTERS)
def test_what_is_written_is_read(filters: Filters) -> None:
    assert filters_from(filters.query()) == filters
    assert bool(filters) == (filters != NO_FILTERS)


@pytest.mark.parametrize(
    "query",
    [
        {"source": "pigeon"},
        {"severity": "4"},
        {"state": "void"},
        {"late": "yes"},
        {"category": "a b"},
        {"department": "x" * 65},
        {"stage": ",".join(f"s{n}" for n in range(MOST_VALUES + 1))},
    ],
)
def test_nonsense_is_refused_by_name(query: dict[str, str]) -> None:
    with pytest.raises(BadFilterError) as caught:
        filters_from(query)
    assert next(iter(query)) in caught.value.sentence("zh")


def test_others_parameters_are_left_alone() -> None:
    assert filters_from({"from": "2026-01-01", "source": " hotline , sensor,"}) == Filters(
        source=frozenset({Source.HOTLINE, Source.SENSOR})
    )
