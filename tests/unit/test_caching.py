"""Answers are kept for a moment, asked once however many ask, and never shared between scopes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from dashboard.caching import Answers, Kept, key_of, plain
from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    value: int
    names: tuple[str, ...] = ()


class Counter:
    """Answers with how often it was asked; waits until it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = threading.Event()
        self.begun = threading.Event()

    def __call__(self) -> Number:
        self.asked += 1
        self.begun.set()
        assert self.go.wait(10)
        return Number(value=self.asked, names=("犀浦", "a"))


def test_a_hundred_who_ask_at_once_are_one_question() -> None:
    kept, ask = Kept(Answers(keep_s=60), "number", Number), Counter()
    with ThreadPoolExecutor(100) as pool:
        found = [pool.submit(kept.get, {"code": "D"}, ask) for _ in range(100)]
        assert ask.begun.wait(10)
        ask.go.set()
        answers = {one.result(10) for one in found}
    assert answers == {Number(value=1, names=("犀浦", "a"))}
    assert ask.asked == 1


def test_other_questions_do_not_wait_for_a_slow_one() -> None:
    kept, slow = Kept(Answers(keep_s=60), "number", Number), Counter()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(kept.get, {"code": "slow"}, slow)
        assert slow.begun.wait(10)
        assert kept.get({"code": "quick"}, lambda: Number(value=7)).value == 7
        slow.go.set()
        assert waiting.result(10).value == 1


def test_errors_are_told_to_those_who_asked_and_not_kept() -> None:
    kept = Kept(Answers(keep_s=60), "number", Number)

    def fail() -> Number:
        raise DashboardError("away")

    for _ in range(2):
        with pytest.raises(DashboardError):
            kept.get({}, fail)
    assert kept.get({}, lambda: Number(value=3)).value == 3


def test_locks_of_questions_that_are_over_are_gone() -> None:
    answers = Answers(keep_s=60)
    kept = Kept(answers, "number", Number)
    for n in range(50):
        kept.get({"n": n}, lambda: Number(value=1))
    assert answers._under_way == {}


def test_scopes_and_questions_have_keys_of_their_own() -> None:
    one = key_of("figures", {"code": "D1", "scope": Scope(streets=frozenset({"D1", "D2"}))})
    same = key_of("figures", {"scope": Scope(streets=frozenset({"D2", "D1"})), "code": "D1"})
    others = {
        key_of("figures", {"code": "D1", "scope": Scope()}),
        key_of("figures", {"code": "D1", "scope": Scope(streets=frozenset())}),
        key_of("figures", {"code": "D1", "scope": Scope(streets=frozenset({"D1"}))}),
        key_of("figures", {"code": "D1", "scope": Scope(departments=frozenset({"D1", "D2"}))}),
        key_of("courses", {"code": "D1", "scope": Scope(streets=frozenset({"D1", "D2"}))}),
    }
    assert one == same
    assert len(others | {one}) == 6


def test_what_has_no_form_of_its_own_is_no_part_of_a_key() -> None:
    with pytest.raises(TypeError):
        plain({"what": object()})


def test_what_is_over_is_forgotten_when_something_else_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("dashboard.caching.monotonic", lambda: clock[0])
    answers = Answers(keep_s=60)
    kept = Kept(answers, "number", Number)
    for number in range(50):
        clock[0] += 2.0
        kept.get({"code": number}, lambda: Number(value=1))
    held = [number for number in range(50) if answers.get(key_of("number", {"code": number}))]
    assert held == list(range(20, 50))
    assert len(answers._ends) == len(held)
