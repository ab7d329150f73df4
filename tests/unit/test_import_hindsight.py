"""What only a whole file shows: rounded points, addresses that belong together, impossible hops."""

from __future__ import annotations

import pytest

from dashboard.ingest.hindsight import hops, shared_letters, too_few_decimals


@pytest.mark.parametrize(
    ("counts", "few"),
    [
        ({}, None),
        ({6: 1_000}, None),
        ({6: 999, 2: 1}, 3),
        ({6: 999, 3: 1}, 3),
        ({6: 1_000_000, 3: 1}, None),  # one in a million ends in 000 by chance, twice
        ({6: 1_000_000, 3: 200}, 3),
        ({4: 31_800, 3: 25, 2: 3}, None),  # Boston's own four decimals, some ending in zeros
        ({4: 31_800, 2: 400}, 2),
        ({3: 40, 2: 2}, None),  # of points with three decimals every hundredth ends in a zero, twice
        ({2: 500}, 2),
        ({1: 3, 0: 2}, 2),
    ],
)
def test_points_are_rounded_where_chance_cannot_have_done_it(counts: dict[int, int], few: int | None) -> None:
    assert too_few_decimals(counts) == few


def test_what_addresses_have_in_common_is_where_they_begin() -> None:
    estate = [f"和平路88号幸福小区{n}栋{n}01" for n in range(1, 9)]
    assert shared_letters(estate, 0.6) == len("和平路88号幸福小区")
    assert shared_letters(["东街1号", "西街2号", "南桥3号"], 0.6) == 0
    assert shared_letters(["成都市东街", "成都市西街", "成都市南桥", ""], 0.6) == 3
    assert shared_letters([], 0.6) == 0


def test_a_hop_is_measured_from_the_last_fix_that_was_sound() -> None:
    start, away = 103.8, 103.85
    fixes = [
        *((2, 1, 0.0, start, 30.7), (3, 1, 10.0, away, 30.7), (4, 1, 20.0, away, 30.7)),
        *((5, 1, 30.0, start, 30.7), (6, 2, 31.0, away, 30.7), (7, 1, 700.0, away, 30.7)),
    ]
    found = list(hops(iter(fixes)))
    assert [hop.row for hop in found] == [3, 4]
    assert (found[0].point, found[0].seconds) == ("103.850000, 30.700000", 10.0)
    assert found[0].distance_m == pytest.approx(4_780, abs=2)


def test_noise_of_a_receiver_is_no_hop() -> None:
    assert list(hops(iter([(2, 1, 0.0, 103.8, 30.7), (3, 1, 1.0, 103.802, 30.7)]))) == []
