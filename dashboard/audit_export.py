"""The record as a file for the auditor: a line of JSON for each line of it, with the text that was hashed and its hash.
Where administrators want a mark on files, it is a line before them.

Whoever has the file can compute the chain anew: the hash of a line is the SHA-256 of the hash before it and the text.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from dashboard.access import audit
from dashboard.access.door import viewer_of
from dashboard.domain.messages import dump
from dashboard.watermark import Watermark
from data_access.queries.audit import MOST, AuditQuestion, search


def routes(engine: Engine) -> list[Route]:
    """The address of the export; the door lets auditors in alone."""

    def export(request: Request) -> StreamingResponse:
        viewer = viewer_of(request.scope)
        audit.note(engine, viewer, "audit.exported", "")
        mark = Watermark(engine).on_exports(viewer)
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"', "Cache-Control": "no-store"}
        return StreamingResponse(_lines(engine, mark), headers=headers, media_type="application/x-ndjson")

    return [Route("/admin/audit/export", export, methods=["GET"])]


def _lines(engine: Engine, mark: str) -> Iterator[bytes]:
    """All lines, the newest first, read in pieces."""
    if mark:
        yield dump({"mark": mark}).encode() + b"\n"
    before: int | None = None
    while True:
        with engine.connect() as conn:
            rows = search(conn, AuditQuestion(before_id=before, limit=MOST))
        for row in rows:
            yield dump({"seq": row.seq, "hash": row.hash, "text": row.text}).encode() + b"\n"
        if len(rows) < MOST:
            return
        before = rows[-1].id
