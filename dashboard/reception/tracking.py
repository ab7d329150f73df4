"""The addresses for positions: our own batches and the phones' protocols, each with the answer that it expects.

Phones send a report again until they get 2xx, and the ones after it wait: what can never be kept (outside a
shift) is therefore answered as done, with how many were kept in the headers: docs/adr/0043.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import anyio
import numpy as np

from dashboard.domain.fixes import Whole
from dashboard.reception import osmand, overland, owntracks
from dashboard.reception import positions as batches
from dashboard.reception.calls import Answer, Call, Headers, json_answer
from dashboard.reception.gate import PARAMETERS, Gate, may_bring_positions
from dashboard.reception.positions import FUTURE, OPTIONAL, Batch
from dashboard.reception.readings import Reading
from dashboard.reception.refusals import (
    InFuture,
    Missing,
    NotAllowed,
    OutsideShift,
    Refused,
    TokenUnknown,
    UnknownWorker,
)
from dashboard.reception.tokens import DEVICE, LONGEST, SYSTEM, carried
from dashboard.reception.writer import Fate, Parcel, Row, Writer
from data_access.queries.tokens import Token
from data_access.writes.tracks import Columns

LARGE: Final = 64_000
"""Bodies from here on are read in a thread, so that streams do not wait for them."""
ROW_BYTES: Final = 200
"""About what one position takes as JSON: reading a body only to refuse it would cost more than it is worth."""
MOST_NAMED: Final = 100
"""So many refused rows are named in an answer; all are counted."""


class Tracking:
    """Takes positions in."""

    def __init__(self, gate: Gate, writer: Writer) -> None:
        self._gate = gate
        self._writer = writer

    async def positions(self, call: Call) -> Answer:
        """POST /ingest/positions."""
        token = await self._gate.admit(call)
        may_bring_positions(token)
        self._writer.refuse_if_full(len(call.body) // ROW_BYTES)
        now = datetime.now(UTC)
        if len(call.body) > LARGE:
            batch = await anyio.to_thread.run_sync(lambda: batches.read(call.json(), now))
        else:
            batch = batches.read(call.json(), now)
        refused = dict(batch.refused)
        workers, rows = await self._owners(token, batch, refused)
        fates = await self._write(token, _columns(batch, workers, rows))
        for place, fate in _not_kept(fates):
            row = int(rows[place])
            refused[int(batch.row[row])] = (
                OutsideShift() if fate is Fate.OUTSIDE_SHIFT else UnknownWorker(code=batch.worker[row])
            )
        return _batch_answer(batch.count, refused, call.lang)

    async def osmand(self, call: Call) -> Answer:
        """GET or POST /ingest/osmand."""
        if call.method == "POST" and (call.content_type == "application/json" or call.body[:1] == b"{"):
            data = call.json()
            named = data.get("device_id") if isinstance(data, dict) else None
            token = await self._gate.admit_token(_osmand_token(call, call.query, named))
            reading = osmand.read_json(data)
        else:
            query = dict(call.query)
            for key, value in call.form() if call.method == "POST" else ():
                query.setdefault(key, value)
            named = query.get("id", query.get("deviceid"))
            token = await self._gate.admit_token(_osmand_token(call, query, named))
            reading = osmand.read_query(query)
        kept = await self.keep(token, [reading])
        return json_answer({"accepted": kept}, headers=_told(kept, reading.has_position - kept))

    async def owntracks(self, call: Call) -> Answer:
        """POST /ingest/owntracks. The answer is a list of commands for the device: none."""
        token = await self._gate.admit(call)
        reading = owntracks.read(call.json(), call.query, call.headers)
        kept = await self.keep(token, [reading])
        return json_answer([], headers=_told(kept, reading.has_position - kept))

    async def overland(self, call: Call) -> Answer:
        """POST /ingest/overland."""
        token = await self._gate.admit(call)
        found, refused = overland.read(call.json())
        if refused and not found:
            raise next(iter(refused.values()))
        kept = await self.keep(token, found)
        return json_answer({"result": "ok"}, headers=_told(kept, len(found) + len(refused) - kept))

    async def keep(self, token: Token, found: Sequence[Reading]) -> int:
        """Write the positions among some readings; how many were kept. Raises Refused."""
        now = datetime.now(UTC)
        rows: list[Row] = []
        for reading in found:
            worker_id = await self._gate.bearer(token, reading.device)
            if not reading.has_position:
                continue
            if reading.at is not None and reading.at > now + FUTURE:
                raise InFuture(field="timestamp")
            rows.append(_row(worker_id, reading, reading.at or now))
        if not rows:
            return 0
        fates = await self._write(token, rows)
        if (fates == Fate.UNKNOWN_WORKER).all():
            raise UnknownWorker(code=token.worker_code or found[0].device)
        return int((fates == Fate.KEPT).sum())

    async def _write(self, token: Token, fixes: Columns | Sequence[Row]) -> Whole:
        try:
            return await self._writer.write(Parcel(token_id=token.id, fixes=fixes))
        except TokenUnknown:
            self._gate.forget(token)
            raise

    async def _owners(self, token: Token, batch: Batch, refused: dict[int, Refused]) -> tuple[Whole, Whole]:
        """The worker of each row that has one, and which rows these are; the others are refused."""
        if token.worker_id is not None:
            strange = [place for place, code in enumerate(batch.worker) if code and code != token.worker_code]
            for place in strange:
                refused[int(batch.row[place])] = NotAllowed(
                    reason="a device brings its own worker's positions only",
                    reason_zh="设备令牌只能上报本人位置",
                )
            rows = np.setdiff1d(np.arange(len(batch.worker)), np.array(strange, dtype=np.int64))
            return np.full(len(rows), token.worker_id, dtype=np.int64), rows
        known = await self._gate.workers(batch.worker)
        ids = np.array([known.get(code, 0) for code in batch.worker], dtype=np.int64)
        for place in np.flatnonzero(ids == 0).tolist():
            code = batch.worker[place]
            refused[int(batch.row[place])] = UnknownWorker(code=code) if code else Missing(field="worker")
        rows = np.flatnonzero(ids)
        return ids[rows], rows


def _osmand_token(call: Call, query: Mapping[str, str], named: object) -> str | None:
    """The token; OsmAnd and Traccar Client can carry it as the device's name too."""
    found = carried(call.headers, query, PARAMETERS)
    if found is None and isinstance(named, str) and named.startswith((DEVICE, SYSTEM)):
        return named[:LONGEST]
    return found


def _row(worker_id: int, reading: Reading, at: datetime) -> Row:
    assert reading.lon is not None
    assert reading.lat is not None
    return (
        worker_id,
        round(at.timestamp() * 1e6),
        reading.lon,
        reading.lat,
        reading.accuracy_m,
        reading.speed_mps,
        reading.heading_deg,
        reading.altitude_m,
        reading.battery_pct,
        int(reading.flags),
    )


def _columns(batch: Batch, workers: Whole, rows: Whole) -> Columns:
    return Columns(
        worker_id=workers,
        at_us=batch.at_us[rows],
        lon=batch.lon[rows],
        lat=batch.lat[rows],
        flags=np.zeros(len(rows), dtype=np.int64),
        **{name: batch.optional[name][rows] for name in OPTIONAL},
    )


def _not_kept(fates: Whole) -> list[tuple[int, Fate]]:
    return [(place, Fate(int(fates[place]))) for place in np.flatnonzero(fates).tolist()]


def _told(kept: int, refused: int) -> Headers:
    return [
        (b"x-quanyu-accepted", str(int(kept)).encode()),
        (b"x-quanyu-refused", str(int(refused)).encode()),
    ]


def _batch_answer(count: int, refused: dict[int, Refused], lang: str) -> Answer:
    """How many were kept, and which were not and why; 422 where none was."""
    named = sorted(refused)[:MOST_NAMED]
    body: dict[str, Any] = {
        "accepted": count - len(refused),
        "refused": len(refused),
        "items": [{"index": place, "error": refused[place].body(lang)} for place in named],
    }
    return json_answer(body, 422 if count and len(refused) == count else 200)
