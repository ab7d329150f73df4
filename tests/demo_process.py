"""A real demo as a child of the test: its output, its children, its end."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dashboard.embedded.process import alive

REPOSITORY = Path(__file__).parent.parent
START_S = 90.0


def wait_until(condition: Callable[[], object], deadline_s: float, what: str) -> None:
    """Wait for a condition; a failed assertion when it does not come true in time."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {deadline_s} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DemoProcess:
    """`app.py demo` on a data folder."""

    def __init__(
        self, folder: Path, *options: str, port: int | None = None, variables: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("QUANYU_")}
        self.process = subprocess.Popen(
            [sys.executable, "app.py", "demo", "--data-dir", str(folder), "--port", str(self.port), *options],
            cwd=REPOSITORY,
            env={**surroundings, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            # a test run that outlives its terminal ignores this signal, and a child would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()

    def wait_ready(self) -> None:
        """Wait for the printed address."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                assert self.process.poll() is None, self._errors
                assert time.monotonic() < deadline, (self._errors, self.log("web"))
                continue
            if line.startswith("Ready:"):
                assert f"http://127.0.0.1:{self.port}/" in line
                return

    def refusal(self) -> str:
        """Wait for a start that must fail: its one sentence."""
        assert self.process.wait(START_S) == 1
        for reader in self._readers:
            reader.join()
        assert len(self._errors) == 1, self._errors
        return self._errors[0].strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask for the end; how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(15)
        return time.monotonic() - began

    def children(self) -> dict[str, int]:
        """The supervisor's children by name."""
        told = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        found = {}
        for line in told.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            words = command.split()
            program = Path(words[0]).name
            found[words[2] if program.startswith("python") and len(words) > 2 else program] = int(pid)
        return found

    def running(self) -> dict[str, Any]:
        """What the demo tells other commands."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        return found

    def status(self, path: str) -> int:
        """The HTTP status of a page; 0 when nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", path)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def log(self, name: str) -> str:
        path = self.folder / "log" / f"{name}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self._lines.put(line)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            self._errors.extend(stream)


def all_gone(pids: list[int]) -> bool:
    """Whether none of these processes exists any more."""
    return not any(alive(pid) for pid in pids)
