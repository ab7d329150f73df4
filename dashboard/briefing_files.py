"""Files of briefings: which forms there are, what a file is called, and making one in the background.

Owns the way from a question (an order, or the number of an issued briefing) to bytes; what they say is for
`dashboard.briefing`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from dashboard.briefing.content import Briefing, Cadence
from dashboard.briefing.orders import order_body, order_from
from dashboard.briefing_desk import BriefingDesk
from dashboard.caching import Answers, Kept
from dashboard.domain.policy import Act, Viewer
from dashboard.errors import DashboardError
from dashboard.file_kinds import Made, Making, sees
from dashboard.i18n import Lang, text
from dashboard.watermark import Watermark

UNFIT: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
"""Characters that some system does not take in the name of a file."""
LONGEST_NAME: Final = 80
KEEP_S: Final = 30
"""How long a draft is kept for its other forms."""


class BriefingForm(DashboardError):
    """A briefing is made as {forms}, not as {form!r}."""

    zh = "简报可生成 {forms}，不能生成 {form!r}。"
    status: ClassVar[int] = 400


def _deck(briefing: Briefing, mark: str) -> bytes:
    from dashboard.briefing.pptx import deck

    return deck(briefing, mark)


def _document(briefing: Briefing, mark: str) -> bytes:
    from dashboard.briefing.docx import document

    return document(briefing, mark)


def _workbook(briefing: Briefing, mark: str) -> bytes:
    from dashboard.briefing.xlsx import workbook

    return workbook(briefing, mark)


FORMS: Final[Mapping[str, Callable[[Briefing, str], bytes]]] = {
    "pptx": _deck,
    "docx": _document,
    "xlsx": _workbook,
}


def bytes_of(briefing: Briefing, form: str, mark: str = "") -> bytes:
    """A briefing as a file. `mark`: of who takes it away, "" for none. BriefingForm."""
    if form not in FORMS:
        raise BriefingForm(form=form[:20], forms=", ".join(FORMS))
    return FORMS[form](briefing, mark)


def make_briefing(making: Making) -> Made:
    """A draft by its `order`, or an issued one by its number `issued`, in one `form`. BriefingForm, BadOrder and
    whatever the desk refuses."""
    form = str(making.question.get("form", ""))
    if form not in FORMS:
        raise BriefingForm(form=form[:20], forms=", ".join(FORMS))
    lang = Lang.chosen(making.lang)
    making.watch.told(0, 3, text(lang, "brief.reading"))
    briefing = asked_for(making)
    making.watch.told(1, 3, text(lang, "brief.drawing"))
    mark = Watermark(making.engine, clock=lambda: making.now).on_exports(making.viewer)
    data = bytes_of(briefing, form, mark)
    making.watch.told(2, 3, text(lang, "brief.drawing"))
    making.path.write_bytes(data)
    return Made(file_name=f"{file_name(briefing)}.{form}")


def asked_for(making: Making) -> Briefing:
    """The briefing of a question. The forms of one draft, asked for together, are made of the same numbers."""
    desk = BriefingDesk(making.engine, lambda: making.now)
    number = making.question.get("issued")
    if isinstance(number, int) and not isinstance(number, bool):
        return desk.issued(making.viewer, number)[1]
    order = order_from(making.question.get("order"))
    about = {
        "database": str(making.engine.url),
        "login": making.viewer.login,
        "sees": sees(making.viewer),
        "order": order_body(order),
    }
    return _drafts().get(about, lambda: desk.draft(making.viewer, order))


@cache
def _drafts() -> Kept[Briefing]:
    return Kept(Answers(keep_s=KEEP_S), "briefing", Briefing)


def title_of(question: Mapping[str, Any], lang: str) -> str:
    """What a list calls the file before it is made."""
    order, form, spoken = question.get("order"), str(question.get("form", ""))[:10], Lang.chosen(lang)
    if not isinstance(order, dict):
        return f"{text(spoken, 'desk.briefing')} #{str(question.get('issued', ''))[:20]}.{form}"
    cadence = str(order.get("cadence"))
    known = Cadence(cadence) if cadence in list(Cadence) else Cadence.WEEKLY
    day = str(order.get("day", ""))[:20]
    with contextlib.suppress(ValueError):
        day = _mark(known, date.fromisoformat(day))
    return f"{text(spoken, f'brief.title_{known}')} {day}.{form}"


def record_of(question: Mapping[str, Any], viewer: Viewer) -> dict[str, object]:
    """What goes on record of a question: the number of an issued briefing, whose making records the rest, or region,
    period and whether it is masked."""
    order, form = question.get("order"), str(question.get("form", ""))[:10]
    if not isinstance(order, dict):
        return {"number": str(question.get("issued", ""))[:20], "form": form}
    masked = bool(order.get("masked")) or not viewer.may(Act.SEE_PERSONAL)
    told = {name: str(order.get(name, ""))[:40] for name in ("region", "cadence", "day")}
    return {**told, "masked": masked, "form": form}


def file_name(briefing: Briefing) -> str:
    """The name of a briefing's file without its ending: the title, and the period as programs sort it."""
    title = UNFIT.sub(" ", briefing.title).strip()[:LONGEST_NAME]
    return f"{title} {period_mark(briefing)}"


def period_mark(briefing: Briefing) -> str:
    """The period in few characters: 2026-W46, 2026-11, 2026-11-15."""
    return _mark(briefing.cadence, briefing.start.astimezone(ZoneInfo(briefing.zone)).date())


def form_of(path: Path) -> str:
    """The form that a file's name asks for. BriefingForm."""
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMS:
        raise BriefingForm(form=path.suffix, forms=", ".join(FORMS))
    return form


def _mark(cadence: Cadence, day: date) -> str:
    match cadence:
        case Cadence.WEEKLY:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Cadence.MONTHLY:
            return f"{day:%Y-%m}"
    return day.isoformat()
