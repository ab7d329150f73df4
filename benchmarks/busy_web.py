"""The web process as it is in production, plus one page that works as hard as a busy callback.

Run as `python -m benchmarks.busy_web PORT` with QUANYU_DATABASE_URL and QUANYU_REDIS_URL. /busy builds a
figure of a month and two smaller ones in Flask, in the same threads as Dash's callbacks: some 50 ms of
Python.
"""

from __future__ import annotations

import sys

import pandas as pd
import plotly.graph_objects as go
import uvicorn
from flask import Flask

from dashboard import asgi
from dashboard.config import Settings, load_settings
from dashboard.factory import WebApp, create_app


def add_busy_page(flask: Flask) -> None:
    """A page that costs what a callback with three figures costs."""

    @flask.get("/busy")
    def busy() -> str:
        hours = pd.date_range("2026-11-01", periods=24 * 30, freq="h", tz="Asia/Shanghai")
        rows = pd.DataFrame(
            {"at": hours, "open": range(len(hours)), "street": [n % 14 for n in range(len(hours))]}
        )
        daily = rows.groupby([rows["at"].dt.date, "street"])["open"].agg(["mean", "max"]).reset_index()
        figures = [go.Figure(go.Scatter(x=rows["at"], y=rows["open"])) for _ in range(2)]
        figures.append(
            go.Figure([go.Bar(x=part["at"], y=part["mean"]) for _, part in daily.groupby("street")])
        )
        return "".join(str(figure.to_json()) for figure in figures)


def busy_app(settings: Settings) -> WebApp:
    """The application with the page."""
    app = create_app(settings)
    add_busy_page(app.flask)
    return app


def main() -> None:
    settings = load_settings(port=int(sys.argv[1]), sign_in="demo")
    config = asgi.uvicorn_config(settings)
    app = busy_app(settings)
    config.app, config.factory = app, False
    asgi.allow_many_files()
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
