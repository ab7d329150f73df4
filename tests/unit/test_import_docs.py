"""The import's documentation is a contract: every field and every table of a mapping stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.ingest.flaws import Flaw
from dashboard.ingest.mapping import FIELDS, REQUIRED
from dashboard.ingest.wording import WORDS
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
CHECKS = (REPOSITORY / "docs" / "import-checks.md").read_text(encoding="utf-8")
TABLES = (
    *("columns", "file", "times", "location", "regions", "district", "settings", "categories", "departments"),
    *("workers", "stages", "stated", "squares", "stats"),
)


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_of_a_kind_is_documented(kind: str) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {kind} |"))
    named = {word.strip(" *|") for word in line.split("|")[2].replace("(", ",").replace(")", ",").split(",")}
    assert set(FIELDS[kind]) <= named
    assert all(f"**{name}**" in line for name in REQUIRED[kind])


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_a_mapping_is_documented(table: str) -> None:
    assert f"`[{table}]`" in PAGE


@pytest.mark.parametrize("path", sorted((REPOSITORY / "mappings").glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_that_ships_is_documented(path: Path) -> None:
    assert f"mappings/{path.name}" in PAGE


@pytest.mark.parametrize("flaw", Flaw)
def test_every_kind_of_fault_is_documented_in_the_words_of_the_reports(flaw: Flaw) -> None:
    cells = next(line for line in CHECKS.splitlines() if line.startswith(f"| `{flaw}` |")).split(" | ")[1:]
    words = WORDS[flaw]
    said = (words.reason_en, words.reason_zh, words.remedy_en, words.remedy_zh)
    plain = [re.sub(r"\{\w+\}", "…", text.replace("{fate}", "")) for text in said]
    plain = [text.replace("{{", "{").replace("}}", "}") for text in plain]
    assert [cell.removesuffix(" |") for cell in cells] == plain
