"""What can be wrong at the start: each gives one clear sentence, a code, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.embedded import PostgresServer
from dashboard.embedded.binaries import STATE_FOLDER
from tests.demo_process import DemoProcess, free_port


@pytest.fixture
def folder(scratch: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    place = scratch / request.node.name
    yield place
    shutil.rmtree(place, ignore_errors=True)


def test_a_port_in_use(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with DemoProcess(folder, "--profile", "empty", port=port) as demo:
            told = demo.refusal()
    assert told.startswith(f"Port {port} of 127.0.0.1 cannot be used: address already in use.")
    assert "--port" in told
    assert not (folder / "postgres").exists()


def test_an_address_of_another_machine(folder: Path) -> None:
    with DemoProcess(folder, "--host", "192.0.2.1", "--profile", "empty") as demo:
        assert "192.0.2.1 cannot be used" in demo.refusal()


def test_a_data_folder_that_another_run_owns_and_a_profile_that_it_does_not_hold(folder: Path) -> None:
    with DemoProcess(folder, "--profile", "empty") as owner:
        owner.wait_ready()
        with DemoProcess(folder, port=free_port()) as late:
            told = late.refusal()
        assert told.startswith(f"Another run (process {owner.process.pid}) uses {folder}")
        assert "--data-dir" in told
        assert owner.status("/") == 200
    with DemoProcess(folder, "--profile", "pidu") as other:
        told = other.refusal()
    assert "holds the district empty, not pidu" in told
    assert "--reset" in told


def test_a_profile_that_does_not_exist(folder: Path) -> None:
    with DemoProcess(folder, "--profile", "atlantis") as demo:
        told = demo.refusal()
    assert "atlantis" in told
    assert "pidu" in told
    assert not (folder / "run.json").exists()
    assert not (folder / "postgres").exists()


def test_too_little_free_space(folder: Path) -> None:
    with DemoProcess(folder, "--profile", "empty", variables={"QUANYU_MIN_FREE_MB": "99999999"}) as demo:
        told = demo.refusal()
    assert told.startswith(f"The disk of {folder} is full")
    assert "99999999 MB wanted" in told


def test_a_disk_that_fills_during_the_start(folder: Path) -> None:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m,mode=0711", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        with DemoProcess(folder, "--profile", "empty", variables={"QUANYU_MIN_FREE_MB": "1"}) as demo:
            assert "No space left on device" in demo.refusal()
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("QUANYU_WSGI_THREADS", "abc", "valid integer"),
        ("QUANYU_LOG_LEVEL", "loud", "should be 'debug'"),
        ("QUANYU_CONFIG", "/nowhere/quanyu.toml", "there is no file"),
        ("QUANYU_POSTGRES_BIN", "/nowhere", "PostgreSQL was not found"),
        ("QUANYU_VALKEY_SERVER", "/nowhere", "Valkey was not found"),
    ],
)
def test_a_wrong_setting(folder: Path, name: str, value: str, reason: str) -> None:
    with DemoProcess(folder, "--profile", "empty", variables={name: value}) as demo:
        told = demo.refusal()
    assert name in told
    assert reason in told


def test_a_setting_that_does_not_exist_in_the_file(folder: Path) -> None:
    folder.mkdir()
    file = folder / "own.toml"
    file.write_text("prot = 8050\n", encoding="utf-8")
    with DemoProcess(folder / "data", variables={"QUANYU_CONFIG": str(file)}) as demo:
        assert "QUANYU_PROT" in (told := demo.refusal())
    assert "there is no such setting" in told


def test_data_of_another_major_version(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("9\n", encoding="ascii")
    folder.chmod(0o711)
    with DemoProcess(folder, "--profile", "empty") as demo:
        told = demo.refusal()
    assert "PostgreSQL 9" in told
    assert "pg_dump" in told
    assert "pg_restore" in told


def test_a_folder_that_the_servers_user_cannot_enter_still_works(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives way to another user")
    folder.mkdir(mode=0o700)
    closed = folder / "closed"
    with DemoProcess(closed, "--profile", "empty") as demo:
        demo.wait_ready()
        assert not (closed / "postgres").exists()
        assert demo.end() < 5.5
    assert folder.stat().st_mode & 0o777 == 0o700
    with DemoProcess(closed, "--reset", "--profile", "empty") as demo:
        demo.wait_ready()
    elsewhere = PostgresServer(closed).data.parent
    assert elsewhere.is_relative_to(STATE_FOLDER)
    shutil.rmtree(elsewhere)
