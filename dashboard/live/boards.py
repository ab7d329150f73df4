"""The boards of one build: region tree, counters, workers and events, together until the next rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dashboard.domain.counters import Rules, keys
from dashboard.domain.facts import District
from dashboard.domain.terms import terms_from
from dashboard.domain.trails.rules import trail_rules_from
from dashboard.domain.windows import local_day, today
from dashboard.live.columns import Drawn
from dashboard.live.counts import Counters, RegionCounts
from dashboard.live.events import EventBoard
from dashboard.live.snapshot import reference_part
from dashboard.live.tree import RegionTree
from dashboard.live.workers import WorkerBoard


class Boards:
    """Empty boards for a district on the local day of `now`. `told`, `drawn`: what mirrors know already.

    ValueError or KeyError for settings that make no sense.
    """

    def __init__(
        self, facts: District, now: datetime, told: Mapping[str, Counters], drawn: Mapping[int, Drawn]
    ) -> None:
        terms = terms_from(facts.settings)
        self._zone = terms.zone
        self._day = local_day(now, terms.zone)
        self._valid_until = facts.valid_until
        self.map_version = facts.map_version
        self.reference = reference_part(facts, terms.workflow)
        self.tree = RegionTree(facts.regions, facts.former)
        tops = [category.id for category in facts.categories if category.level == 1]
        self.counts = RegionCounts(self.tree, keys(terms.workflow, tops), told)
        self.trail_rules = trail_rules_from(facts.settings)
        self.workers = WorkerBoard(self.tree, facts.shapes, self.counts, drawn, self.trail_rules)
        rules = Rules(
            workflow=terms.workflow,
            day_start=today(now, terms.zone).start,
            satisfied_from=terms.satisfied_from,
        )
        self.events = EventBoard(rules, self.counts, self.workers)

    def outlived(self, now: datetime) -> bool:
        """Whether another day or other borders have begun."""
        if local_day(now, self._zone) != self._day:
            return True
        return self._valid_until is not None and self._valid_until <= now
