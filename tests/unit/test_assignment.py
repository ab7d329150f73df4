"""Whose duty an event is: the closest category first, then the closest region, against a plain search."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.assignment import Duty, responsible

CATEGORIES, REGIONS = [3, 2, 1], [30, 20, 10]
duties = st.lists(
    st.builds(
        lambda department, category, region: Duty(
            department_id=department, category_id=category, region_id=region
        ),
        st.integers(1, 9),
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from([None, 10, 20, 30, 40]),
    ),
    max_size=12,
    unique_by=lambda duty: (duty.category_id, duty.region_id),
)


@given(duties)
def test_the_closest_duty_rules(found: list[Duty]) -> None:
    by_place = {(duty.category_id, duty.region_id): duty for duty in found}
    expected = None
    for category in (*CATEGORIES, None):
        for region in (*REGIONS, None):
            expected = expected or by_place.get((category, region))
    assert responsible(found, CATEGORIES, REGIONS) == expected
