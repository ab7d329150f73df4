"""What the wall knows: counters, events and workers of the whole district, in memory, and the frames that
change them.

Pure but for its memory: facts and `now` (the database's time) come in, drafts of frames come out. What
mirrors have been told outlives every rebuild, so that a rebuild yields the difference as ordinary frames.
Leaves reading facts and publishing frames to `data_access.relay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dashboard.domain.colours import alert_level
from dashboard.domain.counters import is_overdue
from dashboard.domain.facts import NO_DISTRICT, Changes, Facts, Fixes, Watched
from dashboard.domain.messages import DISTRICT_BLOCK, Draft, FrameKind, Part, alert_order, epoch_ms, iso_ms
from dashboard.domain.model import Event, Source
from dashboard.domain.posture import CALM, Standing
from dashboard.live.boards import Boards
from dashboard.live.counts import Counters
from dashboard.live.news import EventNews
from dashboard.live.watch import Watch

TREMBLE: Final = timedelta(seconds=1)
"""The clock may step back this far and is held; a longer step back wants a rebuild."""

_LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)


class LiveState:
    """The live picture of one district. Begins empty: call `rebuild`, then the others in any order."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._built = False
        self._now = _LONG_AGO
        self._boards = Boards(NO_DISTRICT, _LONG_AGO, {}, {})
        self._watch = Watch({}, self._boards.trail_rules)
        self._news = EventNews()
        self._reference_is_news = False
        self._trends: dict[str, Any] = {}
        self._feeds: dict[str, int | None] = {
            "event": None,
            "position": None,
            **dict.fromkeys(map(str, Source)),
        }

    def shown_events(self) -> list[int]:
        """Ids of the events that mirrors hold: a rebuild must know what became of them."""
        return list(self._news.records)

    def must_rebuild(self, now: datetime) -> bool:
        """Whether the clock alone asks for a rebuild: midnight, a long step back, or new borders."""
        return now < self._now - TREMBLE or self._boards.outlived(self._hold(now))

    def rebuild(self, facts: Facts, now: datetime) -> list[Draft]:
        """Start again from facts; drafts for the events that differ. The next `tick` tells the other
        differences.

        `facts.recent` must hold what became of every one of `shown_events`; those it lacks were deleted.
        ValueError or KeyError for settings that make no sense: the old picture then stays.
        """
        old = self._boards
        boards = Boards(facts.district, now, old.counts.told, old.workers.drawn)
        boards.workers.put_workers({worker.id: worker for worker in facts.workers})
        for shift in facts.shifts:
            boards.workers.put_shift(shift.id, shift)
        boards.events.load(facts.events, now)
        self._boards, self._now = boards, now
        if self._built:
            self._watch.follow(boards.trail_rules)
        else:
            self._watch = Watch(facts.watched, boards.trail_rules)
        self._reference_is_news |= self._built and boards.reference != old.reference
        self._trends = {code: trend for code, trend in self._trends.items() if boards.tree.has_code(code)}
        self._feeds.update({source: epoch_ms(min(at, now)) for source, at in facts.newest_at.items()})
        self._feeds["event"] = max((epoch_ms(min(at, now)) for at in facts.newest_at.values()), default=None)
        self._news.lay(boards.tree)
        urgent = [event for event in facts.events if is_overdue(event, now) or alert_level(event, now)]
        candidates = (*urgent, *facts.recent)
        if self._built:
            return self._news.compared(old.events.events, candidates, now)
        self._built = True
        self._news.learn(candidates, now)
        return []

    def change(self, changes: Changes, now: datetime) -> list[Draft]:
        """Take in what was read again; drafts of event frames, one for each event that really changed."""
        now = self._hold(now)
        if changes.workers:
            self._boards.workers.put_workers(changes.workers)
        for shift_id, shift in changes.shifts.items():
            self._boards.workers.put_shift(shift_id, shift)
        drafts: list[Draft] = []
        for event_id, event in changes.events.items():
            drafts += self._change_event(event_id, event, now)
        return drafts

    def tick(self, fixes: Fixes | None, now: datetime) -> list[Draft]:
        """Bring everything up to `now`; drafts of all that changed since the last tick.

        `fixes`: all newest ones.
        """
        now = self._now = self._hold(now)
        drafts: list[Draft] = []
        for event in self._boards.events.advance(now):
            drafts += self._news.clocked(event, now)
        self._boards.workers.tick(fixes, self._watch, now)
        if fixes is not None and len(fixes.received_us):
            self._feeds["position"] = int(fixes.received_us.max()) // 1000
        drafts += [Draft(kind=FrameKind.MOVE, parts=parts) for parts in self._boards.workers.moves(now)]
        changed = self._boards.counts.tell()
        if changed:
            drafts.append(Draft(kind=FrameKind.COUNTS, parts=self._count_parts(changed, now)))
        return drafts

    def beat(self, now: datetime, standing: Standing = CALM) -> Draft:
        """The sign of life: the database's time, how fresh each feed is, and the district's posture."""
        part: Part = {
            "now": epoch_ms(now),
            "feeds": dict(self._feeds),
            "release": self._release,
            "map_version": self._boards.map_version,
            "workers": len(self._boards.workers.drawn),
            "posture": {"now": str(standing.posture), "since": epoch_ms(standing.since)},
        }
        return Draft(kind=FrameKind.BEAT, parts={DISTRICT_BLOCK: part})

    def trend(self, trends: Mapping[str, Any]) -> list[Draft]:
        """Take new series in, by region code; drafts that tell them."""
        tree = self._boards.tree
        self._trends = {code: trend for code, trend in trends.items() if tree.has_code(code)}
        parts: dict[str, Part] = {}
        for code, trend in self._trends.items():
            parts.setdefault(tree.block_of_code(code), {"t": {}})["t"][code] = trend
        return [Draft(kind=FrameKind.TREND, parts=parts)] if parts else []

    def reset(self) -> Draft | None:
        """Asked after a rebuild: tells to fetch the snapshot again if names, map or settings changed."""
        news, self._reference_is_news = self._reference_is_news, False
        return Draft(kind=FrameKind.RESET, parts={DISTRICT_BLOCK: {}}) if news else None

    def watched(self) -> dict[int, Watched]:
        """Who is away from the own grid or silent, by worker id, and since when."""
        return self._watch.told()

    def samples(self) -> dict[int, Counters]:
        """All counters of the district and the streets, by region id."""
        return self._boards.counts.full()

    def snapshot(self, now: datetime) -> dict[str, Any]:
        """What a mirror holds that got every draft so far; epoch and offset are the publisher's to add."""
        return {
            "v": 1,
            "as_of": epoch_ms(now),
            "release": self._release,
            **self._boards.reference,
            "indicators": {code: dict(counters) for code, counters in self._boards.counts.told.items()},
            "workers": self._boards.workers.listing(now),
            "events": list(self._news.records.values()),
            "alerts": alert_order(self._news.records.values()),
            "trends": self._trends,
            "feeds": dict(self._feeds),
            "scope": ["*"],
        }

    def _hold(self, now: datetime) -> datetime:
        return max(now, self._now)

    def _change_event(self, event_id: int, event: Event | None, now: datetime) -> list[Draft]:
        board = self._boards.events
        old = board.events.get(event_id)
        if event is None:
            board.put(event_id, None, now)
            return self._news.deleted(event_id)
        if event == old:
            return []
        board.put(event_id, event, now)
        for feed in ("event", str(event.source)):
            self._feeds[feed] = max(self._feeds.get(feed) or 0, epoch_ms(min(event.reported_at, now)))
        return self._news.changed(old, event, now)

    def _count_parts(self, changed: Mapping[int, Counters], now: datetime) -> dict[str, Part]:
        tree = self._boards.tree
        parts: dict[str, Part] = {}
        for region_id, counters in changed.items():
            part = parts.setdefault(tree.block(region_id), {"as_of": iso_ms(now), "c": {}})
            part["c"][tree.regions[region_id].code] = counters
        return parts
