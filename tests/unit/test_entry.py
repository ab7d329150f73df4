"""The entry point and the command line, as far as they go without servers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask

import app
from dashboard.cli import commands
from dashboard.factory import WebApp

REPOSITORY = Path(__file__).parents[2]


def test_any_server_finds_the_application_and_its_flask_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", "postgresql:///quanyu")
    monkeypatch.setenv("QUANYU_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.delattr(app, "asgi", raising=False)
    assert isinstance(app.asgi, WebApp)
    assert isinstance(app.server, Flask)
    assert app.server is app.asgi.flask
    with pytest.raises(AttributeError):
        _ = app.nothing


def test_the_entry_point_loads_nothing_heavy_by_itself() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, app, dashboard.cli; print(*sys.modules)"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"dash", "pandas", "sqlalchemy", "alembic", "uvicorn", "numpy"} & set(loaded)


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(commands, [name, "--help"])
    assert told.exit_code == 0
    assert commands.commands[name].help


PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "README.zh-CN.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]


def written_commands() -> Iterator[tuple[str, str]]:
    """The commands in the documentation, with the page that they stand on."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\n2026-W", " 2026-W")
        for found in re.findall(r"\bapp\.py ([a-z][^`\n|#&]*)", text):
            yield page.name, found


def test_every_command_in_the_documentation_is_one() -> None:
    wrong, seen = [], 0
    for page, line in written_commands():
        at: click.Command = commands
        words = line.split()
        while isinstance(at, click.Group) and words and words[0] in at.commands:
            at = at.commands[words.pop(0)]
        known = {name for one in at.params for name in one.opts}
        options = {word.strip("[]").partition("=")[0] for word in words if word.strip("[]").startswith("--")}
        if words if isinstance(at, click.Group) else options - known:
            wrong.append(f"{page}: app.py {line}")
        seen += 1
    assert wrong == []
    assert seen > 50


def test_commands_of_production_need_their_servers_named() -> None:
    for arguments in (["relay"], ["work"], ["migrate"], ["import", "regions", "app.py"]):
        told = subprocess.run(
            [sys.executable, "app.py", *arguments],
            cwd=REPOSITORY,
            env={"PATH": "", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1
        assert "is wrong: it is not set" in told.stderr
        assert "Traceback" not in told.stderr


def test_other_commands_say_so_when_no_demo_runs_in_the_folder(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "app.py", "migrate", "--data-dir", tmp_path],
        cwd=REPOSITORY,
        env={"PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"No demo runs on {tmp_path}")
