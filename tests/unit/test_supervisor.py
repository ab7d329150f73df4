"""Keeping children alive: pauses that grow, and an end that comes in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.embedded.process import Child, alive
from dashboard.supervisor import LONGEST_PAUSE_S, Post, Supervisor, pause_s
from tests.demo_process import wait_until

SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
PARENT = (
    "import subprocess, sys, time; "
    f"child = subprocess.Popen([sys.executable, '-c', {DEAF!r}]); print(child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(luck=lambda: 1.0)
    yield made
    made.end(0.0)


def launcher(folder: Path, program: str) -> Post:
    def launch() -> Child:
        return Child(
            "child", [sys.executable, "-c", program], environment=os.environ, log=folder / "child.log"
        )

    return Post(name="child", launch=launch)


def pid_of(post: Post) -> int | None:
    return post.child.pid if post.child is not None else None


def test_pauses_double_up_to_a_limit_and_differ() -> None:
    assert [pause_s(failures, luck=1.0) for failures in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert pause_s(50, luck=1.0) == LONGEST_PAUSE_S
    assert pause_s(3, luck=0.0) == 1.0


def test_a_dead_child_is_started_again_when_its_pause_is_over(supervisor: Supervisor, tmp_path: Path) -> None:
    post = launcher(tmp_path, SLEEPS)
    supervisor.add(post)
    assert post.child is not None
    first = post.child.pid
    os.kill(first, signal.SIGKILL)
    post.child.wait(5)
    now_s = time.monotonic()
    supervisor.tend(now_s)
    supervisor.tend(now_s + 0.4)
    assert pid_of(post) is None
    supervisor.tend(now_s + 0.6)
    assert pid_of(post) != first


def test_a_child_that_cannot_be_started_is_tried_again_with_longer_pauses(supervisor: Supervisor) -> None:
    def launch() -> Child:
        raise OSError("no more processes")

    post = Post(name="child", launch=launch)
    supervisor.posts.append(post)
    supervisor.tend(100.0)
    assert (post.failures, post.due_s) == (1, 100.5)
    supervisor.tend(100.5)
    assert (post.failures, post.due_s) == (2, 101.5)


def test_a_long_life_forgives_earlier_failures(supervisor: Supervisor, tmp_path: Path) -> None:
    post = launcher(tmp_path, "")
    post.failures = 7
    supervisor.add(post)
    assert post.child is not None
    post.child.wait(5)
    supervisor.tend(post.started_s + 3600)
    assert post.failures == 1


def test_the_end_kills_who_does_not_listen_and_what_it_started(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.add(launcher(tmp_path, DEAF))
    supervisor.add(launcher(tmp_path, PARENT))
    deaf, parent = (post.child for post in supervisor.posts)
    assert deaf is not None
    assert parent is not None
    wait_until(lambda: deaf.tail and parent.tail, 10, "both have begun")
    grandchild = int(parent.tail[0])
    began = time.monotonic()
    supervisor.end(0.3)
    assert time.monotonic() - began < 3
    wait_until(lambda: not any(map(alive, (deaf.pid, parent.pid, grandchild))), 5, "all are gone")


def test_what_a_child_says_is_kept_even_if_its_log_cannot_be_written(tmp_path: Path) -> None:
    child = Child(
        "child",
        [sys.executable, "-c", "print('last words')"],
        environment=os.environ,
        log=tmp_path / "no" / "log",
    )
    assert child.wait(10)
    child.finish()
    assert list(child.tail) == ["last words"]


def test_who_has_ended_is_not_alive_before_anybody_has_heard_of_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its name is still on the list
    assert not alive(child.pid)
    child.wait()
    assert alive(os.getpid())
