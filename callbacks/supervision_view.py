"""Papers, drafts and streets of the ledger in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from callbacks.event_around_view import named, placed
from dashboard.domain.drafts import Draft
from dashboard.domain.policy import Act
from dashboard.domain.supervision import KIND_WORDS, STATE_WORDS, PaperKind, PaperState
from dashboard.domain.terms import Terms
from data_access.queries.breaches import StreetWatch
from data_access.queries.supervision import LedgerTotals, PaperRow
from layouts import formats
from layouts import supervision as page
from layouts.context import PageContext
from layouts.desk import href as region_href

GLYPHS: Final = {
    PaperState.OPEN: "off",
    PaperState.OVERDUE: "bad",
    PaperState.CLOSED: "ok",
    PaperState.CLOSED_LATE: "warn",
}
DELIVERIES: Final = frozenset({"pending", "delivered", "failed", "cancelled"})
KINDS: Final = {Act.SUPERVISE: PaperKind.ORDER, Act.REMIND: PaperKind.REMINDER}


def figures(context: PageContext, totals: LedgerTotals) -> list[page.Figure]:
    """Issued, closed, in progress, late, and the closure rate with its n and d."""
    running = totals.issued - totals.closed - totals.overdue
    late = f"{totals.closed_late:,}"
    of = context.t("ledger.of", n=f"{totals.closed:,}", d=f"{totals.issued:,}")
    return [
        page.Figure(key="issued", value=f"{totals.issued:,}"),
        page.Figure(key="open", value=f"{running:,}"),
        page.Figure(key="late", value=f"{totals.overdue:,}", glyph="bad" if totals.overdue else "ok"),
        page.Figure(key="closed", value=f"{totals.closed:,}", note=context.t("ledger.closed_late", n=late)),
        page.Figure(
            key="rate",
            value=formats.rate(totals.closed, totals.issued),
            unit="%" if totals.issued else "",
            note=of if totals.issued else context.t("ledger.none"),
        ),
    ]


def paper_row(
    context: PageContext, row: PaperRow, terms: Terms, now: datetime, *, personal: bool
) -> page.PaperRow:
    """One paper; a late one says by how much."""
    state = named(context, STATE_WORDS[row.state])
    if row.state is PaperState.OVERDUE and row.due_at is not None:
        state = context.t("one.overdue", span=formats.span(context, now - row.due_at))
    actor = context.t("ledger.level", n=row.level) if row.actor is None and row.level else ""
    return page.PaperRow(
        number=row.number,
        kind=named(context, KIND_WORDS[row.kind]),
        event=row.event_code or "",
        about=named(context, row.category) if row.category else "",
        department=_addressee(context, row),
        region=placed(context, row.region, row.parent) if row.region else formats.DASH,
        issued=formats.moment(row.issued_at, terms.zone),
        due=formats.moment(row.due_at, terms.zone) if row.due_at else formats.DASH,
        closed=formats.moment(row.closed_at, terms.zone) if row.closed_at else formats.DASH,
        state=state,
        glyph=GLYPHS[row.state],
        reason=named(context, row.rule) if row.rule else (row.reason or "") if personal else "",
        actor=actor or ((row.actor or "") if personal else "") or context.t("one.system"),
        delivery=context.t(f"one.delivery_{row.delivery if row.delivery in DELIVERIES else 'none'}"),
    )


def _addressee(context: PageContext, row: PaperRow) -> str:
    """Whom a paper is for: the department, else whom the rules name."""
    whom = row.department or row.addressee
    return named(context, whom) if whom else formats.DASH


def draft_row(context: PageContext, draft: Draft, terms: Terms) -> page.DraftRow:
    """A proposal with its evidence; the order is sent as it stands, or changed in its dialog first."""
    lang = str(context.lang)
    reason, about = named(context, draft.reason), named(context, draft.category)
    order: dict[str, Any] = {
        "act": str(draft.act),
        "version": draft.version,
        "reason": reason,
        "due": draft.due_at.isoformat(),
    }
    comma = "；" if lang == "zh" else "; "
    until = context.t("one.until", time=formats.moment(draft.due_at, terms.zone))
    to = context.t("one.to", name=named(context, draft.department[1])) if draft.department else ""
    return page.DraftRow(
        code=draft.event_code,
        about=about,
        region=placed(context, draft.region, draft.parent),
        act=str(draft.act),
        kind=named(context, KIND_WORDS[KINDS[draft.act]]),
        evidence=comma.join(named(context, one).rstrip("。.；;") for one in draft.evidence),
        until=" · ".join(one for one in (to, until) if one),
        glyph="bad" if draft.act is Act.SUPERVISE else "warn",
        order=order,
        preset={"code": draft.event_code, "v": draft.version, "title": about, "departments": [], "near": []},
    )


def watch_rows(context: PageContext, streets: Sequence[StreetWatch]) -> list[page.WatchRow]:
    """What each street has to look after now."""
    return [
        page.WatchRow(
            name=named(context, one.name) if one.name else context.t("ledger.watch_nobody"),
            href=region_href(one.code) if one.code else "",
            counts=(one.overdue, one.due_2h, one.sign_late, one.stage_stuck),
        )
        for one in streets
    ]
