"""The lists of a region's page: the ranking of those below, and the workers there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from dash import Dash, Input, Output, ctx
from dash.exceptions import PreventUpdate

from callbacks.asked import Asked, asked
from callbacks.event_around_view import placed
from callbacks.failing import told
from callbacks.services import Services
from dashboard.crew import MISSING, CrewMember
from dashboard.desk import Ranked
from dashboard.domain.colours import Colour
from dashboard.domain.model import Activity
from dashboard.domain.policy import Act
from dashboard.domain.terms import Terms
from dashboard.domain.verdicts import region_verdict
from dashboard.domain.view import view_from
from layouts import formats, ids
from layouts.context import PageContext

GLYPHS: Final = {Colour.RED: "bad", Colour.YELLOW: "warn", Colour.GREEN: "ok", Colour.NONE: "off"}
DOING: Final = {
    Activity.OFFLINE: ("off", "t2"),
    Activity.OFF_GRID: ("bad", "c-bad"),
    Activity.STILL: ("warn", "c-warn"),
    MISSING: ("off", "t3"),
    Activity.HANDLING: ("acc", "t2"),
    Activity.PATROL: ("ok", "t2"),
}
"""Glyph and tone of what a worker does."""
MOST_RANKED: Final = 500


def register(app: Dash, services: Services) -> None:
    """The lists follow the view and the stream; a list that somebody reads is left alone by the stream."""

    @app.callback(
        Output(ids.DESK_RANKED, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_RANK, "data"),
        Input(ids.DESK_NUDGE_SLOW, "data"),
        prevent_initial_call=True,
    )
    def below(
        data: Mapping[str, Any] | None, rank: str | None, nudge: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        _leave_alone(ids.DESK_RANKING, nudge)
        return ranked(data, rank, services)

    @app.callback(
        Output(ids.DESK_CREWED, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_NUDGE_SLOW, "data"),
        prevent_initial_call=True,
    )
    def here(data: Mapping[str, Any] | None, nudge: Mapping[str, Any] | None) -> dict[str, Any]:
        _leave_alone(ids.DESK_CREW, nudge)
        return crew(data, services)


def ranked(data: Mapping[str, Any] | None, rank: str | None, services: Services) -> dict[str, Any]:
    """The regions below that of a view, in their order."""
    return told(lambda: _ranking(asked(data, services), rank or "", services))


def crew(data: Mapping[str, Any] | None, services: Services) -> dict[str, Any]:
    """Who is on shift in the region of a view."""
    return told(lambda: _crew(asked(data, services), services))


def _leave_alone(panel: str, nudge: Mapping[str, Any] | None) -> None:
    """PreventUpdate where only the stream asks, and somebody reads the panel just now."""
    nudged = set(ctx.triggered_prop_ids.values()) == {ids.DESK_NUDGE_SLOW}
    if nudged and panel in ((nudge or {}).get("touched") or ()):
        raise PreventUpdate


def _ranking(question: Asked, rank: str, services: Services) -> dict[str, Any]:
    context, terms = question.context, services.terms()
    view = view_from({**question.view.question(), "rank": rank})
    found = services.desk.ranking(question.code, question.scope, view)
    if found.level is None:
        return {
            "title": context.t("desk.ranking"),
            "rows": [],
            "levels": [],
            "empty": context.t("ranking.no_level"),
        }
    key, least = view.on_time_key, terms.ranking_min_n
    rows = sorted(found.rows, key=lambda row: row.place(key, least))
    few = sum(row.few(key, least) for row in rows)
    left = context.t("ranking.few", n=f"{few:,}", least=least) if few else ""
    return {
        "title": context.t("ranking.title", level=context.t(f"region.level_{found.level}")),
        "sub": context.t(f"ranking.sub_{key}"),
        "more": left,
        "level": str(found.level),
        "levels": [[str(one), context.t(f"ranking.level_{one}")] for one in found.levels],
        "empty": context.t("ranking.none"),
        "rows": [_row(context, row, key, terms) for row in rows[:MOST_RANKED]],
    }


def _row(context: PageContext, row: Ranked, key: str, terms: Terms) -> dict[str, Any]:
    reading = row.reading(key)
    judged = region_verdict(reading, terms, str(context.lang))
    return {
        "code": row.code,
        "name": row.name.in_language(str(context.lang)),
        "tag": context.t("kind.exclusive") if row.exclusive else "",
        "glyph": GLYPHS[judged.colour],
        "reason": judged.reason,
        "open": row.reading("open").n or 0,
        "overdue": row.reading("overdue_open").n or 0,
        "value": formats.rate(reading.n, reading.d),
        "few": row.few(key, terms.ranking_min_n),
    }


def _crew(question: Asked, services: Services) -> dict[str, Any]:
    context = question.context
    found = services.desk.crew(question.code, question.scope)
    linked, named = question.viewer.may(Act.SEE_TRACKS), question.viewer.may(Act.SEE_PERSONAL)
    left = found.rostered - len(found.members)
    return {
        "sub": context.t("crew.sub", n=f"{found.on_duty:,}", all=f"{found.rostered:,}"),
        "more": context.t("crew.more", n=f"{left:,}") if left else "",
        "rows": [_member(context, one, linked=linked, named=named) for one in found.members],
    }


def _member(context: PageContext, one: CrewMember, *, linked: bool, named: bool) -> dict[str, Any]:
    lang = str(context.lang)
    glyph, tone = DOING[one.doing]
    doing = context.t(f"crew.{one.doing}")
    if one.still_s is not None:
        doing = context.t("crew.still_for", minutes=f"{one.still_s // 60:.0f}")
    return {
        "code": one.code,
        "name": one.name.in_language(lang) if named else one.code,
        "glyph": glyph,
        "doing": doing,
        "tone": tone,
        "place": placed(context, one.region, one.parent),
        "region": one.region_code,
        "reported": one.reported,
        "age": formats.DASH if one.fix_age_s is None else formats.age(context, one.fix_age_s),
        "address": f"/worker/{quote(one.code, safe='')}" if linked else None,
    }
