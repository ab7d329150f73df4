"""`token add | revoke | list` on the command line."""

from __future__ import annotations

import psycopg
import pytest
from click.testing import CliRunner, Result

from dashboard.cli import commands
from dashboard.reception.tokens import DEVICE, SYSTEM, digest
from tests.builders import insert_worker, make_district


@pytest.fixture
def district(database_url: str) -> str:
    with psycopg.connect(database_url) as conn:
        make_district(conn, streets=1, communities=1, grids=1)
        insert_worker(conn, code="W1")
    return database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(
        commands, ["token", *arguments], env={"QUANYU_DATABASE_URL": url, "LANG": "en_US.UTF-8", "LC_ALL": ""}
    )


def test_a_token_is_shown_once_listed_without_it_and_revoked(district: str) -> None:
    device = run(district, "add", "--worker", "W1", "--name", "phone")
    system = run(district, "add", "--source", "hotline")
    assert device.exit_code == system.exit_code == 0
    tokens = [made.stdout.strip() for made in (device, system)]
    assert [token[:4] for token in tokens] == [DEVICE, SYSTEM]
    with psycopg.connect(district) as conn:
        kept = {bytes(row[0]) for row in conn.execute("select hash from board.tokens")}
    assert kept == {digest(token) for token in tokens}
    listed = run(district, "list")
    rows = [line.split("\t") for line in listed.stdout.splitlines()[1:]]
    assert [row[1:4] for row in rows] == [["device", "W1", "phone"], ["system", "hotline", "hotline"]]
    assert not any(token in listed.output for token in tokens)
    assert run(district, "revoke", rows[0][0]).exit_code == 0
    assert run(district, "revoke", rows[0][0]).exit_code == 1
    assert run(district, "list").stdout.splitlines()[1].split("\t")[-1] != rows[0][-1]


def test_who_a_token_is_for_must_be_said_and_known(district: str) -> None:
    assert run(district, "add").exit_code == 2
    assert run(district, "add", "--worker", "W1", "--source", "hotline").exit_code == 2
    unknown = run(district, "add", "--worker", "W9")
    assert unknown.exit_code == 1
    assert "W9" in str(unknown.exception)
    assert run(district, "list").exit_code == 0
