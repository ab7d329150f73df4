"""The lists of a region's page in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from callbacks.asked import Asked
from callbacks.desk_lists import _crew
from callbacks.services import Services
from dashboard.crew import Crew, CrewMember
from dashboard.domain.model import Activity
from dashboard.domain.policy import EVERYTHING, Role, Viewer
from dashboard.domain.view import View
from dashboard.domain.words import Words
from dashboard.i18n import Lang
from layouts.context import PageContext

NAME = Words(zh="王小明", en="Wang Xiaoming")
MEMBER = CrewMember(
    code="W1",
    name=NAME,
    region_code="G1",
    region=Words(zh="01 网格", en="Grid 01"),
    parent=None,
    doing=Activity.PATROL,
    still_s=None,
    fix_age_s=20.0,
    reported=2,
)


class OneWorker:
    """Services of a region with one worker."""

    @property
    def desk(self) -> OneWorker:
        return self

    def crew(self, *_: object) -> Crew:
        at = datetime(2026, 11, 20, 6, tzinfo=UTC)
        return Crew(at=at, rostered=1, on_duty=1, counts={Activity.PATROL: 1}, members=(MEMBER,))


@pytest.mark.parametrize(
    ("role", "name"), [(Role.SUPERVISOR, NAME.zh), (Role.LEADER, "W1"), (Role.ANALYST, "W1")]
)
def test_workers_are_named_to_those_who_may_see_names(role: Role, name: str) -> None:
    viewer = Viewer(login="a", name="A", roles=frozenset({role}), scope=EVERYTHING)
    question = Asked(
        context=PageContext(lang=Lang.ZH), code="R", view=View(), viewer=viewer, scope=EVERYTHING
    )
    shown: dict[str, Any] = _crew(question, cast(Services, OneWorker()))
    assert [row["name"] for row in shown["rows"]] == [name]
    assert (NAME.zh in repr(shown)) == (name == NAME.zh)
