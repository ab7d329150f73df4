"""Patterns of strangers. Owns the bound on what matching one can take.

A pattern is matched in one piece that nothing can break off, and one such as `(a+)+` takes longer than anybody waits
for a few dozen characters. So each is weighed before it is used: what it can try at most, by the parts of it that
may take more or less. A pattern that is cheap for short values only is matched against no longer ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants as ops  # type: ignore[attr-defined]  # the only way to a parsed pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

LONGEST_PATTERN: Final = 1_000
MOST_STEPS: Final = 20_000_000
"""What one value may take: about a tenth of a second."""
LENGTHS: Final = (20_000, 2_000, 250, 60)
"""Characters of a value for which a pattern is weighed."""
_PLAIN: Final = frozenset(
    {ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.RANGE, ops.CATEGORY, ops.AT, ops.GROUPREF}
)
_REPEATS: Final = frozenset({ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT})
_LOOKS: Final = frozenset({ops.ASSERT, ops.ASSERT_NOT})


class TooCostly(ValueError):
    """The pattern can take too long."""


def weighed(text: str) -> tuple[re.Pattern[str], int]:
    """The pattern, and how long a value may be for it. Raises TooCostly, re.error."""
    if len(text) > LONGEST_PATTERN:
        raise TooCostly
    try:
        parsed = parser.parse(text)
        length = next((length for length in LENGTHS if _steps(parsed, length) <= MOST_STEPS), None)
        if length is None:
            raise TooCostly
        return re.compile(text), length
    except (RecursionError, OverflowError) as error:
        raise TooCostly from error


def _steps(items: Sequence[tuple[Any, Any]], length: int) -> float:
    """In how many ways these parts, one after another, can take a text of that length. Raises TooCostly."""
    found = 1.0
    for kind, what in items:
        found *= _ways(kind, what, length)
    return found


def _ways(kind: object, what: Any, length: int) -> float:  # noqa: ANN401 - the parser's own
    if kind in _PLAIN:
        return 1.0
    if kind in _REPEATS:
        least, most, inner = what
        if most > 1 and (_steps(inner, length) > 1 or not inner.getwidth()[0]):
            raise TooCostly  # what varies, repeated: the ways multiply with every turn
        return (min(int(most), length) - min(int(least), length) + 1) * _steps(inner, length)
    if kind is ops.BRANCH:
        return sum(_steps(one, length) for one in what[1])
    if kind is ops.SUBPATTERN:
        return _steps(what[3], length)
    if kind is ops.ATOMIC_GROUP:
        return _steps(what, length)
    if kind in _LOOKS:
        return _steps(what[1], length)
    raise TooCostly
