"""Words that somebody looks for in events: folded as the events' own words are, and cut into pairs.

Two neighbouring characters are the shortest thing that is looked up: Chinese words are mostly two characters
long and stand without spaces. Owns the folding and the pairs of a question; those of the events are functions
of the database, `board.event_words` and `board.bigrams`, which a test holds to these.
"""

from __future__ import annotations

import itertools
import re
import string
import unicodedata
from dataclasses import dataclass
from typing import Final

from dashboard.errors import DashboardError

LONGEST: Final = 100
MOST_TERMS: Final = 8
_SMALL: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_CODE: Final = re.compile(r"(?=.*[0-9])[0-9a-z_./-]{3,64}")


class SearchTooLong(DashboardError):
    """Look for at most {terms} words, {most} characters together."""

    zh = "最多可搜索 {terms} 个词，合计不超过 {most} 个字符。"


class SearchTooShort(DashboardError):
    """A single character can be looked for in {days} days at most. Add another, or choose a shorter time."""

    zh = "单个字只能在 {days} 天以内的时段中搜索。请再输入一个字，或缩短时段。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One phrase that must occur. `grams`: the pairs by which it is found, none for a single character."""

    text: str
    grams: tuple[int, ...]

    @property
    def exact(self) -> bool:
        """Whether the pairs alone say that the phrase occurs: of a longer one they may lie apart."""
        return len(self.text) == 2

    @property
    def like_code(self) -> bool:
        """Whether it may be the beginning or the end of an event's code."""
        return _CODE.fullmatch(self.text) is not None


def folded(text: str) -> str:
    """A text as it is compared: full-width and composed forms folded (NFKC), latin letters small."""
    return unicodedata.normalize("NFKC", text).translate(_SMALL)


def pairs(text: str) -> list[int]:
    """What a folded text is found by: every two neighbouring characters, their code points in one number."""
    return [ord(first) << 32 | ord(second) for first, second in itertools.pairwise(text)]


def terms(question: str) -> tuple[Term, ...]:
    """The phrases of a question, parted by space; all must occur. SearchTooLong."""
    if len(question) > LONGEST:
        raise SearchTooLong(terms=MOST_TERMS, most=LONGEST)
    words = list(dict.fromkeys(folded(_UNSTORABLE.sub(" ", question)).split()))
    if len(words) > MOST_TERMS:
        raise SearchTooLong(terms=MOST_TERMS, most=LONGEST)
    return tuple(Term(text=word, grams=tuple(dict.fromkeys(pairs(word)))) for word in words)
