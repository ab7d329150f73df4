"""Times of the table of events: its pages and its search, over years of generated history.

`python -m benchmarks.search [--rows 1000000] [--rounds 10] [--database-url URL]`: without an address it starts a
PostgreSQL of its own and throws it away afterwards; with one it takes what `benchmarks.queries` loaded there. The
words looked for stand in a third of all events, in a few of a hundred, in a few of ten thousand, and in none.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import numpy as np
from sqlalchemy import Engine

from benchmarks.history import load
from benchmarks.machine import table
from benchmarks.queries import database
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.model import Source, State
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from data_access.engine import make_engine
from data_access.queries.event_page import event_detail
from data_access.queries.event_points import event_points
from data_access.queries.event_table import Column, Sort, event_page_rows
from data_access.queries.session import reading

DAY = timedelta(days=1)
BOTH = frozenset({State.OPEN, State.CLOSED})
REGIONS = {"district": ["D1"], "street": ["S3", "S7"], "community": ["C20", "C120"], "grid": ["G5", "G300"]}
SPANS = {"today": timedelta(hours=16), "7 days": 7 * DAY, "30 days": 30 * DAY, "a year": 365 * DAY}
LISTS = {"open": frozenset[State](), "closed": frozenset({State.CLOSED}), "reported": BOTH}
FILTERS = {
    "no filter": NO_FILTERS,
    "one filter": Filters(source=frozenset({Source.HOTLINE})),
    "two filters": Filters(source=frozenset({Source.SENSOR}), severity=frozenset({3})),
}
WORDS = {
    "a third": ("占道", "占道经营", "小区", "影响通行"),
    "hundredths": ("邻里纠纷", "有老人摔倒", "树木倒伏 学校", "消防通道 安全隐患"),
    "ten-thousandths": ("丁侠", "七伶", "乙", "万信 门口"),
    "none": ("飞碟", "恐龙出没"),
    "codes": ("E7654321", "654321", "9999999"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to the table. `kind`: what it is counted with."""

    kind: str
    region: str
    window: Window
    filters: Filters
    q: str = ""
    sort: Sort | None = None
    offset: int = 0


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slowest", type=int, default=8)
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()
    with database(options.database_url) as url:
        now = load(url, options.rows)
        engine = make_engine(url)
        try:
            times = measured(engine, now, options.rounds)
        finally:
            engine.dispose()
    lines = [
        (
            kind,
            str(len(every)),
            *(f"{value:.1f}" for value in np.percentile([ms for ms, _ in every], [50, 95, 100])),
        )
        for kind, every in times.items()
    ]
    print(table("The table of events", ("question", "n", "p50 ms", "p95 ms", "worst ms"), lines))
    for ms, what in sorted((one for every in times.values() for one in every), reverse=True)[
        : options.slowest
    ]:
        print(f"{ms:8.1f} ms  {what}")


def questions(now: datetime) -> Iterator[Ask]:
    """Every kind of page, and every kind of word in every kind of list."""
    for (_, codes), (span, length), (listed, states) in product(
        REGIONS.items(), SPANS.items(), LISTS.items()
    ):
        window = Window(start=now - length, end=now)
        if listed == "open" and span != "today":
            continue
        for code, (sieve, filters) in product(codes, FILTERS.items()):
            asked = Filters(source=filters.source, severity=filters.severity, state=states)
            yield Ask(kind=f"first page, {listed}, {sieve}", region=code, window=window, filters=asked)
            yield Ask(kind="page at 2,000", region=code, window=window, filters=asked, offset=2000)
        for column in Column:
            for down in (False, True):
                sort = Sort(column=column, descending=down)
                asked = Filters(state=states)
                yield Ask(kind=f"sorted, {span}", region=codes[0], window=window, filters=asked, sort=sort)
        for often, words in WORDS.items():
            for code, word, sieve in product(codes, words, ("no filter", "one filter")):
                asked = Filters(source=FILTERS[sieve].source, state=states)
                if len(word) > 1 or listed == "open":
                    yield Ask(kind=f"search, {often}", region=code, window=window, filters=asked, q=word)


def measured(engine: Engine, now: datetime, rounds: int) -> dict[str, list[tuple[float, str]]]:
    """Milliseconds and question by kind; of each question's rounds the median, after one that is not counted."""
    found: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for ask in questions(now):
        spent = [timed(engine, ask, now) for _ in range(rounds + 1)][1:]
        about = f"{ask.region} {ask.window.length} {ask.filters.query()} q={ask.q!r} sort={ask.sort} +{ask.offset}"
        found[ask.kind].append((float(np.median(spent)), about))
        if ask.q:
            found["SEARCH, all"].append((float(np.median(spent)), about))
    for code in [f"E{n}" for n in range(9_000_000, 10_000_000, 50_000)]:
        began = time.perf_counter()
        with reading(engine) as conn:
            if conn.exec_driver_sql("select 1 from ops.events where code = %s", (code,)).first():
                began = time.perf_counter()
                event_detail(conn, code, EVERYTHING, now)
                found["one event"].append(((time.perf_counter() - began) * 1000, code))
    for (place, codes), (span, length) in product(REGIONS.items(), SPANS.items()):
        began = time.perf_counter()
        with reading(engine) as conn:
            event_points(
                conn, codes[0], EVERYTHING, now, Window(start=now - length, end=now), Filters(state=BOTH)
            )
        found[f"points, {span}"].append(((time.perf_counter() - began) * 1000, place))
    return found


def timed(engine: Engine, ask: Ask, now: datetime) -> float:
    """Milliseconds that a page of 100 rows takes."""
    began = time.perf_counter()
    with reading(engine) as conn:
        event_page_rows(
            conn, ask.region, EVERYTHING, now, ask.window, ask.filters, ask.q, ask.sort, ask.offset
        )
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
