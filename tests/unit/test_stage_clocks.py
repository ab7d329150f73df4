"""The clocks of an event's stages, read off by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.domain.model import State
from dashboard.domain.stage_clocks import Life, Passage, StageClock, sign_clock, stage_clocks
from dashboard.domain.terms import terms_from

ZONE = ZoneInfo("Asia/Shanghai")
TERMS = terms_from({"timezone": "Asia/Shanghai", "workflow": "seven"})
HOUR = timedelta(hours=1)


def at(hour: int, minute: int = 0, day: int = 19) -> datetime:
    """A time of Thursday, 19 November 2026; work is from 9 to 12 and from 13:30 to 17:30."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def life(**overrides: Any) -> Life:
    """Reported at nine, being handled since 9:40, due at 11."""
    done = {"accepted_at": at(9, 10), "filed_at": at(9, 20), "dispatched_at": at(9, 40)} | overrides.pop(
        "done", {}
    )
    facts: dict[str, Any] = {
        "stage": "handle",
        "state": State.OPEN,
        "reported_at": at(9),
        "due_at": at(11),
        "stage_due_at": None,
        "signed_at": at(9, 50),
        "sign_due_at": at(11, 40),
        "limit_hours": 2.0,
        "limit_working": True,
        **overrides,
    }
    return Life(done=done, **facts)


def clocks(one: Life, now: datetime, trace: list[Passage] | None = None) -> dict[str, StageClock]:
    return {clock.key: clock for clock in stage_clocks(one, trace or [], TERMS, now)}


def test_each_stage_begins_where_the_one_before_ended() -> None:
    found = clocks(life(), at(10))
    assert list(found) == list(TERMS.workflow.keys)
    assert (found["report"].started_at, found["report"].done_at) == (at(9), at(9, 10))
    assert (found["file"].started_at, found["file"].done_at) == (at(9, 10), at(9, 20))
    assert (found["handle"].started_at, found["handle"].done_at) == (at(9, 40), None)
    assert [key for key, clock in found.items() if clock.running] == ["handle"]
    assert found["report"].used_hours == pytest.approx(10 / 60)
    assert found["handle"].used_hours == pytest.approx(20 / 60)
    for key in ("feedback", "verify", "evaluate"):
        assert (found[key].started_at, found[key].used_hours, found[key].due_at) == (None, None, None)


def test_a_stage_may_take_its_own_limit_and_handling_that_of_the_category() -> None:
    found = clocks(life(), at(12))
    assert (found["dispatch"].limit_hours, found["handle"].limit_hours) == (1.0, 2.0)
    assert found["dispatch"].due_at == at(10, 20)
    assert found["handle"].due_at == at(11)
    assert (found["dispatch"].late_hours, found["handle"].late_hours) == (0.0, 1.0)


def test_lateness_counts_working_hours_over_lunch_and_night() -> None:
    found = clocks(life(), at(9, 30, day=20))
    assert found["handle"].late_hours == pytest.approx(1 + 4 + 0.5)
    plain = clocks(life(limit_working=False), at(9, 30, day=20))
    assert plain["handle"].late_hours == pytest.approx(22.5)
    assert not plain["handle"].working
    assert plain["dispatch"].working, "a stage's own limit runs in working time"


def test_the_stage_s_own_due_time_rules_while_it_runs() -> None:
    found = clocks(life(stage_due_at=at(10, 30)), at(11))
    assert found["handle"].due_at == at(10, 30)
    assert found["handle"].late_hours == pytest.approx(0.5)


def test_a_stage_that_ended_late_stays_late() -> None:
    found = clocks(life(done={"accepted_at": at(9, 45)}), at(10))
    assert found["report"].due_at == at(9, 30)
    assert found["report"].late_hours == pytest.approx(0.25)


def test_an_event_that_came_back_runs_there_again_from_its_return() -> None:
    trace = [
        Passage(stage="dispatch", action="done", at=at(9, 40), actor="中心"),
        Passage(stage="handle", action="return", at=at(10, 30), actor="科室"),
    ]
    found = clocks(life(stage="dispatch"), at(11), trace)
    assert (found["dispatch"].running, found["dispatch"].done_at) == (True, None)
    assert found["dispatch"].started_at == at(10, 30)
    assert found["dispatch"].used_hours == pytest.approx(0.5)
    assert (found["handle"].returned, found["handle"].running, found["handle"].started_at) == (1, False, None)
    assert found["dispatch"].actor == "中心"


def test_handled_again_after_a_return_begins_with_the_second_dispatch() -> None:
    trace = [
        Passage(stage="handle", action="return", at=at(9, 30), actor=None),
        Passage(stage="dispatch", action="done", at=at(9, 40), actor=None),
    ]
    assert clocks(life(), at(10), trace)["handle"].started_at == at(9, 40)


def test_stages_that_were_skipped_have_no_clock_and_lend_their_beginning_to_the_next() -> None:
    found = clocks(life(done={"accepted_at": None, "filed_at": None}), at(10))
    assert (found["report"].started_at, found["file"].started_at) == (None, None)
    assert found["dispatch"].started_at == at(9)


def test_a_closed_event_runs_on_in_its_evaluation_only() -> None:
    done = {
        "resolved_at": at(10, 30),
        "replied_at": at(10, 40),
        "verified_at": at(10, 50),
        "closed_at": at(10, 50),
    }
    found = clocks(life(stage="evaluate", state=State.CLOSED, done=done), at(17))
    assert [key for key, clock in found.items() if clock.running] == ["evaluate"]
    finished = clocks(life(stage="done", state=State.CLOSED, done=done | {"evaluated_at": at(14)}), at(17))
    assert not any(clock.running for clock in finished.values())
    assert finished["evaluate"].done_at == at(14)


def test_a_void_event_runs_nowhere() -> None:
    assert not any(clock.running for clock in clocks(life(state=State.VOID), at(17)).values())


def test_a_stage_of_another_loop_does_no_harm() -> None:
    found = clocks(life(stage="archive"), at(10))
    assert not any(clock.running for clock in found.values())
    assert found["dispatch"].done_at == at(9, 40)


@pytest.mark.parametrize(
    ("signed", "now", "late"),
    [
        (at(9, 50), at(17), 0.0),
        (None, at(11), 0.0),
        (None, at(13, 30), 20 / 60),
        (at(14), at(17), 20 / 60 + 0.5),
    ],
)
def test_the_signature_has_a_clock_of_its_own(signed: datetime | None, now: datetime, late: float) -> None:
    found = sign_clock(life(signed_at=signed), TERMS, now)
    assert found.late_hours == pytest.approx(late)
    assert (found.signed_at, found.due_at) == (signed, at(11, 40))


def test_late_is_late_before_a_working_hour_has_passed() -> None:
    found = sign_clock(life(signed_at=None, sign_due_at=at(18)), TERMS, at(23))
    assert (found.late, found.late_hours) == (True, 0.0)


def test_nobody_waits_for_the_signature_of_a_closed_event() -> None:
    assert sign_clock(life(signed_at=None, state=State.CLOSED), TERMS, at(17)).late_hours == 0.0
