"""What can be made in the background, by kind: who may ask for it and who makes it.

A maker writes one file, tells how far it is and returns what it made. It refuses with a DashboardError, whose sentence
its owner reads; it runs in `work`, with the rights that the owner has at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Engine

from dashboard import i18n
from dashboard.domain.policy import Act, Viewer
from dashboard.errors import DashboardError

MOST_BYTES: Final = 256 * 1024
"""Of the longest question as JSON: a briefing's, which carries its changed texts."""


class Watch(Protocol):
    """Hears how far a file is, and stops its maker."""

    def told(self, done: int, total: int | None, note: str = "") -> None:
        """So much of so much is made, in the maker's own units. Cheap: call it often. Raises JobStopped, which a
        maker lets pass."""


class JobStopped(DashboardError):
    """The file was not finished: somebody stopped it, or the process ended."""

    zh = "文件未生成完：已取消，或进程已结束。"


class KindUnknown(DashboardError):
    """No file of this kind can be made."""

    zh = "不能生成这种文件。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a maker is given. `question`: JSON as it was asked; `path`: where the file goes."""

    engine: Engine
    viewer: Viewer
    lang: str
    question: Mapping[str, Any]
    now: datetime
    path: Path
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that was written. `file_name`: as its owner's machine will call it; `rows`: how many it holds."""

    file_name: str
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file. `quick`: it is made within seconds, and does not wait behind those that are not; `title`: what
    a list calls it, from the question and the language; `record`: codes and numbers that go on record when one is
    asked for or fetched; `most_bytes`: of a question as JSON."""

    act: Act
    make: Callable[[Making], Made]
    title: Callable[[Mapping[str, Any], str], str]
    record: Callable[[Mapping[str, Any], Viewer], Mapping[str, object]] = lambda _question, _viewer: {}
    quick: bool = False
    most_bytes: int = 8 * 1024


def _events(making: Making) -> Made:
    from dashboard.exports.events import make_events

    return make_events(making)


def _papers(making: Making) -> Made:
    from dashboard.exports.papers import make_papers

    return make_papers(making)


def _titled(key: str) -> Callable[[Mapping[str, Any], str], str]:
    return lambda _question, lang: i18n.text(i18n.Lang.chosen(lang), key)


def _briefing(making: Making) -> Made:
    from dashboard.briefing_files import make_briefing

    return make_briefing(making)


def _briefing_title(question: Mapping[str, Any], lang: str) -> str:
    from dashboard.briefing_files import title_of

    return title_of(question, lang)


def _briefing_record(question: Mapping[str, Any], viewer: Viewer) -> Mapping[str, object]:
    from dashboard.briefing_files import record_of

    return record_of(question, viewer)


KINDS: Final[Mapping[str, Kind]] = {
    "briefing": Kind(
        act=Act.BRIEF,
        make=_briefing,
        title=_briefing_title,
        record=_briefing_record,
        quick=True,
        most_bytes=MOST_BYTES,
    ),
    "export.events": Kind(act=Act.EXPORT, make=_events, title=_titled("export.events")),
    "export.papers": Kind(act=Act.EXPORT, make=_papers, title=_titled("export.papers"), quick=True),
}


def kind_of(name: str, kinds: Mapping[str, Kind]) -> Kind:
    """The kind of that name. KindUnknown."""
    kind = kinds.get(name)
    if kind is None:
        raise KindUnknown
    return kind


def sees(viewer: Viewer) -> str:
    """What a file may hold that is made for a viewer: who sees something else later does not get it."""
    roles = sorted(str(role) for role in viewer.roles)
    return f"{' '.join(viewer.scope.codes())} | {' '.join(roles)}"
