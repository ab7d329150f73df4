"""One event as its drawer and page show it: words, spans and shapes of what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from callbacks.event_around_view import (
    named,
    other_row,
    placed,
    supervised_row,
    voice_row,
    worker_row,
)
from callbacks.event_trace_view import stage_rows
from dashboard.domain.colours import Colour, overdue
from dashboard.domain.messages import epoch_ms
from dashboard.domain.model import State
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import Terms
from dashboard.domain.verdicts import Limit, event_verdict
from dashboard.domain.words import Words
from data_access.queries.event_page import EventDetail
from data_access.queries.neighbours import DepartmentChoice
from layouts import formats
from layouts.context import PageContext
from layouts.desk import href as region_href
from layouts.desk_map import Spot, SpotWorker, spot_map
from layouts.event_views import EventView, Fact, Part, Photo, Tag

ACTS: Final = (Act.SUPERVISE, Act.REMIND, Act.TRANSFER, Act.NOTE, Act.MARK_DUPLICATE)
GLYPHS: Final = {Colour.RED: "bad", Colour.YELLOW: "warn", Colour.GREEN: "ok", Colour.NONE: "off"}
ORDER_HOURS: Final = 8.0
"""Working hours that a dialog offers for an order: about a day."""


def event_view(
    context: PageContext,
    viewer: Viewer,
    detail: EventDetail,
    terms: Terms,
    departments: Sequence[DepartmentChoice],
    now: datetime,
) -> EventView:
    """All that is shown. Personal words only for those who may see them."""
    row, personal = detail.row, viewer.may(Act.SEE_PERSONAL)
    names = [named(context, name) for name in detail.category]
    timing = _timing(context, detail, now)
    running = row.state is State.OPEN and not row.duplicate and row.due_at is not None
    said = (row.text or "") if personal else context.t("one.masked") if row.text else ""
    return EventView(
        code=row.code,
        title=names[-1] if names else row.code,
        sub=" · ".join([row.code, *names[:1]]),
        timing=timing,
        due_ms=epoch_ms(row.due_at) if running and row.due_at else None,
        tags=_tags(context, detail),
        facts=[_colour(context, detail, terms, now), *_facts(context, detail, terms, personal=personal)],
        said=said,
        stages=stage_rows(context, detail, terms, personal=personal),
        photos=[_photo(context, detail, photo, terms) for photo in detail.photos],
        workers=[worker_row(context, one, viewer) for one in detail.workers],
        no_workers=context.t("one.no_near" if row.lon is not None else "one.no_spot"),
        others=[other_row(context, one, terms) for one in detail.neighbours],
        feedback=[voice_row(context, one, terms) for one in detail.feedback],
        supervision=[
            supervised_row(context, one, terms, now, personal=personal) for one in detail.supervision
        ],
        why=named(context, detail.why),
        acts=[str(act) for act in ACTS if viewer.may(act)],
        shown=_shown(context, detail, terms, departments, timing, now),
        region=Part(text=placed(context, row.region, row.parent), href=region_href(row.region_code)),
        spot=_spot(context, detail, personal=personal),
    )


def _timing(context: PageContext, detail: EventDetail, now: datetime) -> Tag:
    row = detail.row
    if row.state is State.VOID or row.duplicate:
        return Tag(text=context.t("one.void" if row.state is State.VOID else "one.duplicate"), glyph="off")
    if row.state is State.CLOSED:
        return _closed(context, detail)
    if row.due_at is None:
        return Tag(text=context.t("one.no_limit"), glyph="off")
    span = formats.span(context, abs(row.due_at - now))
    if overdue(row.due_at, now):
        return Tag(text=context.t("one.overdue", span=span), glyph="bad")
    return Tag(text=context.t("one.left", span=span), glyph=GLYPHS[row.colour])


def _closed(context: PageContext, detail: EventDetail) -> Tag:
    due_at, closed_at = detail.row.due_at, detail.row.closed_at
    if due_at is not None and closed_at is not None and closed_at > due_at:
        late = formats.span(context, closed_at - due_at)
        return Tag(text=context.t("one.closed_late", span=late), glyph="bad")
    return Tag(text=context.t("one.closed"), glyph="ok")


def _tags(context: PageContext, detail: EventDetail) -> list[Tag]:
    row = detail.row
    tags = [Tag(text=context.t(f"one.severity_{row.severity}"))]
    if row.escalation:
        key = f"one.escalation_{row.escalation}" if row.escalation <= 2 else "one.escalation_n"
        tags.append(Tag(text=context.t(key, n=row.escalation)))
    return tags


def _colour(context: PageContext, detail: EventDetail, terms: Terms, now: datetime) -> Fact:
    """The event's colour, and why it is that one."""
    row = detail.row
    limit = Limit(
        state=row.state,
        counted=row.state is not State.VOID and not row.duplicate,
        reported_at=row.reported_at,
        due_at=row.due_at,
        warn_at=row.warn_at,
        closed_at=row.closed_at,
        working=detail.limit_working,
    )
    judged = event_verdict(limit, now, terms, str(context.lang))
    text = context.t(f"one.colour_{judged.colour}", why=judged.reason)
    return Fact(label=context.t("one.colour"), parts=[Part(text=text, glyph=GLYPHS[judged.colour])])


def _facts(context: PageContext, detail: EventDetail, terms: Terms, *, personal: bool) -> list[Fact]:
    row = detail.row
    places = [Part(text=named(context, place.name), href=region_href(place.code)) for place in detail.places]
    found = [("where", places)]
    if row.address:
        found.append(("address", [Part(text=row.address if personal else context.t("one.masked"))]))
    if row.department:
        found.append(("department", [Part(text=named(context, row.department))]))
    source = Part(text=context.t(f"source.{row.source}"))
    if detail.reporter:
        name = detail.reporter if personal else context.t("one.masked")
        found.append(("reporter", [Part(text=name), source]))
    else:
        found.append(("source", [source]))
    if row.worker and personal:
        found.append(("worker", [Part(text=named(context, row.worker))]))
    found.append(("reported", [Part(text=formats.moment(row.reported_at, terms.zone))]))
    if row.due_at:
        found.append(("due", [Part(text=formats.moment(row.due_at, terms.zone))]))
    sign = _sign(context, detail, terms)
    if sign:
        found.append(("sign", [sign]))
    if row.rework:
        found.append(("rework", [Part(text=context.t("one.times", n=row.rework))]))
    if detail.duplicate_of:
        code = detail.duplicate_of
        found.append(("copy_of", [Part(text=code, href=f"/event/{quote(code, safe='')}")]))
    return [Fact(label=context.t(f"one.{key}"), parts=parts) for key, parts in found]


def _sign(context: PageContext, detail: EventDetail, terms: Terms) -> Part | None:
    sign = detail.sign
    late = formats.span(context, timedelta(hours=sign.late_hours))
    if sign.signed_at is not None:
        time = formats.moment(sign.signed_at, terms.zone)
        if sign.late:
            return Part(text=context.t("one.signed_late", time=time, span=late), glyph="warn")
        return Part(text=context.t("one.signed", time=time), glyph="ok")
    if sign.due_at is None:
        return None
    time = formats.moment(sign.due_at, terms.zone)
    if sign.late and detail.row.state is State.OPEN:
        return Part(text=context.t("one.sign_late", time=time, span=late), glyph="bad")
    return Part(text=context.t("one.sign_until", time=time))


def _photo(context: PageContext, detail: EventDetail, photo: str, terms: Terms) -> Photo:
    step = next(step for step in detail.steps if photo in step.photos)
    stage = terms.workflow.stage(step.stage) if step.stage in terms.workflow.keys else None
    name = "" if stage is None else named(context, Words(zh=stage.zh, en=stage.en))
    return Photo(reference=photo, note=f"{formats.moment(step.at, terms.zone)} {name}".strip())


def _shown(
    context: PageContext,
    detail: EventDetail,
    terms: Terms,
    departments: Sequence[DepartmentChoice],
    timing: Tag,
    now: datetime,
) -> dict[str, Any]:
    """What scripts need: the version that is shown, and what dialogs start with."""
    row, workflow = detail.row, terms.workflow
    stage = workflow.stage(row.stage) if row.stage in workflow.keys else None
    name = "" if stage is None else named(context, Words(zh=stage.zh, en=stage.en))
    running = row.state is State.OPEN and not row.duplicate
    return {
        "code": row.code,
        "v": row.version,
        "title": named(context, row.category),
        "due": epoch_ms(row.due_at) if running and row.due_at else None,
        "warn": epoch_ms(row.warn_at) if running and row.warn_at else None,
        "evidence": context.t("do.evidence", what=timing.text, stage=name) if running and name else "",
        "due_ms": epoch_ms(terms.schedule.add_working_time(now, ORDER_HOURS)),
        "department": row.department_code or "",
        "departments": [[one.code, named(context, one.name)] for one in departments],
        "near": [[one.code, named(context, one.category)] for one in detail.neighbours[:5]],
    }


def _spot(context: PageContext, detail: EventDetail, *, personal: bool) -> Any:  # noqa: ANN401
    row = detail.row
    if row.lon is None or row.lat is None:
        return None
    workers = [
        SpotWorker(
            lon=one.lon,
            lat=one.lat,
            name=named(context, one.name) if personal else one.code,
            distance_m=one.distance_m,
            fix_age_s=one.fix_age_s,
        )
        for one in detail.workers
        if one.lon is not None and one.lat is not None
    ]
    colour = "closed" if row.state is not State.OPEN else str(row.colour)
    spot = Spot(lon=row.lon, lat=row.lat, colour=colour, region_code=row.region_code, workers=workers)
    return spot_map(context, spot)
