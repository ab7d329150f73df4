"""How long the record of who looked at what is kept: a job beside those of `work`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg

from data_access.work import Job
from data_access.writes import audit


def audit_retention(days: int) -> Job:
    """The job that drops lines which are older."""

    def prune(connection: psycopg.Connection[Any], now: datetime) -> int:
        return audit.prune(connection, now - timedelta(days=days))

    return Job(key=21, name="audit_retention", every_s=6 * 3600, run=prune)
