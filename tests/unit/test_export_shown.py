"""What pages post of their panels is taken within bounds, as texts and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard import i18n
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.policy import DEMO, Role, Viewer
from dashboard.exports import shown
from dashboard.exports.shown import PANELS, BadShown, Shown, posted_from
from dashboard.i18n import Lang
from layouts import ids, wall
from layouts.context import PageContext

BODY: dict[str, Any] = {
    "panel": "kpis",
    "form": "csv",
    "at": 1_794_000_000_000,
    "columns": ["名称", "数值"],
    "rows": [["在办", 3], ["=1+1", None], ["占比", 0.5]],
}


def test_a_panel_is_taken_as_it_was_posted() -> None:
    found = posted_from(BODY)
    assert (found.panel, found.form, found.region, found.subject) == (Shown.KPIS, "csv", "", "")
    assert found.at == datetime.fromtimestamp(1_794_000_000, UTC)
    assert [list(row) for row in found.rows] == BODY["rows"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"panel": "nothing"},
        {"panel": ["kpis"]},
        {"form": None},
        {"region": 7},
        {"subject": ["x"]},
        {"at": "now"},
        {"at": -1},
        {"at": 1e300},
        {"at": True},
        {"columns": "ab"},
        {"columns": [1, 2]},
        {"columns": ["x"] * (shown.MOST_COLUMNS + 1)},
        {"rows": [["one cell"]]},
        {"rows": [["a", {}]]},
        {"rows": [["a", True]]},
        {"rows": [["a", float("nan")]]},
        {"rows": [["a", float("inf")]]},
        {"rows": [["a", 10**40]]},
        {"rows": [["a\0", 1]]},
        {"rows": [["\ud800", 1]]},
        {"rows": [[None, None]] * (shown.MOST_ROWS + 1)},
    ],
)
def test_what_is_no_panel_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadShown):
        posted_from(BODY | wrong)


@pytest.mark.parametrize("body", [None, [], "kpis", 7])
def test_what_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(BadShown):
        posted_from(body)


def test_every_panel_has_words_and_definitions() -> None:
    assert set(PANELS) == set(Shown)
    for panel in PANELS.values():
        for lang in Lang:
            assert i18n.text(lang, panel.title) != panel.title
        assert set(panel.defined) <= set(BY_KEY)


def files_on(viewer: Viewer) -> bool:
    """Whether a wall offers its viewer files."""
    page: Any = wall.layout(PageContext(lang=Lang.ZH, viewer=viewer))
    return next(bool(one.data["files"]) for one in page.children if getattr(one, "id", "") == ids.WALL_CONFIG)


def test_a_wall_that_hangs_offers_nobody_files() -> None:
    assert files_on(DEMO)
    assert not files_on(replace(DEMO, kiosk=True))
    assert not files_on(replace(DEMO, roles=frozenset({Role.WALL})))
