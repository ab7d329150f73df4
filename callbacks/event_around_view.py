"""What stands around one event, in words: workers near it, events like it, answers, reminders and orders."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import quote

from dashboard.domain.model import State
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words
from data_access.queries.event_page import Supervised, Voice
from data_access.queries.event_surroundings import Neighbour, Relation
from data_access.queries.workers_near import NearWorker as Near
from layouts import formats
from layouts.context import PageContext
from layouts.event_views import AnswerRow, NearWorker, OtherEvent, SupervisionRow

RELATIONS: Final = {Relation.ORIGINAL: "copy", Relation.COPY: "copy", Relation.REPEAT: "repeat"}
CHANNELS: Final = frozenset({"phone", "app", "visit", "sms"})
STALE_FIX_S: Final = 180.0
A_KILOMETRE_M: Final = 1000
SATISFIED: Final = 3


def named(context: PageContext, words: Words) -> str:
    """A name in the viewer's language."""
    return words.in_language(str(context.lang))


def placed(context: PageContext, region: Words, parent: Words | None) -> str:
    """A region with the one that it lies in, in few characters."""
    return formats.place(named(context, region), named(context, parent) if parent else "")


def distance(context: PageContext, metres: float | None) -> str:
    """ "86 m" or "1.4 km"; a dash where nobody knows."""
    if metres is None:
        return formats.DASH
    if metres < A_KILOMETRE_M:
        return context.t("one.metres", n=round(metres))
    return context.t("one.kilometres", n=f"{metres / 1000:.1f}")


def worker_row(context: PageContext, near: Near, viewer: Viewer) -> NearWorker:
    """A worker on duty near the event."""
    age = near.fix_age_s
    shown = "" if age is None else context.t("one.fix", age=brief(context, age))
    return NearWorker(
        code=near.code,
        name=named(context, near.name) if viewer.may(Act.SEE_PERSONAL) else near.code,
        where=placed(context, near.region, near.parent),
        distance=distance(context, near.distance_m),
        age=shown,
        stale=age is None or age > STALE_FIX_S,
        href=f"/worker/{quote(near.code, safe='')}" if viewer.may(Act.SEE_TRACKS) else "",
    )


def brief(context: PageContext, age_s: float) -> str:
    """An age in its largest unit."""
    if age_s < 60:
        return context.t("fmt.seconds", s=int(age_s))
    if age_s < 7200:
        return context.t("fmt.minutes", m=int(age_s // 60))
    return (
        context.t("fmt.hours", h=int(age_s // 3600))
        if age_s < 2 * 86400
        else context.t("fmt.days", d=int(age_s // 86400))
    )


def other_row(context: PageContext, other: Neighbour, terms: Terms) -> OtherEvent:
    """Another event near this one, or of the same matter."""
    return OtherEvent(
        code=other.code,
        kind=context.t(f"one.kind_{RELATIONS[other.relation]}"),
        category=named(context, other.category),
        distance=distance(context, other.distance_m),
        when=formats.moment(other.reported_at, terms.zone),
        state=context.t(f"ledger.state_{other.state}" if other.state is not State.VOID else "one.void"),
        glyph="off" if other.state is not State.OPEN else "ok",
    )


def voice_row(context: PageContext, voice: Voice, terms: Terms) -> AnswerRow:
    """One asking of whoever reported."""
    channel = context.t(f"one.channel_{voice.channel}") if voice.channel in CHANNELS else voice.channel
    if voice.answered_at is None:
        when = formats.moment(voice.asked_at, terms.zone)
        return AnswerRow(when=when, channel=channel, text=context.t("one.asked"), glyph="off")
    parts = []
    if voice.resolved is not None:
        parts.append(context.t("one.resolved_yes" if voice.resolved else "one.resolved_no"))
    if voice.satisfaction is not None:
        parts.append(context.t(f"one.satisfied_{voice.satisfaction}"))
    good = voice.resolved is not False and (voice.satisfaction or SATISFIED) >= terms.satisfied_from
    return AnswerRow(
        when=formats.moment(voice.answered_at, terms.zone),
        channel=channel,
        text=" · ".join(parts) or formats.DASH,
        glyph="ok" if good else "warn",
    )


def supervised_row(
    context: PageContext, order: Supervised, terms: Terms, now: datetime, *, personal: bool
) -> SupervisionRow:
    """A reminder or an order."""
    late = order.closed_at is None and order.due_at is not None and order.due_at < now
    state, glyph = ("done", "ok") if order.closed_at else ("expired", "bad") if late else ("waiting", "off")
    return SupervisionRow(
        kind=context.t(f"one.kind_{order.kind}"),
        when=formats.moment(order.issued_at, terms.zone),
        who=(order.actor if personal else "") or context.t("one.system"),
        to=context.t("one.to", name=named(context, order.department)) if order.department else "",
        until=context.t("one.until", time=formats.moment(order.due_at, terms.zone)) if order.due_at else "",
        state=context.t(f"one.{state}"),
        glyph=glyph,
        reason=named(context, order.rule) if order.rule else (order.reason or "") if personal else "",
    )
