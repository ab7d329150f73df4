"""Our own scripts and styles as one file each, so that a page asks for two of them and not for a hundred and forty.

Owns what is in a bundle, its address (which names the content, so that a browser keeps it for ever) and its answer.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dash import Dash
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ASSETS: Final = Path(__file__).parent.parent / "assets"
MEDIA_TYPES: Final = {"js": "text/javascript", "css": "text/css"}
KEPT: Final = "public, max-age=31536000, immutable"
DIGITS: Final = 16
WORKERS: Final = {
    "stream": ("stream",),
    "movers": ("mercator", "trails-store", "movers", "movers-paint", "movers-engine", "movers-worker"),
}
"""Scripts that run beside the page. It finds their addresses as data of the script that it is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Files one after the other, each under a line with its name."""

    name: str
    kind: str
    content: bytes

    @property
    def url(self) -> str:
        """Its address; another content has another."""
        return f"/assets/{self.name}.{hashlib.sha256(self.content).hexdigest()[:DIGITS]}.{self.kind}"

    def route(self) -> Route:
        """Answers with the bundle, packed where the browser can unpack it."""
        packed = gzip.compress(self.content, mtime=0)
        headers = {"cache-control": KEPT, "vary": "accept-encoding"}

        async def answer(request: Request) -> Response:
            packing = "gzip" in request.headers.get("accept-encoding", "")
            return Response(
                packed if packing else self.content,
                headers={**headers, "content-encoding": "gzip"} if packing else headers,
                media_type=MEDIA_TYPES[self.kind],
            )

        return Route(self.url, answer, methods=["GET"])


def bundle(name: str, files: Iterable[Path]) -> Bundle:
    """These files, all of one kind, in their order."""
    parts = list(files)
    texts = [f"/* {path.name} */\n{path.read_text(encoding='utf-8').strip()}\n" for path in parts]
    return Bundle(name=name, kind=parts[0].suffix[1:], content="\n".join(texts).encode())


def bundles() -> tuple[Bundle, ...]:
    """All of them: what runs in pages, what they look like, and what runs beside them in the order of `WORKERS`."""
    scripts, styles = ASSETS / "js", ASSETS / "css"
    beside = (bundle(name, [scripts / f"{part}.js" for part in parts]) for name, parts in WORKERS.items())
    in_pages = (path for path in sorted(scripts.glob("*.js")) if path.stem != "movers-worker")
    return bundle("quanyu", in_pages), bundle("quanyu", sorted(styles.glob("*.css"))), *beside


class BundledDash(Dash):
    """Dash with our scripts and styles in bundles; `bundles` are to be served beside it."""

    def __init__(self) -> None:
        self.bundles = bundles()
        script, style, *workers = self.bundles
        beside = "".join(f' data-{one.name}="{one.url}"' for one in workers)
        self._script = f'<script src="{script.url}"{beside}></script>'
        super().__init__(
            "quanyu",
            assets_folder=str(ASSETS),
            assets_ignore=r"\.(js|css)$",
            external_stylesheets=[style.url],
            serve_locally=True,
            update_title="",
            compress=False,
        )

    def interpolate_index(self, *args: object, **parts: object) -> str:
        """The document of a page: our script comes after the libraries that it extends, before Dash begins."""
        parts["scripts"] = f"{parts['scripts']}\n{self._script}"
        return str(super().interpolate_index(*args, **parts))  # type: ignore[no-untyped-call]
