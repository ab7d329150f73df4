"""What only the whole file shows, settled when all rows are staged: points where unrelated rows crowd, points
with fewer decimals than the others, events told twice, fixes too far apart. Owns what counts as each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dashboard.domain.fixes import FASTEST_MPS, JUMP_M, JUMP_WITHIN_US, SECOND_US
from dashboard.domain.geo import EARTH_RADIUS_M
from dashboard.ingest.report import Finding, Findings
from dashboard.ingest.wording import Flaw
from data_access.writes import hindsight as staged

Connection = psycopg.Connection[Any]
BESIDE: Mapping[str, str] = {"x": "double precision", "y": "double precision", "decimals": "smallint"}
"""What rows with points carry through the staging table for these checks."""
CROWD_ROWS = 20
"""Rows on one point from which on it may be a placeholder."""
CROWD_OTHERS = 10
"""Different addresses (or, without addresses, categories; for fixes: workers) that make them unrelated."""
_CROWD_SHARE = 0.005
_CROWD_MANY = 100
_CATEGORIES_ROWS = 50
_DIFFERENT = 0.2
_ALIKE = 0.6
_SAMPLE = 200
_MORE_LETTERS = 4
FEW_DECIMALS, FEWER_DECIMALS = 3, 2
"""Decimals that are too few beside five and more (110 m), and in any file (1.1 km)."""
_BY_CHANCE = 0.01
WORDS_OF = {
    "address": ("地址", "addresses"),
    "category_id": ("类别", "categories"),
    "worker_id": ("人员", "workers"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A fix that cannot be reached from the one before it. `point`: as a report shows it."""

    row: int
    point: str
    distance_m: float
    seconds: float


def crowded_points(connection: Connection, column: str) -> list[staged.Crowd]:
    """Points where many rows sit that have nothing else in common."""
    found = staged.crowds(connection, column, CROWD_ROWS, CROWD_OTHERS)
    if not found:
        return []
    located = staged.located_rows(connection)
    if column != "address":
        return [crowd for crowd in found if crowd.rows >= max(_CATEGORIES_ROWS, located / 100)]
    usual = shared_letters(staged.addresses(connection, _SAMPLE), 0.8)
    return [
        crowd
        for crowd in found
        if crowd.others >= _DIFFERENT * crowd.rows or crowd.others >= _CROWD_MANY
        if crowd.rows >= _CROWD_SHARE * located or crowd.others >= _CROWD_MANY
        if shared_letters(staged.addresses(connection, _SAMPLE, (crowd.x, crowd.y)), _ALIKE)
        < usual + _MORE_LETTERS
    ]


def shared_letters(texts: Sequence[str], share: float) -> int:
    """How many letters the beginnings of that share of the texts have in common: one street, one estate."""
    length = 0
    while True:
        beginnings = Counter(text[: length + 1] for text in texts if len(text) > length)
        if not beginnings or max(beginnings.values()) < share * len(texts):
            return length
        length += 1


def too_few_decimals(counts: Mapping[int, int]) -> int | None:
    """The number of decimals up to which points are rounded, from how many points have how many; None where
    none is, or where the few that end in zeros may do so by chance."""
    total = sum(counts.values())
    if not total:
        return None
    seen, usual = 0, 0
    for usual in sorted(counts):
        seen += counts[usual]
        if 2 * seen >= total:
            break
    few = FEW_DECIMALS if usual > FEW_DECIMALS + 1 else FEWER_DECIMALS
    rounded = sum(count for decimals, count in counts.items() if decimals <= few)
    by_chance = total * 10.0 ** (-2 * (usual - few)) if usual > few else 0.0
    return few if rounded and by_chance <= _BY_CHANCE * rounded else None


def rounded_points(connection: Connection, decimals: int, label: str, findings: Findings) -> None:
    """Remarks on the points that have no more decimals than that."""
    for row, x, y, found in staged.rounded(connection, decimals):
        details = {"decimals": found, "metres": f"{_metres(found):,}"}
        findings.note(
            Finding(
                row=row,
                field=label,
                value=f"{x:g}, {y:g}",
                flaw=Flaw.ROUNDED,
                rejected=False,
                details=details,
            )
        )


def _metres(decimals: int) -> int:
    """How far a coordinate of so many decimals may be off, in metres along a meridian."""
    return round(111_320 / 2 / 10.0**decimals)


def crowd_finding(
    row: int, crowd: staged.Crowd, column: str, label: str, *, rejected: bool = False
) -> Finding:
    """The finding of a row on a crowded point."""
    return Finding(
        row=row,
        field=label,
        value=f"{crowd.x:g}, {crowd.y:g}"
        if crowd.x == round(crowd.x, 4)
        else f"{crowd.x:.6f}, {crowd.y:.6f}",
        flaw=Flaw.CROWDED,
        rejected=rejected,
        details={"count": f"{crowd.rows:,}", "addresses": f"{crowd.others:,}", "what": WORDS_OF[column]},
    )


def twin_events(connection: Connection, columns: Sequence[str], label: str, findings: Findings) -> None:
    """Remarks on events that say what another row of the file says, under another code."""
    told = [name for name in columns if name not in ("code", "changed_at")]
    if not {"text", "address"} & set(told):
        return
    for row, code, first in staged.twins(connection, told):
        findings.note(
            Finding(
                row=row,
                field=label,
                value=code,
                flaw=Flaw.SAME_EVENT,
                rejected=False,
                details={"first": first},
            )
        )


def hops(fixes: Iterator[tuple[int, int, float, float, float]]) -> Iterator[Hop]:
    """Fixes that nobody reaches from the last sound one of the same worker. In the order of worker and time."""
    last: tuple[int, float, float, float] | None = None
    for row, worker, at_s, lon, lat in fixes:
        if last is not None and last[0] == worker:
            seconds = at_s - last[1]
            away_m = _away_m(last[2], last[3], lon, lat)
            judged = seconds * SECOND_US <= JUMP_WITHIN_US and away_m > JUMP_M
            if judged and away_m > FASTEST_MPS * max(seconds, 1.0):
                yield Hop(row=row, point=f"{lon:.6f}, {lat:.6f}", distance_m=away_m, seconds=seconds)
                continue
        last = worker, at_s, lon, lat


def _away_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """A short distance, one by one: a million of them are looked at."""
    east = math.radians(lon_b - lon_a) * math.cos(math.radians(lat_b))
    return EARTH_RADIUS_M * math.hypot(east, math.radians(lat_b - lat_a))
