"""A few words in both languages of the interface, where the domain itself has something to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """Chinese for "zh", else English."""
        return self.zh if lang == "zh" else self.en
