"""How much room text takes in a file, and what text a file can hold at all.

Files are laid out where no fonts are: a Chinese character is as wide as it is high, others about half of that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import Final

NARROW: Final = 0.65
"""Of digits and small letters, in the widest of the fonts that may stand in for ours."""
SERIF: Final = 0.55
"""The same in the faces of documents, whose digits are half as wide as high."""
WIDE: Final = 1.0
TIGHT: Final = dict.fromkeys("il.,:; -|'", 0.34) | {"W": 1.0, "M": 0.9, "%": 0.95, "m": 0.95, "w": 0.82}
BOLD: Final = 1.15
"""How much wider a text is in bold."""
WORD: Final = re.compile(r"[!-~]+")
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML file may hold: text that people typed may."""

LETTERED: Final = re.compile("<r>.*</r>", re.DOTALL)
"""What the writer of workbooks takes for a cell's ready markup."""


def printable(text: str) -> str:
    """The text without what a file cannot hold."""
    return NOT_IN_XML.sub("", text)


def in_cell(text: str) -> str:
    """The same for a workbook's cell, where it is shown as it is written whatever it looks like."""
    shown = printable(text)
    return f"{shown} " if LETTERED.fullmatch(shown) else shown


def ems(text: str, narrow: float = NARROW) -> float:
    """About how wide a text is, in sizes of its font."""
    return sum(WIDE if unicodedata.east_asian_width(one) in "WFA" else TIGHT.get(one, narrow) for one in text)


def lines_of(text: str, width_pt: float, size_pt: float) -> int:
    """In how many lines a text is set."""
    room = max(width_pt / size_pt, 1)
    return sum(max(1, ceil(ems(line) / room)) for line in text.split("\n"))


def joined(texts: Sequence[str]) -> str:
    """Sentences as running text: a space goes between those of languages that have one."""
    parts: list[str] = []
    for text in texts:
        if parts and parts[-1][-1:].isascii():
            parts.append(" ")
        parts.append(text)
    return "".join(parts)


def shortened(text: str, width_pt: float, size_pt: float, lines: int = 1) -> str:
    """As much of a text as stands in so many lines, with an ellipsis where it goes on."""
    room = width_pt / size_pt * lines
    if ems(text) <= room:
        return text
    kept = text
    while kept and ems(kept) + WIDE > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def widths(
    columns: Sequence[Sequence[str]],
    total_pt: float,
    size_pt: float,
    pad_pt: float,
    narrow: float = NARROW,
    bold: float = 1.0,
) -> list[float]:
    """Widths of columns of texts, the first of each its heading: as much as each needs, the longest give way. A Latin
    word or a code is not broken while there is room. `bold`: how much wider a heading is than other texts.
    """
    wanted = [
        max(bold * ems(column[0], narrow), *(ems(text, narrow) for text in column)) * size_pt + pad_pt
        for column in columns
    ]
    least = [
        min(
            want,
            max(4.0, bold * _heading(column[0], narrow), _longest_word(column, narrow)) * size_pt + pad_pt,
        )
        for column, want in zip(columns, wanted, strict=True)
    ]
    over = sum(wanted) - total_pt
    if over <= 0:
        return [want - over * want / sum(wanted) for want in wanted]
    slack = [want - few for want, few in zip(wanted, least, strict=True)]
    if sum(slack) >= over:
        return [want - over * room / sum(slack) for want, room in zip(wanted, slack, strict=True)]
    return [few * total_pt / sum(least) for few in least]


def _heading(name: str, narrow: float) -> float:
    """A heading may go on in a second line between its words."""
    return max((ems(part, narrow) for part in name.split(" ")), default=0.0)


def _longest_word(column: Sequence[str], narrow: float) -> float:
    return max((ems(word, narrow) for text in column for word in WORD.findall(text)), default=0.0)
