"""Addresses of small files, made while somebody waits, and of what a picture says about itself. Each goes on record.

Owns which panel has which forms; tables of many rows are made in the background.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Protocol

import anyio
from sqlalchemy import Engine
from starlette.routing import Route

from dashboard.access import audit
from dashboard.api import ApiServices, endpoint
from dashboard.api_trails import Attachment
from dashboard.domain.policy import Act
from dashboard.errors import DashboardError
from dashboard.exports import csv_file, geojson, xlsx_file
from dashboard.exports.asking import Asked, DeskReads, MapReads, asked
from dashboard.exports.events import events_about
from dashboard.exports.panels import Panel, panel_sheet
from dashboard.exports.sheet import Sheet
from dashboard.questions import Question, asked_choice

THREADS: Final = 2
EVENTS: Final = "events"
"""A panel whose table is made in the background."""


class Form(StrEnum):
    """Forms of a file that the server makes."""

    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"


class Picture(StrEnum):
    """Forms of a picture that the browser makes."""

    PNG = "png"
    SVG = "svg"
    COPY = "copy"


class ExportRefused(DashboardError):
    """Your role may not take files away. Ask an administrator for it."""

    zh = "您的角色无权导出，请联系管理员。"
    status = 403


class NoSuchForm(DashboardError):
    """There is no such file of this panel."""

    zh = "该面板没有这种格式的文件。"
    status = 404


class Services(ApiServices, Protocol):
    """What exports need of the composition root."""

    @property
    def desk(self) -> DeskReads:
        """The reads behind the panels of a region's page."""
        ...

    @property
    def desk_map(self) -> MapReads:
        """The reads behind the desk's map."""
        ...


def routes(services: Services) -> list[Route]:
    """The routes, for the web process to mount."""
    limiter = anyio.CapacityLimiter(THREADS)

    def panel_file(question: Question) -> Attachment:
        """A panel as a table, or the map as GeoJSON."""
        panel, form = question.path["panel"], question.path["form"]
        if (
            panel not in list(Panel)
            or form not in list(Form)
            or (form == Form.GEOJSON) > (panel == Panel.MAP)
        ):
            raise NoSuchForm
        ask = _asked(question, services)
        sheet = panel_sheet(Panel(panel), ask)
        body, media = _made(ask, sheet, Form(form))
        note(question.engine, ask, panel, form)
        return Attachment(name=f"{sheet.about.file_name}.{form}", media=media, body=body)

    def caption(question: Question) -> dict[str, Any]:
        """What a picture of a panel says about itself."""
        panel = question.path["panel"]
        if panel not in (*Panel, EVENTS):
            raise NoSuchForm
        form = asked_choice(question.query, "form", Picture, Picture.PNG)
        ask = _asked(question, services)
        about = events_about(ask) if panel == EVENTS else panel_sheet(Panel(panel), ask).about
        note(question.engine, ask, panel, form)
        return {
            "title": about.title,
            "lines": [list(line) for line in about.lines],
            "file_name": f"{about.file_name}.{'png' if form is Picture.COPY else form}",
        }

    return [
        Route("/export/{panel}.{form}", endpoint(panel_file, services, limiter), methods=["GET"]),
        Route("/export/{panel}/caption", endpoint(caption, services, limiter), methods=["GET"]),
    ]


def note(engine: Engine, ask: Asked, what: str, form: str, /, **details: object) -> None:
    """Put on record that somebody takes something away."""
    audit.note(
        engine, ask.viewer, "export.made", ask.code, what=what, form=form, **ask.view.question(), **details
    )


def _asked(question: Question, services: Services) -> Asked:
    if not question.viewer.may(Act.EXPORT) or not question.viewer.may(Act.SEE_REGIONS):
        raise ExportRefused
    return asked(question, services.desk, services.desk_map)


def _made(ask: Asked, sheet: Sheet, form: Form) -> tuple[bytes, str]:
    match form:
        case Form.CSV:
            return csv_file.csv_bytes(sheet), csv_file.MEDIA
        case Form.XLSX:
            return xlsx_file.xlsx_bytes(sheet), xlsx_file.MEDIA
    return geojson.map_file(ask), geojson.MEDIA
