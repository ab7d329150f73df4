"""One child process: started, its output kept in a rotated log, ended for sure.

Owns the operating system's side: a session of its own (so that Ctrl-C in the terminal reaches only the
supervisor), the change of user, and the order to end when its parent dies, however the parent died.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dashboard.embedded.accounts import Account

PR_SET_PDEATHSIG = 1
LOG_BYTES = 5_000_000
LOG_FILES = 3
TAIL_LINES = 40


class Child:
    """A running child. Make it in the main thread: the kernel ends it when the *thread* that made it ends."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        account: Account | None = None,
        folder: Path | None = None,
        parting_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        drop = account is not None and account.dropped
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments],
            env=dict(environment),
            cwd=folder or "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account is not None and drop else None,
            group=account.gid if account is not None and drop else None,
            extra_groups=[] if drop else None,
            preexec_fn=_follow_parent(parting_signal),  # noqa: PLW1509 - nothing else asks for PDEATHSIG after setuid
        )
        self._pump = threading.Thread(target=self._keep_output, name=f"log-{name}", daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def code(self) -> int | None:
        """The exit code, or None while it runs. Negative: the signal that ended it."""
        return self.process.poll()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the child alone."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end of the child; False when it still runs."""
        try:
            self.process.wait(max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self) -> None:
        """End what is left of the child and of everything that it started, and read its last words."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._pump.join(timeout=1.0)

    def _keep_output(self) -> None:
        stream = self.process.stdout
        if stream is None:
            return
        handler: logging.Handler = logging.NullHandler()
        with contextlib.suppress(OSError):
            handler = logging.handlers.RotatingFileHandler(
                self.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
            )
        handler.handleError = _drop  # type: ignore[method-assign]  # a full disk must not stop the child
        with stream:
            for line in stream:
                text = line.decode("utf-8", errors="replace").rstrip("\n")
                self.tail.append(text)
                handler.handle(logging.makeLogRecord({"msg": text}))
        handler.close()


def _drop(record: logging.LogRecord) -> None:
    """Lose a line of output that cannot be written."""


def _follow_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What the child does between fork and exec: ask the kernel for a signal at its parent's death."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def alive(pid: int) -> bool:
    """Whether a process with this id runs. One that has ended, whoever has yet to hear of it, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with contextlib.suppress(OSError):  # there is no such file outside of Linux
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    return True


def processes_in(folder: Path) -> list[int]:
    """Who works in `folder`: every process of a PostgreSQL stands in its data folder."""
    if not folder.is_dir():
        return []
    if not sys.platform.startswith("linux"):
        told = subprocess.run(
            ["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=False
        )
        return [int(line.split()[0]) for line in told.stdout.splitlines() if f"postgres -D {folder}" in line]
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").samefile(folder):
                found.append(int(entry.name))
    return sorted(found)
