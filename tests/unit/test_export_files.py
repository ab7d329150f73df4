"""Tables as files: every cell arrives as it was, no text is a formula, and a stopped file leaves nothing behind."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from dashboard.domain.plain_text import safe
from dashboard.exports import xlsx_file
from dashboard.exports.csv_file import csv_bytes
from dashboard.exports.sheet import About, Column, Kind, Row, Sheet, share
from dashboard.exports.xlsx_file import HEAD_ROWS, write_xlsx, xlsx_bytes

AT = datetime(2026, 11, 20, 6, 32, 8, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "－1", "\u3000=1"]
COLUMNS = (
    Column(name="编码"),
    Column(name="件数", kind=Kind.COUNT),
    Column(name="比率", kind=Kind.RATE),
    Column(name="时间", kind=Kind.MOMENT),
)
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20
) | st.sampled_from(FORMULAS)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.integers(0, 10**9),
        st.none() | st.integers(0, 1000).map(lambda n: n / 1000),
        st.none() | st.integers(315_532_800, 4_102_444_800).map(lambda s: datetime.fromtimestamp(s, UTC)),
    ),
    max_size=8,
)


def sheet(rows: list[Row], title: str = "事件") -> Sheet:
    lines = [("区域", "郫都区 / 红光街道"), ("制作人", "=HYPERLINK(1)")]
    about = About(
        title=title, region="郫都区", lines=lines, as_of=AT, zone=SHANGHAI, sheet="数据", notes="说明"
    )
    return Sheet(about=about, columns=COLUMNS, rows=rows)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_csv_holds_every_cell(rows: list[Row]) -> None:
    body = csv_bytes(sheet(rows)).decode("utf-8")
    assert body.startswith("\ufeff")
    found = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"), newline="")))
    assert found[:5] == [["事件"], ["区域", "郫都区 / 红光街道"], ["制作人", "'=HYPERLINK(1)"], [],
                         ["编码", "件数", "比率", "时间"]]  # fmt: skip
    assert len(found) == 5 + len(rows)
    for row, (text, n, rate, at) in zip(found[5:], rows, strict=True):
        assert row[0].removeprefix("'") == str(text).removeprefix("'")
        assert not row[0].strip(" \u3000\ufeff").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        assert row[1] == ("" if n is None else str(n))
        assert row[2] == ("" if rate is None else f"{rate:.1%}")
        local = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if isinstance(at, datetime) else ""
        assert row[3] == local


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_excel_holds_every_cell_and_no_formula(rows: list[Row]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(sheet(rows))))
    assert book.sheetnames == ["数据", "说明"]
    page = book["数据"]
    assert [cell.value for cell in page[HEAD_ROWS]] == [column.name for column in COLUMNS]
    for number, (text, n, rate, at) in enumerate(rows, start=HEAD_ROWS + 1):
        cells = [page.cell(number, column) for column in range(1, 5)]
        assert unescape(cells[0].value or "").removeprefix("'") == str(text).removeprefix("'")
        assert cells[0].data_type in ("s", "n", "inlineStr")
        assert [cell.value for cell in cells[1:3]] == [n, rate]
        local = at.astimezone(SHANGHAI).replace(tzinfo=None) if isinstance(at, datetime) else None
        found = cells[3].value
        assert found is local or abs(found - local) < timedelta(seconds=1)
    assert [[cell.value for cell in row] for row in book["说明"].iter_rows(min_row=2)] == [
        ["区域", "郫都区 / 红光街道"],
        ["制作人", "'=HYPERLINK(1)"],
    ]
    assert all(cell.data_type != "f" for one in book for row in one.iter_rows() for cell in row)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_no_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


def test_other_texts_stay_as_they_are() -> None:
    for text in ("", "占道经营", "1-2", "a=b", "'quoted"):
        assert safe(text) == text


def test_a_rate_is_cut_not_rounded() -> None:
    assert [share(9997, 10000), share(1, 3), share(0, 7), share(0, 0), share(None, None)] == [
        0.999,
        0.333,
        0.0,
        None,
        None,
    ]


def test_what_does_not_fit_into_one_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    told: list[int] = []
    out = io.BytesIO()
    assert write_xlsx(sheet([(f"E{n}", n, None, None) for n in range(7)]), out, told.append) == 7
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["数据", "数据 2", "数据 3", "说明"]
    found = [
        row[0].value for name in book.sheetnames[:3] for row in book[name].iter_rows(min_row=HEAD_ROWS + 1)
    ]
    assert found == [f"E{n}" for n in range(7)]
    assert told == [3, 6, 7]


def test_a_file_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(rows: int) -> None:
        if rows >= 1000:
            raise Stopped

    rows: list[Row] = [("E", n, None, None) for n in range(5000)]
    with pytest.raises(Stopped):
        write_xlsx(sheet(rows), tmp_path / "a.xlsx", stop, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<r><t>a</t></r>",
        "_x0041_",
        "a&amp;b<c>",
        " left",
        "right ",
        "two\nlines",
        "\x01\x1f\ufffe",
        "]]>",
        "长" * 40_000,
    ],
)
def test_any_text_is_shown_as_it_was_typed(text: str) -> None:
    about = sheet([]).about
    made = Sheet(
        about=replace(about, title=text, lines=[(text, text)]), columns=[Column(name=text)], rows=[(text,)]
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(made)))
    page, notes = book["数据"], book["说明"]
    for cell in (page["A1"], page["A3"], page["A4"], notes["A1"], notes["A2"], notes["B2"]):
        shown = {cell.value.strip(), unescape(cell.value).strip()}  # the reader unescapes some of them itself
        assert text.strip()[:32_000] in shown


def test_the_name_of_a_file_is_one_on_every_system() -> None:
    assert sheet([], title='a/b:c*?"<>|\\').about.file_name == f"郫都区_a_b_c{'_' * 8}20261120-1432"
