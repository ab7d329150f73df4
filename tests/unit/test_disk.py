"""A disk that fills while the demo runs: said once, and again when there is room."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from dashboard.config import Settings
from dashboard.runtime import SCARCE_MB, Demo, Wishes


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_disk_that_fills_is_told_on_the_terminal_and_in_the_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    demo = Demo(Settings(data_dir=tmp_path), Wishes())
    for free_mb in (900, SCARCE_MB - 1, 0, 900):
        monkeypatch.setattr(shutil, "disk_usage", lambda _place, mb=free_mb: Usage(0, 0, mb * 1_000_000))
        demo._watch_space()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith(f"The disk is full ({tmp_path}): make room")
    assert [record.message for record in caplog.records] == ["the disk is full", "the disk has room again"]
