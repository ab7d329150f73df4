"""The product's version, as pyproject.toml has it. A page that sees another one loads itself anew."""

from __future__ import annotations

from typing import Final

RELEASE: Final = "0.1.0"
