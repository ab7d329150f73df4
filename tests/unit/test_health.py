"""What counts as late, and how it is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.access.door import host_name, is_loopback, language, scope_of
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.live.health import Health
from dashboard.live.hub import Hub
from dashboard.live.mirror import Mirror
from dashboard.live.replies import Replies, pieces
from data_access.memory_bus import MemoryBus
from tests.leaders import SNAPSHOT

NOW = datetime(2026, 11, 20, 6, 32, 8, tzinfo=UTC)


@dataclass
class Waiting:
    """An outbox."""

    depth: int = 0
    oldest_s: float = 0.0
    dead: int = 0


class Stand:
    """A health page over a hub that follows, with a beat of three seconds ago."""

    def __init__(self) -> None:
        self.hub = Hub(MemoryBus())
        self.hub.mirror = Mirror.from_snapshot(SNAPSHOT)
        self.hub.following.connected = True
        self.hub.following.beat_at = NOW - timedelta(seconds=3)
        self.waiting: Waiting | None = Waiting()
        self.known = True
        self.health = Health(
            self.hub,
            Replies(self.hub),
            read_backlog=self.read,
            holidays_known=lambda: self.known,
            clock=lambda: NOW,
        )

    def read(self) -> Waiting:
        if self.waiting is None:
            raise ConnectionError("away")
        return self.waiting

    async def late(self) -> list[str]:
        await self.health.look()
        return [one.part for one in self.health.late()]

    async def notes(self) -> list[str]:
        await self.health.look()
        return [one.part for one in self.health.notes()]


async def test_nothing_is_late_when_all_is_well() -> None:
    stand = Stand()
    assert (await stand.late(), await stand.notes()) == ([], [])


async def test_a_database_that_does_not_answer_is_named() -> None:
    stand = Stand()
    stand.waiting = None
    assert await stand.late() == ["database"]


async def test_changes_that_wait_too_long_are_named() -> None:
    stand = Stand()
    stand.waiting = Waiting(depth=5, oldest_s=11)
    assert await stand.late() == ["outbox"]


async def test_a_silent_relay_is_named_after_three_beats() -> None:
    stand = Stand()
    stand.hub.following.beat_at = NOW - timedelta(seconds=6.5)
    assert await stand.late() == ["relay"]
    assert "no beat for 6 s" in stand.health.late()[0].detail


async def test_a_wire_that_is_away_and_a_missing_snapshot_are_named() -> None:
    stand = Stand()
    stand.hub.following.connected = False
    stand.hub.mirror = None
    stand.hub.following.beat_at = None
    assert await stand.late() == ["redis", "snapshot", "relay"]


async def test_what_needs_a_look_is_a_note_and_no_lateness() -> None:
    stand = Stand()
    stand.waiting = Waiting(dead=2)
    stand.known = False
    stand.hub.mirror = Mirror.from_snapshot({**SNAPSHOT, "district": None})
    assert await stand.notes() == ["dead letters", "calendar", "district"]
    assert await stand.late() == []


async def test_the_database_is_asked_once_a_second_however_many_ask() -> None:
    stand, asked = Stand(), []
    reading = stand.read
    stand.health._read_backlog = lambda: (asked.append(1), reading())[1]  # type: ignore[func-returns-value]
    for _ in range(5):
        await stand.late()
    assert len(asked) == 1


async def test_a_hub_without_a_district_still_gives_a_snapshot() -> None:
    stand = Stand()
    stand.hub.mirror = Mirror.from_snapshot({**SNAPSHOT, "district": None, "regions": []})
    replies = Replies(stand.hub)
    for scope in (EVERYTHING, Scope(streets=frozenset({"x"}))):
        assert await replies.snapshot(scope) is not None
    replies.close()


async def test_many_askers_share_one_answer() -> None:
    stand = Stand()
    replies = Replies(stand.hub)
    first = await replies.snapshot(EVERYTHING)
    assert await replies.snapshot(EVERYTHING) is first
    assert await replies.snapshot(Scope(streets=frozenset())) is not first
    replies.close()


@pytest.mark.parametrize("length", [0, 1, 250, 251, 1000])
def test_json_in_pieces_is_the_same_json(length: int) -> None:
    import json

    value: dict[str, Any] = {
        "list": [[n, "名"] for n in range(length)],
        "dict": {str(n): {"n": n} for n in range(length)},
        "one": None,
        "text": 'a"b',
    }
    assert json.loads("".join(pieces(value))) == value


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [
        ("", "", "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr, en;q=0.4, zh;q=0.6", "zh"),
        ("", "en;q=0", "zh"),
        ("", "en;q=x", "zh"),
        ("theme=dark; lang=en", "zh", "en"),
        ("lang=xx", "en", "en"),
    ],
)
def test_the_language_is_the_cookies_then_the_browsers_then_chinese(
    cookie: str, accepted: str, expected: str
) -> None:
    assert language(cookie, accepted) == expected


@pytest.mark.parametrize(
    ("host", "name", "ours"),
    [
        ("localhost:8050", "localhost", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("[::1]:80", "::1", True),
        ("evil.example", "evil.example", False),
        ("localhost.evil.example", "localhost.evil.example", False),
        ("[", "", False),
        ("", "", False),
    ],
)
def test_loopback_names_are_known(host: str, name: str, ours: bool) -> None:
    assert host_name(host) == name
    assert is_loopback(name) is ours


def test_who_came_through_no_door_sees_nothing() -> None:
    assert scope_of({}) == Scope(streets=frozenset())
