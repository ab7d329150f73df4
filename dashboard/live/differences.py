"""What leads from one picture of the district to another, as ordinary frames.

Owns two ways there: the difference of two mirrors (after a new leader, or a hole that the log cannot fill)
and the sum of many frames (for a client that fell behind). Both are idempotent, and leave out nothing but
the steps between. Leavers come before arrivals, because a worker may have changed streets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dashboard.domain.messages import (
    DISTRICT_BLOCK,
    GONE_FLAG,
    Draft,
    EventRecord,
    FrameKind,
    Header,
    Part,
    Why,
    iso_ms,
)
from dashboard.live.mirror import STATIC, Mirror, WorkerRow

LIVE_STATIC: Final = frozenset({"release"})
"""Static parts that beats bring; all others reach a client only with a new snapshot."""

AGE_TREMBLE_S: Final = 2


def needs_reset(old: Mirror, new: Mirror) -> bool:
    """Whether the map, the taxonomy, the workflow or the settings differ, which no frame can tell."""
    return any(old.static[key] != new.static[key] for key in STATIC if key not in LIVE_STATIC)


def difference(old: Mirror, new: Mirror) -> list[Draft]:
    """Frames that turn a mirror like `old` into one like `new`. Both must have the same static parts."""
    return [*_counts(old, new), *_events(old, new), *_moves(old, new), *_trends(old, new)]


def _counts(old: Mirror, new: Mirror) -> list[Draft]:
    parts: dict[str, Part] = {}
    as_of = _iso(new.as_of_ms)
    for code, counters in new.indicators.items():
        known = old.indicators.get(code, {})
        gone = {key: 0 for key in known if key not in counters}
        changed = {key: value for key, value in counters.items() if known.get(key) != value} | gone
        if changed:
            block = new.block_of.get(code, DISTRICT_BLOCK)
            parts.setdefault(block, {"as_of": as_of, "c": {}})["c"][code] = changed
    return [Draft(kind=FrameKind.COUNTS, parts=parts)] if parts else []


def _events(old: Mirror, new: Mirror) -> list[Draft]:
    drafts: list[Draft] = []
    for id_, known in old.events.items():
        block = old.block_of.get(known["r"], DISTRICT_BLOCK)
        record = new.events.get(id_)
        if record is None:
            if known["late"] or known["al"]:
                drafts.append(_event(block, _tombstone(known, known["v"], Why.VOID)))
        elif new.block_of.get(record["r"], DISTRICT_BLOCK) != block:
            drafts.append(_event(block, _tombstone(known, record["v"], Why.MOVED)))
    changed = [record for id_, record in new.events.items() if old.events.get(id_) != record]
    for record in sorted(changed, key=lambda one: (one["u"], one["id"])):
        block = new.block_of.get(record["r"], DISTRICT_BLOCK)
        drafts.append(_event(block, record))
        known_level = old.events[record["id"]]["al"] if record["id"] in old.events else 0
        if record["al"] and not known_level:
            alert = {"id": record["id"], "level": record["al"], "due": record["due"]}
            drafts.append(Draft(kind=FrameKind.ALERT, parts={block: alert}))
    return drafts


def _event(block: str, record: EventRecord) -> Draft:
    return Draft(kind=FrameKind.EVENT, parts={block: {"e": record}})


def _tombstone(known: EventRecord, version: int, why: Why) -> EventRecord:
    """The record that takes an event out of a list which must no longer show it."""
    return {**known, "v": version, "state": "void", "x": None, "y": None, "late": 0, "al": 0, "why": str(why)}


def _moves(old: Mirror, new: Mirror) -> list[Draft]:
    leaving: dict[str, Part] = {}
    for id_, row in old.workers.items():
        block = old.block_of.get(row[2], DISTRICT_BLOCK)
        present = new.workers.get(id_)
        if present is None or new.block_of.get(present[2], DISTRICT_BLOCK) != block:
            leaving.setdefault(block, {"at": new.as_of_ms, "m": []})["m"].append([id_, 0, 0, 0, GONE_FLAG])
    arriving: dict[str, Part] = {}
    for id_, row in new.workers.items():
        known = old.workers.get(id_)
        if known is not None and _same_fix(known, old.told_ms[id_], row, new.told_ms[id_]):
            continue
        part = arriving.setdefault(
            new.block_of.get(row[2], DISTRICT_BLOCK), {"at": new.as_of_ms, "w": [], "m": []}
        )
        if known is None or known[:5] != row[:5]:
            part["w"].append(row[:5])
        age_s = row[5] + max(0, new.as_of_ms - new.told_ms[id_]) // 1000
        part["m"].append([id_, age_s, *row[6:]])
    return [Draft(kind=FrameKind.MOVE, parts=parts) for parts in (leaving, arriving) if parts]


def _same_fix(known: WorkerRow, known_ms: int, row: WorkerRow, row_ms: int) -> bool:
    """Whether two rows tell the same of a worker, each at its own time. Ages are whole seconds."""
    elapsed_s = (row_ms - known_ms) / 1000
    return (
        known[:5] == row[:5] and known[6:] == row[6:] and abs(known[5] + elapsed_s - row[5]) <= AGE_TREMBLE_S
    )


def _trends(old: Mirror, new: Mirror) -> list[Draft]:
    parts: dict[str, Part] = {}
    for code, trend in new.trends.items():
        if old.trends.get(code) != trend:
            parts.setdefault(new.block_of.get(code, DISTRICT_BLOCK), {"t": {}})["t"][code] = trend
    return [Draft(kind=FrameKind.TREND, parts=parts)] if parts else []


def merged(frames: Iterable[tuple[Header, Mapping[str, Part]]]) -> list[Draft] | None:
    """The sum of consecutive frames: of every counter, worker and event the newest.

    None where a reset is among them: then nothing else counts. The frames may be cut to a scope already.
    """
    sums = _Sums()
    for header, parts in frames:
        if header.kind is FrameKind.RESET:
            return None
        for key, part in parts.items():
            sums.add(header.kind, key, part)
    return sums.drafts()


class _Sums:
    """What has come in so far, by kind and block."""

    def __init__(self) -> None:
        self.counts: dict[str, Part] = {}
        self.events: dict[tuple[str, int], EventRecord] = {}
        self.alerts: dict[int, tuple[str, Part]] = {}
        self.known: dict[str, dict[int, list[Any]]] = {}
        self.moves: dict[str, dict[int, tuple[int, list[int]]]] = {}
        self.trends: dict[str, Part] = {}
        self.beat: Part | None = None

    def add(self, kind: FrameKind, key: str, part: Part) -> None:
        if kind is FrameKind.COUNTS:
            mine = self.counts.setdefault(key, {"c": {}})
            mine["as_of"] = part["as_of"]
            for code, counters in part["c"].items():
                mine["c"].setdefault(code, {}).update(counters)
        elif kind is FrameKind.EVENT:
            record: EventRecord = part["e"]
            self.events.pop((key, record["id"]), None)
            self.events[key, record["id"]] = record
        elif kind is FrameKind.ALERT:
            self.alerts[part["id"]] = (key, part)
        elif kind is FrameKind.MOVE:
            self.known.setdefault(key, {}).update({row[0]: row for row in part.get("w", ())})
            self.moves.setdefault(key, {}).update({row[0]: (part["at"], row) for row in part["m"]})
        elif kind is FrameKind.TREND:
            self.trends.setdefault(key, {"t": {}})["t"].update(part["t"])
        elif kind is FrameKind.BEAT:
            self.beat = part

    def drafts(self) -> list[Draft]:
        out: list[Draft] = []
        if self.counts:
            out.append(Draft(kind=FrameKind.COUNTS, parts=self.counts))
        out += [_event(key, record) for (key, _), record in self.events.items()]
        out += [Draft(kind=FrameKind.ALERT, parts={key: part}) for key, part in self.alerts.values()]
        moved = (self._moved(True), self._moved(False))
        out += [Draft(kind=FrameKind.MOVE, parts=parts) for parts in moved if parts]
        if self.trends:
            out.append(Draft(kind=FrameKind.TREND, parts=self.trends))
        if self.beat is not None:
            out.append(Draft(kind=FrameKind.BEAT, parts={DISTRICT_BLOCK: self.beat}))
        return out

    def _moved(self, gone: bool) -> dict[str, Part]:
        """Either those who left or those who are there, each block's ages brought to its newest moment."""
        parts: dict[str, Part] = {}
        for key, moves in self.moves.items():
            newest = max(at for at, _ in moves.values())
            rows = [
                [row[0], row[1] + (newest - at) // 1000, *row[2:]]
                for at, row in moves.values()
                if (row[4] == GONE_FLAG) is gone
            ]
            if not rows:
                continue
            there = {row[0] for row in rows}
            shown = [] if gone else [row for id_, row in self.known.get(key, {}).items() if id_ in there]
            parts[key] = {"at": newest, **({"w": shown} if shown else {}), "m": rows}
        return parts


def _iso(ms: int) -> str:
    return iso_ms(datetime.fromtimestamp(ms / 1000, UTC))
