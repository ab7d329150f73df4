"""Files brought to the page of imports over HTTP: what is taken in, what is refused, what is left behind."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from tests.conftest import own_database
from tests.integration.streaming import answers, ask, eventually, free_port, web_process

CSV = "编码,名称\nA,甲\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A running web process with its folder and its database."""

    port: int
    folder: Path
    database_url: str

    def upload(
        self, body: bytes, *, kind: str = "departments", name: str = "部门.csv", **headers: str
    ) -> int:
        """Bring a file; the status."""
        answer = ask(self.port, self.address(kind, name), "POST", body, **headers)
        return answer.status

    def address(self, kind: str, name: str) -> str:
        """Where files are brought."""
        return "/admin/imports?" + urlencode({"kind": kind, "name": name})

    def files(self) -> list[str]:
        """What lies in the folder."""
        return sorted(file.name for file in self.folder.iterdir()) if self.folder.is_dir() else []

    def rows(self) -> int:
        """Imports on the list."""
        with psycopg.connect(self.database_url) as conn:
            row = conn.execute("select count(*) from board.imports").fetchone()
        assert row is not None
        return int(row[0])


def started(postgres: PostgresServer, wire_url: str, folder: Path, **settings: str) -> Iterator[Web]:
    port, log = free_port(), folder / "log"
    environment = {
        **os.environ,
        "QUANYU_REDIS_URL": wire_url,
        "QUANYU_DATA_DIR": str(folder),
        **settings,
    }
    with own_database(postgres) as url:
        own = environment | {"QUANYU_DATABASE_URL": url}
        with web_process("-m", "tests.integration.scoped_web", str(port), log=log, **own):
            eventually(lambda: answers(port, "/healthz"))
            yield Web(port=port, folder=folder / "uploads", database_url=url)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def web(postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web process that takes files up to one megabyte."""
    folder = tmp_path_factory.mktemp("web")
    yield from started(postgres, wire_url, folder, QUANYU_MAX_UPLOAD_MB="1")


@pytest.fixture(scope="module")
def crowded(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process whose disk may not be filled any further."""
    folder = tmp_path_factory.mktemp("crowded")
    yield from started(postgres, wire_url, folder, QUANYU_MIN_FREE_MB="100000000")


def test_a_file_lies_under_a_random_name_that_only_we_may_read(web: Web) -> None:
    before = web.files()
    answer = ask(web.port, web.address("departments", "../部门.csv"), "POST", CSV)
    assert answer.status == 201
    with psycopg.connect(web.database_url) as conn:
        query = "select kind, file_name, stored_as, size_bytes, state from board.imports where id = %s"
        row = conn.execute(query, (answer.json()["id"],)).fetchone()
    assert row is not None
    kind, name, stored, size, state = row
    assert (kind, name, size, state) == ("departments", "部门.csv", len(CSV), "uploaded")
    path = web.folder / stored
    assert path.read_bytes() == CSV
    assert path.stat().st_mode & 0o077 == 0
    assert web.folder.stat().st_mode & 0o077 == 0
    assert [name for name in web.files() if name not in before] == [stored]


@pytest.mark.parametrize(
    ("kind", "name", "body", "status"),
    [
        ("departments", "a.exe", CSV, 415),
        ("departments", "", CSV, 415),
        ("nothing", "a.csv", CSV, 400),
        ("departments", "a.csv", b"", 400),
        ("departments", "a.csv", b"x" * 1_000_001, 413),
    ],
)
def test_what_cannot_be_taken_in_is_refused_in_words(
    web: Web, kind: str, name: str, body: bytes, status: int
) -> None:
    files, rows = web.files(), web.rows()
    answer = ask(web.port, web.address(kind, name), "POST", body, accept_language="en")
    assert answer.status == status
    assert answer.json()["error"]["message"].endswith(".")
    assert answer.headers["content-language"] == "en"
    assert (web.files(), web.rows()) == (files, rows)


def test_a_size_that_was_not_announced_is_found_out(web: Web) -> None:
    files, rows = web.files(), web.rows()
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    pieces = (b"x" * 100_000 for _ in range(30))
    try:
        line.request("POST", web.address("departments", "a.csv"), body=pieces, encode_chunked=True)
        assert line.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all of it was sent
    finally:
        line.close()
    eventually(lambda: web.files() == files)
    assert web.rows() == rows


def test_a_request_that_breaks_off_leaves_nothing_behind(web: Web) -> None:
    files, rows = web.files(), web.rows()
    with socket.create_connection(("127.0.0.1", web.port)) as line:
        head = (
            f"POST {web.address('departments', 'a.csv')} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n"
            "Content-Length: 900000\r\n\r\n"
        )
        line.sendall(head.encode() + b"x" * 300_000)
        eventually(lambda: len(web.files()) == len(files) + 1)
    eventually(lambda: web.files() == files)
    assert web.rows() == rows


def test_a_full_disk_is_said_before_the_file_is_taken_in(crowded: Web) -> None:
    answer = ask(crowded.port, crowded.address("departments", "a.csv"), "POST", CSV)
    assert answer.status == 507
    assert answer.json()["error"]["code"] == "upload_no_room"
    assert "磁盘" in answer.json()["error"]["message"]
    assert crowded.files() == []


def test_other_sites_and_those_who_see_only_a_part_bring_nothing(web: Web) -> None:
    rows = web.rows()
    assert web.upload(CSV, origin="http://127.0.0.1:1") == 403
    assert web.upload(CSV, x_streets="510117001") == 403
    for path in ("progress", "report.csv", "mapping.toml"):
        assert ask(web.port, f"/admin/imports/1/{path}", x_streets="510117001").status == 403
    assert web.rows() == rows
    question = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": "/admin/import"}],
        "changedPropIds": ["url.pathname"],
        "state": [{"id": "url", "property": "search", "value": ""}],
    }
    sent = {"content_type": "application/json", "x_streets": "510117001"}
    page = ask(web.port, "/_dash-update-component", "POST", json.dumps(question), **sent).body.decode()
    assert "import-drop" not in page
    del question["state"]
    assert ask(web.port, "/_dash-update-component", "POST", json.dumps(question), **sent).status == 400


def test_progress_ends_where_there_is_nothing_to_follow(web: Web) -> None:
    answer = ask(web.port, "/admin/imports/999999/progress")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body == b""


def test_what_is_not_there_cannot_be_fetched(web: Web) -> None:
    number = ask(web.port, web.address("departments", "a.csv"), "POST", CSV).json()["id"]
    for path in ("report.csv", "mapping.toml"):
        assert ask(web.port, f"/admin/imports/{number}/{path}").status == 404
        assert ask(web.port, f"/admin/imports/999999/{path}").status == 404
