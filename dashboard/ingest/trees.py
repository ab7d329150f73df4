"""Rows out of a tree of JSON objects: `rows = "areas.streets.villages"` makes each village a row. Owns the walk.

A row has its own values under their names, and those of the objects above it under the path to them: `areas.code`,
`areas.streets.name`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.tables import Record, Table, checked_columns, number_text
from dashboard.ingest.unpacking import opened
from dashboard.ingest.wording import Flaw

DOCUMENT_LIMIT = 32 * 1024 * 1024
"""Bytes of a tree: it is in memory as a whole."""


@contextmanager
def tree_table(path: Path, rows: str) -> Iterator[Table]:
    """An open table. Rows count from 1. ImportRefused where the document is no such tree."""
    with opened(path) as stream:
        raw = stream.read(DOCUMENT_LIMIT + 1)
    if len(raw) > DOCUMENT_LIMIT:
        size = f"{DOCUMENT_LIMIT // 1024**2} MB"
        raise ImportRefused(f"文件 {path.name} 超过 {size}。", f"The file {path.name} is larger than {size}.")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"文件 {path.name} 不是有效的 JSON。", f"The file {path.name} is not valid JSON."
        ) from error
    leaves = list(_leaves(document, rows.split("."), "", {}))
    if not leaves:
        raise ImportRefused(f"文件 {path.name} 中没有 {rows}。", f"The file {path.name} holds no {rows}.")
    names = dict.fromkeys(name for leaf in leaves if isinstance(leaf, dict) for name in leaf)
    columns = checked_columns(list(names), path)
    yield Table(columns=columns, rows=_rows(leaves, columns), shapes=False, total=len(leaves))


def _leaves(
    node: object, path: Sequence[str], prefix: str, above: Mapping[str, str]
) -> Iterator[dict[str, str] | object]:
    """The values of each leaf with those above it; what is no object where one should be, as it is."""
    listed = node.get(path[0]) if isinstance(node, dict) else None
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, dict):
            yield item
        elif len(path) == 1:
            yield {**above, **_values(item, "")}
        else:
            name = f"{prefix}{path[0]}."
            yield from _leaves(item, path[1:], name, {**above, **_values(item, name)})


def _values(item: Mapping[str, object], prefix: str) -> dict[str, str]:
    return {
        prefix + name: _text(value).encode("utf-8", "replace").decode("utf-8")
        for name, value in item.items()
        if not isinstance(value, list | dict)
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return value if isinstance(value, str) else json.dumps(value)


def _rows(leaves: Sequence[object], columns: Sequence[str]) -> Iterator[Record | Finding]:
    for number, leaf in enumerate(leaves, start=1):
        if isinstance(leaf, dict):
            yield Record(number=number, values={**dict.fromkeys(columns, ""), **leaf})
        else:
            yield Finding(row=number, field="", value=shown(leaf), flaw=Flaw.NOT_A_RECORD, rejected=True)
