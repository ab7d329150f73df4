"""A field system with its own schema, as docs/foreign-schema.md takes it for an example, and the SQL of that page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from psycopg import sql

from dashboard.domain.geo import Datum, from_wgs84

DOCUMENT = Path(__file__).parents[1] / "docs" / "foreign-schema.md"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
LOCAL = ZoneInfo("Asia/Shanghai")
GRID, OTHER_GRID = "5101170010010001", "5101170020010001"
PLACE = (103.805, 30.705)  # inside GRID
THEIRS = "The field system in this example"
REPLICATION = "Another PostgreSQL server"

Conn = psycopg.Connection[Any]


def blocks(heading: str | None = None) -> list[str]:
    """The SQL of one chapter, or of all but the one on another server."""
    chapters = re.split(r"^## (.*)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = dict(zip(chapters[::2], chapters[1::2], strict=True))
    chosen = [text for name, text in found.items() if (name == heading if heading else name != REPLICATION)]
    return [
        block
        for text in chosen
        for block in re.findall(r"^```sql\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]


def local(at: datetime) -> datetime:
    """As the field system writes it: the clock on the wall, without a zone."""
    return at.astimezone(LOCAL).replace(tzinfo=None)


def gcj02(lon: float, lat: float) -> tuple[float, float]:
    """As the field system's maps have it."""
    east, north = from_wgs84(np.array([lon]), np.array([lat]), Datum.GCJ02)
    return float(east[0]), float(north[0])


class FieldSystem:
    """What the field system's own programs do, in its own tables, as a role without rights on ours."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn

    def add(self, table: str, **values: object) -> None:
        """A new row."""
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("网格平台", table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        )
        self.conn.execute(statement, list(values.values()))

    def change(self, table: str, key: str, value: object, **values: object) -> None:
        """Columns of one row."""
        changes = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)
        statement = sql.SQL("update {} set {} where {} = %s").format(
            sql.Identifier("网格平台", table), changes, sql.Identifier(key)
        )
        self.conn.execute(statement, [*values.values(), value])

    def remove(self, table: str, key: str, value: object) -> None:
        """One row."""
        statement = sql.SQL("delete from {} where {} = %s").format(
            sql.Identifier("网格平台", table), sql.Identifier(key)
        )
        self.conn.execute(statement, [value])

    def case(self, number: str, **values: object) -> None:
        """A case of two hours ago in the first grid, with the citizen's name and number; columns override."""
        lon, lat = gcj02(*PLACE)
        self.add(
            "案件",
            **{
                "受理号": number,
                "来源": "02",
                "大类": "05",
                "小类": "01",
                "等级": "一般",
                "网格编码": GRID,
                "经度": round(lon, 6),
                "纬度": round(lat, 6),
                "地点": "德源街道1号",
                "内容": "<b>占道</b>",
                "反映人": "张三",
                "联系电话": "13800000000",
                "状态码": "10",
                "上报时间": local(NOON - timedelta(hours=2)),
                "截止时间": local(NOON + timedelta(hours=30)),
                **values,
            },
        )
