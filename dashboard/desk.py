"""What a region's page asks: the region among others, its figures and what they were before, their course, the ranking
of those below, and the workers there. Each within the viewer's scope, and kept for a second (`dashboard.caching`).

Owns which questions a panel asks; the counting is in `data_access.queries`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from dashboard.answering import answered
from dashboard.caching import Answers, Kept
from dashboard.domain.indicators import INDICATORS, Reading
from dashboard.domain.policy import Scope
from dashboard.domain.view import View
from dashboard.domain.windows import Window
from data_access.queries.indicators import district_terms, measure_each
from data_access.queries.neighbours import (
    CategoryChoice,
    DepartmentChoice,
    Surroundings,
    categories,
    departments,
    surroundings,
)
from data_access.queries.regions import listed_regions
from data_access.queries.session import reading

SLOW_S: Final = 30
"""How long lists are kept that hardly ever change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What events can be filtered by."""

    categories: tuple[CategoryChoice, ...]
    departments: tuple[DepartmentChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All indicators of a region over a window, and over the one that it is compared with."""

    at: datetime
    window: Window
    before_window: Window
    now: tuple[Reading, ...]
    before: tuple[Reading, ...]


class Desk:
    """The reads behind a region's page. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        answers, slow = Answers(), Answers(keep_s=SLOW_S)
        self._lists = Kept(slow, "lists", Lists)
        self._figures = Kept(answers, "figures", Figures)

    @answered
    def top(self, scope: Scope) -> str | None:
        """The code of the first region that a viewer sees: the whole district, or the first of the viewer's own."""
        with reading(self._engine) as conn:
            roots = scope.roots()
            if roots is not None:
                return roots[0] if roots else None
            found = listed_regions(conn, scope, self._clock())
        return next((node.code for node in found if node.parent_code is None), None)

    @answered
    def surroundings(self, code: str, scope: Scope) -> Surroundings:
        """A region among the others. RegionUnknown."""
        with reading(self._engine) as conn:
            return surroundings(conn, code, scope, self._clock())

    @answered
    def lists(self) -> Lists:
        """What events can be filtered by."""
        return self._lists.get({}, self._read_lists)

    @answered
    def figures(self, code: str, scope: Scope, view: View) -> Figures:
        """The indicators of a view and of what it is compared with. RegionUnknown."""
        about = {"code": code, "scope": scope, "question": view.question()}
        return self._figures.get(about, lambda: self._read_figures(code, scope, view))

    def _read_lists(self) -> Lists:
        with reading(self._engine) as conn:
            return Lists(categories=categories(conn), departments=departments(conn))

    def _read_figures(self, code: str, scope: Scope, view: View) -> Figures:
        now, zone = self._clock(), district_terms(self._engine).zone
        windows = [view.window(now, zone), view.compared(now, zone)]
        present, before = self._measured(code, scope, view, windows, now, [one.key for one in INDICATORS])
        return Figures(at=now, window=windows[0], before_window=windows[1], now=present, before=before)

    def _measured(
        self,
        code: str,
        scope: Scope,
        view: View,
        windows: Sequence[Window],
        now: datetime,
        keys: Sequence[str],
    ) -> list[tuple[Reading, ...]]:
        found = measure_each(self._engine, code, scope, now=now, windows=windows, keys=keys, drawn=view.drawn)
        return [one.readings for one in found]
