"""What every page is laid out with."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import i18n
from dashboard.domain.policy import Viewer
from dashboard.i18n import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """The viewer's language. `alone`: the page keeps a stream of its own instead of one shared between tabs.

    `zone`: the district's time zone, where it is known; `read_ms`: when the figures of a page that does not follow
    the stream were read, ms since 1970. `viewer`: who looks, `title`: what the district calls this, where known;
    `mark`: what a page carries faintly all over, so that a photograph tells who looked.
    """

    lang: Lang
    alone: bool = False
    zone: str = ""
    read_ms: int | None = None
    viewer: Viewer | None = None
    title: str = ""
    mark: str = ""

    def t(self, key: str, /, **values: object) -> str:
        """A text of the catalogue in the viewer's language."""
        return i18n.text(self.lang, key, **values)

    def config(self) -> dict[str, object]:
        """What the page's script starts with."""
        return {
            "lang": str(self.lang),
            "words": i18n.both(),
            "alone": self.alone,
            "zone": self.zone,
            "read_ms": self.read_ms,
        }
