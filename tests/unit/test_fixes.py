"""What is wrong with a fix: the vectorised rules against a plain one, fix by fix."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.fixes import (
    HIDDEN,
    NEVER_US,
    FixFlag,
    Known,
    judge,
    on_shift,
)

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
Fix = tuple[int, int, float, float, float]

fixes = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([-2000, -700, -600, -90, -30, -20, -20, -10, -5, 0, 30, 61, 4000]).map(
            lambda age: NOW + age * SECOND
        ),
        st.sampled_from([0.0, 103.9, 103.9001, 103.95, 104.4]),
        st.sampled_from([0.0, 30.7, 30.7001, 30.75]),
        st.sampled_from([math.nan, 5.0, 5000.0]),
    ),
    max_size=14,
)
known_fixes = st.lists(
    st.one_of(st.none(), st.tuples(st.sampled_from([-3000, -100, -15]), st.just(103.9), st.just(30.7))),
    min_size=3,
    max_size=3,
)


def plain(found: list[Fix], known: list[tuple[int, float, float] | None]) -> list[FixFlag]:
    """The same rules, one fix after the other, by great circles."""
    last = {who: (NOW + one[0] * SECOND, one[1], one[2]) for who, one in enumerate(known) if one is not None}
    seen: set[tuple[int, int, float, float]] = set()
    flags = []
    for who, at, lon, lat, accuracy in found:
        flag = FixFlag(0)
        age_s = (NOW - at) / SECOND
        flag |= FixFlag.STALE if age_s > 600 else FixFlag(0)
        flag |= FixFlag.AHEAD if age_s < -60 else FixFlag(0)
        flag |= FixFlag.NULL_ISLAND if (lon, lat) == (0, 0) else FixFlag(0)
        flag |= FixFlag.VAGUE if accuracy > 1000 else FixFlag(0)
        before = last.get(who)
        if (who, at, lon, lat) in seen or before == (at, lon, lat):
            flag |= FixFlag.DUPLICATE
        elif before is not None and at <= before[0]:
            flag |= FixFlag.OUT_OF_ORDER
        elif before is not None and not flag & HIDDEN:
            lasted_s = (at - before[0]) / SECOND
            hop_m = great_circle_m(lon, lat, before[1], before[2])
            if lasted_s <= 600 and hop_m > 300 and hop_m > 70 * max(lasted_s, 1):
                flag |= FixFlag.TOO_FAST
        seen.add((who, at, lon, lat))
        if not flag & HIDDEN:
            last[who] = (at, lon, lat)
        flags.append(flag)
    return flags


def great_circle_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    a, b = math.radians(lat_a), math.radians(lat_b)
    across = math.cos(a) * math.cos(b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(math.sin((b - a) / 2) ** 2 + across))


@settings(max_examples=400, deadline=None)
@given(fixes, known_fixes)
def test_batches_are_judged_as_fixes_one_by_one(
    found: list[Fix], known: list[tuple[int, float, float] | None]
) -> None:
    columns = list(zip(*found, strict=True)) or [(), (), (), (), ()]
    flags = judge(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.float64),
        np.array(columns[4], dtype=np.float64),
        said=np.zeros(len(found), dtype=np.int64),
        now_us=NOW,
        known=Known(
            at_us=np.array(
                [NEVER_US if one is None else NOW + one[0] * SECOND for one in known], dtype=np.int64
            ),
            lon=np.array([math.nan if one is None else one[1] for one in known]),
            lat=np.array([math.nan if one is None else one[2] for one in known]),
        ),
    )
    assert [FixFlag(flag) for flag in flags.tolist()] == plain(found, known)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=20),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(1, 20)), max_size=12),
)
def test_a_fix_is_on_shift_where_any_shift_of_its_worker_holds_it(
    found: list[tuple[int, int]], shifts: list[tuple[int, int, int]]
) -> None:
    inside = on_shift(
        np.array([who for who, _ in found], dtype=np.int64),
        np.array([at for _, at in found], dtype=np.int64),
        of=np.array([who for who, _, _ in shifts], dtype=np.int64),
        start_us=np.array([start for _, start, _ in shifts], dtype=np.int64),
        end_us=np.array([start + length for _, start, length in shifts], dtype=np.int64),
    )
    expected = [
        any(who == whose and start <= at < start + length for whose, start, length in shifts)
        for who, at in found
    ]
    assert inside.tolist() == expected


def test_a_device_that_never_moves_again_is_judged_anew_after_ten_minutes() -> None:
    known = Known(at_us=np.array([NOW - 601 * SECOND]), lon=np.array([80.0]), lat=np.array([20.0]))
    one = {
        "worker": np.array([0]),
        "at_us": np.array([NOW]),
        "lon": np.array([103.9]),
        "lat": np.array([30.7]),
    }
    flags = judge(**one, accuracy_m=np.array([5.0]), said=np.array([0]), now_us=NOW, known=known)
    assert flags.tolist() == [0]
