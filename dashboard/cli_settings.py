"""Which database a command works on: the settings' own, or with --data-dir that of the demo which runs there."""

from __future__ import annotations

from pathlib import Path

import click

from dashboard.config import Settings, load_settings

DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="Where `demo` keeps its data.")


def with_servers(data_dir: Path | None) -> Settings:
    """The settings; with --data-dir, the addresses of the demo that runs there."""
    settings = load_settings(data_dir=data_dir)
    if data_dir is None:
        return settings
    from dashboard.data_folder import running_demo

    return running_demo(settings.data_dir).apply(settings)


def with_database(data_dir: Path | None) -> Settings:
    """The settings, provided that they name a database."""
    return with_servers(data_dir).require_database()
