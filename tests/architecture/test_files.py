"""What no file of the repository may hold, and how long a module may be."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CODE = {".py", ".js", ".css"}
TEXT = CODE | {".md", ".toml", ".json", ".lock", ".conf", ".service", ".html", ".yml", ".txt", ""}
LONGEST_MODULE = 400
ADDRESS = re.compile(r"\b(?:https?|wss?)://([^\s/\"'`)>}\];]*)", re.IGNORECASE)
OWN_HOSTS = re.compile(
    r"^(?:127\.0\.0\.1|localhost|\[?::1\]?|0\.0\.0\.0|testserver|test|quanyu|upstream)?(?::[\w$\{\}]*)?$|[{$]"
)
# names of specifications, which nothing ever opens
NAMES_ONLY = {"www.w3.org", "json-schema.org", "www.opengis.net", "schema.org", "example.org", "example.com"}
# terms are kept word for word
WORD_FOR_WORD = {"LICENSE"}
SHORTCUTS = re.compile(
    r"\.innerHTML\b|dangerously_allow_html|dangerouslySetInnerHTML|dcc\.Interval\(|suppress_callback"
)
OUTSIDE = {
    ".git",
    ".venv",
    "var",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
}
VAGUE = {"utils", "helpers", "common", "manager", "misc"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    else:  # no git here, or a checkout that belongs to somebody else
        inside = (path for path in REPOSITORY.iterdir() if path.name not in OUTSIDE)
        names = [file for path in inside for file in ([path] if path.is_file() else path.rglob("*"))]
        names = [path for path in names if "__pycache__" not in path.parts]
    return [path for path in names if path.is_file()]


def lines_of(suffixes: set[str]) -> Iterator[tuple[str, int, str]]:
    for path in tracked():
        if path.suffix in suffixes and path != Path(__file__):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                yield str(path.relative_to(REPOSITORY)), number, line


def test_nothing_names_another_host() -> None:
    found = []
    for name, number, line in lines_of(TEXT):
        for host in ADDRESS.findall(line):
            known = host.lower() in NAMES_ONLY or name in WORD_FOR_WORD
            if not known and not OWN_HOSTS.search(host):
                found.append(f"{name}:{number}: {host}")
    assert found == []


def test_nothing_takes_a_shortcut_that_the_house_forbids() -> None:
    assert [f"{name}:{number}" for name, number, line in lines_of(CODE) if SHORTCUTS.search(line)] == []


def test_modules_are_short_and_named_for_a_thing() -> None:
    code = [path for path in tracked() if path.suffix in CODE and "versions" not in path.parts]
    assert [str(path) for path in code if path.stem in VAGUE] == []
    long = {
        str(path): count
        for path in code
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_every_decision_has_a_number_of_its_own() -> None:
    decisions = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in decisions]
    assert len(numbers) == len(set(numbers)) > 0
    for number, path in zip(numbers, decisions, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name


def test_the_lock_has_hashes_and_no_address() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert len(re.findall(r"^\S+==\S+", lock, re.MULTILINE)) > 50
    assert all(
        "--hash=sha256:" in block for block in re.split(r"\n(?=\S)", lock) if re.match(r"\S+==", block)
    )


def test_no_module_says_later() -> None:
    marks = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XXX)\b")
    assert [f"{name}:{number}" for name, number, line in lines_of(CODE) if marks.search(line)] == []
