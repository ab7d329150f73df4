"""A list of 200,000 events as CSV and as Excel: how long it takes, how much memory, and what the wall notices of it.

    python -m benchmarks.exports [--rows 200000] [--streams 1000] [--rate 100]

Everything is the product's own: embedded PostgreSQL and Valkey, a seeded district whose events are multiplied, relay,
one web process, one `work`. Files are asked for over HTTP and followed until they are there, first of a tenth of the
rows, then of all as CSV, as Excel and as both at once, again and again as long as events are committed and their
frames awaited in the open streams. Exit status 1 where the memory of `work` grows with the rows, where rows are
missing, or where the wall does not keep its time: 50 ms for half of the events, 150 ms for 99 of 100.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import psycopg

from benchmarks import machine
from benchmarks.latency import Reporter, Stand, drive, product
from benchmarks.processes import Listeners, running

GROWTH_MIB: Final = 60
"""What ten times the rows may take more: their numbers and a page of them."""
ASK_S: Final = 0.5
PATIENCE_S: Final = 900.0
WARM_S: Final = 5.0
LOOK_S: Final = 20.0
MOST_COPIED: Final = 2_000
WALL_MS: Final = (50.0, 150.0)
"""From a commit to every stream: half of the times, and 99 of 100."""
HEAD: Final = ["beside", "seconds", "rows", "MiB", "peak of work MiB", "p50 ms", "p99 ms", "max ms"]
BESIDE: Final = (("csv",), ("xlsx",), ("csv", "xlsx"))
"""What is made beside the wall, one kind after the other and together."""
MULTIPLIED: Final = """
insert into ops.events (code, {columns})
select 'X' || row_number() over (), {columns}
from (select {columns} from ops.events where state = 'closed' order by id limit %(some)s) e
cross join generate_series(1, %(times)s) limit %(rows)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A file that is there. `peak_mib`: the most memory that `work` had until then."""

    rows: int
    seconds: float
    size_mib: float
    peak_mib: float


class Site:
    """The running web process and `work` beside it."""

    def __init__(self, stand: Stand, work_pid: int) -> None:
        self._base = f"http://127.0.0.1:{stand.port}"
        self._status = Path(f"/proc/{work_pid}/status")

    def made(self, question: Mapping[str, Any]) -> Done:
        """Ask for a file and follow it until it is there."""
        began = time.monotonic()
        number = self._call("/exports", {"kind": "export.events", "question": dict(question)})["id"]
        while time.monotonic() - began < PATIENCE_S:
            job = next(one for one in self._call("/exports")["jobs"] if one["id"] == number)
            if job["state"] == "done":
                size_mib = job["size_bytes"] / 2**20
                seconds = time.monotonic() - began
                return Done(rows=job["rows"], seconds=seconds, size_mib=size_mib, peak_mib=self._peak_mib())
            if job["state"] in ("failed", "cancelled"):
                raise RuntimeError(job["error"])
            time.sleep(ASK_S)
        raise RuntimeError("the file was not made in time")

    def _call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self._base, "Sec-Fetch-Site": "same-origin"}
        request = urllib.request.Request(self._base + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def _peak_mib(self) -> float:
        found = re.search(r"VmHWM:\s+(\d+)", self._status.read_text())
        return int(found[1]) / 1024 if found else 0.0


def multiply(url: str, rows: int) -> tuple[str, int]:
    """Closed events by the hundred thousand; the code of the district, and how many are closed then."""
    with psycopg.connect(url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        names = conn.execute(
            "select column_name from information_schema.columns where table_schema = 'ops'"
            " and table_name = 'events' and column_name not in ('id', 'code') and is_generated = 'NEVER'"
        ).fetchall()
        closed = conn.execute("select count(*) from ops.events where state = 'closed'").fetchone()
        some = min(MOST_COPIED, closed[0] if closed else 0)
        conn.execute("alter table ops.events disable trigger user")  # their words come with them
        statement = MULTIPLIED.format(columns=", ".join(name for (name,) in names))
        conn.execute(statement, {"some": some, "times": rows // max(1, some) + 1, "rows": rows})
        conn.execute("alter table ops.events enable trigger user")
        conn.commit()
        conn.execute("analyze ops.events")
        found = conn.execute(
            "select (select r.code from ops.regions r where r.level = 'district'), count(*) from ops.events"
            " where state = 'closed' and duplicate_of is null"
        ).fetchone()
    if found is None:
        raise RuntimeError("there is no district")
    return str(found[0]), int(found[1])


class Beside(threading.Thread):
    """Files that are made beside the wall, one after the other until `enough` is set."""

    def __init__(self, site: Site, question: Mapping[str, Any]) -> None:
        super().__init__(name="file")
        self._site = site
        self._question = question
        self.enough = threading.Event()
        self.found: list[Done] = []

    def run(self) -> None:
        """Wait for them."""
        while not self.enough.is_set():
            self.found.append(self._site.made(self._question))


def line(name: str, done: Done | None, wall: list[str]) -> list[str]:
    """A row of the table. `wall`: cells of `benchmarks.latency.drive`."""
    cells = ["-"] * 4
    if done is not None:
        cells = [f"{done.seconds:.1f}", f"{done.rows:,}", f"{done.size_mib:.1f}", f"{done.peak_mib:.0f}"]
    return [name, *cells, wall[2], wall[4], wall[5]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`lines`: rows of the table; `small`: a file of a few rows; `large`: those of all, `wanted` many; `walls`: by
    what is made beside it, "" for nothing, the wall's times: half of them and 99 of 100, ms."""

    lines: list[list[str]]
    small: Done
    large: list[Done]
    wanted: int
    walls: Mapping[str, tuple[float, float]]

    @property
    def fault(self) -> str:
        """What is not as it should be."""
        grown_mib = max(one.peak_mib for one in self.large) - self.small.peak_mib
        if [one.rows for one in self.large] != [self.wanted] * len(self.large):
            return "Rows are missing"
        if grown_mib > GROWTH_MIB:
            return f"The memory of work grew by {grown_mib:.0f} MiB"
        late = [
            name
            for name, wall in self.walls.items()
            if any(had > most for had, most in zip(wall, WALL_MS, strict=True))
        ]
        if "" in late:
            return "The wall is late without any file"
        return f"The wall waits for files: {', '.join(late)}" if late else ""


def measure(stand: Stand, data: Path, rows: int, streams: int, rate: float) -> Measured:
    """Make the files, and look at the wall beside them."""
    code, wanted = multiply(stand.database_url, rows)
    settings = {
        "QUANYU_DATABASE_URL": stand.database_url,
        "QUANYU_REDIS_URL": stand.redis_url,
        "QUANYU_DATA_DIR": str(data),
        "QUANYU_SIGN_IN": "demo",
    }
    question = {"region": code, "state": "closed", "from": "2000-01-01", "personal": "1"}
    with running("app.py", "work", **settings) as work:
        site = Site(stand, work.pid)
        small = site.made({**question, "source": "sensor", "form": "xlsx"})
        reporter, large = Reporter(stand), list[Done]()
        with Listeners.opened(stand.port, streams, "/live/stream") as listeners:
            time.sleep(WARM_S)
            walls = {"": drive(stand, reporter, listeners, rate, LOOK_S)}
            lines = [line("-", small, ["-"] * 6), line("wall alone", None, walls[""])]
            for forms in BESIDE:
                makers = [Beside(site, {**question, "form": form}) for form in forms]
                for one in makers:
                    one.start()
                name = " + ".join(forms)
                walls[name] = drive(stand, reporter, listeners, rate, LOOK_S)
                for one in makers:
                    one.enough.set()
                for one in makers:
                    one.join()
                large += [done for one in makers for done in one.found]
                for form, one in zip(forms, makers, strict=True):
                    told = f"{form} of {name} and wall" if len(forms) > 1 else f"{form} and wall"
                    lines.append(line(told, one.found[0], walls[name]))
    times = {name: (float(wall[2]), float(wall[4])) for name, wall in walls.items()}
    return Measured(lines=lines, small=small, large=large, wanted=wanted, walls=times)


@click.command()
@click.option("--rows", default=200_000, show_default=True)
@click.option("--streams", default=1000, show_default=True)
@click.option("--rate", default=100.0, show_default=True)
def main(rows: int, streams: int, rate: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="quanyu-exports-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with product(folder, "pidu") as stand:
            found = measure(stand, folder / "data", rows, streams, rate)
    title = f"{found.wanted:,} events as files beside {streams:,} streams at {rate:g} events/s"
    print(machine.table(title, HEAD, found.lines))
    if found.fault:
        sys.exit(found.fault)


if __name__ == "__main__":
    main()
