"""The rota's page in words: reads two weeks of a region for the viewer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from callbacks.services import Services
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.rota import ChangeKind
from dashboard.rota_desk import DAYS, RotaSheet, SheetTurn
from data_access.queries.rota import RotaChange, RotaWorker
from layouts import desk
from layouts.attendance import Link
from layouts.context import PageContext
from layouts.rota import ChangeLine, RotaCell, RotaLine, RotaView

PATH: Final = "/attendance"


def href(code: str, first: date) -> str:
    """The address of a region's rota from a day on."""
    return f"{PATH}?{urlencode({'region': code, 'rota': first.isoformat()})}"


def read(context: PageContext, services: Services, viewer: Viewer, code: str, first: date | None) -> RotaView:
    """What the page shows. AttendanceClosed, RegionUnknown, DatabaseAway."""
    sheet = services.rota.sheet(viewer, code, first)
    lang, named = str(context.lang), viewer.may(Act.SEE_PERSONAL)
    node, last = sheet.region, sheet.until - timedelta(days=1)
    editable = viewer.may(Act.ROSTER)
    names = {one.code: _who(one, named, lang) for one in sheet.workers}
    return RotaView(
        place=Link(
            label=node.name if lang == "zh" or not node.name_en else node.name_en, href=desk.href(code)
        ),
        when=f"{sheet.first.isoformat()} – {last:%m-%d}",
        choices=_choices(context, code, sheet),
        days=[(f"{day:%m-%d}", day in sheet.rest_days) for day in sheet.days],
        lines=[_line(one, sheet, names, lang, editable) for one in sheet.workers],
        changes=[
            _change(context, one, names, sheet, editable=editable, named=named) for one in sheet.changes
        ],
        turns=[(key, _turn(one, lang)) for key, one in sheet.turns.items()],
        patterns=[(key, f"{name.in_language(lang)} ({key})") for key, name in sheet.patterns.items()],
        editable=editable,
        makes_patterns=editable and viewer.scope.everything,
        first=sheet.today.isoformat(),
        notes=[context.t("rota.more", n=len(sheet.workers))] if sheet.more else [],
    )


def _choices(context: PageContext, code: str, sheet: RotaSheet) -> list[Link]:
    sheets = f"{PATH}?{urlencode({'region': code})}"
    return [
        Link(label=context.t("attendance.day"), href=f"{sheets}&day={sheet.first.isoformat()}"),
        Link(label=context.t("attendance.month"), href=f"{sheets}&month={sheet.first:%Y-%m}"),
        Link(label=context.t("rota.title"), href=href(code, sheet.first), on=True),
        Link(label=context.t("rota.earlier"), href=href(code, sheet.first - timedelta(days=DAYS))),
        Link(label=context.t("rota.later"), href=href(code, sheet.until)),
    ]


def _line(worker: RotaWorker, sheet: RotaSheet, names: dict[str, str], lang: str, editable: bool) -> RotaLine:
    cells = []
    for day in sheet.days:
        held = sheet.cells.get((worker.id, day), [])
        cells.append(
            RotaCell(
                day=day.isoformat(),
                text="+".join(_called(one.turn, sheet, lang) for one in held),
                open=editable and worker.pattern is not None and day >= sheet.today,
                off=bool(held) and all(one.off for one in held),
            )
        )
    return RotaLine(
        code=worker.code,
        name=names[worker.code],
        region=worker.region.in_language(lang),
        pattern=_pattern(worker, sheet, lang),
        step=worker.step or 0,
        cells=cells,
    )


def _pattern(worker: RotaWorker, sheet: RotaSheet, lang: str) -> str:
    if worker.pattern is None:
        return ""
    name = sheet.patterns[worker.pattern].in_language(lang)
    return f"{name} +{worker.step}" if worker.step else name


def _change(
    context: PageContext,
    one: RotaChange,
    names: dict[str, str],
    sheet: RotaSheet,
    *,
    editable: bool,
    named: bool,
) -> ChangeLine:
    """Notes may speak of anything, illness too: who may not see personal data does not see them."""
    lang, parties = str(context.lang), {one.worker, one.other or one.worker}
    called = names | dict.fromkeys(sheet.beyond, context.t("rota.beyond"))
    who, other = called.get(one.worker, one.worker), called.get(one.other or "", one.other or "")
    values = {
        "worker": who,
        "day": one.day.isoformat(),
        "other": other,
        "turn": _called(one.turn or "", sheet, lang),
    }
    values["other_day"] = one.other_day.isoformat() if one.other_day else ""
    days = [day for day in (one.day, one.other_day) if day is not None]
    return ChangeLine(
        id=one.id,
        text=context.t(f"rota.told_{ChangeKind(one.kind)}", **values),
        note=one.note or "" if named else "",
        open=editable and min(days) >= sheet.today and not parties & sheet.beyond,
    )


def _who(worker: RotaWorker, named: bool, lang: str) -> str:
    return f"{worker.name.in_language(lang)} {worker.code}" if named else worker.code


def _called(turn: str, sheet: RotaSheet, lang: str) -> str:
    """What a turn is called; its key where the district does not know it, as of shifts that were imported."""
    known = sheet.turns.get(turn)
    return turn if known is None else known.name.in_language(lang)


def _turn(one: SheetTurn, lang: str) -> str:
    return f"{one.name.in_language(lang)} {_clock(one.start_min)}–{_clock(one.end_min)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
