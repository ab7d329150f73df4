"""Folders for Unix sockets: short (a socket's path holds at most 107 bytes), mode 0700, new for each run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from dashboard.embedded.accounts import Account

LONGEST = 60


def make_socket_folder(account: Account) -> Path:
    """A new folder that only `account` (and root) can enter."""
    place = Path(tempfile.gettempdir())
    if len(str(place)) > LONGEST or not account.reaches(place / "socket"):
        place = Path("/tmp")  # noqa: S108 - mkdtemp makes an unguessable folder of mode 0700
    folder = Path(tempfile.mkdtemp(prefix="quanyu-", dir=place))
    account.own(folder)
    return folder
