"""All benchmarks one after another (`make bench`), or all endurance runs (`python -m benchmarks soak`, `make soak`).

Each runs as a process of its own with its defaults; the status is 1 if one of them failed.
"""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "positions",
    "ingest",
    "imports",
    "exports",
    "queries",
    "search",
    "views",
    "trails",
    "tracks",
    "latency",
    "page",
    "fanout",
    "map",
)
ENDURANCE = ("soak_faults", "soak_heap", "soak_ingest", "soak_kiosk")


def main() -> None:
    """Run what the arguments name; without any, every benchmark."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    names = list(ENDURANCE) if wanted == ["soak"] else wanted
    unknown = set(names) - {*BENCHMARKS, *ENDURANCE}
    if unknown:
        sys.exit(
            f"There is no benchmark {', '.join(sorted(unknown))}: {', '.join((*BENCHMARKS, *ENDURANCE))}"
        )
    failed = []
    for name in names:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0:
            failed.append(name)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
