"""The table of events once more, literally, over the raw rows: shares no code with the product."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
import psycopg

from tests.oracle import Oracle

Event = dict[str, Any]
LOOP = ("report", "file", "dispatch", "handle", "feedback", "verify", "evaluate", "done")
VOCABULARY = (
    *(
        "占道经营",
        "井盖松动",
        "消防通道堵塞",
        "路灯不亮",
        "噪音扰民",
        "ＫＴＶ噪音",
        "Wi-Fi 箱破损",
        "占道",
        "井",
        "①号楼漏水",
    ),
    *("①号楼漏水", "犬只伤人😀", "道占", "动松盖井", "嗡嗡", "嗡嗡嗡"),
)
PLACES = ("国宁路", "滨河路", "BINHE Rd", "万福广场", "Ａ区")


def put_words(database_url: str) -> None:
    """Give the events of `tests.generated` addresses and texts, some none; the row's id says which."""
    with psycopg.connect(database_url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        ids = [row[0] for row in conn.execute("select id from ops.events order by id").fetchall()]
        conn.cursor().executemany(
            "update ops.events set text = %s, address = %s where id = %s",
            [(*_words(id_), id_) for id_ in ids],
        )


def _words(id_: int) -> tuple[str | None, str | None]:
    first, second = VOCABULARY[id_ % len(VOCABULARY)], VOCABULARY[id_ * 7 % len(VOCABULARY)]
    text = None if id_ % 11 == 0 else f"{first}，{second}。"
    address = None if id_ % 13 == 0 else f"{PLACES[id_ % len(PLACES)]}{id_ % 40}号"
    return text, address


@dataclass(kw_only=True)
class EventOracle:
    """All rows, asked for one list at a time."""

    oracle: Oracle
    now: datetime

    def __post_init__(self) -> None:
        names = {name: self._codes(name) for name in ("categories", "regions", "departments")}
        frame = self.oracle.rows["events"]
        self.events: list[Event] = []
        for row in frame.to_dict("records"):
            event: Event = {str(key): None if pd.isna(value) else value for key, value in row.items()}
            event["category"] = names["categories"][event["category_id"]]
            event["region"] = names["regions"][event["region_id"]]
            department = event["department_id"]
            event["department"] = None if department is None else names["departments"][int(department)]
            self.events.append(event)

    def listed(
        self, code: str, start: datetime, end: datetime, filters: dict[str, Collection[Any]], q: str
    ) -> list[Event]:
        """The events that a table lists, in no order."""
        below = self.oracle.subtree(code)
        states = set(filters.get("state", ()))
        return [
            event
            for event in self.events
            if event["state"] != "void"
            and event["duplicate_of"] is None
            and event["region_id"] in below
            and self._member(event, states, start, end)
            and self._passes(event, filters)
            and all(holds(event, word) for word in fold(q).split())
        ]

    def in_order(self, events: list[Event], column: str, descending: bool) -> list[str]:
        """Codes in the order of a column: empty cells last, equal ones by id."""
        key = KEYS[column]
        filled = [event for event in events if key(event) is not None]
        empty = [event for event in events if key(event) is None]
        for part in (filled, empty):
            part.sort(key=lambda event: int(event["id"]), reverse=descending)
        filled.sort(key=key, reverse=descending)
        return [event["code"] for event in [*filled, *empty]]

    def _member(self, event: Event, states: set[str], start: datetime, end: datetime) -> bool:
        if states <= {"open"}:
            return bool(event["state"] == "open")
        if states == {"closed"}:
            return bool(event["state"] == "closed" and start <= event["closed_at"] < end)
        return bool(start <= event["reported_at"] < end)

    def _passes(self, event: Event, filters: dict[str, Collection[Any]]) -> bool:
        for name in ("source", "stage", "severity", "department", "state"):
            if filters.get(name) and event[name] not in filters[name]:
                return False
        if filters.get("category") and not self._above(event["category_id"]) & set(filters["category"]):
            return False
        ended = event["closed_at"] if event["state"] == "closed" else self.now
        return not filters.get("late") or bool(event["due_at"] is not None and event["due_at"] < ended)

    def _above(self, category_id: int) -> set[str]:
        above: dict[int, set[str]] = self.oracle.kept("above", self.oracle._lineages)
        return above[category_id]

    def _codes(self, table: str) -> dict[int, str]:
        frame = self.oracle.rows[table]
        return dict(zip(frame["id"], frame["code"], strict=True))


def add_tables(oracle: Oracle, database_url: str) -> Oracle:
    """The names that a table of events shows."""
    with psycopg.connect(database_url) as conn:
        for table, columns in {"categories": "id, code, parent_id", "departments": "id, code"}.items():
            rows = conn.execute(f"select {columns} from ops.{table}").fetchall()
            oracle.rows[table] = pd.DataFrame(rows, columns=columns.split(", "), dtype=object)
    return oracle


@cache
def fold(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(char.lower() if char.isascii() else char for char in normal)


def holds(event: Event, word: str) -> bool:
    if word in fold(event["address"] or "") or word in fold(event["text"] or ""):
        return True
    plain = all(char.isascii() and (char.isalnum() or char in "-_./") for char in word)
    if not plain or len(word) < 3 or not any(char.isdigit() for char in word):
        return False
    code = event["code"].lower()
    return bool(code.startswith(word) or code.endswith(word))


KEYS: dict[str, Callable[[Event], Any]] = {
    "due": lambda event: event["due_at"],
    "reported": lambda event: event["reported_at"],
    "closed": lambda event: event["closed_at"],
    "code": lambda event: event["code"],
    "severity": lambda event: event["severity"],
    "stage": lambda event: LOOP.index(event["stage"]),
    "state": lambda event: event["state"],
    "source": lambda event: event["source"],
    "category": lambda event: event["category"],
    "region": lambda event: event["region"],
    "department": lambda event: event["department"],
}
