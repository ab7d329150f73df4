"""The rhythm of simulated days: reports, rosters, lives of events, and what follows from a seed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dashboard.domain.calendars import ChineseCalendar
from dashboard.domain.model import Source
from dashboard.domain.rota import Assignment, ChangeKind, Rota, Turn, planned
from dashboard.domain.worktime import WorkSchedule
from dashboard.simulation import lifecycle, people, profiles, rhythm, taxonomy, turns
from dashboard.simulation.lifecycle import Lives
from dashboard.simulation.rhythm import DAY_S, HOUR_S
from dashboard.simulation.world import ZONE

MONDAY = datetime(2026, 11, 16, tzinfo=ZONE)
CALENDAR = ChineseCalendar()


def test_the_taxonomy_has_three_levels_in_both_languages() -> None:
    tree = taxonomy.load()
    entries = list(tree.entries())
    groups = [group for top in tree.tops for group in top.groups]
    assert len(tree.tops) == 10
    assert len(groups) >= 40
    assert len(entries) >= 150
    assert all(entry.name_en.isascii() and not entry.name.isascii() for _, entry in entries)
    assert sum(top.share for top in tree.tops) == pytest.approx(1000)
    known = {department.code for department in tree.departments}
    assert all(known.issuperset(top.departments) for top in tree.tops)
    assert len({entry.code for _, entry in entries}) == len(entries)


def test_the_rota_of_a_simulated_district_is_its_roster_with_swaps() -> None:
    first, workers, seed = MONDAY.date(), 400, 7
    by = turns.pattern()
    steps = people.steps(workers, seed).tolist()
    rota = Rota(
        turns={
            kind.key: Turn(key=kind.key, start_min=kind.start_min, end_min=kind.end_min)
            for kind in people.SHIFTS
        },
        patterns={by.key: by},
        assignments=[
            Assignment(worker=n, pattern=by.key, step=step, first=first) for n, step in enumerate(steps)
        ],
        changes=turns.ahead(first, workers, seed),
    )
    last = first + timedelta(days=turns.AHEAD_DAYS)
    plan = planned(rota, first, last, CALENDAR, ZONE)
    drawn = []
    for n in range(turns.AHEAD_DAYS):
        roster = people.roster(first + timedelta(days=n), workers, ZONE, seed)
        kinds = [people.SHIFTS[kind].key for kind in roster.kind.tolist()]
        rows = zip(
            roster.worker.tolist(), roster.starts.tolist(), kinds, roster.cancelled.tolist(), strict=True
        )
        drawn += [(worker, start, kind, off) for worker, start, kind, off in rows]
    told = {(one.worker, one.starts_at.timestamp(), one.turn, one.cancelled) for one in plan}
    swaps = [one for one in rota.changes if one.kind is ChangeKind.SWAP]
    assert len(swaps) > 3
    assert sum(one.cancelled for one in plan) == sum(row[3] for row in drawn) > 3
    assert len(told) == len(drawn)
    assert len(told ^ set(drawn)) == 4 * len(swaps)


def test_reports_follow_the_day_and_keep_their_number() -> None:
    start = MONDAY.timestamp()
    rng = np.random.default_rng(1)
    counts = {
        source: rhythm.arrivals(
            source, (start, start + 14 * DAY_S), 1300, zone=ZONE, calendar=CALENDAR, rng=rng
        )
        for source in Source
    }
    total = sum(len(found) for found in counts.values())
    assert total / 14 == pytest.approx(1300, rel=0.08)
    assert len(counts[Source.GRID_WORKER]) / total == pytest.approx(0.65, abs=0.02)
    hours = (np.concatenate(list(counts.values())) - start) % DAY_S // HOUR_S
    by_hour = np.bincount(hours.astype(int), minlength=24) / 14
    assert by_hour.min() > 15
    assert by_hour[9:11].mean() > 3 * by_hour[2:4].mean()
    assert all((np.diff(found) >= 0).all() for found in counts.values())


@pytest.mark.parametrize("name", ["pidu", "dongguan"])
def test_a_quarter_of_the_workers_is_out_at_any_time(name: str) -> None:
    workers = profiles.load(name).workers
    day = MONDAY.date()
    turns = [people.roster(day + timedelta(days=offset), workers, ZONE, seed=11) for offset in range(-1, 8)]
    shares = []
    for at in MONDAY.timestamp() + np.arange(0, 7 * DAY_S, 600):
        out = sum(
            int(
                (
                    (turn.starts <= at)
                    & (turn.ends > at)
                    & (turn.checked_in <= at)
                    & ~(turn.checked_out <= at)
                    & ~turn.cancelled
                ).sum()
            )
            for turn in turns
        )
        shares.append(out / workers)
    assert min(shares) >= 0.25
    assert max(shares) < 0.7


def test_nobody_works_two_shifts_at_once_and_everybody_rests() -> None:
    day = MONDAY.date()
    turns = [people.roster(day + timedelta(days=offset), 638, ZONE, seed=11) for offset in range(28)]
    worker = np.concatenate([turn.worker for turn in turns])
    starts = np.concatenate([turn.starts for turn in turns])
    ends = np.concatenate([turn.ends for turn in turns])
    order = np.lexsort((starts, worker))
    same = worker[order][1:] == worker[order][:-1]
    assert (starts[order][1:][same] > ends[order][:-1][same]).all()
    assert (np.bincount(worker, minlength=638) == 24).all()


def lives(count: int = 4000, late: float = 0.05, seed: int = 3) -> Lives:
    rng = np.random.default_rng(seed)
    first = MONDAY.date() - timedelta(days=1)
    reported = np.sort(MONDAY.timestamp() + rng.uniform(0, 3 * DAY_S, count))
    return lifecycle.draw(
        reported,
        hours=rng.choice([4.0, 12.0, 24.0, 40.0], count),
        working=rng.random(count) < 0.5,
        late=np.full(count, late),
        hotline=rng.random(count) < 0.16,
        clock=rhythm.service_clock(first, 80, ZONE, CALENDAR),
        table=WorkSchedule(zone=ZONE, calendar=CALENDAR).table(first, first + timedelta(days=80)),
        rng=rng,
    )


def test_the_clocks_of_a_life_never_go_back() -> None:
    drawn = lives()
    marks = ("accepted", "filed", "dispatched", "signed", "resolved", "replied", "verified", "evaluated")
    before = drawn.reported
    for mark in marks:
        after = getattr(drawn, mark)
        assert (after >= before).all(), mark
        before = after
    again = ~np.isnan(drawn.returned)
    assert again.any()
    rounds = (drawn.signed, drawn.first_resolved, drawn.first_replied, drawn.returned, drawn.resolved)
    for earlier, later in itertools.pairwise(rounds):
        assert (earlier[again] <= later[again]).all()
    asked = ~np.isnan(drawn.asked)
    assert (drawn.asked[asked] > drawn.verified[asked]).all()
    assert not np.isnan(drawn.asked[~np.isnan(drawn.answered)]).any()


def test_as_many_events_are_late_as_asked_for() -> None:
    late = lives(late=0.1)
    assert (late.verified > late.due).mean() == pytest.approx(0.1, abs=0.02)
    assert not (lives(late=0.0).verified > lives(late=0.0).due).any()


def test_due_times_are_the_working_times_of_the_domain() -> None:
    schedule = WorkSchedule(zone=ZONE, calendar=CALENDAR)
    reported = np.array([MONDAY.timestamp() + 16 * HOUR_S, MONDAY.timestamp() + 5 * DAY_S])
    table = schedule.table(MONDAY.date(), MONDAY.date() + timedelta(days=30))
    due, warn = lifecycle.due_times(reported, np.array([8.0, 24.0]), np.array([True, False]), table)
    for place, working in enumerate((True, False)):
        at = datetime.fromtimestamp(reported[place], UTC)
        wanted = schedule.deadline(at, (8.0, 24.0)[place], working=working)
        assert wanted.due_at is not None
        assert wanted.warn_at is not None
        assert due[place] == pytest.approx(wanted.due_at.timestamp())
        assert warn[place] == pytest.approx(wanted.warn_at.timestamp())


def test_a_faster_life_is_the_same_life() -> None:
    plain = lives(count=50)
    fast = plain.faster(600)
    assert fast.verified - fast.reported == pytest.approx((plain.verified - plain.reported) / 600)
    assert fast.due - fast.reported == pytest.approx((plain.due - plain.reported) / 600)
    assert (fast.satisfaction == plain.satisfaction).all()


def test_the_same_seed_draws_the_same_lives() -> None:
    assert (lives(seed=5).verified == lives(seed=5).verified).all()
    assert (lives(seed=5).verified != lives(seed=6).verified).any()
