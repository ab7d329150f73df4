"""The commands of the import's documentation are ones that work as they stand."""

from __future__ import annotations

import pytest

from dashboard.cli_import import import_
from dashboard.ingest.mapping import FIELDS
from dashboard.ingest.mapping_file import load_mapping
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("#")[0].split()
    for line in PAGE.splitlines()
    if line.startswith("    python app.py import ") and "--mapping mappings/" in line
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_with_a_mapping_that_ships_is_one(command: list[str]) -> None:
    """Options that there are, and a mapping for that kind (any kind lays squares)."""
    kind, _, *options = command[3:]
    placed = [str(REPOSITORY / word) if word.startswith("mappings/") else word for word in options]
    found = import_.make_context("import", [kind, str(REPOSITORY / "README.md"), *placed]).params
    assert found["kind"] in FIELDS
    mapping = load_mapping(found["mapping"], None if found["squares"] else kind)
    assert mapping.origin == found["mapping"].name


def test_the_help_names_every_kind() -> None:
    told = (import_.help or "").partition("KIND: ")[2]
    assert set(told.rstrip(". \n").split(", ")) == set(FIELDS)
