"""A briefing's charts in a workbook: native, and read from the cells beside them."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from dashboard.briefing.chart_scale import headed, printed
from dashboard.briefing.content import Chart, ChartKind, Measure, Role
from dashboard.briefing.themes import PRINT, SANS

KINDS: Final = {
    ChartKind.COLUMN: "column",
    ChartKind.BAR: "bar",
    ChartKind.DOTS: "bar",
    ChartKind.LINE: "line",
}
LABELS: Final = {Measure.COUNT: "#,##0", Measure.HOURS: "0.0"}
MOST_LABELS: Final = 14
WIDTH_PX: Final = 560
HEIGHT_PX: Final = 320
ROW_PX: Final = 20


def draw(book: Any, page: Any, chart: Chart, head: int) -> Any:  # noqa: ANN401 - the library has no types
    """A chart of the data whose headings stand in row `head`, categories in the first column."""
    made = book.add_chart({"type": KINDS[chart.kind]})
    lying = chart.kind in {ChartKind.BAR, ChartKind.DOTS}
    first, last = head + 1, head + len(chart.categories)
    form = LABELS.get(chart.measure, "0.0%")
    for column, series in enumerate(chart.series, start=1):
        looks = _looks(chart, series.role, PRINT.area(chart.series, column - 1))
        if series.role is Role.NOW and (lying or len(chart.categories) <= MOST_LABELS):
            looks["data_labels"] = {
                "value": True,
                "num_format": form,
                "font": _font(9),
                "custom": [_label(printed(point, chart.measure)) for point in series.points],
            }
            if chart.kind is ChartKind.LINE:
                looks["data_labels"]["position"] = "above"
        made.add_series(
            {
                "name": [page.name, head, column],
                "categories": [page.name, first, 0, last, 0],
                "values": [page.name, first, column, last, column],
                **looks,
            }
        )
    if chart.target is not None and chart.kind is ChartKind.LINE:
        column = len(chart.series) + 1
        made.add_series(
            {
                "name": [page.name, head, column],
                "categories": [page.name, first, 0, last, 0],
                "values": [page.name, first, column, last, column],
                "line": {"color": f"#{PRINT.target}", "width": 1.25, "dash_type": "dash"},
            }
        )
    made.set_title({"name": headed(chart), "name_font": _font(12, bold=True), "overlay": False})
    many = len(chart.series) > 1 or (chart.target is not None and chart.kind is ChartKind.LINE)
    made.set_legend({"position": "bottom", "font": _font(9)} if many else {"none": True})
    names = {"num_font": _font(9), "reverse": lying, "major_tick_mark": "none"}
    values: dict[str, Any] = {
        "num_font": _font(9),
        "num_format": "0%" if chart.measure is Measure.RATE else form,
        "major_gridlines": {"visible": True, "line": {"color": f"#{PRINT.chart_grid}"}},
        "line": {"none": True},
    }
    if chart.kind is ChartKind.LINE and chart.least is not None:
        values["min"] = chart.least
    if lying:
        values |= {"min": 0, "visible": False, "major_gridlines": {"visible": False}}
    made.show_blanks_as("gap")
    made.set_x_axis(values if lying else names)  # the library names a lying chart's axes by where they stand
    made.set_y_axis(names if lying else values)
    made.set_size({"width": WIDTH_PX, "height": _height(chart) if lying else HEIGHT_PX})
    return made


def _label(text: str | None) -> dict[str, Any] | None:
    """What a label says where the program's own rounding would print another number than the text."""
    return None if text is None else {"value": text, "font": _font(9)}


def rows_under(chart: Chart) -> int:
    """How many rows of a sheet a chart covers."""
    lying = chart.kind in {ChartKind.BAR, ChartKind.DOTS}
    return ceil((_height(chart) if lying else HEIGHT_PX) / ROW_PX) + 1


def _height(chart: Chart) -> int:
    return max(HEIGHT_PX, 22 * len(chart.categories) + 80)


def _looks(chart: Chart, role: Role, area: str) -> dict[str, Any]:
    if chart.kind is ChartKind.LINE:
        line = {"color": f"#{PRINT.line(role)}", "width": 2.0 if role is Role.NOW else 1.25}
        if role is not Role.NOW:
            return {"line": {**line, "dash_type": "round_dot"}}
        fill = {"color": f"#{PRINT.line(role)}"}
        return {"line": line, "marker": {"type": "circle", "size": 6, "fill": fill, "border": fill}}
    looks: dict[str, Any] = {"fill": {"color": f"#{area}"}, "gap": 45}
    if chart.statuses:
        looks["points"] = [{"fill": {"color": f"#{PRINT.status(status)}"}} for status in chart.statuses]
    return looks


def _font(size: int, *, bold: bool = False) -> dict[str, Any]:
    return {"name": SANS, "size": size, "bold": bold, "color": f"#{PRINT.text_1}"}
