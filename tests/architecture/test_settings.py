"""Documentation as a contract: every setting is described, and nothing described is missing."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.config import FILE_VARIABLE, TEST_VARIABLES, Settings, variable

REPOSITORY = Path(__file__).parents[2]
MISSPELT = "QUANYU_PROT"  # tests use it as such


def described() -> dict[str, str]:
    text = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `(QUANYU_\w+)` \| ([^|]*) \|", text, re.MULTILINE))


def test_every_setting_is_described_and_nothing_else() -> None:
    assert (
        set(described())
        == {variable(name) for name in Settings.model_fields} | {FILE_VARIABLE} | TEST_VARIABLES
    )


def test_described_defaults_are_the_defaults() -> None:
    for name, field in Settings.model_fields.items():
        told = described()[variable(name)].strip("`")
        if told not in {"none", "found"}:
            default = field.default
            assert told == (",".join(default) if isinstance(default, tuple) else str(default)), name


def test_no_other_variable_is_read() -> None:
    known = set(described()) | {MISSPELT}
    for folder in ("dashboard", "data_access", "layouts", "callbacks", "tests", "benchmarks", "deploy"):
        for path in (path for path in (REPOSITORY / folder).rglob("*") if path.suffix in {".py", ".env"}):
            found = set(re.findall(r"QUANYU_[A-Z0-9_]*[A-Z0-9]", path.read_text(encoding="utf-8")))
            assert found - known == set(), path
