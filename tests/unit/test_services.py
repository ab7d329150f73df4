"""What viewers get while the database is away: a sentence, never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from callbacks import region
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.view import View
from dashboard.i18n import Lang
from dashboard.live.refusals import DatabaseAway
from dashboard.services import Services
from data_access.engine import make_engine
from layouts.context import PageContext


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine whose server is not there."""
    made = make_engine("postgresql://nobody@127.0.0.1:1/none")
    yield made
    made.dispose()


def test_every_read_says_that_the_database_is_away(engine: Engine) -> None:
    services = Services(engine)
    for read in (
        lambda: services.desk.top(EVERYTHING),
        lambda: services.desk.surroundings("510117", EVERYTHING),
        lambda: services.desk.figures("510117", EVERYTHING, View()),
        lambda: services.desk.courses("510117", EVERYTHING, View()),
        lambda: services.desk.ranking("510117", EVERYTHING, View()),
        lambda: services.desk.crew("510117", EVERYTHING),
        services.desk.lists,
        services.terms,
        services.borders,
    ):
        with pytest.raises(DatabaseAway):
            read()


@pytest.mark.parametrize(("lang", "told"), [(Lang.ZH, "数据库没有响应"), (Lang.EN, "does not answer")])
def test_a_region_page_says_it_to_the_viewer(engine: Engine, lang: Lang, told: str) -> None:
    page = region.render(PageContext(lang=lang), Services(engine), "510117", EVERYTHING)
    assert told in str(page)


def test_a_database_whose_machine_is_gone_is_given_up_in_time(engine: Engine) -> None:
    asked: dict[str, Any] = {}

    @event.listens_for(engine, "do_connect")
    def _note(*arguments: Any) -> None:
        asked.update(arguments[-1])

    with pytest.raises(SQLAlchemyError):
        engine.connect()
    assert asked["tcp_user_timeout"] < 10_000
    assert asked["keepalives_idle"] + asked["keepalives_interval"] * asked["keepalives_count"] < 15
