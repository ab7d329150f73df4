"""The ledger of supervision as a file: every paper of a look, with what became of it.

Reasons, names and results that people wrote are in it only where its maker may see them and asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from dashboard.domain.ledger_look import LedgerLook, look_from
from dashboard.domain.supervision import KIND_WORDS, STATE_WORDS
from dashboard.domain.windows import Window, preset
from dashboard.exports.asking import Asked, about, asked, choice_name, reads, window_words
from dashboard.exports.background import noted, question_of, wants_personal, write_table
from dashboard.exports.sheet import Column, Kind, Row, Sheet, Value
from dashboard.file_kinds import Made, Making
from data_access.queries.regions import RegionUnknown
from data_access.queries.session import reading
from data_access.queries.supervision import MOST, LedgerQuestion, PaperRow, ledger

MOST_PAPERS: Final = 100_000
Cell = Callable[[PaperRow], Value]


def make_papers(making: Making) -> Made:
    """The papers of a question, whole. RegionUnknown, BadFilterError, EventsClosed."""
    question = question_of(making)
    desk, map_ = reads(making.engine, lambda: making.now)
    look = look_from(question.query)
    code = look.region or desk.top(making.viewer.scope)
    if code is None:
        raise RegionUnknown(code="")
    # the parameters of a ledger's address are other words than those of a region's
    kept = {name: question.query[name] for name in ("lang",) if name in question.query}
    ask = asked(replace(question, query={**kept, "region": code}), desk, map_)
    personal = wants_personal(question)
    with reading(making.engine) as conn:
        wanted = _wanted(ask, look)
        first = ledger(conn, code, ask.scope, ask.now, wanted)
        total = min(first.total, MOST_PAPERS)
        making.watch.told(0, total)
        sheet = _sheet(ask, look, _papers(conn, ask, wanted, total), total, personal=personal)
        made = write_table(making, question, sheet, total)
    return noted(making, code, "papers", made, personal=personal, **look.query())


def _wanted(ask: Asked, look: LedgerLook) -> LedgerQuestion:
    window = _window(ask, look)
    return LedgerQuestion(
        kind=look.kind,
        state=look.states,
        department=look.department or None,
        since=None if window is None else window.start,
        until=None if window is None else window.end,
        limit=MOST,
    )


def _window(ask: Asked, look: LedgerLook) -> Window | None:
    return None if look.preset is None else preset(look.preset, ask.now, ask.terms.zone)


def _papers(conn: Connection, ask: Asked, wanted: LedgerQuestion, total: int) -> Iterator[PaperRow]:
    for offset in range(0, total, MOST):
        page = ledger(conn, ask.code, ask.scope, ask.now, replace(wanted, offset=offset))
        yield from page.rows[: total - offset]


def _sheet(ask: Asked, look: LedgerLook, papers: Iterator[PaperRow], total: int, *, personal: bool) -> Sheet:
    columns = _columns(ask, personal=personal)
    window = _window(ask, look)
    issued = ask.t(f"ledger.issued_{look.issued}") if window is None else window_words(ask, window)
    chosen = [
        ask.words(KIND_WORDS[look.kind]) if look.kind else None,
        ask.t(f"ledger.state_{look.state}") if look.state else None,
        choice_name(ask, "department", look.department) if look.department else None,
    ]
    more = [
        (ask.t("export.issued_at"), issued),
        (ask.t("export.filters"), "; ".join(one for one in chosen if one) or ask.t("export.none")),
        (ask.t("export.rows"), f"{total:,}"),
        (ask.t("export.personal_line"), ask.t("export.personal_in" if personal else "export.masked")),
    ]
    head = about(
        ask,
        ask.t("export.papers"),
        keys=("supervision_closed",),
        more=more,
        filtered=False,
        timed=False,
    )
    cells = [cell for _, cell in columns]
    return Sheet(
        about=head, columns=[column for column, _ in columns], rows=(_row(one, cells) for one in papers)
    )


def _row(paper: PaperRow, cells: list[Cell]) -> Row:
    return [cell(paper) for cell in cells]


def _columns(ask: Asked, *, personal: bool) -> list[tuple[Column, Cell]]:
    def column(key: str, cell: Cell, kind: Kind = Kind.TEXT, width: int = 12) -> tuple[Column, Cell]:
        return Column(name=ask.t(f"export.{key}"), kind=kind, width=width), cell

    def actor(row: PaperRow) -> Value:
        if row.actor is None:
            return ask.t("ledger.level", n=row.level) if row.level else ask.t("one.system")
        return row.actor if personal else None

    def reason(row: PaperRow) -> Value:
        return ask.words(row.rule) or (row.reason if personal else None)

    found = [
        column("number", lambda row: row.number, width=18),
        column("kind", lambda row: ask.words(KIND_WORDS[row.kind])),
        column("state", lambda row: ask.words(STATE_WORDS[row.state])),
        column("event", lambda row: row.event_code, width=18),
        column("category", lambda row: ask.words(row.category), width=16),
        column("parent", lambda row: ask.words(row.parent), width=16),
        column("region", lambda row: ask.words(row.region), width=16),
        column("region_code", lambda row: row.region_code, width=18),
        column("addressee", lambda row: ask.words(row.department or row.addressee), width=18),
        column("issued_at", lambda row: row.issued_at, Kind.MOMENT, 19),
        column("due_at", lambda row: row.due_at, Kind.MOMENT, 19),
        column("closed_at", lambda row: row.closed_at, Kind.MOMENT, 19),
        column("escalation", lambda row: row.level, Kind.COUNT, 9),
        column("why", reason, width=40),
        column("actor", actor),
        column("delivery", lambda row: ask.t(f"one.delivery_{row.delivery or 'none'}")),
        column("delivered_at", lambda row: row.delivered_at, Kind.MOMENT, 19),
    ]
    return [*found, column("result", lambda row: row.result, width=40)] if personal else found
