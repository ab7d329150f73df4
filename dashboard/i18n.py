"""Words shown to users, in both languages. Owns the catalogues beside it; leaves the choice of language to the request.

A catalogue is TOML files of sections, `zh.toml` and, by part of the product, `zh.<part>.toml`; a section stands in one
of them. `[kpi] open = "..."` is the text of the key "kpi.open". `{name}` stands for a value. The browser gets both
catalogues with the page and switches between them on the spot.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "catalogues"
COOKIE = "lang"


class Lang(StrEnum):
    """Languages of the interface. Chinese is the first."""

    ZH = "zh"
    EN = "en"

    @classmethod
    def chosen(cls, value: str | None) -> Lang:
        """The language of a cookie or a query; Chinese where it names none."""
        return cls.EN if value == cls.EN else cls.ZH

    @property
    def html(self) -> str:
        """Value of the page's `lang` attribute."""
        return "zh-CN" if self is Lang.ZH else "en"


@cache
def catalogue(lang: Lang) -> Mapping[str, str]:
    """All texts of a language by key."""
    found: dict[str, str] = {}
    for path in (FOLDER / f"{lang}.toml", *sorted(FOLDER.glob(f"{lang}.*.toml"))):
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= {
            f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()
        }
    return MappingProxyType(found)


def both() -> dict[str, dict[str, str]]:
    """Both catalogues by language, for the browser."""
    return {str(lang): dict(catalogue(lang)) for lang in Lang}


def text(lang: Lang, key: str, /, **values: object) -> str:
    """The text of a key with its places filled. KeyError for a key that no catalogue has."""
    pattern = catalogue(lang)[key]
    return pattern.format(**values) if values else pattern
