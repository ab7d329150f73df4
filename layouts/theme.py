"""The Plotly template of the product, with the values of `assets/css/tokens.css` that charts need."""

from __future__ import annotations

from typing import Any, Final

TEXT_2: Final = "#AEBCCD"
TEXT_3: Final = "#8C9DB2"
LINE: Final = "#5CB2F2"
AREA: Final = "rgba(92, 178, 242, .12)"
PREVIOUS: Final = "#8C9DB2"
AXIS: Final = "#3A4E66"
GRID: Final = "#1E2D40"
SURFACE_1: Final = "#101B2A"
FONT: Final = "Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
COLOURWAY: Final = (
    "#5CB2F2",
    "#4DA0D5",
    "#DBDF84",
    "#8064AE",
    "#71ECFD",
    "#A3641D",
    "#208770",
    "#95A34B",
    "#C8B2BE",
)
CONFIG: Final[Any] = {"displayModeBar": False, "responsive": True, "staticPlot": True}


def layout() -> dict[str, Any]:
    """Layout that every chart starts from; sizes are design pixels, which the browser scales."""
    tick = {"color": TEXT_3, "size": 16}
    return {
        "font": {"family": FONT, "size": 16, "color": TEXT_2},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 34, "r": 14, "t": 12, "b": 24, "pad": 0},
        "colorway": list(COLOURWAY),
        "xaxis": {
            "showgrid": False,
            "zeroline": False,
            "linecolor": AXIS,
            "ticks": "",
            "tickfont": tick,
            "fixedrange": True,
            "tickmode": "array",
            "ticklabeloverflow": "allow",
        },
        "yaxis": {
            "gridcolor": GRID,
            "gridwidth": 1,
            "zeroline": False,
            "tickfont": tick,
            "fixedrange": True,
            "tickmode": "array",
            "ticklabeloverflow": "allow",
        },
        "showlegend": False,
        "separators": ".,",
        "uirevision": "keep",
        "hovermode": False,
        "transition": {"duration": 0},
    }
