"""What somebody looks at in the ledger, as its address has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.filters import BadFilterError
from dashboard.domain.ledger_look import Issued, LedgerLook, Standing, look_from
from dashboard.domain.supervision import PaperKind, PaperState
from dashboard.domain.windows import Preset

CODES = st.text(alphabet="0123456789ABab-", min_size=1, max_size=20)
LOOKS = st.builds(
    LedgerLook,
    region=st.one_of(st.just(""), CODES),
    issued=st.sampled_from(Issued),
    kind=st.one_of(st.none(), st.sampled_from(PaperKind)),
    state=st.one_of(st.none(), st.sampled_from(Standing)),
    department=st.one_of(st.just(""), CODES),
)


@given(LOOKS)
def test_an_address_says_all_of_a_look(look: LedgerLook) -> None:
    assert look_from(look.query()) == look


def test_the_usual_look_needs_no_parameters() -> None:
    assert LedgerLook().query() == {}
    assert LedgerLook().preset is Preset.LAST_30_DAYS
    assert LedgerLook(issued=Issued.EVER).preset is None


def test_closed_means_in_time_or_not() -> None:
    assert LedgerLook(state=Standing.CLOSED).states == {PaperState.CLOSED, PaperState.CLOSED_LATE}
    assert LedgerLook().states == frozenset()


@pytest.mark.parametrize(
    "query", [{"kind": "letter"}, {"state": "late"}, {"issued": "now"}, {"department": "a b"}]
)
def test_what_makes_no_sense_is_said(query: dict[str, str]) -> None:
    with pytest.raises(BadFilterError) as caught:
        look_from(query)
    assert next(iter(query.values())) in caught.value.sentence("zh")
