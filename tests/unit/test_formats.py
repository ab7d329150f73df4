"""Numbers and names as text on pages that the server lays out."""

from __future__ import annotations

import pytest

from dashboard.domain.words import Words, recorded
from layouts import formats


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (0.0, "<0.1"), (0.04, "<0.1"), (0.1, "0.1"), (15.26, "15.3"), (1234.4, "1,234")],
)
def test_hours_that_lie_outside_working_time_are_few_not_none(value: float | None, shown: str) -> None:
    assert formats.hours(value) == shown


@pytest.mark.parametrize(
    ("region", "parent", "shown"),
    [
        ("03 网格", "国宁社区", "国宁 03"),
        ("03 网格", "青杠村", "青杠 03"),
        ("网格", "", "网格"),
        ("grid 03", "Guoning", "Guoning 03"),
        ("grid 03", "", "grid 03"),
    ],
)
def test_a_grid_is_named_with_its_community(region: str, parent: str, shown: str) -> None:
    assert formats.place(region, parent) == shown


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"reason": "超期 24 小时", "reason_en": "Overdue for 24 h"}, ("超期 24 小时", "Overdue for 24 h")),
        ({"zh": "按坐标", "en": "By its point"}, ("按坐标", "By its point")),
        ({"zh": "按坐标"}, ("按坐标", "按坐标")),
        ({"reason": 3, "en": "x"}, None),
        (None, None),
    ],
)
def test_what_a_rule_said_is_read_in_both_languages(
    details: dict[str, object] | None, said: tuple[str, str] | None
) -> None:
    assert recorded(details) == (None if said is None else Words(zh=said[0], en=said[1]))
