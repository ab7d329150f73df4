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
FIRST_SINGLE: Final = 0x2E80
"""From this code point on (the first of the CJK radicals) single characters are looked up too."""
_SMALL: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_CODE: Final = re.compile(r"(?=.*[0-9])[0-9a-z_./-]{3,64}")


class SearchTooLong(DashboardError):
    """Look for at most {terms} words, {most} characters together."""

    zh = "最多可搜索 {terms} 个词，合计不超过 {most} 个字符。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One phrase that must occur. `grams`: the pairs by which it is found, none for a single latin letter."""

    text: str
    grams: tuple[int, ...]

    @property
    def exact(self) -> bool:
        """Whether the pairs alone say that the phrase occurs: of a longer one they may lie apart."""
        return len(self.grams) == 1

    @property
    def like_code(self) -> bool:
        """Whether it may be the beginning or the end of an event's code."""
        return _CODE.fullmatch(self.text) is not None


def folded(text: str) -> str:
    """A text as it is compared: full-width and composed forms folded (NFKC), latin letters small."""
    return unicodedata.normalize("NFKC", text).translate(_SMALL)


def pairs(text: str) -> list[int]:
    """What a folded text is found by: its pairs, the singles, and its last character alone."""
    points = [ord(char) for char in text]
    found = [first << 32 | second for first, second in zip(points, [*points[1:], 0], strict=True)]
    return [*found, *(point << 32 for point in points[:-1] if point >= FIRST_SINGLE)]


def terms(question: str) -> tuple[Term, ...]:
    """The phrases of a question, parted by space; all must occur. SearchTooLong."""
    if len(question) > LONGEST:
        raise SearchTooLong(terms=MOST_TERMS, most=LONGEST)
    words = list(dict.fromkeys(folded(_UNSTORABLE.sub(" ", question)).split()))
    if len(words) > MOST_TERMS:
        raise SearchTooLong(terms=MOST_TERMS, most=LONGEST)
    return tuple(Term(text=word, grams=_grams(word)) for word in words)


def _grams(word: str) -> tuple[int, ...]:
    points = [ord(char) for char in word]
    if len(points) == 1:
        return (points[0] << 32,) if points[0] >= FIRST_SINGLE else ()
    return tuple(dict.fromkeys(a << 32 | b for a, b in itertools.pairwise(points)))
