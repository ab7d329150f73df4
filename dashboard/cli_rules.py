"""`rules import | show`: thresholds of the three colours, escalation, drafts and due times, as a file of TOML."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click

from dashboard.cli_settings import DATA_DIR, with_database
from dashboard.complaints import language

DONE = {"zh": "已更新 {n} 项规则，立即生效。", "en": "{n} rules are set; they hold at once."}
FINE = {"zh": "{n} 项规则可以使用，未作更改。", "en": "{n} rules make sense; nothing was changed."}
NO_TOML = {"zh": "{file} 不是有效的 TOML：{reason}", "en": "{file} is no TOML: {reason}"}


@click.group()
def rules() -> None:
    """Rules of the three colours, of escalation and of supervision."""


@rules.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Only say whether they make sense.")
@DATA_DIR
def import_(file: Path, check: bool, data_dir: Path | None) -> None:
    """Set the rules of FILE (TOML); others stay as they are."""
    lang = language()
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(NO_TOML[lang].format(file=file.name, reason=error)) from error
    settings = with_database(data_dir)
    from dashboard.domain.rulebook import checked
    from data_access.writes.session import writing
    from data_access.writes.settings import present, put

    with writing(settings.database_url, "rules") as connection:
        found = checked(given, present(connection))
        if not check:
            put(connection, found)
    click.echo((FINE if check else DONE)[lang].format(n=len(found)))


@rules.command()
@DATA_DIR
def show(data_dir: Path | None) -> None:
    """The rules that are set, as JSON. What is missing has the values of docs/rules.md."""
    settings = with_database(data_dir)
    from dashboard.domain.rulebook import KEYS
    from data_access.writes.session import writing
    from data_access.writes.settings import present

    with writing(settings.database_url, "rules") as connection:
        found: dict[str, Any] = present(connection)
    own = {key: found[key] for key in sorted(found) if key in KEYS}
    click.echo(json.dumps(own, ensure_ascii=False, indent=2))
