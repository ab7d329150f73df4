"""What the pages on security point to is there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPOSITORY

TOLD = re.compile(r"`([\w./-]+(?:\.(?:py|sql|acl|conf|js|md|toml|lock)|/))`")
PLACES = (REPOSITORY, REPOSITORY / "dashboard")


@pytest.mark.parametrize("page", ["security.md", "asvs.md"])
def test_every_place_that_a_page_names_exists(page: str) -> None:
    named = TOLD.findall((REPOSITORY / "docs" / page).read_text(encoding="utf-8"))
    assert len(named) > 5
    ours = [one for one in named if not one.startswith("/")]
    assert [one for one in ours if not any((place / one).exists() for place in PLACES)] == []
