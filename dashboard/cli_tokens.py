"""`token add | revoke | list`: who may send positions and events. A token is shown once, when it is made."""

from __future__ import annotations

from pathlib import Path

import click

from dashboard.cli_lines import say_lines
from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.complaints import language
from dashboard.domain.model import Source

ONCE = {
    "zh": "请立即记下此令牌，它只显示这一次：",
    "en": "Note this token now, it is shown this once:",
}
REVOKED = {"zh": "令牌 {id} 已撤销，立即失效。", "en": "Token {id} is revoked; it ends at once."}
NOT_THERE = {
    "zh": "没有编号为 {id} 的有效令牌；编号见 token list。",
    "en": "No token {id} holds; `token list` shows the numbers.",
}
NONE_YET = {"zh": "还没有令牌。", "en": "There are no tokens yet."}
HEADER = {
    "zh": ("编号", "类型", "归属", "名称", "创建", "最近使用", "状态"),
    "en": ("id", "kind", "bearer", "name", "made", "last used", "state"),
}
STATES = {"zh": ("有效", "已撤销"), "en": ("holds", "revoked")}


@click.group()
def token() -> None:
    """Tokens of phones and of systems that send positions and events."""


@token.command()
@click.option("--worker", metavar="CODE", help="A device of this worker: its positions and events.")
@click.option(
    "--source", type=click.Choice([str(one) for one in Source]), help="A system that speaks for this source."
)
@click.option(
    "--name", default="", help="What it is, for your list. For a JT/T 808 terminal: its number on the wire."
)
@DATA_DIR
def add(worker: str | None, source: str | None, name: str, data_dir: Path | None) -> None:
    """Make a token, for --worker CODE or --source SOURCE."""
    if (worker is None) == (source is None):
        raise click.UsageError("Give either --worker or --source.")
    settings = with_database(data_dir)
    from dashboard.reception.tokens import DEVICE, SYSTEM, digest, new_token
    from data_access.writes.session import writing
    from data_access.writes.tokens import add_device, add_system

    made = new_token(DEVICE if worker else SYSTEM)
    with writing(settings.database_url, "token") as connection:
        if worker:
            number = add_device(connection, worker, name or worker, digest(made))
        else:
            assert source is not None
            number = add_system(connection, source, name or source, digest(made))
    click.echo(f"{ONCE[language()]}  (id {number})", err=True)
    click.echo(made)


@token.command()
@click.argument("number", type=int, metavar="ID")
@DATA_DIR
def revoke(number: int, data_dir: Path | None) -> None:
    """End the token of that ID at once."""
    settings = with_database(data_dir)
    from data_access.writes.session import writing
    from data_access.writes.tokens import revoke as revoke_token

    with writing(settings.database_url, "token") as connection:
        done = revoke_token(connection, number)
    if not done:
        raise click.ClickException(NOT_THERE[language()].format(id=number))
    click.echo(REVOKED[language()].format(id=number))


@token.command("list")
@DATA_DIR
def list_(data_dir: Path | None) -> None:
    """All tokens: whose, since when, last used. The tokens themselves are kept nowhere."""
    settings = with_database(data_dir)
    from data_access.queries.tokens import listed_tokens
    from data_access.writes.session import writing

    with writing(settings.database_url, "token") as connection:
        found = listed_tokens(connection)
    states = STATES[language()]
    lines = (
        (
            str(one.id),
            one.kind,
            one.bearer,
            one.name,
            f"{one.created_at:%Y-%m-%d %H:%M}Z",
            one.used_on.isoformat() if one.used_on else "-",
            states[one.revoked_at is not None],
        )
        for one in found
    )
    say_lines(HEADER, lines, NONE_YET)
