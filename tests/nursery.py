"""Processes of ours that need not load their packages anew: each is forked from one that has loaded them.

A process that loads them itself takes seconds for it. Where that is what a test is about, it begins one as is shipped.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
LOADED = ("dashboard.cli", "dashboard.asgi", "dashboard.relay", "dashboard.reception.terminals")


class Forked:
    """A process, used as one of `subprocess.Popen`. `command` is what would stand behind `python`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        arguments = (list(command), dict(environment), str(log))
        self._process = _context().Process(target=_begin, args=arguments)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        """A signal, where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask for its end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Its code, where it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its code when it has ended. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    return context


def _begin(command: list[str], environment: dict[str, str], log: str) -> None:
    """What the new process does: the command as if Python had been started with it."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(REPOSITORY)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")
