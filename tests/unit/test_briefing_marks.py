"""Files of a briefing carry the mark of who takes them away on each page, and none where none is wanted."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import openpyxl
import pytest
from pptx import Presentation

from dashboard.briefing.content import Briefing
from dashboard.briefing.docx import document
from dashboard.briefing.pptx import deck
from dashboard.briefing.print import print_page
from dashboard.briefing.sheet_foot import MOST, foot
from dashboard.briefing.xlsx import workbook
from tests.briefings import week

MARK = "li&wang 2026-11-20 06:00Z"


def of_slides(data: bytes) -> list[str]:
    slides = Presentation(io.BytesIO(data)).slides
    return ["\n".join(one.text_frame.text for one in slide.shapes if one.has_text_frame) for slide in slides]


def of_document(data: bytes) -> list[str]:
    (part,) = docx.Document(io.BytesIO(data)).sections
    feet = (part.footer, part.even_page_footer)
    return ["\n".join(line.text for line in foot.paragraphs) for foot in feet]


def of_workbook(data: bytes) -> list[str]:
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    cover = [str(cell.value) for row in sheets[0] for cell in row]
    return ["\n".join(cover), *(str(sheet.oddFooter.center.text).replace("&&", "&") for sheet in sheets)]


@pytest.mark.parametrize(
    ("made", "pages"), [(deck, of_slides), (document, of_document), (workbook, of_workbook)]
)
def test_each_page_carries_the_mark(
    made: Callable[[Briefing, str], bytes], pages: Callable[[bytes], list[str]]
) -> None:
    marked = pages(made(week(), MARK))
    assert marked
    assert [page for page in marked if MARK not in page] == []
    assert not any(MARK in page for page in pages(made(week(), "")))


def test_the_page_to_print_carries_the_mark() -> None:
    told = "li&amp;wang 2026-11-20 06:00Z"
    assert f" · {told}</p></header>" in print_page(week(), MARK)
    assert f'<footer class="bp-mark">{told}</footer>' in print_page(week(), MARK)
    assert "bp-mark" not in print_page(week())


@pytest.mark.parametrize("login", ["li", "a&b" * 30, "一个很长的名字" * 40, "𠮷" * 200])
def test_the_foot_of_a_sheet_cuts_only_what_it_has_no_room_for(login: str) -> None:
    mark, office = f"{login} 2026-11-20 06:00Z", "郫都区城市运行管理中心"
    made = foot(office, mark)
    assert len(made.encode("utf-16-le")) // 2 <= MOST
    told = made.replace("&&", "&")
    assert office in told
    assert " 2026-11-20 06:00Z" in told
    assert (mark in told) == (len(login) < 200)
    assert ("…" in told) == (mark not in told)


def test_a_long_office_leaves_room_for_the_mark() -> None:
    made = foot("很长的机关名称" * 60, MARK)
    assert len(made) == MOST
    assert MARK in made.replace("&&", "&")
    assert "…&C&9 " in made
    assert foot("机关", "") == "&L&9 机关&R&9&P / &N"
