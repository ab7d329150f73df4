"""What fails in the database on the way to a person becomes a sentence; what is wrong with us does not."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from dashboard.answering import answered
from dashboard.live.refusals import DatabaseAway


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the connection is lost"),
        psycopg.errors.QueryCanceled("statement timeout"),
        OperationalError("select 1", None, Exception("refused")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_failure_of_the_database_is_a_sentence(error: Exception) -> None:
    @answered
    def read() -> None:
        raise error

    with pytest.raises(DatabaseAway) as told:
        read()
    assert told.value.__cause__ is error


def test_a_mistake_of_ours_is_none() -> None:
    @answered
    def read() -> int:
        return list(range(1))[1]

    with pytest.raises(IndexError):
        read()
