"""Processes that a benchmark starts and watches: servers, listeners, and what they cost."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from benchmarks.delays import Summary

REPOSITORY = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A program of ours for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Listeners:
    """The listening process: how many frames arrived, and how late."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def opened(cls, port: int, streams: int, path: str) -> Iterator[Listeners]:
        """So many open streams."""
        with running("-m", "benchmarks.listeners", f"127.0.0.1:{port}", str(streams), path) as process:
            if _line(process) != "open":
                raise RuntimeError("the streams did not open")
            yield cls(process)

    def delays(self, published_ns: Mapping[int, int]) -> Summary:
        """Delays of what arrived since the last question, given when each offset was published."""
        return cast(Summary, json.loads(_asked(self._process, json.dumps(dict(published_ns)))))


class Cost:
    """Processor time and memory of one process, from /proc."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._folder = Path("/proc") / str(pid)

    def cpu_s(self) -> float:
        """User and system time since it began."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kb(self) -> int:
        """Resident memory."""
        found = re.search(r"VmRSS:\s+(\d+)", (self._folder / "status").read_text())
        return int(found[1]) if found else 0


class Askers:
    """The asking process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def busy(cls, url: str, number: int) -> Iterator[Askers]:
        """So many viewers who ask for a page all the time."""
        with running("-m", "benchmarks.askers", url, str(number)) as process:
            if _line(process) != "warm":
                raise RuntimeError(f"{url} does not answer")
            yield cls(process)

    def answers(self) -> int:
        """How many answers they have had."""
        return int(_asked(self._process, ""))


def _asked(process: subprocess.Popen[str], question: str) -> str:
    if process.stdin is None:
        raise RuntimeError("the process has no input")
    process.stdin.write(question + "\n")
    process.stdin.flush()
    return _line(process)


def _line(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        raise RuntimeError("the process has no output")
    return process.stdout.readline().strip()


def wait_ready(url: str, seconds: float = 60.0) -> None:
    """Until an address answers with 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url) as response:
                if response.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready within {seconds:.0f} s")
