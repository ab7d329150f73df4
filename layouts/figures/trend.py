"""A rate over time: now, the earlier period dashed, the target labelled on its line, a dot on the last point.

The figure is built once, empty; the browser fills its traces in place (`assets/js/trends.js`).
"""

from __future__ import annotations

from typing import Any

from layouts import theme


def figure() -> dict[str, Any]:
    """Traces in order: earlier period, now, last point. Shape 0 and annotation 0 are the target."""
    line = {"color": theme.LINE, "width": 2.4}
    return {
        "data": [
            {
                "x": [],
                "y": [],
                "mode": "lines",
                "line": {"color": theme.PREVIOUS, "width": 1.5, "dash": "3px,3px"},
            },
            {
                "x": [],
                "y": [],
                "mode": "lines",
                "line": line,
                "fill": "tozeroy",
                "fillcolor": theme.AREA,
            },
            {
                "x": [],
                "y": [],
                "mode": "markers",
                "cliponaxis": False,
                "marker": {"color": theme.LINE, "size": 8, "line": {"color": theme.SURFACE_1, "width": 2}},
            },
        ],
        "layout": {**theme.layout(), "shapes": [_target_line()], "annotations": [_target_label()]},
    }


def _target_line() -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"color": theme.TEXT_2, "width": 1.2, "dash": "6px,4px"},
    }


def _target_label() -> dict[str, Any]:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "middle",
        "borderpad": 0,
        "text": "",
        "showarrow": False,
        "font": {"size": 16, "color": theme.TEXT_2},
    }
