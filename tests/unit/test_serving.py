"""How many streams a web process takes with the files that it may open."""

from __future__ import annotations

import pytest

from dashboard.asgi import OTHER_FILES, within_files
from dashboard.config import Settings


def test_streams_leave_files_for_everything_else(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(max_streams=5000)
    assert within_files(settings, 65_536) is settings
    assert caplog.records == []
    assert within_files(settings, 1024).max_streams == 1024 - OTHER_FILES
    assert vars(caplog.records[0])["files"] == 1024


def test_one_stream_is_always_possible() -> None:
    assert within_files(Settings(), 100).max_streams == 1
