"""A PostgreSQL server as a child: its data folder, its start through crash recovery, its end.

The socket lies in a folder of mode 0700 made for this run; nothing listens on the network; every connection
needs the password, which lies in a file of mode 0600. Leaves creating databases and schemas to `data_access`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from psycopg import pq

from dashboard.embedded.accounts import Account
from dashboard.embedded.binaries import STATE_FOLDER, postgres_folder, postgres_major
from dashboard.embedded.errors import DataVersionError, ServerFailed, StillRunning
from dashboard.embedded.process import Child, alive, processes_in
from dashboard.embedded.server import Server
from dashboard.embedded.sockets import make_socket_folder

SUPERUSER = "quanyu"
LEFTOVER_DEADLINE_S = 10.0
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",
    # parallel plans need /dev/shm, which is 64 MB in many containers
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}
# what is committed outlives a killed server, though not a crash of the machine
SCRATCH_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
}


class PostgresServer(Server):
    """One cluster below `home`. `scratch`: its data need not outlive a crash of the machine."""

    what = "PostgreSQL"
    start_deadline_s = 600.0  # crash recovery of a busy hour
    grace_s = 3.0

    def __init__(
        self,
        home: Path,
        *,
        log: Path | None = None,
        programs: Path | None = None,
        account: Account | None = None,
        scratch: bool = False,
        options: Mapping[str, str] | None = None,
        leftover_deadline_s: float = LEFTOVER_DEADLINE_S,
    ) -> None:
        self.home = home.absolute()
        super().__init__(log or self.home / "postgres.log", account)
        self._programs = programs
        self._scratch = scratch
        self._leftover_deadline_s = leftover_deadline_s
        self._options = {**OPTIONS, **(SCRATCH_OPTIONS if scratch else {}), **(options or {})}

    @property
    def data(self) -> Path:
        """The cluster's folder: below `home`, or in the state folder if the server's user cannot go there."""
        inside = self.home / "postgres"
        if self._account.reaches(inside):
            return inside
        return STATE_FOLDER / hashlib.sha256(str(self.home).encode()).hexdigest()[:12] / "postgres"

    def url(self, database: str = "postgres") -> str:
        """Where a database of this server is, with the password, for libpq."""
        password = (self.home / "postgres.password").read_text(encoding="ascii").strip()
        return (
            f"postgresql://{SUPERUSER}:{password}@/{database}?host={quote(str(self._socket_folder), safe='')}"
        )

    def launch(self) -> Child:
        """Start the server without waiting for it, and make the cluster before if there is none."""
        programs = postgres_folder(self._account, self._programs)
        self.home.mkdir(parents=True, exist_ok=True)
        self._check_version(programs)
        self._clear_leftover()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs)
        options = {**self._options, "unix_socket_directories": str(self._socket_place())}
        self.child = child = Child(
            "postgres",
            [programs / "postgres", "-D", self.data, *(f"--{key}={value}" for key, value in options.items())],
            environment=ENVIRONMENT,
            log=self.log,
            account=self._account,
            parting_signal=signal.SIGINT,
        )
        return child

    def erase(self) -> None:
        """Throw the cluster away. Not while it runs."""
        self._clear_leftover()
        shutil.rmtree(self.data, ignore_errors=True)

    def _answers(self) -> bool:
        """Whether connections are accepted; not yet during crash recovery."""
        address = f"host={self._socket_folder} dbname=postgres user={SUPERUSER}".encode()
        return pq.PGconn.ping(address) == pq.Ping.OK

    def _end(self, child: Child, grace_s: float) -> None:
        """Politely, then by crash, from which the next start recovers."""
        for number, patience_s in ((signal.SIGINT, grace_s), (signal.SIGQUIT, 6.0)):
            child.tell(number)
            if child.wait(patience_s):
                break

    def _reason(self, lines: Sequence[str]) -> str:
        return _reason(lines)

    def _check_version(self, programs: Path) -> None:
        marker = self.data / "PG_VERSION"
        if marker.exists():
            found, have = marker.read_text(encoding="ascii").strip(), str(postgres_major(programs))
            if found != have:
                raise DataVersionError(path=self.data, found=found, have=have)

    def _clear_leftover(self) -> None:
        """Wait for a server that is about to end; remove a pid file whose process is gone or another's."""
        deadline = time.monotonic() + self._leftover_deadline_s
        while left := processes_in(self.data):
            if time.monotonic() > deadline:
                raise StillRunning(pid=left[0], path=self.data)
            time.sleep(0.05)
        marker = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(marker.read_text(encoding="ascii").split("\n", 1)[0])
            if alive(pid):  # of a dead process PostgreSQL clears up itself
                marker.unlink()

    def _make_cluster(self, programs: Path) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        password = self.home / "postgres.password"
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._account.own(draft)
        locale = ["--locale=C"]
        if postgres_major(programs) >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = self._run_initdb(programs, draft, locale, password)
        if made.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            with self.log.open("a", encoding="utf-8") as file:
                file.write(made.stderr)
            reason = _reason(made.stderr.splitlines()) or f"initdb ended with code {made.returncode}"
            raise ServerFailed(what="PostgreSQL", reason=reason, log=self.log)
        draft.rename(self.data)

    def _run_initdb(
        self, programs: Path, draft: Path, locale: Sequence[str], password: Path
    ) -> subprocess.CompletedProcess[str]:
        dropped = self._account.dropped
        handover = make_socket_folder(self._account)  # the password's own file is not for the server's user
        try:
            copy = handover / "password"
            copy.write_bytes(password.read_bytes())
            self._account.own(copy)
            arguments: list[str | Path] = [
                "-D",
                draft,
                "-U",
                SUPERUSER,
                "--encoding=UTF8",
                *locale,
                "--auth=scram-sha-256",
            ]
            arguments += [f"--pwfile={copy}", *(["--no-sync"] if self._scratch else [])]
            return subprocess.run(
                [programs / "initdb", *arguments],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                user=self._account.uid if dropped else None,
                group=self._account.gid if dropped else None,
                extra_groups=[] if dropped else None,
            )
        finally:
            shutil.rmtree(handover)


def _reason(lines: Sequence[str]) -> str:
    """The last complaint of a server, without its time and process; otherwise its last line."""
    for line in reversed(lines):
        for mark in ("PANIC:", "FATAL:", "error:"):
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1].strip() if lines else ""
