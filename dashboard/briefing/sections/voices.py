"""回访与满意度: who was asked, who answered, what they said."""

from __future__ import annotations

from typing import Final

from dashboard.briefing import wording
from dashboard.briefing.content import Section, SectionKey, Sentence
from dashboard.briefing.pen import Pen
from dashboard.briefing.sections.overview import lines_table
from dashboard.briefing.sections.timeliness import against_target, course_chart

LINES: Final = ("feedback_rate", "response_rate", "resolution_rate", "satisfaction")


def voices(pen: Pen) -> Section:
    """The section."""
    told = (_asked(pen), _answered(pen))
    return Section(
        key=SectionKey.SATISFACTION,
        title=pen.words(wording.TITLES[SectionKey.SATISFACTION]),
        headline=_headline(pen),
        sentences=tuple(one for one in told if one is not None),
        cards=tuple(pen.card(key) for key in LINES),
        charts=(course_chart(pen, "satisfaction"),),
        tables=(lines_table(pen, "satisfaction", pen.words(wording.VOICE_TABLE), LINES),),
    )


def _headline(pen: Pen) -> Sentence:
    if pen.reading("satisfaction").value is None:
        return pen.say("satisfaction.head", wording.VOICE_NONE, period=pen.period)
    rate = pen.figure("satisfaction")
    return pen.say("satisfaction.head", wording.VOICE_HEAD, rate=rate, changes=pen.changes("satisfaction"))


def _asked(pen: Pen) -> Sentence | None:
    if pen.reading("response_rate").value is None:
        return None
    return pen.say(
        "satisfaction.asked",
        wording.ASKED,
        period=pen.period,
        d=pen.d("response_rate"),
        n=pen.n("response_rate"),
        rate=pen.figure("response_rate"),
        changes=pen.changes("response_rate"),
    )


def _answered(pen: Pen) -> Sentence:
    if pen.reading("satisfaction").value is None:
        return pen.say("satisfaction.answered", wording.VOICE_NONE, wording.STOP, period=pen.period)
    return pen.say(
        "satisfaction.answered",
        wording.ANSWERED,
        d=pen.d("satisfaction"),
        n=pen.n("satisfaction"),
        rate=pen.figure("satisfaction"),
        changes=pen.changes("satisfaction"),
        target=against_target(pen, "satisfaction"),
        resolved=pen.figure("resolution_rate"),
        resolved_changes=pen.changes("resolution_rate"),
    )
