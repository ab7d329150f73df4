"""Whole columns to and from PostgreSQL in its binary form: a batch of thousands of rows costs no text.

Owns the form of one-dimensional arrays as parameters, and of rows of 64-bit numbers that a query packs into bytes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

PG_EPOCH_US: Final = 946_684_800_000_000
"""PostgreSQL counts from 2000-01-01."""

_TYPES: Final = {"bigint": (20, ">i8"), "smallint": (21, ">i2"), "float8": (701, ">f8"), "real": (700, ">f4"),
                 "timestamptz": (1184, ">i8")}  # fmt: skip


class Packed(bytes):
    """An array in PostgreSQL's binary form. The statement says its type: `%s::bigint[]`."""

    __slots__ = ()


class _PackedDumper(Dumper):
    """Hands the bytes over as they are; the cast in the statement tells the server the type."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Any) -> bytes:  # noqa: ANN401 - psycopg's own signature
        return bytes(obj)


def register(connection: psycopg.Connection[Any]) -> None:
    """Lets a connection take packed arrays as parameters."""
    connection.adapters.register_dumper(Packed, _PackedDumper)


def packed(values: NDArray[Any], kind: str) -> Packed:
    """A column as an array of that type. Times are given in microseconds since 1970."""
    oid, form = _TYPES[kind]
    if kind == "timestamptz":
        values = values - PG_EPOCH_US
    head = np.array(
        [1 if len(values) else 0, 0, oid, *([len(values), 1] if len(values) else [])], dtype=">i4"
    )
    body = np.empty(len(values), dtype=np.dtype([("size", ">i4"), ("value", form)]))
    body["size"] = np.dtype(form).itemsize
    body["value"] = values
    return Packed(head.tobytes() + body.tobytes())


def sent(*columns: tuple[str, str]) -> str:
    """An SQL expression that packs columns (expression, "bigint" or "float8") of all rows into bytes."""
    rows = " || ".join(
        f"{'int8send' if kind == 'bigint' else 'float8send'}({name})" for name, kind in columns
    )
    return f"string_agg({rows}, ''::bytea)"


def unpacked(data: bytes | None, *kinds: str) -> list[NDArray[Any]]:
    """The columns of what `sent` packed, each in the order of the rows."""
    forms = [(f"c{place}", _TYPES[kind][1]) for place, kind in enumerate(kinds)]
    rows = np.frombuffer(data or b"", dtype=np.dtype(forms))
    return [rows[name].astype(rows[name].dtype.newbyteorder("=")) for name, _ in forms]
