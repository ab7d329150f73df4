"""Lines that files say of themselves, whatever they hold: the mark, who took it away, what a figure means."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from dashboard import i18n
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.policy import Viewer
from dashboard.i18n import Lang
from dashboard.questions import Question
from dashboard.watermark import Watermark


def mark_lines(engine: Engine, viewer: Viewer, now: datetime, lang: Lang) -> list[tuple[str, str]]:
    """The mark of who takes it away, where administrators want it: first, as only the first lines are everywhere."""
    mark = Watermark(engine, clock=lambda: now).on_exports(viewer)
    return [(i18n.text(lang, "export.mark"), mark)] if mark else []


def who_line(viewer: Viewer, lang: Lang) -> tuple[str, str]:
    """Who made it, as shown and as recorded."""
    name = f"{viewer.name} ({viewer.login})" if viewer.name and viewer.name != viewer.login else viewer.login
    return i18n.text(lang, "export.who"), name


def lines_of(question: Question) -> list[tuple[str, str]]:
    """Both, of who asks."""
    lang = Lang.chosen(question.lang)
    return [
        *mark_lines(question.engine, question.viewer, question.now, lang),
        who_line(question.viewer, lang),
    ]


def definition_line(key: str, lang: Lang) -> tuple[str, str]:
    """An indicator's name, formula and version."""
    one = BY_KEY[key]
    name, formula = one.zh if lang is Lang.ZH else one.en, one.formula.in_language(str(lang))
    said = i18n.text(lang, "export.formula", name=name, formula=formula, version=one.version)
    return i18n.text(lang, "export.definition"), said
