"""Numbers and names in the sheets of briefings: those of the workbook, and those inside native charts."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest

from dashboard.briefing.content import Chart, Measure, Tone
from dashboard.briefing.docx import document
from dashboard.briefing.pptx import deck
from dashboard.briefing.xlsx import workbook
from tests.briefings import change, charts, parts, week


def test_names_are_no_formulas_in_the_workbooks_inside_charts() -> None:
    """Whoever edits a chart's data opens a workbook: a region's name is text there, whatever it begins with."""
    live = (
        '=WEBSERVICE("https://example.org/")',
        "{=1+1}",
        "+1",
        "@SUM(A1)",
        "https://example.org/",
        "external:a.xlsx",
        "<r><t>x</t></r>",
    )

    def named(chart: Chart) -> Chart:
        series = tuple(replace(one, name=live[place]) for place, one in enumerate(chart.series))
        names = (*live, *chart.categories)[: len(chart.categories)]
        return replace(chart, categories=names, series=series, target_name=live[1])

    sections = tuple(
        replace(one, charts=tuple(named(chart) for chart in one.charts), map=None) for one in week().sections
    )
    briefing = replace(week(), sections=sections)
    for held, folder in ((deck(briefing), "ppt/embeddings"), (document(briefing), "word/embeddings")):
        found = parts(held, folder)
        assert len(found) == len(charts(briefing))
        for part in found.values():
            cells = [
                cell for sheet in openpyxl.load_workbook(io.BytesIO(part)) for row in sheet for cell in row
            ]
            assert any(cell.data_type == "s" and "WEBSERVICE" in cell.value for cell in cells)
            assert {cell.data_type for cell in cells} <= {"s", "n"}
            assert not any(cell.hyperlink for cell in cells)


@pytest.mark.parametrize(("lang", "unit"), [("zh", " 个百分点"), ("en", " pp")])
def test_changes_in_a_workbook_have_their_sign_and_points_are_no_percent(lang: str, unit: str) -> None:
    fewer = change("减少 3 件", -3.0, Tone.NEUTRAL)
    fewer = replace(fewer, figure=replace(fewer.figure, measure=Measure.COUNT))
    first = week().sections[0]
    cards = (replace(first.cards[0], changes=(fewer,)), *first.cards[1:])
    briefing = replace(week(), lang=lang, sections=(replace(first, cards=cards),))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(briefing)))[first.title]
    found = {row[0].value: row[5] for row in sheet.iter_rows(max_col=6) if row[5].value is not None}
    assert found["按期结案率"].value == pytest.approx(0.4)
    assert found["按期结案率"].number_format == f'+0.00"{unit}";-0.00"{unit}";0.00"{unit}"'
    assert (found["上报"].value, found["上报"].number_format) == (-3, "+#,##0;-#,##0;0")
    assert found["办结"].number_format == "+0.00%;-0.00%;0.00%"
    assert sheet[found["上报"].row][1].number_format == "#,##0"


def test_a_workbook_s_labels_print_what_the_text_says() -> None:
    found = [xml for xml in parts(workbook(week()), "xl/charts/").values() if b"89.8%" in xml]
    assert len(found) == 1
    assert b"89.9%" not in found[0]
    assert found[0].count(b"<c:rich>") > found[0].count(b"<c:title>")


def test_a_cell_shows_what_looks_like_markup() -> None:
    typed = "<r><t>假</t></r>"
    briefing = week()
    told = briefing.edited({briefing.sections[0].headline.key: typed})
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(told)))
    cells = [str(cell.value) for sheet in sheets for row in sheet for cell in row]
    assert f"{typed} " in cells
