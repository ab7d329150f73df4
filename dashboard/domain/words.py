"""A few words in both languages of the interface, where the domain itself has something to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """Chinese for "zh", else English."""
        return self.zh if lang == "zh" else self.en


_RECORDED: Final = (("reason", "reason_en"), ("zh", "en"))


def recorded(details: Mapping[str, Any] | None) -> Words | None:
    """The sentence that a rule left with what it did, in both languages; None where it left none."""
    for zh, en in _RECORDED:
        said = (details or {}).get(zh)
        if isinstance(said, str) and said:
            other = (details or {}).get(en)
            return Words(zh=said, en=other if isinstance(other, str) and other else said)
    return None
