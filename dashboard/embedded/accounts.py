"""Who the embedded servers run as. PostgreSQL refuses root, so root gives way to a system user of our own.

Owns that user and the question whether it can reach a path; leaves starting processes to `process`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dashboard.embedded.errors import UserUnavailable

SYSTEM_USER = "quanyu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of the operating system. `dropped`: not the one who started us, so we must change to it."""

    name: str
    uid: int
    gid: int
    dropped: bool

    def own(self, path: Path) -> None:
        """Give a file or an empty folder to this user."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)

    def may(self, path: Path, bits: int) -> bool:
        """Whether this user has `bits` (of 4 read, 2 write, 1 enter or execute) on an existing path."""
        facts = path.stat()
        if facts.st_uid == self.uid:
            granted = facts.st_mode >> 6
        elif facts.st_gid == self.gid:
            granted = facts.st_mode >> 3
        else:
            granted = facts.st_mode
        return granted & bits == bits

    def reaches(self, path: Path) -> bool:
        """Whether this user may enter every folder above `path`, as far as they exist."""
        if not self.dropped:
            return True
        return all(self.may(parent, 1) for parent in path.resolve().parents if parent.exists())

    def runs(self, program: Path) -> bool:
        """Whether this user may execute `program`."""
        if not self.dropped:
            return os.access(program, os.X_OK)
        return self.reaches(program) and self.may(program.resolve(), stat.S_IROTH | stat.S_IXOTH)


def service_account() -> Account:
    """The present user, or for root the system user of our own, made if missing."""
    uid = os.geteuid()
    if uid != 0:
        return Account(name=_name_of(uid), uid=uid, gid=os.getegid(), dropped=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_user(SYSTEM_USER)
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, dropped=True)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise UserUnavailable(
            name=f"#{uid}", reason="the user id has no entry in the user database"
        ) from None


def _make_user(name: str) -> None:
    if command := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        arguments = [command, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        arguments += ["--shell", "/usr/sbin/nologin", name]
    elif command := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        arguments = [command, "-S", "-D", "-H", name]
    else:
        raise UserUnavailable(name=name, reason="neither useradd nor adduser is installed")
    made = subprocess.run(arguments, capture_output=True, text=True, check=False)
    try:
        pwd.getpwnam(name)  # another start may have made it at the same moment
    except KeyError:
        raise UserUnavailable(name=name, reason=made.stderr.strip() or f"code {made.returncode}") from None
