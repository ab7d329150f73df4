"""Reads that answer people: a failure of the database becomes a sentence for the viewer and a line in the log."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from dashboard.live.refusals import DatabaseAway

log = logging.getLogger(__name__)

FAILURES: Final = (SQLAlchemyError, psycopg.Error)
"""How a question to the database fails: most are asked through SQLAlchemy, some of the driver itself."""

P = ParamSpec("P")
R = TypeVar("R")


def answered(read: Callable[P, R]) -> Callable[P, R]:
    """A read whose failure in the database is a sentence for the viewer and a line in the log."""

    @functools.wraps(read)
    def reading_or_not(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except FAILURES as error:
            extra = {"action": "read", "what": read.__name__, "error": type(error).__name__}
            log.warning("A question could not be answered", extra=extra)
            raise DatabaseAway from error

    return reading_or_not
