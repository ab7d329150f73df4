"""Addresses of small files, made while somebody waits, and of what a picture says about itself. Each goes on record.

Owns which panel has which forms; tables of many rows are made in the background.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Protocol

import anyio
import anyio.to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.access import audit
from dashboard.access.door import viewer_of
from dashboard.acts_routes import body_of
from dashboard.api import ApiServices, endpoint
from dashboard.api_trails import Attachment
from dashboard.domain.policy import Act
from dashboard.errors import DashboardError
from dashboard.exports import csv_file, geojson, xlsx_file
from dashboard.exports.asking import Asked, DeskReads, MapReads, asked
from dashboard.exports.events import events_about
from dashboard.exports.panels import Panel, panel_sheet
from dashboard.exports.sheet import About, Sheet
from dashboard.exports.shown import MOST_BYTES, Posted, posted_from, shown_sheet
from dashboard.file_routes import attachment
from dashboard.questions import Question, asked_choice
from dashboard.route_refusals import language, spoken
from data_access.queries.regions import RegionUnknown

THREADS: Final = 2
HEADERS: Final = {"Cache-Control": "no-store"}
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
        return _caption(about, form)

    def taken(posted: Posted, question: Question) -> Response:
        """A panel as its page posted it: a file, or what a picture of it says about itself."""
        if posted.form not in (*Picture, Form.CSV, Form.XLSX):
            raise NoSuchForm
        ask = _asked(question, services)
        sheet = shown_sheet(ask, posted)
        note(question.engine, ask, posted.panel, posted.form, rows=len(posted.rows), subject=posted.subject)
        if posted.form in list(Picture):
            return JSONResponse(_caption(sheet.about, Picture(posted.form)), headers=HEADERS)
        body, media = _made(ask, sheet, Form(posted.form))
        name = attachment(f"{sheet.about.file_name}.{posted.form}")
        return Response(body, media_type=media, headers=HEADERS | {"Content-Disposition": name})

    async def shown(request: Request) -> Response:
        posted = posted_from(await body_of(request, MOST_BYTES))
        question = await anyio.to_thread.run_sync(_question, request, services, posted.region)
        return await anyio.to_thread.run_sync(taken, posted, question, limiter=limiter)

    return [
        Route("/export/shown", spoken(shown, "export", {RegionUnknown: 404}), methods=["POST"]),
        Route("/export/{panel}.{form}", endpoint(panel_file, services, limiter), methods=["GET"]),
        Route("/export/{panel}/caption", endpoint(caption, services, limiter), methods=["GET"]),
    ]


def note(engine: Engine, ask: Asked, what: str, form: str, /, **details: object) -> None:
    """Put on record that somebody takes something away."""
    audit.note(
        engine, ask.viewer, "export.made", ask.code, what=what, form=form, **ask.view.question(), **details
    )


def _question(request: Request, services: Services, region: str) -> Question:
    """A panel's question: about the region that it names, else about all that its viewer sees. RegionUnknown."""
    viewer = viewer_of(request.scope)
    code = region or services.desk.top(viewer.scope)
    if code is None:
        raise RegionUnknown(code="")
    return Question(
        engine=services.engine,
        scope=viewer.scope,
        now=services.now(),
        lang=language(request),
        query={"region": code},
        path={},
        viewer=viewer,
    )


def _caption(about: About, form: Picture) -> dict[str, Any]:
    return {
        "title": about.title,
        "lines": [list(line) for line in about.lines],
        "file_name": f"{about.file_name}.{'png' if form is Picture.COPY else form}",
    }


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
