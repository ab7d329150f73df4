"""Lines of the logs: what an operator needs to know is in them."""

from __future__ import annotations

import logging

import pytest

from dashboard.logs import LONGEST, FactsFormatter


def line(name: str = "dashboard.supervisor", **facts: object) -> str:
    record = logging.makeLogRecord({"name": name, "msg": "a child ended", "levelname": "WARNING", **facts})
    return FactsFormatter().format(record).partition(" WARNING ")[2]


def test_a_line_says_which_and_why() -> None:
    told = line(action="ended", child="relay", code=-9, why="no such file")
    assert told == 'dashboard.supervisor a child ended action=ended child=relay code=-9 why="no such file"'


def test_a_fact_stays_on_its_line_and_has_an_end() -> None:
    told = line(cause="first\nsecond\t" + "x" * 1000)
    assert "\n" not in told
    assert len(told) < LONGEST + 100
    assert told.endswith('..."')


@pytest.mark.parametrize("name", ["uvicorn.error", "alembic.runtime.migration", "dashboards"])
def test_of_other_packages_only_the_sentence_is_written(name: str) -> None:
    assert line(name, color_message="secret", token="secret") == f"{name} a child ended"


def test_a_traceback_follows_the_facts() -> None:
    error = ValueError("wrong")
    told = line(action="failed", exc_info=(ValueError, error, None)).splitlines()
    assert told[0].endswith("action=failed")
    assert told[-1] == "ValueError: wrong"
