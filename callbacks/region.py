"""The region page: reads a region for the viewer and gives it to the layout."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dash.development.base_component import Component

from callbacks.services import Services
from dashboard.domain.indicators import Reading
from dashboard.domain.messages import epoch_ms
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from dashboard.i18n import Lang
from data_access.queries.events import OpenEvent
from data_access.queries.regions import ChildLoad, RegionNode, RegionPage
from layouts import formats
from layouts import region as page
from layouts.context import PageContext

MOST_EVENTS = 100
RATES = ("on_time_due", "satisfaction")
KEYS = ("reported", "closed", *RATES, "on_duty_rate")


def render(context: PageContext, services: Services, code: str, scope: Scope) -> Component:
    """The page of a region, or a sentence where there is none."""
    try:
        found = services.region(code, scope)
        events = services.open_events(code, scope, MOST_EVENTS)
        readings = {one.key: one for one in services.readings(code, scope, KEYS).readings}
        view = _view(context, services, found, events, readings)
    except DashboardError as error:
        return page.sentence(context, error.sentence(str(context.lang)))
    return page.layout(replace(context, read_ms=epoch_ms(services.now())), view)


def _view(
    context: PageContext,
    services: Services,
    found: RegionPage,
    events: list[OpenEvent],
    readings: dict[str, Reading],
) -> page.RegionView:
    terms = services.terms()
    now = services.now()
    region = found.path.region
    above = Words(zh=region.name, en=region.name_en or region.name)
    return page.RegionView(
        name=name(context, region),
        level=context.t(f"region.level_{region.level}"),
        crumbs=[
            page.Crumb(code=node.code if node.visible else None, name=name(context, node))
            for node in found.path.ancestors
        ],
        figures=figures(context, found, readings),
        events=[_event(context, event, above, terms, now) for event in events],
        open_total=found.open,
        children=[_child(context, child) for child in found.children],
    )


def name(context: PageContext, region: RegionNode) -> str:
    """A region's name in the viewer's language, the Chinese one where there is no other."""
    return region.name_en or region.name if context.lang is Lang.EN else region.name


def figures(context: PageContext, found: RegionPage, readings: dict[str, Reading]) -> list[page.Figure]:
    """The row of cards: counts, and rates with their n and d."""
    cards = [
        _count(context, "reported", readings["reported"].n),
        _count(context, "open", found.open, note=f"{context.t('region.due_2h')} {found.due_2h:,}"),
    ]
    cards += [_rate(context, readings[key]) for key in RATES]
    soon = f"{context.t('region.yellow')} {found.yellow:,}"
    cards.append(_count(context, "overdue", found.overdue, note=soon, colour="bad" if found.overdue else ""))
    if found.path.region.level in (Level.DISTRICT, Level.STREET):
        duty = readings["on_duty_rate"]
        note = "" if not duty.d else f"/ {duty.d:,}"
        cards.append(
            page.Figure(key="on_duty", label=context.t("kpi.on_duty"), value=formats.count(duty.n), unit=note)
        )
    return cards


def _count(
    context: PageContext, key: str, value: int | None, *, note: str = "", colour: str = ""
) -> page.Figure:
    return page.Figure(
        key=key, label=context.t(f"kpi.{key}"), value=formats.count(value), note=note, colour=colour
    )


def _rate(context: PageContext, reading: Reading) -> page.Figure:
    d = reading.d or 0
    note = (
        context.t("region.n_of_d", n=f"{reading.n or 0:,}", d=f"{d:,}")
        if d
        else context.t(f"kpi.none_{reading.key}")
    )
    return page.Figure(
        key=reading.key,
        label=context.t(f"kpi.{reading.key}"),
        value=formats.rate(reading.n, reading.d),
        unit="%" if d else "",
        note=note,
    )


def _event(
    context: PageContext, event: OpenEvent, above: Words, terms: Terms, now: datetime
) -> page.EventRow:
    lang = str(context.lang)
    if event.due_at is None:
        timing = context.t("region.no_limit")
    else:
        late = event.due_at < now
        timing = context.t(
            "region.over" if late else "region.left", span=formats.span(context, abs(event.due_at - now))
        )
    stage = terms.workflow.stage(event.stage)
    return page.EventRow(
        code=event.code,
        colour=str(event.colour) if event.due_at else "none",
        timing=timing,
        category=event.category.in_language(lang),
        place=_place(context, event, above),
        place_code=event.region_code,
        stage=stage.zh if context.lang is Lang.ZH else stage.en,
        source=context.t(f"source.{event.source}"),
        reported=formats.moment(event.reported_at, terms.zone),
    )


def _place(context: PageContext, event: OpenEvent, above: Words) -> str:
    lang = str(context.lang)
    region = event.region.in_language(lang)
    if event.parent is None or event.parent == above:
        return region
    return context.t("region.whereabouts", parent=event.parent.in_language(lang), region=region)


def _child(context: PageContext, child: ChildLoad) -> page.ChildRow:
    return page.ChildRow(
        code=child.region.code,
        name=name(context, child.region),
        kind=str(child.region.kind),
        open=child.open,
        overdue=child.overdue,
        yellow=child.yellow,
    )
