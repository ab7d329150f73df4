"""The rules of the house, held by tools: layers, style, types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BESIDE = Path(sys.executable).parent


@pytest.mark.timeout(300)  # types are read anew on a fresh machine
@pytest.mark.parametrize(
    "command",
    [
        [BESIDE / "lint-imports"],
        [sys.executable, "-m", "ruff", "check", "--output-format=concise"],
        [sys.executable, "-m", "mypy"],
    ],
    ids=["layers", "style", "types"],
)
def test_the_tool_finds_nothing(command: list[str | Path]) -> None:
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=290)
    assert found.returncode == 0, found.stdout + found.stderr
