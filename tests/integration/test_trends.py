"""The wall's series against a plain count in Python over every row."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboard.domain.trends import spans_at
from data_access.queries.trends import load_trends
from data_access.sessions import open_session
from data_access.trending import Trending
from data_access.writes.samples import write_samples
from tests.builders import insert_event, insert_feedback, make_district

NOW = datetime(2026, 11, 20, 6, 40, tzinfo=UTC)  # 14:40 in Shanghai
DAY = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
YESTERDAY = DAY - timedelta(days=1)
EARLIER = NOW - timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def rows(database_url: str) -> list[dict[str, Any]]:
    """Three hundred events over sixteen days, some answered, some void; returned as they were written."""
    dice = random.Random(11)
    written: list[dict[str, Any]] = []
    with psycopg.connect(database_url) as conn:
        district = make_district(conn, streets=2, communities=1, grids=2)
        grids = {id_: code for code, id_ in district.items() if len(code) == 16}
        for _ in range(300):
            reported_at = NOW - timedelta(minutes=dice.randrange(16 * 24 * 60))
            due_at = reported_at + timedelta(minutes=dice.randrange(2000))
            closed_at = reported_at + timedelta(minutes=dice.randrange(3000))
            row: dict[str, Any] = {
                "reported_at": reported_at,
                "due_at": due_at,
                "region_id": dice.choice(list(grids)),
                "source": dice.choice(["hotline", "sensor"]),
                "state": "open" if closed_at > NOW else dice.choice(["closed", "closed", "void"]),
                "closed_at": closed_at if closed_at <= NOW else None,
                "category_id": district[dice.choice(["A01", "B01"])],
            }
            event_id = insert_event(conn, **row)
            row["answered_at"] = None
            row["top"] = district["A"] if row["category_id"] == district["A01"] else district["B"]
            row["grid"] = grids[row["region_id"]]
            if row["state"] == "closed" and dice.random() < 0.7:
                row["answered_at"] = min(NOW, closed_at + timedelta(minutes=5))
                row["satisfaction"] = dice.randint(1, 5)
                insert_feedback(
                    conn,
                    event_id,
                    asked_at=row["answered_at"],
                    answered_at=row["answered_at"],
                    satisfaction=row["satisfaction"],
                )
            written.append(row)
    return [row for row in written if row["state"] != "void"]


def rate(
    rows: list[dict[str, Any]],
    clock: str,
    holds: Callable[[dict[str, Any]], bool],
    start: datetime,
    end: datetime,
) -> list[int]:
    """[n, d] of the rows whose `clock` lies in [start, end]."""
    chosen = [row for row in rows if row[clock] is not None and start <= row[clock] <= end]
    return [sum(holds(row) for row in chosen), len(chosen)]


def in_time(row: dict[str, Any]) -> bool:
    """Closed by its due time."""
    return row["state"] == "closed" and bool(row["closed_at"] <= row["due_at"])


def satisfied(row: dict[str, Any]) -> bool:
    """At least basically."""
    return int(row["satisfaction"]) >= 3


def always(row: dict[str, Any]) -> bool:
    """Counts for its being there."""
    return bool(row)


@pytest.mark.parametrize("code", ["510117", "510117001", "510117002"])
def test_series_equal_a_plain_count(database_url: str, rows: list[dict[str, Any]], code: str) -> None:
    own = [row for row in rows if row["grid"].startswith(code)]
    with open_session(database_url, "test") as conn:
        trend = load_trends(conn, NOW)[code]
    just_before = timedelta(microseconds=1)
    for name, start, hours in (("today", DAY, 15), ("yesterday", YESTERDAY, 24)):
        ends = [min(start + (hour + 1) * HOUR - just_before, NOW) for hour in range(hours)]
        series = trend[name]
        assert series["reported"] == [rate(own, "reported_at", always, start, end)[1] for end in ends]
        assert series["on_time_due"] == [rate(own, "due_at", in_time, start, end) for end in ends]
        assert series["satisfaction"] == [rate(own, "answered_at", satisfied, start, end) for end in ends]
    elapsed = trend["elapsed"]
    early = [row for row in own if YESTERDAY <= row["reported_at"] <= EARLIER]
    assert elapsed["reported"] == len(early)
    assert elapsed["source"] == dict(Counter(row["source"] for row in early))
    assert elapsed["category"] == dict(Counter(str(row["top"]) for row in early))
    assert elapsed["on_time_due"] == rate(own, "due_at", in_time, YESTERDAY, EARLIER)
    assert elapsed["satisfaction"] == rate(own, "answered_at", satisfied, YESTERDAY, EARLIER)
    assert (
        elapsed["closed"]
        == rate([row for row in own if row["state"] == "closed"], "closed_at", always, YESTERDAY, EARLIER)[1]
    )
    days = [(DAY - timedelta(days=back), DAY - timedelta(days=back - 1)) for back in range(13, -1, -1)]
    ends = [min(end - just_before, NOW) for _, end in days]
    expected = [rate(own, "due_at", in_time, start, end) for (start, _), end in zip(days, ends, strict=True)]
    assert trend["days"]["on_time_due"] == expected
    expected = [
        rate(own, "answered_at", satisfied, start, end) for (start, _), end in zip(days, ends, strict=True)
    ]
    assert trend["days"]["satisfaction"] == expected
    assert trend["days"]["dates"][0] == "2026-11-07"


def test_stocks_come_from_the_last_sample_of_each_hour(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        root = make_district(conn)["510117"]
        for minutes, number in ((10, 1), (50, 2), (60, 3), (61, 4), (14 * 60 + 30, 9)):
            write_samples(conn, DAY + timedelta(minutes=minutes), {root: {"open": number, "overdue": 0}})
        write_samples(conn, EARLIER - timedelta(minutes=2), {root: {"open": 7, "on_duty": 5}})
    with open_session(database_url, "test") as conn:
        trend = load_trends(conn, NOW)["510117"]
    assert trend["today"]["open"] == [3, 4, *[None] * 12, 9]
    assert trend["today"]["overdue"] == [0, 0, *[None] * 12, 0]
    assert (trend["elapsed"]["open"], trend["elapsed"]["on_duty"]) == (7, 5)


@pytest.mark.parametrize(
    ("now", "hours_yesterday"),
    [
        (datetime(2026, 3, 9, 12, tzinfo=UTC), 23),  # the clock went forward on 8 March in New York
        (datetime(2026, 11, 2, 12, tzinfo=UTC), 25),  # and back on 1 November
        (datetime(2026, 7, 2, 12, tzinfo=UTC), 24),
    ],
)
def test_days_of_a_clock_change_have_their_real_length(now: datetime, hours_yesterday: int) -> None:
    spans = spans_at(now, ZoneInfo("America/New_York"))
    assert spans.split == hours_yesterday
    assert spans.hours[spans.split].astimezone(ZoneInfo("America/New_York")).hour == 0
    assert len(spans.ends) == len(spans.hours)
    assert spans.ends[-1] == now


def test_the_side_thread_delivers_and_ends(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        make_district(conn)
    with Trending(database_url, lambda _: NOW) as trending:
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        trends = None
        while trends is None and datetime.now(UTC) < deadline:
            trends = trending.take()
        assert trends is not None
        assert set(trends) == {"510117", "510117001", "510117002"}
        assert trending.take() is None
