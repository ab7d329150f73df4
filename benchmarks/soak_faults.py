"""Hundreds of random faults on relays, PostgreSQL and Valkey, in random order and overlapping; used by `make soak`.

    python -m benchmarks.soak_faults --faults 300 --seed 7

After every few faults the world is left alone and must come to rest: the mirror equals plain SQL, no event is missing,
and no frame of a deposed leader was heard after its successor's. Ends with status 1 and the seed at the first failure.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg

from data_access.bus import HEAD_KEY, LOG_KEY, SNAPSHOT_KEY
from tests.builders import insert_event
from tests.faults.rig import Rig

FAULTS_A_WORLD = 10
"""So many faults hit one database before the next, fresh one."""


class Chaos:
    """One world and the faults that can befall it. Every fault leaves servers running, relays perhaps not."""

    def __init__(self, rig: Rig, dice: random.Random) -> None:
        self.rig = rig
        self.dice = dice
        self.relays: list[subprocess.Popen[bytes]] = []
        self.faults: list[Callable[[], None]] = [
            self.kill_relay,
            self.end_relay,
            self.freeze_relay,
            self.cut_leader,
            self.restart_postgres,
            self.restart_valkey,
            self.freeze_valkey,
            self.flush_valkey,
            self.lose_key,
            self.poison,
            self.bulk_load,
            self.late_commit,
        ]

    def begin(self) -> None:
        """A fresh database, two relays."""
        self.relays.clear()
        self.rig.open(self.dice.randrange(1 << 30))
        self.ensure_relays()
        self.rig.wait(lambda: self.rig.epoch() > 0, "the first leader")

    def ensure_relays(self) -> None:
        """Two relays run."""
        self.relays = [relay for relay in self.relays if relay.poll() is None]
        while len(self.relays) < 2:
            self.relays.append(self.rig.relay())

    def strike(self) -> str:
        """One fault, and sometimes a second one at once; returns their names."""
        struck = [self.dice.choice(self.faults) for _ in range(self.dice.choice([1, 1, 2]))]
        for fault in struck:
            fault()
        self.pause(1.0)
        self.ensure_relays()
        return "+".join(fault.__name__ for fault in struck)

    def pause(self, longest_s: float) -> None:
        """Let things happen for a moment."""
        time.sleep(self.dice.uniform(0.0, longest_s))

    def kill_relay(self) -> None:
        """SIGKILL to one relay, leading or not."""
        self.dice.choice(self.relays).kill()

    def end_relay(self) -> None:
        """SIGTERM to one relay."""
        self.dice.choice(self.relays).terminate()

    def freeze_relay(self) -> None:
        """SIGSTOP to one relay, for less or more than the leader's session lives."""
        relay = self.dice.choice(self.relays)
        relay.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.choice([0.5, 2.0, 7.0]))
        relay.send_signal(signal.SIGCONT)

    def cut_leader(self) -> None:
        """The leader's connection is terminated."""
        self.rig.cut_leader()

    def restart_postgres(self) -> None:
        """Fast or immediate shutdown, or SIGKILL."""
        child = self.rig.postgres.child
        if child is not None:
            child.tell(self.dice.choice([signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]))
            child.wait(10)
            child.finish()
        self.pause(1.0)
        self.rig.postgres.start()

    def restart_valkey(self) -> None:
        """Ended or killed."""
        child = self.rig.valkey.child
        if child is not None:
            child.tell(self.dice.choice([signal.SIGTERM, signal.SIGKILL]))
            child.wait(10)
            child.finish()
        self.pause(1.0)
        self.rig.valkey.start()

    def freeze_valkey(self) -> None:
        """SIGSTOP, for less or more than a command may take."""
        child = self.rig.valkey.child
        if child is not None:
            child.tell(signal.SIGSTOP)
            time.sleep(self.dice.choice([0.3, 3.0]))
            child.tell(signal.SIGCONT)

    def flush_valkey(self) -> None:
        """Everything on the wire is forgotten."""
        self.rig.wire.client.flushall()

    def lose_key(self) -> None:
        """One key of the wire is forgotten."""
        self.rig.wire.client.delete(self.dice.choice([HEAD_KEY, LOG_KEY, SNAPSHOT_KEY]))

    def poison(self) -> None:
        """Rows that nobody understands."""
        with psycopg.connect(self.rig.url, autocommit=True) as conn:
            conn.execute("insert into board.outbox (kind, entity_id) values ('riddle', 1), ('event', null)")

    def bulk_load(self) -> None:
        """Many events at once behind the outbox's back, and one row that says so."""
        with psycopg.connect(self.rig.url, autocommit=True) as conn, conn.transaction():
            conn.execute("set local quanyu.bulk = 'on'")
            for number in range(100):
                insert_event(conn, code=f"BULK{time.time_ns()}-{number}")
            conn.execute("insert into board.outbox (kind) values ('resync')")

    def late_commit(self) -> None:
        """An event whose outbox row is older than rows that are long gone."""
        with psycopg.connect(self.rig.url) as late:
            insert_event(late, code=f"LATE{time.time_ns()}")
            self.pause(2.0)


def main() -> None:
    """Strike until the number is reached or the world does not come to rest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    home = Path(tempfile.mkdtemp(prefix="quanyu-soak-"))
    home.chmod(0o711)
    rig = Rig(home)
    chaos = Chaos(rig, dice)
    struck: Counter[str] = Counter()
    print(f"seed {asked.seed}, {asked.faults} faults")
    try:
        rig.start()
        while struck.total() < asked.faults:
            chaos.begin()
            for _ in range(min(FAULTS_A_WORLD, asked.faults - struck.total())):
                struck[chaos.strike()] += 1
            rig.converge()
            print(
                f"{struck.total()} faults, at rest; epoch {rig.epoch()}, {rig.writer.written} changes written"
            )
            rig.close()
    finally:
        rig.stop()
        shutil.rmtree(home, ignore_errors=True)
    for name, number in struck.most_common():
        print(f"{number:5d}  {name}")


if __name__ == "__main__":
    main()
