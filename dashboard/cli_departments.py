"""`department list | webhook | unhook | retry`: where reminders and orders of each department are delivered."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import click

from dashboard.cli_lines import say_lines
from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.complaints import language

ONCE = {
    "zh": "已登记。签名密钥如下，请立即交给该部门，它只显示这一次：",
    "en": "Set. Hand the department this secret of the signature now, it is shown this once:",
}
ENDED = {"zh": "部门 {code} 不再接收推送。", "en": "Department {code} is told no more."}
NOBODY = {"zh": "部门 {code} 没有登记地址。", "en": "Department {code} has no address."}
AGAIN = {"zh": "将重新投递 {n} 件。", "en": "{n} will be tried again."}
BAD_URL = {
    "zh": "地址应为以 http 或 https 开头的完整网址，且不含用户名和密码。",
    "en": "Give a whole address of http or https, without user and password in it.",
}
SHORT = {"zh": "密钥至少 16 个字符。", "en": "A secret has at least 16 characters."}
NONE_YET = {"zh": "还没有部门。", "en": "There are no departments yet."}
HEADER = {
    "zh": ("代码", "名称", "待投递", "已送达", "失败", "地址"),
    "en": ("code", "name", "waiting", "delivered", "failed", "address"),
}
SHORTEST = 16


@click.group()
def department() -> None:
    """Departments, and where their reminders and orders are delivered."""


@department.command("list")
@DATA_DIR
def list_(data_dir: Path | None) -> None:
    """All departments with their addresses and deliveries."""
    settings = with_database(data_dir)
    from data_access.queries.webhooks import listed_departments
    from data_access.writes.session import writing

    with writing(settings.database_url, "department") as connection:
        found = listed_departments(connection)
    lines = (
        (one.code, one.name, str(one.pending), str(one.delivered), str(one.failed), one.url or "-")
        for one in found
    )
    say_lines(HEADER, lines, NONE_YET)


@department.command()
@click.argument("code")
@click.argument("url")
@click.option("--secret", help="The secret of the signature; without it one is made and shown once.")
@DATA_DIR
def webhook(code: str, url: str, secret: str | None, data_dir: Path | None) -> None:
    """Deliver reminders and orders for the department CODE to URL, signed."""
    lang = language()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise click.BadParameter(BAD_URL[lang])
    if secret is not None and len(secret) < SHORTEST:
        raise click.BadParameter(SHORT[lang])
    settings = with_database(data_dir)
    from data_access.writes.session import writing
    from data_access.writes.webhooks import set_webhook

    made = secret or secrets.token_urlsafe(32)
    with writing(settings.database_url, "department") as connection:
        set_webhook(connection, code, url, made)
    if secret is None:
        click.echo(ONCE[lang], err=True)
        click.echo(made)


@department.command()
@click.argument("code")
@DATA_DIR
def unhook(code: str, data_dir: Path | None) -> None:
    """Deliver nothing to the department CODE any more."""
    settings = with_database(data_dir)
    from data_access.writes.session import writing
    from data_access.writes.webhooks import end_webhook

    with writing(settings.database_url, "department") as connection:
        done = end_webhook(connection, code)
    click.echo((ENDED if done else NOBODY)[language()].format(code=code))


@department.command()
@click.argument("code")
@DATA_DIR
def retry(code: str, data_dir: Path | None) -> None:
    """Try again what was given up for the department CODE."""
    settings = with_database(data_dir)
    from data_access.writes.session import writing
    from data_access.writes.webhooks import retry_failed

    with writing(settings.database_url, "department") as connection:
        number = retry_failed(connection, code)
    click.echo(AGAIN[language()].format(n=number))
