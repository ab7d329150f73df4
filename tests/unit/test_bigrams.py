"""Words that somebody looks for: how they are folded, parted, and cut into pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.bigrams import LONGEST, MOST_TERMS, SearchTooLong, folded, pairs, terms


def words_of(question: str) -> list[str]:
    return [term.text for term in terms(question)]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", []),
        ("  \t ", []),
        ("占道经营", ["占道经营"]),
        ("占道 经营", ["占道", "经营"]),
        ("占道\u3000经营", ["占道", "经营"]),
        ("ＡＢＣ路１２号", ["abc路12号"]),
        ("井盖 井盖", ["井盖"]),
        ("Straße", ["straße"]),
        ("a\0b\ud800c", ["a", "b", "c"]),
        ("①号楼", ["1号楼"]),
    ],
)
def test_a_question_is_parted_and_folded(question: str, words: list[str]) -> None:
    assert words_of(question) == words


def test_pairs_are_two_neighbours_each() -> None:
    assert pairs("") == pairs("井") == []
    assert pairs("井盖x") == [ord("井") << 32 | ord("盖"), ord("盖") << 32 | ord("x")]


def test_a_pair_alone_proves_a_word_of_two_characters_only() -> None:
    (two,), (four,), (twice,) = terms("井盖"), terms("井盖松动"), terms("嗡嗡嗡")
    assert two.exact
    assert not four.exact
    assert not twice.exact, "the pair stands in 嗡嗡 too"


@pytest.mark.parametrize(
    ("word", "like"),
    [
        ("000417", True),
        ("pd-20261119-000417", True),
        ("E12", True),
        ("12", False),
        ("abc", False),
        ("12号", False),
    ],
)
def test_what_may_be_a_code(word: str, like: bool) -> None:
    (term,) = terms(word)
    assert term.like_code is like


@pytest.mark.parametrize(
    "question", ["字" * (LONGEST + 1), " ".join(chr(0x4E00 + n) for n in range(MOST_TERMS + 1))]
)
def test_too_much_is_refused_in_words(question: str) -> None:
    with pytest.raises(SearchTooLong) as caught:
        terms(question)
    assert str(LONGEST) in caught.value.sentence("zh")
    assert str(LONGEST) in caught.value.sentence("en")


@given(st.text(max_size=40), st.text(min_size=2, max_size=6), st.text(max_size=40))
def test_what_stands_in_a_text_is_found_by_its_pairs(before: str, word: str, after: str) -> None:
    text = folded(before + word + after)
    found = set(pairs(text))
    for start in range(len(text) - 1):
        assert set(pairs(text[start : start + 5])) <= found
