"""Noise planted into simulated days of patrol: how much of it cleaning finds, and how much of what it takes was noise.

    python -m benchmarks.trails [--days 24] [--hours 8] [--seed 1]

Half of the days come from devices that state speed and accuracy, half from devices that state neither. Exit status 1
where less than 95 % of the planted fixes are found or less than 99 % of those taken were planted. Fixes in the wrong
order are found where they are marked as late; they stay, in their place.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import click
import numpy as np

from benchmarks.machine import table
from benchmarks.planting import KINDS, Kind, plant, sound_days
from dashboard.domain.trails.cleaning import Verdict, clean
from dashboard.domain.trails.rules import TrailRules
from tests.districts import world

RECALL, PRECISION = 0.95, 0.99


@click.command()
@click.option("--days", default=24, show_default=True, help="Workers' days, in turn with and without speeds.")
@click.option("--hours", default=8.0, show_default=True, help="Length of a day.")
@click.option("--seed", default=1, show_default=True, help="Another one makes other days and other noise.")
def main(days: int, hours: float, seed: int) -> None:
    """Plant, clean, count."""
    rng, rules = np.random.default_rng(seed), TrailRules()
    planted, found, taken = Counter[str](), Counter[str](), 0
    sound = lost = fixes = 0
    spent_s: list[float] = []
    for place, (track, resting) in enumerate(sound_days(world("test"), hours, days, seed)):
        noisy = plant(track, resting, rng, silent=place % 2 == 1)
        kind = noisy.kind[np.lexsort((noisy.track.received_us, noisy.track.at_us))]
        begun = time.process_time()
        cleaned = clean(noisy.track, rules)
        spent_s.append(time.process_time() - begun)
        gone = cleaned.verdict != Verdict.SOUND
        fixes, taken = fixes + len(gone), taken + int(gone.sum())
        untouched = (kind == -1) | (kind == KINDS.index(Kind.ORDER))
        sound, lost = sound + int(untouched.sum()), lost + int((untouched & gone).sum())
        for number, what in enumerate(KINDS):
            hit = cleaned.late if what is Kind.ORDER else gone
            planted[what] += int((kind == number).sum())
            found[what] += int((hit & (kind == number)).sum())
    rows = [
        (what, f"{planted[what]:,}", f"{found[what]:,}", f"{found[what] / max(planted[what], 1):.1%}")
        for what in KINDS
    ]
    print(
        table(
            f"Noise planted into {days} days ({fixes:,} fixes)", ("kind", "planted", "found", "recall"), rows
        )
    )
    noise = [what for what in KINDS if what is not Kind.ORDER]
    hits = sum(found[what] for what in noise)
    recall, precision = hits / sum(planted[what] for what in noise), hits / max(taken, 1)
    print(
        f"recall {recall:.2%} (at least {RECALL:.0%}), precision {precision:.2%} (at least {PRECISION:.0%})"
    )
    print(f"sound fixes lost: {lost:,} of {sound:,}")
    print(
        f"processor time of a day of {fixes / days:,.0f} fixes: {np.median(spent_s) * 1000:.0f} ms (median)"
    )
    order = found[Kind.ORDER] / max(planted[Kind.ORDER], 1)
    sys.exit(0 if recall >= RECALL and precision >= PRECISION and order >= RECALL else 1)


if __name__ == "__main__":
    main()
