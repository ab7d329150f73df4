"""The mirror: frames bring it to where a snapshot would, scopes cut it, differences and sums lose nothing."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.messages import (
    Draft,
    FrameKind,
    Header,
    Part,
    decode_header,
    encode_frame,
    frame_parts,
)
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.live.differences import difference, merged, needs_reset
from dashboard.live.mirror import Mirror, blocks_of, cut

CONTRACT = Path(__file__).parents[1] / "contract"
START = datetime(2026, 11, 20, 6, 32, 8, 123000, UTC)
FIRST, SECOND = "510117001", "510117002"
GRIDS = {FIRST: "5101170010010001", SECOND: "5101170020010001"}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text())
    return loaded


def mirror() -> Mirror:
    return Mirror.from_snapshot(sample("snapshot"))


def taken(name: str) -> tuple[Header, dict[str, Part]]:
    raw = sample(name)
    parts = {part["s"]: part for part in raw["parts"]}
    frame = encode_frame(raw["epoch"], raw["offset"], raw["kind"], datetime.fromisoformat(raw["at"]), parts)
    return decode_header(frame), frame_parts(frame)


def applied(to: Mirror, drafts: list[Draft], at: datetime = START) -> Mirror:
    """A frozen copy of a mirror with the drafts applied, each of them sent through the wire's coding."""
    result = to.freeze()
    for number, draft in enumerate(drafts, start=1):
        frame = encode_frame(result.epoch, result.offset + number, draft.kind, at, draft.parts)
        result.apply(decode_header(frame), frame_parts(frame))
    return result


def shown(one: Mirror, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """What a viewer would see of a mirror, without its position in the log."""
    snapshot = cut(one, scope)
    for key in ("epoch", "offset", "as_of", "feeds"):
        snapshot.pop(key)
    snapshot["workers"] = sorted(snapshot["workers"])
    snapshot["events"] = [{k: v for k, v in record.items() if k != "why"} for record in snapshot["events"]]
    return snapshot


def test_counts_replace_only_what_they_name() -> None:
    one = mirror()
    yellow_before = one.indicators[FIRST]["yellow"]
    one.apply(*taken("counts"))
    assert one.indicators[FIRST]["open"] == 23
    assert one.indicators[FIRST]["yellow"] == yellow_before
    assert one.indicators["510117"]["on_time_due.d"] == 191
    assert one.position == (7, 123)


def test_a_worker_comes_moves_and_goes() -> None:
    one = mirror()
    one.apply(*taken("move"))
    assert one.workers[9] == [9, "W0009", GRIDS[FIRST], 10388700, 3081200, 2, 0, 0, 0]
    assert one.workers[7][5:] == [3, 12, -40, 0]
    assert 11 not in one.workers


def test_ages_grow_with_the_mirrors_time() -> None:
    one = mirror()
    later = START + timedelta(seconds=30)
    one.apply(decode_header(encode_frame(7, 123, "counts", later, {})), {})
    ages = {row[0]: row[5] for row in cut(one, EVERYTHING)["workers"]}
    assert ages == {7: 35, 8: 32, 11: 120}


def test_an_older_version_of_an_event_is_dropped_and_the_same_one_replaces() -> None:
    one = mirror()
    one.apply(*taken("event"))
    assert one.events[42]["v"] == 5
    header, parts = taken("event")
    parts[FIRST]["e"].update(v=4, stage="report")
    one.apply(header, parts)
    assert (one.events[42]["v"], one.events[42]["stage"]) == (5, "handle")


def test_an_event_that_left_a_street_is_in_the_new_one_only() -> None:
    one = mirror()
    one.apply(*taken("event_moved"))
    assert one.events[42]["r"] == GRIDS[SECOND]
    assert 42 not in {r["id"] for r in cut(one, Scope(streets=frozenset({FIRST})))["events"]}


def test_an_overdue_event_is_an_alert() -> None:
    one = mirror()
    one.apply(*taken("event_overdue"))
    assert cut(one, EVERYTHING)["alerts"] == [43]


def test_every_region_belongs_to_its_street() -> None:
    blocks = blocks_of(sample("snapshot")["regions"])
    assert blocks["510117"] == ""
    assert blocks[FIRST] == FIRST
    assert blocks[GRIDS[SECOND]] == SECOND


def test_a_snapshot_of_one_street_names_no_other() -> None:
    one = mirror()
    one.apply(*taken("event_moved"))
    text = json.dumps(cut(one, Scope(streets=frozenset({FIRST}))), ensure_ascii=False)
    assert SECOND not in text
    assert "合作街道" not in text
    assert "W0011" not in text
    assert '"open": 120' not in text


def test_the_whole_snapshot_is_what_came_in() -> None:
    assert shown(mirror()) == shown(Mirror.from_snapshot(cut(mirror(), EVERYTHING)))


def test_a_snapshot_has_the_keys_of_the_contract() -> None:
    assert cut(mirror(), EVERYTHING).keys() == sample("snapshot").keys()


def test_a_frozen_mirror_stays_as_it_was() -> None:
    one = mirror()
    before = copy.deepcopy(cut(frozen := one.freeze(), EVERYTHING))
    for name in ("counts", "move", "event", "trend", "beat"):
        one.apply(*taken(name))
    assert cut(frozen, EVERYTHING) == before


def test_another_map_cannot_be_told_by_frames() -> None:
    one, other = mirror(), mirror()
    assert not needs_reset(one, other)
    other.static = {**other.static, "map_version": "other"}
    assert needs_reset(one, other)


def test_an_alerting_event_that_is_no_longer_kept_gets_a_tombstone() -> None:
    one = mirror()
    one.apply(*taken("event_overdue"))
    other = one.freeze()
    del other.events[43]
    result = applied(one, difference(one, other))
    assert result.events[43]["state"] == "void"
    assert cut(result, EVERYTHING)["alerts"] == []


class Chance:
    """Frames such as a relay might send, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.where: dict[int, str | None] = {7: FIRST, 8: FIRST, 11: SECOND}
        self.versions = {42: 4, 43: 5}
        self.home = {42: FIRST, 43: FIRST}

    def draft(self) -> Draft:
        return self.random.choice([self.counts, self.event, self.move, self.trend])()

    def counts(self) -> Draft:
        street = self.random.choice([FIRST, SECOND])
        values = {GRIDS[street]: {"open": self.random.randrange(9), "overdue": self.random.randrange(3)}}
        part = {"as_of": "2026-11-20T06:32:08.123Z", "c": values}
        whole = {"as_of": part["as_of"], "c": {"510117": {"open": self.random.randrange(200)}}}
        return Draft(kind=FrameKind.COUNTS, parts={"": whole, street: part})

    def event(self) -> Draft:
        id_ = self.random.choice([42, 43, 44])
        template = sample("event")["parts"][0]["e"]
        new = self.random.choice([FIRST, SECOND])
        old = self.home.get(id_, new)
        self.versions[id_] = self.versions.get(id_, 0) + 1
        late = self.random.randrange(2)
        moment = template["u"] + 10 * sum(self.versions.values())
        record = {**template, "id": id_, "v": self.versions[id_], "r": GRIDS[new], "u": moment}
        record |= {"late": late, "al": late}
        parts: dict[str, Part] = {}
        if old != new:
            gone = {"r": old, "state": "void", "x": None, "y": None, "late": 0, "al": 0}
            parts[old] = {"e": {**record, **gone}}
        self.home[id_] = new
        return Draft(kind=FrameKind.EVENT, parts={**parts, new: {"e": record}})

    def move(self) -> Draft:
        id_ = self.random.choice([7, 8, 9, 11])
        at = sample("move")["parts"][0]["at"]
        known = self.where.get(id_)
        if known is not None and self.random.random() < 0.4:
            self.where[id_] = None
            return Draft(kind=FrameKind.MOVE, parts={known: {"at": at, "m": [[id_, 0, 0, 0, 9]]}})
        street = known or self.random.choice([FIRST, SECOND])
        self.where[id_] = street
        row = [id_, 2, self.random.randrange(50), self.random.randrange(50), self.random.randrange(4)]
        part: Part = {"at": at, "m": [row]}
        if known is None:
            part["w"] = [[id_, f"W{id_:04d}", GRIDS[street], 10388700, 3081200]]
        return Draft(kind=FrameKind.MOVE, parts={street: part})

    def trend(self) -> Draft:
        street = self.random.choice([FIRST, SECOND])
        return Draft(kind=FrameKind.TREND, parts={street: {"t": {street: {"at": self.random.randrange(99)}}}})


def cut_draft(draft: Draft, scope: Scope) -> Draft:
    return Draft(
        kind=draft.kind, parts={key: draft.parts[key] for key in scope.blocks(draft.parts, draft.kind)}
    )


@given(seed=st.integers(0, 2**32), length=st.integers(1, 40))
def test_a_difference_leads_to_the_same_picture_as_the_frames_between(seed: int, length: int) -> None:
    chance, one = Chance(seed), mirror()
    other = applied(one, [chance.draft() for _ in range(length)])
    assert shown(applied(one, difference(one, other))) == shown(other)


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(streets=frozenset({FIRST})), Scope(streets=frozenset())])
@given(seed=st.integers(0, 2**32), length=st.integers(1, 40))
def test_the_sum_of_frames_leads_to_the_same_picture_in_every_scope(
    scope: Scope, seed: int, length: int
) -> None:
    chance = Chance(seed)
    drafts = [cut_draft(chance.draft(), scope) for _ in range(length)]
    frames = []
    for number, draft in enumerate(drafts):
        frame = encode_frame(7, 123 + number, draft.kind, START, draft.parts)
        frames.append((decode_header(frame), frame_parts(frame)))
    one = Mirror.from_snapshot(cut(mirror(), scope))
    added = merged(frames)
    assert added is not None
    assert shown(applied(one, added)) == shown(applied(one, drafts))
    assert len(added) <= 2 + 6 + 3 + 3


def test_a_sum_with_a_reset_in_it_is_a_reset() -> None:
    assert merged([taken("counts"), taken("reset")]) is None


def test_a_sum_keeps_only_the_last_beat() -> None:
    added = merged([taken("beat"), taken("beat")])
    assert added is not None
    assert [draft.kind for draft in added] == [FrameKind.BEAT]


def test_a_scope_gets_its_own_blocks_and_everybodys_beats() -> None:
    street = Scope(streets=frozenset({FIRST}))
    assert street.blocks(["", FIRST, SECOND], FrameKind.COUNTS) == (FIRST,)
    assert street.blocks([""], FrameKind.BEAT) == ("",)
    assert street.blocks(["", FIRST, SECOND], FrameKind.RESET) == ("", FIRST)
    assert not street.allows("")
    assert EVERYTHING.blocks(["", SECOND]) == ("", SECOND)


def test_contract_samples_survive_the_wire() -> None:
    for path in sorted(CONTRACT.glob("*.json")):
        raw = json.loads(path.read_text())
        if "kind" not in raw:
            continue
        parts = {part["s"]: part for part in raw["parts"]}
        frame = encode_frame(raw["epoch"], raw["offset"], raw["kind"], START, parts)
        assert frame_parts(frame) == parts


def test_a_map_without_a_district_is_cut_to_the_scope_as_well() -> None:
    whole = sample("snapshot")
    whole["district"] = None
    whole["regions"] = [row for row in whole["regions"] if row[1] != "district"]
    found = cut(Mirror.from_snapshot(whole), Scope(streets=frozenset({FIRST})))
    assert {row[0] for row in found["regions"]} <= {FIRST, "510117001001", GRIDS[FIRST]}
    assert found["district"] is None
