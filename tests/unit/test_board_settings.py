"""Settings of the page: what is taken, what is refused, and that nothing beside them changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard import i18n
from dashboard.domain.attendance import attendance_rules_from
from dashboard.domain.board_settings import BY_KEY, SETTINGS, Group, SettingWrong, value_of, with_value
from dashboard.domain.facts import NO_DISTRICT
from dashboard.domain.model import Kind, Level, Region
from dashboard.domain.rulebook import RuleWrong
from dashboard.domain.terms import terms_from
from dashboard.i18n import Lang
from dashboard.live.snapshot import reference_part

HELD: dict[str, Any] = {
    "title": {"zh": "区", "en": "D"},
    "thresholds": {"on_time_due": [0.8, 0.9], "satisfaction": [0.7, 0.8]},
    "wall": {"rotation_s": 45},
    "attendance": {"late_min": 3},
}


def test_every_setting_has_its_words_and_its_default_where_nothing_is_set() -> None:
    words = [i18n.catalogue(lang) for lang in Lang]
    for one in SETTINGS:
        assert value_of(one, {}) == one.default
        keys = [
            f"setting.{one.key}",
            f"setting_group.{one.group}",
            *([f"setting_unit.{one.unit}"] if one.unit else []),
        ]
        assert all(key in known for known in words for key in keys)
    assert {one.group for one in SETTINGS} == set(Group)
    defaults = attendance_rules_from({})
    assert value_of(BY_KEY["attendance_silent_min"], {}) == defaults.silent_min
    assert value_of(BY_KEY["supervision_order_hours"], {}) == terms_from({}).order_hours
    assert value_of(BY_KEY["ranking_min_n"], {}) == terms_from({}).ranking_min_n


@pytest.mark.parametrize(
    ("key", "text", "row"),
    [
        ("wall_rotation_s", "20", ("wall", {"rotation_s": 20.0})),
        ("wall_hold_s", "60", ("wall", {"rotation_s": 45, "hold_s": 60.0})),
        ("watermark_pages", "1", ("watermark", {"pages": 1.0})),
        ("ranking_min_n", "7", ("ranking_min_n", 7)),
        (
            "thresholds_on_time_due_1",
            "92.5",
            ("thresholds", {"on_time_due": [0.8, 0.925], "satisfaction": [0.7, 0.8]}),
        ),
        ("attendance_absent_min", "90", ("attendance", {"late_min": 3, "absent_min": 90.0})),
        ("supervision_reminder_hours", "4", ("supervision", {"reminder_hours": 4.0})),
    ],
)
def test_a_value_changes_its_own_place_alone(key: str, text: str, row: tuple[str, object]) -> None:
    after = with_value(BY_KEY[key], text, HELD)
    assert after[row[0]] == row[1]
    assert {name: value for name, value in after.items() if name != row[0]} == {
        name: value for name, value in HELD.items() if name != row[0]
    }
    shown = value_of(BY_KEY[key], after)
    assert shown == pytest.approx(float(text) / (100 if key.startswith("thresholds") else 1))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("wall_rotation_s", ""),
        ("wall_rotation_s", "1"),
        ("wall_rotation_s", "nan"),
        ("wall_rotation_s", "1e9"),
        ("wall_rotation_s", "<b>9</b>"),
        ("watermark_pages", "0.5"),
        ("attendance_late_min", "-1"),
        ("thresholds_on_time_due_0", "101"),
    ],
)
def test_what_makes_no_sense_is_refused(key: str, text: str) -> None:
    with pytest.raises(SettingWrong):
        with_value(BY_KEY[key], text, HELD)


def test_the_wall_hears_what_holds_where_the_district_names_nothing() -> None:
    root = Region(
        id=1,
        code="D",
        level=Level.DISTRICT,
        kind=Kind.GENERAL,
        name="D",
        name_en=None,
        parent_id=None,
        lon=0,
        lat=0,
    )
    own = {"thresholds": {"satisfaction": [0.7, 0.8]}, "targets": {"on_time_due": 0.99}}
    for settings, satisfied, target in (({}, (0.90, 0.95), 0.95), (own, [0.7, 0.8], 0.99)):
        facts = replace(NO_DISTRICT, regions=(root,), settings=settings)
        told = reference_part(facts, terms_from(settings).workflow)["district"]
        assert (told["thresholds"]["on_time_due"], told["thresholds"]["satisfaction"]) == (
            (0.90, 0.95),
            satisfied,
        )
        assert (told["targets"]["on_time_due"], told["targets"]["satisfaction"]) == (target, 0.975)
        assert told["ranking_min_n"] == 5


def test_red_lies_below_yellow() -> None:
    with pytest.raises(RuleWrong):
        with_value(BY_KEY["thresholds_on_time_due_0"], "95", HELD)
