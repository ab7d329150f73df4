"""What stands below each page of a printed workbook, within the 255 letters that Excel takes there."""

from __future__ import annotations

from typing import Final

from dashboard.briefing.typeset import printable

MOST: Final = 255
"""UTF-16 letters of all parts with their codes; a workbook with more does not open without repair."""
LEFT: Final = "&L&9 "
MIDDLE: Final = "&C&9 "
RIGHT: Final = "&R&9&P / &N"
LEAST_OFFICE: Final = 60
"""Room that the office has however long the mark is."""
WHEN: Final = len(" 2026-11-20 06:00Z")


def foot(office: str, mark: str) -> str:
    """The office, the mark of who takes it away, the page. What has no room is cut; when a mark was made stays."""
    room = MOST - len(LEFT) - len(RIGHT) - (len(MIDDLE) if mark else 0)
    named, marked = printable(office), printable(mark)
    marked = _cut(marked, room - min(LEAST_OFFICE, _taken(named)), tail=marked[-WHEN:])
    named = _cut(named, room - _taken(marked))
    return f"{LEFT}{_coded(named)}{f'{MIDDLE}{_coded(marked)}' if mark else ''}{RIGHT}"


def _cut(text: str, room: int, tail: str = "") -> str:
    """As much of a text as fits, with an ellipsis where it was cut, and its end if that is to stay."""
    if _taken(text) <= room:
        return text
    kept = text[: len(text) - len(tail)]
    while kept and _taken(f"{kept}…{tail}") > room:
        kept = kept[:-1]
    return f"{kept}…{tail}"


def _coded(text: str) -> str:
    return text.replace("&", "&&")


def _taken(text: str) -> int:
    return len(_coded(text).encode("utf-16-le")) // 2
