"""The timer heap against a plain dictionary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.turns import SLACK, Turns

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
moments = st.integers(0, 20).map(lambda minutes: NOON + timedelta(minutes=minutes))
steps = st.one_of(st.tuples(st.integers(1, 5), st.none() | moments), moments)


@given(st.lists(steps, max_size=60))
def test_due_are_those_whose_last_set_moment_has_come(
    acts: list[tuple[int, datetime | None] | datetime],
) -> None:
    turns = Turns()
    plain: dict[int, datetime] = {}
    for act in acts:
        if isinstance(act, datetime):
            expected = sorted(id_ for id_, moment in plain.items() if moment <= act)
            assert sorted(turns.due(act)) == expected
            plain = {id_: moment for id_, moment in plain.items() if moment > act}
            continue
        id_, moment = act
        turns.put(id_, moment)
        plain.pop(id_, None)
        if moment is not None:
            plain[id_] = moment


def test_entries_set_over_and_over_do_not_pile_up() -> None:
    turns = Turns()
    for number in range(10 * SLACK):
        turns.put(number % 3, NOON + timedelta(seconds=number))
    assert len(turns) <= 2 * 3 + SLACK
    assert sorted(turns.due(NOON + timedelta(days=1))) == [0, 1, 2]
