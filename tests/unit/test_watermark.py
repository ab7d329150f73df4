"""Pages of the desk tell who looks where the settings want it, and only there."""

from __future__ import annotations

from dashboard.domain.policy import DEMO
from dashboard.i18n import Lang
from layouts import desk
from layouts.context import PageContext


def test_a_page_carries_its_viewer_where_that_is_wanted() -> None:
    plain = str(desk.page(PageContext(lang=Lang.ZH, viewer=DEMO), []).to_plotly_json())
    marked = str(
        desk.page(PageContext(lang=Lang.ZH, viewer=DEMO, mark="li 2026-11-20 06:00Z"), []).to_plotly_json()
    )
    assert "mark-all" not in plain
    assert marked.count("li 2026-11-20 06:00Z") == desk.MARKS
