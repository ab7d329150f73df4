"""The demo as people run it: real servers, real children, ended and started again."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.demo_process import REPOSITORY, DemoProcess, all_gone, wait_until

CHILDREN = {"postgres", "valkey-server", "relay", "serve", "work"}


@pytest.fixture(scope="module")
def demo(scratch: Path) -> Iterator[DemoProcess]:
    with DemoProcess(scratch / "demo of tests", "--profile", "empty") as running:
        running.wait_ready()
        yield running


def test_every_process_of_production_runs(demo: DemoProcess) -> None:
    assert demo.status("/") == 200
    assert demo.status("/healthz") == 200
    assert set(demo.children()) == CHILDREN


def test_nothing_in_the_folder_is_for_other_users(demo: DemoProcess) -> None:
    for name in ("run.json", "postgres.password", "lock", "demo.json"):
        assert stat.S_IMODE((demo.folder / name).stat().st_mode) == 0o600, name
    for place in (
        demo.folder / "log",
        demo.folder / "postgres",
        *map(Path, demo.running()["socket_folders"]),
    ):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700, place


def test_the_database_lets_nobody_in_without_the_password(demo: DemoProcess) -> None:
    url = demo.running()["database_url"]
    with psycopg.connect(url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        methods = connection.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        assert methods == [("scram-sha-256",)]
    password = psycopg.conninfo.conninfo_to_dict(url)["password"]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace(str(password), "wrong"))


def test_other_commands_find_the_running_demo(demo: DemoProcess) -> None:
    told = subprocess.run(
        [sys.executable, "app.py", "doctor", "--data-dir", demo.folder],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PostgreSQL answers" in told.stdout
    assert "Valkey answers" in told.stdout
    assert demo.running()["database_url"] not in told.stdout


@pytest.mark.parametrize("name", ["relay", "serve", "work", "valkey-server", "postgres"])
def test_a_killed_child_comes_back(demo: DemoProcess, name: str) -> None:
    before = demo.children()[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: demo.children().get(name, before) != before, 30, f"{name} is back")
    wait_until(lambda: demo.status("/") == 200 and set(demo.children()) == CHILDREN, 40, "everything runs")


def test_it_ends_in_time_even_with_a_frozen_child_and_goes_on_with_its_data(scratch: Path) -> None:
    folder = scratch / "again"
    with DemoProcess(folder, "--profile", "empty") as first:
        first.wait_ready()
        children, sockets = first.children(), first.running()["socket_folders"]
        with psycopg.connect(first.running()["database_url"]) as connection:
            connection.execute("insert into ops.departments (code, name) values ('d', '部门')")
        os.kill(children["work"], signal.SIGSTOP)
        assert first.end() < 5.5
        assert first.process.returncode == 0
        wait_until(lambda: all_gone(list(children.values())), 1, "no child is left")
        assert not any(Path(socket).exists() for socket in sockets)
        assert not (folder / "run.json").exists()
    with DemoProcess(folder) as second:
        second.wait_ready()
        with psycopg.connect(second.running()["database_url"]) as connection:
            assert connection.execute("select name from ops.departments").fetchall() == [("部门",)]
        children = second.children()
        os.kill(second.process.pid, signal.SIGKILL)
        wait_until(lambda: all_gone(list(children.values())), 10, "no orphan is left")
    with DemoProcess(folder) as third:
        third.wait_ready()
        assert not any(Path(socket).exists() for socket in sockets)
        assert third.end(signal.SIGHUP) < 5.5
        assert third.process.returncode == 0
        assert not (folder / "run.json").exists()
