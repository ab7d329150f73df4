"""`user ...` and `kiosk ...`: who may sign in, and which walls. What is done here is on record as done by "cli"."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dashboard.cli_lines import say_lines
from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.complaints import language
from dashboard.domain.policy import NOTHING, Role, Viewer

if TYPE_CHECKING:
    from sqlalchemy import Engine

BY: Final = Viewer(login="cli", name="", roles=frozenset({Role.ADMINISTRATOR}), scope=NOTHING)
PEOPLE: Final = [str(role) for role in Role if role is not Role.WALL]
SAID: Final = {
    "zh": {
        "password": "初始密码（只显示一次，首次登录须修改）：",
        "done": "完成。",
        "token": "大屏打开此地址一次即可（令牌只显示这一次）：",
        "all": "全区",
    },
    "en": {
        "password": "First password, shown this once, to be changed at the first sign-in:",
        "done": "Done.",
        "token": "Let the wall open this address once (the token is shown this once):",
        "all": "all",
    },
}
NONE: Final = {"zh": "还没有。", "en": "There are none yet."}
USERS: Final = {
    "zh": ("登录名", "姓名", "角色", "区域", "部门", "最近登录", "状态"),
    "en": ("login", "name", "roles", "regions", "departments", "signed in", "state"),
}
WALLS: Final = {
    "zh": ("编号", "名称", "视图", "区域", "建立时间", "状态"),
    "en": ("id", "name", "layout", "regions", "made", "state"),
}
ROLES = click.option(
    "--role",
    "roles",
    type=click.Choice(PEOPLE),
    multiple=True,
    required=True,
    help="What for; several may be given.",
)
REGIONS = click.option(
    "--region", "regions", multiple=True, metavar="CODE", help="Region of any level; several may be given."
)
EVERYTHING = click.option("--everything", is_flag=True, help="The whole district.")


@click.group()
def user() -> None:
    """People who sign in."""


@user.command()
@click.argument("login")
@click.option("--name", default="", help="As shown.")
@ROLES
@REGIONS
@EVERYTHING
@click.option("--department", "departments", multiple=True, metavar="CODE", help="Only events of these.")
@click.option("--worker", metavar="CODE", help="The field worker that it is.")
@DATA_DIR
def add(
    login: str,
    name: str,
    roles: tuple[str, ...],
    regions: tuple[str, ...],
    everything: bool,
    departments: tuple[str, ...],
    worker: str | None,
    data_dir: Path | None,
) -> None:
    """Let LOGIN in. Prints the first password."""
    from dashboard.access.passwords import new_password
    from dashboard.access.users import Grant, add_user

    password = new_password()
    grant = Grant(
        roles=[Role(role) for role in roles],
        regions=None if everything else regions,
        departments=departments or None,
    )
    with _engine(data_dir) as engine:
        add_user(engine, BY, login, name, password, grant, worker)
    click.echo(_said("password"), err=True)
    click.echo(password)


@user.command()
@click.argument("login")
@click.option("--stdin", is_flag=True, help="Read the password from standard input.")
@DATA_DIR
def passwd(login: str, stdin: bool, data_dir: Path | None) -> None:
    """A new first password for LOGIN; ends all sessions."""
    from dashboard.access.passwords import new_password
    from dashboard.access.users import set_password

    password = sys.stdin.readline().rstrip("\n") if stdin else new_password()
    with _engine(data_dir) as engine:
        set_password(engine, BY, login, password)
    if stdin:
        click.echo(_said("done"))
    else:
        click.echo(_said("password"), err=True)
        click.echo(password)


@user.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let in again.")
@DATA_DIR
def disable(login: str, undo: bool, data_dir: Path | None) -> None:
    """Let LOGIN in no more, and end all sessions."""
    from dashboard.access.users import disable_user

    with _engine(data_dir) as engine:
        disable_user(engine, BY, login, None if undo else datetime.now(UTC))
    click.echo(_said("done"))


@user.command("list")
@DATA_DIR
def list_users(data_dir: Path | None) -> None:
    """All users: roles, scope, state."""
    from data_access.queries.access import listed_users

    with _engine(data_dir) as engine, engine.connect() as conn:
        found = listed_users(conn)
    lines = [
        (
            one.login,
            one.name,
            ",".join(one.roles),
            _codes(one.regions),
            _codes(one.departments),
            _minute(one.signed_in_at),
            "disabled" if one.disabled_at else "locked" if _locked(one.locked_until) else "ok",
        )
        for one in found
    ]
    say_lines(USERS, lines, NONE)


@click.group()
def kiosk() -> None:
    """Walls, each with a token of its own."""


@kiosk.command("add")
@click.option("--name", required=True, help="Where it hangs.")
@REGIONS
@EVERYTHING
@click.option("--layout", default="wall", metavar="NAME", help="wall, streets, pressing, or rotation.")
@click.option("--address", default="", metavar="URL", help="As the wall reaches this server.")
@DATA_DIR
def add_kiosk(
    name: str, regions: tuple[str, ...], everything: bool, layout: str, address: str, data_dir: Path | None
) -> None:
    """A wall for --everything or for regions. Prints the address to open there, once."""
    if everything == bool(regions):
        raise click.UsageError("Give either --everything or --region.")
    from dashboard.access.kiosk import add as add_wall

    settings = with_database(data_dir)
    with _engine(data_dir) as engine:
        number, token = add_wall(engine, BY, name, None if everything else regions, layout)
    click.echo(f"{_said('token')}  (id {number})", err=True)
    click.echo(f"{(address or f'http://{settings.host}:{settings.port}').rstrip('/')}/kiosk#{token}")


@kiosk.command()
@click.argument("number", type=int, metavar="ID")
@DATA_DIR
def revoke(number: int, data_dir: Path | None) -> None:
    """End the token of that ID; its screen is dark within seconds."""
    from dashboard.access.kiosk import revoke as revoke_wall

    with _engine(data_dir) as engine:
        revoke_wall(engine, BY, number)
    click.echo(_said("done"))


@kiosk.command("list")
@DATA_DIR
def list_kiosks(data_dir: Path | None) -> None:
    """All walls. Their tokens are kept nowhere."""
    from data_access.queries.access import listed_kiosks

    with _engine(data_dir) as engine, engine.connect() as conn:
        found = listed_kiosks(conn)
    lines = [
        (
            str(one.id),
            one.name,
            one.layout,
            _codes(one.regions),
            _minute(one.made_at),
            "revoked" if one.revoked_at else "ok",
        )
        for one in found
    ]
    say_lines(WALLS, lines, NONE)


@contextmanager
def _engine(data_dir: Path | None) -> Iterator[Engine]:
    from data_access.engine import make_engine

    engine = make_engine(with_database(data_dir).database_url, application="quanyu access")
    try:
        yield engine
    finally:
        engine.dispose()


def _said(key: str) -> str:
    return SAID[language()][key]


def _codes(found: tuple[str, ...] | None) -> str:
    return _said("all") if found is None else ",".join(found) or "-"


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "-"


def _locked(until: datetime | None) -> bool:
    return until is not None and until > datetime.now(UTC)
