"""Long tables made in the background: what was posted as a question, and a table written with word of how far it is."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Final

from dashboard.access import audit
from dashboard.domain.policy import Act, Viewer
from dashboard.errors import DashboardError
from dashboard.exports.csv_file import write_csv
from dashboard.exports.sheet import Sheet
from dashboard.exports.xlsx_file import write_xlsx
from dashboard.file_kinds import Made, Making
from dashboard.questions import Question, asked_choice

PERSONAL: Final = "personal"
BREATH_S: Final = 0.05
"""After every thousand rows the database is left to the wall for so long."""
YES: Final = frozenset({"1", "true", "True"})


class TableForm(StrEnum):
    """Forms of a long table."""

    XLSX = "xlsx"
    CSV = "csv"


class EventsClosed(DashboardError):
    """Your role may not look at single events. Ask an administrator for it."""

    zh = "您的角色无权查看单个事件，请联系管理员。"


def question_of(making: Making) -> Question:
    """What was posted, as the parameters of an address would say it. EventsClosed: these tables are of events."""
    if not making.viewer.may(Act.SEE_EVENTS):
        raise EventsClosed
    return Question(
        engine=making.engine,
        scope=making.viewer.scope,
        now=making.now,
        lang=making.lang,
        query={str(name): str(value) for name, value in making.question.items() if value is not None},
        path={},
        viewer=making.viewer,
    )


def wants_personal(question: Question) -> bool:
    """Whether addresses, texts and names go into a file: asked for, and by one who may see them."""
    return question.query.get(PERSONAL, "") in YES and may_personal(question.viewer)


def may_personal(viewer: Viewer) -> bool:
    """Whether somebody may take personal data away."""
    return viewer.may(Act.SEE_PERSONAL)


def write_table(making: Making, question: Question, sheet: Sheet, total: int) -> Made:
    """Write a table where it goes, in the form that was asked for; it goes on record. JobStopped."""
    form = asked_choice(question.query, "form", TableForm, TableForm.XLSX)

    def tell(rows: int) -> None:
        making.watch.told(rows, total)
        time.sleep(BREATH_S)

    if form is TableForm.XLSX:
        count = write_xlsx(sheet, making.path, tell, folder=making.path.parent)
    else:
        with making.path.open("w", encoding="utf-8", newline="") as file:
            count = write_csv(sheet, file, tell)
    return Made(file_name=f"{sheet.about.file_name}.{form}", rows=count)


def noted(making: Making, code: str, what: str, made: Made, /, **details: object) -> Made:
    """The same, put on record."""
    form = made.file_name.rpartition(".")[2]
    audit.note(
        making.engine, making.viewer, "export.made", code, what=what, form=form, rows=made.rows, **details
    )
    return made
