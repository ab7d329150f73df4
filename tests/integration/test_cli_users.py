"""`user ...` and `kiosk ...` on the command line, and what `doctor` says of signing in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from dashboard.access import kiosk, users
from dashboard.access.users import NotLetIn
from dashboard.cli import commands
from dashboard.config import Settings
from dashboard.doctor import examine
from data_access.engine import make_engine
from data_access.queries.access import User, listed_users
from tests.builders import make_district


@pytest.fixture
def district(database_url: str) -> str:
    with psycopg.connect(database_url) as conn:
        make_district(conn, streets=1, communities=1, grids=1)
    return database_url


def run(url: str, *arguments: str, typed: str | None = None) -> Result:
    environment = {"QUANYU_DATABASE_URL": url, "LANG": "en_US.UTF-8", "LC_ALL": ""}
    return CliRunner().invoke(commands, arguments, env=environment, input=typed)


def signs_in(url: str, login: str, password: str) -> bool:
    engine = make_engine(url)
    try:
        users.sign_in(engine, login, password, datetime.now(UTC), address="", agent="")
    except NotLetIn:
        return False
    finally:
        engine.dispose()
    return True


def stored(url: str) -> list[User]:
    engine = make_engine(url)
    with engine.connect() as conn:
        found = listed_users(conn)
    engine.dispose()
    return found


def test_a_user_is_added_gets_another_password_and_is_let_in_no_more(district: str) -> None:
    street = ("--role", "supervisor", "--role", "analyst", "--region", "510117001")
    made = run(district, "user", "add", "Li.Hua", *street)
    assert made.exit_code == 0, made.output
    password = made.stdout.strip()
    assert signs_in(district, "li.hua", password)
    user = stored(district)[0]
    assert (user.roles, user.regions, user.must_change) == (("analyst", "supervisor"), ("510117001",), True)
    assert password not in run(district, "user", "list").output
    assert "li.hua" in run(district, "user", "list").output
    assert run(district, "user", "passwd", "li.hua", "--stdin", typed="four-words-for-tests\n").exit_code == 0
    assert signs_in(district, "li.hua", "four-words-for-tests")
    assert not signs_in(district, "li.hua", password)
    assert run(district, "user", "disable", "li.hua").exit_code == 0
    assert not signs_in(district, "li.hua", "four-words-for-tests")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user", "add", "x", "--role", "leader"), "cannot be used"),
        (("user", "add", "li", "--role", "leader", "--region", "nowhere"), "nowhere"),
        (("user", "add", "li", "--role", "wall"), "wall"),
        (("user", "disable", "nobody"), "nobody"),
        (("kiosk", "add", "--name", "x", "--region", "nowhere"), "nowhere"),
        (("kiosk", "add", "--name", "x"), "--everything"),
        (("kiosk", "revoke", "17"), "17"),
    ],
)
def test_what_cannot_be_done_is_said(district: str, arguments: tuple[str, ...], said: str) -> None:
    result = run(district, *arguments)
    assert result.exit_code != 0
    assert said in f"{result.output}{result.exception}"
    assert stored(district) == []


def test_a_wall_gets_an_address_with_its_token_behind_the_sign_that_no_server_sees(district: str) -> None:
    made = run(
        district, "kiosk", "add", "--name", "hall", "--everything", "--address", "https://example.org/"
    )
    address, _, token = made.stdout.strip().partition("#")
    assert address == "https://example.org/kiosk"
    engine = make_engine(district)
    assert kiosk.enter(engine, token, "")
    assert run(district, "kiosk", "revoke", "1").exit_code == 0
    assert not kiosk.enter(engine, token, "")
    engine.dispose()
    assert "revoked" in run(district, "kiosk", "list").output


@pytest.mark.parametrize(
    ("given", "good", "said"),
    [
        ({}, True, "everybody signs in"),
        ({"sign_in": "demo"}, True, "demo user"),
        ({"sign_in": "demo", "host": "0.0.0.0"}, False, "loopback only"),
    ],
)
def test_the_doctor_says_who_gets_in(tmp_path: Path, given: dict[str, str], good: bool, said: str) -> None:
    settings = Settings(data_dir=tmp_path, **given)  # type: ignore[arg-type]
    assert [one.good for one in examine(settings) if said in one.text] == [good]


def test_the_doctor_says_that_nobody_can_sign_in(district: str) -> None:
    found = [
        one for one in examine(Settings(database_url=district)) if "sign in" in one.text and not one.good
    ]
    assert len(found) == 1
