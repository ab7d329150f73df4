"""Kinds of fault in a file. Owns their names, and what a reason and a remedy are; leaves the sentences to
`wording`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """Kinds of fault. Whether a fault keeps the row out is the finding's business."""

    FIELD_COUNT = "field_count"
    UNREADABLE_ROW = "unreadable_row"
    NOT_A_RECORD = "not_a_record"
    ERROR_CELL = "error_cell"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    NUMBER_INEXACT = "number_inexact"
    BROKEN_ENCODING = "broken_encoding"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    MISSING = "missing"
    PATTERN = "pattern"
    UNKNOWN_VALUE = "unknown_value"
    NOT_NUMBER = "not_number"
    NUMBER_RANGE = "number_range"
    DUPLICATE_CODE = "duplicate_code"
    UNREADABLE_TIME = "unreadable_time"
    TIME_RANGE = "time_range"
    MISSING_HOUR = "missing_hour"
    NO_SUCH_HOUR = "no_such_hour"
    REPEATED_HOUR = "repeated_hour"
    FUTURE = "future"
    CLOSED_BEFORE_REPORTED = "closed_before_reported"
    DUE_BEFORE_REPORTED = "due_before_reported"
    CLOSED_WITHOUT_TIME = "closed_without_time"
    OPEN_WITH_CLOSING_TIME = "open_with_closing_time"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_DEPARTMENT = "unknown_department"
    UNKNOWN_REGION = "unknown_region"
    UNKNOWN_WORKER = "unknown_worker"
    UNKNOWN_PARENT = "unknown_parent"
    PARENT_LEVEL = "parent_level"
    HALF_LOCATION = "half_location"
    PLACEHOLDER = "placeholder"
    SWAPPED = "swapped"
    OUTSIDE_DISTRICT = "outside_district"
    OUTSIDE_GRIDS = "outside_grids"
    SAME_FIX = "same_fix"
    TWO_PLACES = "two_places"
    NO_SHAPE = "no_shape"
    NOT_AN_AREA = "not_an_area"
    SHAPE_RANGE = "shape_range"
    SHAPE_REPAIRED = "shape_repaired"
    RING_DROPPED = "ring_dropped"
    OUTSIDE_PARENT = "outside_parent"
    OVERLAP = "overlap"
    GAP = "gap"
    REGION_CLOSED = "region_closed"
    PARENT_CLOSED = "parent_closed"
    NOT_PRESENT = "not_present"
    OVERLAY_BROKEN = "overlay_broken"
    OVERLAY_EMPTY = "overlay_empty"
    OVERLAY_SHARED = "overlay_shared"
    SPLITS_GRID = "splits_grid"
    LOST_CHARACTERS = "lost_characters"
    INVISIBLE_CHARACTER = "invisible_character"
    EMPTY_WORD = "empty_word"
    SHORTENED_CODE = "shortened_code"
    NOT_WHOLE = "not_whole"
    NO_SUCH_DAY = "no_such_day"
    AMBIGUOUS_DAY = "ambiguous_day"
    SHORT_YEAR = "short_year"
    DAY_NUMBER = "day_number"
    HOUR_WITHOUT_DAY = "hour_without_day"
    STAND_IN_TIME = "stand_in_time"
    STEP_ORDER = "step_order"
    DUE_FAR = "due_far"
    STAGE_STATE = "stage_state"
    SAME_EVENT = "same_event"
    NULL_ISLAND = "null_island"
    CROWDED = "crowded"
    ROUNDED = "rounded"
    METRES = "metres"
    SCALED = "scaled"
    MIRRORED = "mirrored"
    DEGREES_MINUTES = "degrees_minutes"
    VAGUE_FIX = "vague_fix"
    TOO_FAST = "too_fast"
    ENDS_BEFORE_START = "ends_before_start"
    SHIFT_LENGTH = "shift_length"
    SHIFT_OVERLAP = "shift_overlap"
    SAME_SHIFT = "same_shift"
    LEFT_BEFORE_CAME = "left_before_came"
    UNKNOWN_EVENT = "unknown_event"
    ASKED_BEFORE_REPORTED = "asked_before_reported"
    ANSWERED_BEFORE_ASKED = "answered_before_asked"
    ANSWER_WITHOUT_TIME = "answer_without_time"
    SAME_FIGURE = "same_figure"
    NO_FIGURE = "no_figure"
    DUTY_TAKEN = "duty_taken"
    DUTY_MOVED = "duty_moved"
    TOO_DEEP = "too_deep"
    OWN_PARENT = "own_parent"
    UNREADABLE_LIMIT = "unreadable_limit"
    NEVER_VALID = "never_valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Reason and remedy of a flaw."""

    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str

    def reason(self, lang: str) -> str:
        """The reason in "zh" or "en"."""
        return self.reason_zh if lang == "zh" else self.reason_en

    def remedy(self, lang: str) -> str:
        """The remedy in "zh" or "en"."""
        return self.remedy_zh if lang == "zh" else self.remedy_en


def words(reason_zh: str, reason_en: str, remedy_zh: str, remedy_en: str) -> Words:
    return Words(reason_zh=reason_zh, reason_en=reason_en, remedy_zh=remedy_zh, remedy_en=remedy_en)
