"""The page of a region: reads where it lies, what can be chosen and what its panels show first, and gives it to the
layout. From then on the panels are filled by callbacks of their own (`callbacks.desk_figures` and its neighbours)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final
from urllib.parse import parse_qsl

from dash.development.base_component import Component

from callbacks import desk_figures, desk_lists, desk_map, event_table
from callbacks.failing import said
from callbacks.services import Services
from dashboard.desk import Lists
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.view import QUESTION
from dashboard.domain.workflow import Workflow
from dashboard.errors import DashboardError
from dashboard.i18n import Lang
from data_access.queries.neighbours import CategoryChoice, Neighbour, Surroundings
from data_access.queries.regions import RegionNode
from layouts import ids
from layouts import region as page
from layouts.context import PageContext
from layouts.desk import sentence
from layouts.desk_bar import Choice, Choices, Crumb, menus

DEEP: Final = 6
"""Categories may lie this deep."""
READERS: Final = 4
"""So many connections to the database does the first view of a page take at once."""


def render(
    context: PageContext, services: Services, code: str, scope: Scope, search: str | None = None
) -> Component:
    """The page of a region, or a sentence where there is none. An address that makes no sense is told by the panels."""
    try:
        found = services.desk.surroundings(code, scope)
        terms = services.terms()
        choices = _choices(context, services.desk.lists(), terms.workflow)
    except DashboardError as error:
        return sentence(context, said(context, error))
    region, query = found.path.region, dict(parse_qsl((search or "").removeprefix("?")))
    steps = _crumbs(context, found)
    shown = page.RegionView(
        code=region.code,
        name=name(context, region),
        crumbs=steps,
        menus=menus(context, steps, choices),
        place=_place(found),
        question={name: text for name, text in query.items() if name in QUESTION},
        shown=query,
    )
    layout = page.layout(context, shown)
    for store, data in _read_first(layout, services).items():
        layout[store].data = data
    return layout


def _read_first(layout: Component, services: Services) -> dict[str, Any]:
    """What each panel shows first, by its store. All are read at once: a browser that asked for each by itself would
    first have to build the page, and then wait for as many answers."""
    view = layout[ids.DESK_VIEW].data
    reads: dict[str, Callable[[], Any]] = {
        ids.DESK_FIGURES: lambda: desk_figures.figures(view, services),
        ids.DESK_COURSES: lambda: desk_figures.courses(view, layout[ids.DESK_STEP].data, services),
        ids.DESK_MAP_DATA: lambda: desk_map.layered(view, layout[ids.DESK_LAYER].data, services),
        ids.DESK_RANKED: lambda: desk_lists.ranked(view, layout[ids.DESK_RANK].data, services),
        ids.DESK_CREWED: lambda: desk_lists.crew(view, services),
        ids.DESK_MAP_PLACES: lambda: desk_map.places(view, services),
        ids.EVENT_TABLE_CONFIG: lambda: event_table.config(view, services),
    }
    with ThreadPoolExecutor(READERS) as readers:
        answers = {store: readers.submit(copy_context().run, read) for store, read in reads.items()}
        return {store: answer.result() for store, answer in answers.items()}


def first(context: PageContext, services: Services, scope: Scope, search: str | None = None) -> Component:
    """The page of the first region that the viewer sees."""
    try:
        code = services.desk.top(scope)
    except DashboardError as error:
        return sentence(context, said(context, error))
    if code is None:
        return sentence(context, context.t("desk.nothing"))
    return render(context, services, code, scope, search)


def name(context: PageContext, region: RegionNode) -> str:
    """A region's name in the viewer's language, the Chinese one where there is no other."""
    return region.name_en or region.name if context.lang is Lang.EN else region.name


def _place(found: Surroundings) -> dict[str, Any]:
    region = found.path.region
    return {
        "code": region.code,
        "level": str(region.level),
        "street": found.path.street_code or "",
        "codes": None if found.codes is None else list(found.codes),
        "counts": dict(found.counts),
    }


def _crumbs(context: PageContext, found: Surroundings) -> list[Crumb]:
    path = (*found.path.ancestors, found.path.region)
    steps = [_crumb(context, found, node, node is path[-1]) for node in path]
    below = [one for one in found.beside if one.parent == path[-1].code]
    while below:
        steps.append(
            Crumb(
                code=None,
                name=context.t(f"desk.all_{below[0].level}"),
                level=str(below[0].level),
                others=_names(context, below),
            )
        )
        parents = {one.code for one in below}
        below = [one for one in found.beside if one.parent in parents]
    return steps


def _crumb(context: PageContext, found: Surroundings, node: RegionNode, here: bool) -> Crumb:
    others = [one for one in found.beside if one.parent == node.parent_code and one.level == node.level]
    return Crumb(
        code=node.code,
        name=name(context, node),
        level=str(node.level),
        link=node.visible,
        here=here,
        others=_names(context, others) if len(others) > 1 and node.level is not Level.DISTRICT else (),
    )


def _names(context: PageContext, regions: Iterable[Neighbour]) -> list[Choice]:
    return [Choice(value=one.code, name=one.name.in_language(str(context.lang))) for one in regions]


def _choices(context: PageContext, lists: Lists, workflow: Workflow) -> Choices:
    lang = str(context.lang)
    stages = [
        Choice(value=stage.key, name=stage.zh if context.lang is Lang.ZH else stage.en)
        for stage in workflow.stages
    ]
    rows: dict[str | None, list[CategoryChoice]] = {}
    for row in lists.categories:
        rows.setdefault(row.parent, []).append(row)
    return Choices(
        categories=_tree(rows, None, lang, DEEP),
        stages=stages,
        departments=[Choice(value=one.code, name=one.name.in_language(lang)) for one in lists.departments],
    )


def _tree(
    rows: Mapping[str | None, Sequence[CategoryChoice]], parent: str | None, lang: str, deep: int
) -> list[Choice]:
    return [
        Choice(
            value=row.code,
            name=row.name.in_language(lang),
            below=_tree(rows, row.code, lang, deep - 1) if deep else (),
        )
        for row in rows.get(parent, ())
    ]
