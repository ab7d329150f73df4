"""Files on their way to the disk: a disk that fills up is said as such, at whatever moment it tells."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

import anyio
import pytest

from dashboard import uploads
from dashboard.import_desk import ImportDesk, UploadNoRoom


class Filling:
    """A file that the disk has no room for, which it says when the last of it is written out."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def write(self, piece: bytes) -> int:
        return len(piece)


async def test_a_disk_that_is_full_at_the_last_moment_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def open_file(_path: Path, _mode: str) -> Any:
        return Filling()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a,b\n1,2\n"

    part = tmp_path / "x.csv.part"
    part.touch()
    monkeypatch.setattr(anyio, "open_file", open_file)
    desk = SimpleNamespace(max_bytes=1000, check_room=lambda _size: None)
    with pytest.raises(UploadNoRoom):
        await uploads._write(pieces(), part, cast(ImportDesk, desk))
