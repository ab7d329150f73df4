"""What can be wrong with a row, in both languages. Owns the whole list of sentences; leaves finding the fault to
the checks.

Every flaw has a reason and a remedy; `{names}` in them are filled from the finding's details.
"""

from __future__ import annotations

from dashboard.ingest.flaws import Flaw, Words
from dashboard.ingest.wording_duties import DUTY_WORDS
from dashboard.ingest.wording_places import PLACE_WORDS
from dashboard.ingest.wording_values import VALUE_WORDS

__all__ = ["LEVEL_WORDS", "WORDS", "Flaw", "Words"]

WORDS: dict[Flaw, Words] = {**VALUE_WORDS, **PLACE_WORDS, **DUTY_WORDS}
"""Reason and remedy of every flaw."""

LEVEL_WORDS: dict[str, tuple[str, str]] = {
    "district": ("区", "district"),
    "street": ("镇街", "street"),
    "community": ("社区", "community"),
    "grid": ("网格", "grid"),
    "micro_grid": ("微网格", "micro-grid"),
}
"""What reports call the levels, in Chinese and English."""
