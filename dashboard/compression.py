"""Answers of Flask, gzipped in the thread that made them.

On the event loop the same work would stand between frames and streams. Files that never change are packed once.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from threading import Lock
from typing import Final

from flask import Flask, Response, request

LEVEL: Final = 5
LEAST_BYTES: Final = 1000
KEPT_FILES: Final = 128
PACKED_WELL: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")


class Packed:
    """The packed files by address and state; the least used ones are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = Lock()

    def of(self, response: Response) -> bytes:
        """The body of an answer, packed."""
        etag = response.headers.get("ETag")
        key = (request.full_path, etag) if etag else None
        with self._lock:
            if key is not None and key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        packed = gzip.compress(response.get_data(), LEVEL, mtime=0)
        if key is not None:
            with self._lock:
                self._kept[key] = packed
                while len(self._kept) > KEPT_FILES:
                    self._kept.popitem(last=False)
        return packed


def compress(flask: Flask) -> None:
    """Have an application pack its answers for those who take gzip."""
    packed = Packed()

    @flask.after_request
    def pack(response: Response) -> Response:
        if response.status_code != 200 or "Content-Encoding" in response.headers:
            return response
        if not (response.content_type or "").startswith(PACKED_WELL):
            return response
        response.vary.add("Accept-Encoding")
        if request.method not in {"GET", "POST"}:
            return response
        if request.accept_encodings.quality("gzip") <= 0 or (response.content_length or 0) < LEAST_BYTES:
            return response
        response.direct_passthrough = False
        body = packed.of(response)
        response.close()  # a file that is packed already was not read
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
        return response
