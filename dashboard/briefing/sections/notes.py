"""数据说明: the period, what it is compared with, what does not count, and how every indicator is reckoned."""

from __future__ import annotations

from dashboard.briefing import wording
from dashboard.briefing.content import Definition, Section, SectionKey, Sentence, Table
from dashboard.briefing.figures import counted
from dashboard.briefing.pen import GROWING, PAUSE, Pen, cells
from dashboard.domain.indicators import BY_KEY


def notes(pen: Pen, definitions: tuple[Definition, ...]) -> Section:
    """The section; `definitions` of the indicators that the others use."""
    return Section(
        key=SectionKey.NOTES,
        title=pen.words(wording.TITLES[SectionKey.NOTES]),
        headline=pen.say("notes.head", wording.NOTES_HEAD, moment=as_of(pen)),
        sentences=tuple(_sentences(pen)),
        tables=(_table(pen, definitions),),
    )


def as_of(pen: Pen) -> str:
    """When everything was measured."""
    return f"{pen.facts.now.astimezone(pen.facts.terms.zone):%Y-%m-%d %H:%M}"


def definition(pen: Pen, key: str) -> Definition:
    """How an indicator is reckoned, in the briefing's language."""
    indicator = BY_KEY[key]
    return Definition(
        key=key,
        name=pen.name(key),
        formula=pen.words(indicator.formula),
        version=indicator.version,
        target=pen.target_text(key),
    )


def _sentences(pen: Pen) -> list[Sentence]:
    facts = pen.facts
    found = [
        pen.say(
            "notes.period",
            wording.NOTE_PERIOD,
            name=facts.period.name(pen.lang),
            zone=_zone(pen),
            moment=as_of(pen),
        )
    ]
    if not facts.complete:
        found.append(pen.say("notes.running", wording.NOTE_RUNNING))
    for versus, other in facts.others.items():
        found.append(
            pen.say(
                f"notes.{versus}",
                wording.NOTE_COMPARED,
                label=pen.label(versus),
                other=pen.other_name(versus),
                name=other.period.name(pen.lang),
            )
        )
    left = facts.left_out
    found.append(
        pen.say(
            "notes.left_out",
            wording.NOTE_LEFT_OUT,
            void=counted(left.void, pen.source("void")),
            duplicate=counted(left.duplicate, pen.source("duplicate")),
        )
    )
    found.append(pen.say("notes.late", wording.NOTE_LATE))
    if facts.others:
        names = PAUSE[pen.lang].join(pen.name(key) for key in GROWING)
        found.append(pen.say("notes.growing", wording.NOTE_GROWING, names=names))
    if not facts.holidays_known:
        found.append(pen.say("notes.holidays", wording.NOTE_HOLIDAYS))
    found.append(pen.say("notes.cut", wording.NOTE_CUT))
    return found


def _zone(pen: Pen) -> str:
    key = pen.facts.terms.zone.key
    if key == "Asia/Shanghai":
        return pen.words(wording.BEIJING)
    return f" {key} 时间" if pen.lang == "zh" else key


def _table(pen: Pen, definitions: tuple[Definition, ...]) -> Table:
    return Table(
        key="definitions",
        title=pen.words(wording.NOTE_TABLE),
        columns=pen.columns(
            (wording.INDICATOR, None),
            (wording.FORMULA, None),
            (wording.TARGET, None),
            (wording.VERSION, None),
        ),
        rows=tuple(cells([one.name, one.formula, one.target, str(one.version)]) for one in definitions),
    )
