"""Writing the record of who looked at what and who did what, refusals too.

Owns how a viewer becomes a line; leaves the rows and their chain of hashes to `data_access`. A look is noted before
it is answered, and where it cannot be noted it is not answered: the error of the database goes up.
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import Connection, Engine

from dashboard.domain.audit import Entry, Outcome
from dashboard.domain.policy import Viewer
from data_access.writes.audit import add

__all__ = ["Outcome", "note"]


def note(
    store: Engine | Connection | psycopg.Connection[Any],
    viewer: Viewer,
    what: str,
    about: str,
    outcome: Outcome = Outcome.DONE,
    /,
    **details: object,
) -> None:
    """Put on record that a viewer did or looked at something.

    `what`: a word such as "track.seen", "event.seen", "act.remind", "export.made"; `about`: the code of the event,
    worker, region or file; `details`: codes and numbers only. Given a connection, the line belongs to its transaction
    and stands if that commits; given an engine, it is committed at once: refusals take an engine, as their
    transaction is rolled back.
    """
    entry = Entry(
        actor=viewer.login,
        what=what,
        about=about,
        outcome=outcome,
        address=viewer.address or None,
        details=details,
    )
    if isinstance(store, Engine):
        with store.begin() as conn:
            add(conn, [entry])
    else:
        add(store, [entry])
