"""JT/T 808 terminals over TCP: they register, sign in with their code, and their positions are written."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from dashboard.reception import jt808
from dashboard.reception.jt808 import GMT8, NO_SUCH_TERMINAL, Frame, Kind, Result
from dashboard.reception.tokens import DEVICE, digest, new_token
from data_access.writes import tokens
from tests.conftest import TEMPLATE
from tests.integration.streaming import eventually, free_port, web_process
from tests.reception_site import LAT, LON, Site

NUMBER = "13800138000"


class Terminal:
    """One connection of a terminal."""

    def __init__(self, port: int, header: int = 2013, number: str = NUMBER) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._me = Frame(kind=0, header=header, terminal=number, serial=0, body=b"", whole=True)
        self._serial = 0
        self._rest = b""

    def ask(self, kind: Kind, body: bytes = b"") -> Frame | None:
        """Send a message; the answer, None where the connection ended."""
        self._serial += 1
        self._socket.sendall(jt808.pack(kind, body, to=self._me, serial=self._serial))
        return self.answer()

    def close(self) -> None:
        """Go away."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def answer(self) -> Frame | None:
        """The next frame."""
        while self._rest.count(jt808.DELIMITER) < 2:
            try:
                data = self._socket.recv(4096)
            except ConnectionError:
                return None
            if not data:
                return None
            self._rest += data
        _, content, self._rest = self._rest.split(jt808.DELIMITER, 2)
        return jt808.unpack(content)

    def result(self, kind: Kind, body: bytes = b"") -> Result | None:
        """What the general answer to a message says."""
        found = self.ask(kind, body)
        if found is None:
            return None
        assert found.kind == Kind.ANSWER
        serial, asked, result = struct.unpack(">HHB", found.body)
        assert (serial, asked) == (self._serial, kind)
        return Result(result)

    def register(self) -> str | None:
        """The code of a registration."""
        found = self.ask(Kind.REGISTER, bytes(37))
        assert found is not None
        assert found.kind == Kind.REGISTERED
        serial, result = struct.unpack(">HB", found.body[:3])
        assert serial == self._serial
        assert result in (0, NO_SUCH_TERMINAL)
        return found.body[3:].decode() if result == 0 else None

    def sign_in(self, code: str) -> Result | None:
        """Authenticate."""
        text = code.encode()
        body = bytes([len(text)]) + text + bytes(35) if self._me.header == 2019 else text
        return self.result(Kind.AUTHENTICATE, body)


def place(seconds: float, north: float = 0.0, *, valid: bool = True) -> bytes:
    """A location report of some seconds from now."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return struct.pack(
        ">IIIIHHH6s",
        0,
        2 if valid else 0,
        round((LAT + north) * 1e6),
        round(LON * 1e6),
        500,
        45,
        90,
        bytes.fromhex(f"{at.astimezone(GMT8):%y%m%d%H%M%S}"),
    )


class Port(Site):
    """The site behind a TCP port, and the terminals that have called."""

    def __init__(self, url: str, port: int) -> None:
        super().__init__(url, port)
        self.terminals: list[Terminal] = []

    def connect(self, header: int = 2013, number: str = NUMBER) -> Terminal:
        """One more terminal."""
        self.terminals.append(Terminal(self.port, header, number))
        return self.terminals[-1]


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    with psycopg.connect(postgres.url(), autocommit=True) as conn:
        conn.execute(f"create database test_terminals template {TEMPLATE} strategy file_copy")
    port, log = free_port(), tmp_path_factory.mktemp("terminals") / "log"
    made = Port(postgres.url("test_terminals"), port)
    environment = {**os.environ, "QUANYU_DATABASE_URL": made.url, "QUANYU_JT808_PORT": str(port)}

    def listening() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    with web_process("app.py", "jt808", log=log, **environment) as process:
        eventually(listening)
        yield made
        for terminal in made.terminals:
            terminal.close()
        process.terminate()
        assert process.wait(10) == 0
    assert "Traceback" not in log.read_text()


def named(site: Port, worker: int, code: str, number: str) -> str:
    """A device token named as a terminal's number."""
    made = new_token(DEVICE)
    with psycopg.connect(site.url) as conn:
        tokens.add_device(conn, code, number, digest(made))
    return made


@pytest.mark.parametrize(("header", "number"), [(2013, NUMBER), (2019, "00000000013900139000")])
def test_a_terminal_registers_signs_in_and_is_on_the_map(site: Port, header: int, number: str) -> None:
    worker, _ = site.new_worker(f"J{header}")
    named(site, worker, f"J{header}", number)
    terminal = site.connect(header, number.lstrip("0"))
    code = terminal.register()
    assert code
    assert terminal.sign_in(code) == Result.DONE
    assert terminal.result(Kind.HEARTBEAT) == Result.DONE
    assert terminal.result(Kind.LOCATION, place(-3)) == Result.DONE
    first, second = place(-2, 1e-4), place(-1, 2e-4, valid=False)
    batch = b"".join(struct.pack(">H", len(one)) + one for one in (first, second))
    assert terminal.result(Kind.LOCATIONS, struct.pack(">HB", 2, 1) + batch) == Result.DONE
    assert [row[2] for row in site.rows(worker)] == [0, 0, 32]
    assert site.latest(worker) == (LON, round(LAT + 1e-4, 6))
    assert terminal.result(Kind.LOCATION, b"short") == Result.WRONG
    assert terminal.result(Kind(0x0704), b"") == Result.WRONG
    assert terminal.result(Kind.LOGOUT) == Result.DONE
    assert terminal.answer() is None


def test_the_token_itself_is_a_code_and_no_other_is(site: Port) -> None:
    worker, _ = site.new_worker("J3")
    token = named(site, worker, "J3", "13700137000")
    assert site.connect(number="13700137000").sign_in(token) == Result.DONE
    stranger = site.connect(number="13700137000")
    assert stranger.sign_in("guess") == Result.FAILED
    assert stranger.answer() is None
    assert site.connect(number="13700137001").sign_in(token) == Result.FAILED
    assert site.connect(number="404").register() is None


def test_who_has_not_signed_in_is_not_heard(site: Port) -> None:
    worker, _ = site.new_worker("J4")
    named(site, worker, "J4", "136")
    terminal = site.connect(number="136")
    assert terminal.result(Kind.LOCATION, place(-1)) == Result.FAILED
    assert terminal.answer() is None
    assert site.rows(worker) == []


def test_noise_is_passed_over_and_too_much_of_it_ends_the_connection(site: Port) -> None:
    worker, _ = site.new_worker("J5")
    token = named(site, worker, "J5", "135")
    terminal = site.connect(number="135")
    terminal.send(b"\x7e\x7e\x7e\x01\x02\x7d\x7e" + bytes(50) + b"\x7e")
    assert terminal.sign_in(token) == Result.DONE
    terminal.send(bytes(20_000))
    assert terminal.answer() is None


def test_a_revoked_token_ends_the_connection(site: Port) -> None:
    worker, _ = site.new_worker("J6")
    token = named(site, worker, "J6", "134")
    terminal = site.connect(number="134")
    terminal.sign_in(token)
    assert terminal.result(Kind.LOCATION, place(-2)) == Result.DONE
    with psycopg.connect(site.url) as conn:
        conn.execute("update board.tokens set revoked_at = now() where name = '134'")
    assert terminal.result(Kind.LOCATION, place(-1)) == Result.FAILED
    assert terminal.answer() is None
    assert len(site.rows(worker)) == 1
    assert site.connect(number="134").register() is None
