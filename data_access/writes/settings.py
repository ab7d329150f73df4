"""The board's settings: written as they are given. What they mean is their readers' business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb


def put(connection: psycopg.Connection[Any], values: Mapping[str, Any]) -> None:
    """Set each key to its value, replacing what was there."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into board.settings (key, value) values (%s, %s) on conflict (key) do update"
            " set value = excluded.value where settings.value is distinct from excluded.value",
            [(key, Jsonb(value)) for key, value in values.items()],
        )


def present(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """All settings by key."""
    return dict(connection.execute("select key, value from board.settings").fetchall())
