"""An hour of 2,000 positions a second through the web process: `benchmarks.ingest` with a long steady load.

python -m benchmarks.soak_ingest [--seconds 3600]
"""

from __future__ import annotations

import sys

import click

from benchmarks.ingest import run


@click.command()
@click.option("--seconds", default=3600.0, show_default=True, help="How long the steady load lasts.")
@click.option("--rate", default=2000.0, show_default=True, help="Its positions a second.")
def main(seconds: float, rate: float) -> None:
    """Load the addresses for positions for long."""
    sys.exit(run(rate, seconds))


if __name__ == "__main__":
    main()
