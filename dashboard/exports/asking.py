"""What an export is asked: by whom, about which region, in which view; and the words that every file carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from dashboard import i18n
from dashboard.crew import Crew
from dashboard.desk import Courses, Desk, Figures, Lists, Ranking
from dashboard.desk_map import Areas, DeskMap, Land
from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import Scope, Viewer
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.view import View, view_from
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from dashboard.domain.workflow import DONE
from dashboard.exports.about_lines import definition_line, mark_lines, who_line
from dashboard.exports.sheet import About
from dashboard.i18n import Lang
from dashboard.questions import Question, asked_region
from data_access.queries.event_points import EventPoints
from data_access.queries.regions import RegionNode, RegionPath, region_path
from data_access.queries.session import district_settings, reading


class DeskReads(Protocol):
    """The reads behind the panels of a region's page."""

    def top(self, scope: Scope) -> str | None:
        """The topmost region that a viewer sees."""

    def lists(self) -> Lists:
        """What events can be filtered by."""

    def figures(self, code: str, scope: Scope, view: View) -> Figures:
        """The indicators of a view and of what it is compared with."""

    def courses(self, code: str, scope: Scope, view: View) -> Courses:
        """What the trends of a view show."""

    def ranking(self, code: str, scope: Scope, view: View) -> Ranking:
        """The regions below one with what they are ranked by."""

    def everybody(self, code: str, scope: Scope) -> Crew:
        """All workers of a region who are on shift now."""


class MapReads(Protocol):
    """The reads behind the desk's map."""

    def land(self, code: str, scope: Scope) -> Land:
        """A region and all that lies below it."""

    def areas(self, code: str, scope: Scope, view: View, key: str) -> Areas:
        """The regions below one by an indicator."""

    def points(self, code: str, scope: Scope, view: View) -> EventPoints:
        """The events of a view by their places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question about a region, with what its words need. `window`: of the view, at `now`."""

    engine: Engine
    viewer: Viewer
    lang: Lang
    now: datetime
    code: str
    view: View
    window: Window
    terms: Terms
    path: RegionPath
    desk: DeskReads
    map: MapReads

    @property
    def scope(self) -> Scope:
        """What the viewer may see."""
        return self.viewer.scope

    def t(self, key: str, /, **values: object) -> str:
        """A text of the catalogue in the viewer's language."""
        return i18n.text(self.lang, key, **values)

    def named(self, region: RegionNode) -> str:
        """A region's name in the viewer's language, the Chinese one where there is no other."""
        return region.name_en or region.name if self.lang is Lang.EN else region.name

    def words(self, words: Words | None) -> str | None:
        """Words in the viewer's language."""
        return None if words is None else words.in_language(str(self.lang))

    def stage(self, key: str) -> str:
        """A stage's name; a key of another loop stays as it is."""
        if key == DONE:
            return self.t("export.done")
        found = next((one for one in self.terms.workflow.stages if one.key == key), None)
        return key if found is None else found.zh if self.lang is Lang.ZH else found.en


def asked(question: Question, desk: DeskReads, map_: MapReads) -> Asked:
    """What a request asks. MissingRegionError, RegionUnknown, BadFilterError, BadTimeError, BackwardsError."""
    view, code = view_from(question.query), asked_region(question.query)
    with reading(question.engine) as conn:
        terms = terms_from(district_settings(conn))
        path = region_path(conn, code, question.scope, question.now, former=view.drawn is Drawn.THEN)
    return Asked(
        engine=question.engine,
        viewer=question.viewer,
        lang=Lang.chosen(question.lang),
        now=question.now,
        code=code,
        view=view,
        window=view.window(question.now, terms.zone),
        terms=terms,
        path=path,
        desk=desk,
        map=map_,
    )


def reads(engine: Engine, clock: Callable[[], datetime]) -> tuple[Desk, DeskMap]:
    """The reads of a process that has none yet."""
    return Desk(engine, clock), DeskMap(engine, clock)


def about(
    ask: Asked,
    title: str,
    *,
    keys: Iterable[str] = (),
    as_of: datetime | None = None,
    more: Iterable[tuple[str, str]] = (),
    filtered: bool = True,
    timed: bool = True,
) -> About:
    """What a file says about itself. `keys`: indicators that it holds, whose definitions it carries; `filtered` and
    `timed`: whether filters and window touch what it holds; `more`: lines of its own."""
    at = as_of or ask.now
    lines = mark_lines(ask.engine, ask.viewer, ask.now, ask.lang)
    lines.append((ask.t("export.region"), where(ask)))
    if timed:
        lines.append((ask.t("export.window"), window_words(ask, ask.window)))
    if filtered:
        lines.append((ask.t("export.filters"), filter_words(ask)))
    lines += [
        (ask.t("export.as_of"), f"{moment(ask, at)} ({ask.terms.zone.key})"),
        who_line(ask.viewer, ask.lang),
        *more,
        *(definition_line(key, ask.lang) for key in keys),
    ]
    return About(
        title=title,
        region=ask.named(ask.path.region),
        lines=lines,
        as_of=at,
        zone=ask.terms.zone,
        sheet=ask.t("export.sheet"),
        notes=ask.t("export.notes"),
    )


def where(ask: Asked) -> str:
    """The region with those above it that the viewer may know, and its code."""
    names = [ask.named(node) for node in (*ask.path.ancestors, ask.path.region)]
    return f"{' / '.join(names)} ({ask.code})"


def window_words(ask: Asked, window: Window) -> str:
    """A window with its name where it has one."""
    span = ask.t("export.span", start=moment(ask, window.start), end=moment(ask, window.end))
    if window != ask.window or ask.view.custom:
        return span
    return f"{ask.t(f'window.{ask.view.preset}')} ({span})"


def moment(ask: Asked, at: datetime) -> str:
    """A local time to the minute."""
    return at.astimezone(ask.terms.zone).strftime("%Y-%m-%d %H:%M")


def filter_words(ask: Asked) -> str:
    """The filters in words, the search and the map that was drawn too; a word where there are none."""
    view, found = ask.view, []
    for field, value in ask.scope.narrowed(view.filters).query().items():
        if field == "late":
            found.append(ask.t("desk.late"))
        else:
            names = sorted(choice_name(ask, field, one) for one in value.split(","))
            found.append(f"{ask.t(f'desk.by_{field}')}: {', '.join(names)}")
    if view.q:
        found.append(ask.t("export.search", q=view.q))
    if view.drawn is Drawn.NOW:
        found.append(ask.t("desk.drawn_now"))
    return "; ".join(found) or ask.t("export.none")


def choice_name(ask: Asked, field: str, value: str) -> str:
    """What a value of a filter is called."""
    if field == "stage":
        return ask.stage(value)
    if field in ("category", "department"):
        lists = ask.desk.lists()
        known: Mapping[str, Words] = {
            one.code: one.name for one in (lists.categories if field == "category" else lists.departments)
        }
        return ask.words(known.get(value)) or value
    return ask.t({"source": "source", "severity": "severity", "state": "case"}[field] + f".{value}")
