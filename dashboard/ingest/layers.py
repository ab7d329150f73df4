"""Features from Shapefiles and GeoPackages. Owns batches, text encodings and what may be read at all; the
formats themselves are GDAL's.

Features count from 1. A Shapefile may be alone beside its sidecars or packed in a ZIP; of a GeoPackage only
true tables are read, because a view can be written so that reading it never ends.
"""

from __future__ import annotations

import math
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dashboard.ingest.delimited import broken_cell
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.tables import EXACT_WHOLE, Record, Table, checked_columns, number_text
from dashboard.ingest.wording import Flaw

BATCH = 5_000
BATCH_BYTES = 64 * 1024**2
"""Features are read so many at a time, fewer where they are large."""
FEATURE_BYTES = 64 * 1024**2
"""The largest feature."""
_RAW = "ISO-8859-1"
"""Keeps every byte of a DBF as a character of its own, so that each cell can be decoded, or refused, alone."""
_LIVELY = "select 1 from pragma_table_list where schema = 'main' and type in ('view', 'virtual') and name like 'gpkg%'"
"""The format's own tables: where one of them is none, reading it may never end."""
_LAYERS = (
    "select c.table_name from gpkg_contents c join pragma_table_list t on t.name = c.table_name "
    "where c.data_type in ('features', 'attributes') and t.schema = 'main' and t.type = 'table' order by c.rowid"
)
_SIZE = "coalesce(length(case typeof({0}) when 'text' then cast({0} as blob) else {0} end), 0)"
"""Bytes of a value; of a text, `length` alone counts what stands before its first NUL."""
_LANGUAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
"""Code pages that a DBF can name in its header, as far as Chinese systems write them."""
_NEEDED = (".shp", ".shx", ".dbf")
_SHAPES = b"\x00\x00\x27\x0a"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A layer as the reader is asked for it. `encoding` "": the format itself says."""

    path: Path
    name: str
    layer: str | None
    batch: int
    encoding: str = ""


def is_geopackage(head: bytes) -> bool:
    """By the first bytes of a file."""
    return head.startswith(b"SQLite format 3\x00")


def is_shapefile(head: bytes) -> bool:
    """By the first bytes of a file."""
    return head.startswith(_SHAPES)


@contextmanager
def shapefile_table(path: Path, rules: FileRules, name: str) -> Iterator[Table]:
    """The features of a Shapefile. `name` is what people call the file."""
    parts = {suffix: path.with_suffix(suffix) for suffix in _NEEDED}
    absent = [suffix for suffix, part in parts.items() if not part.is_file()]
    if absent:
        zh, en = "、".join(absent), ", ".join(absent)
        raise ImportRefused(
            f"Shapefile {name} 不完整，缺少 {zh}；请与 .shp 一起打包。",
            f"The Shapefile {name} is not complete: {en} is missing; pack it together with the .shp.",
        )
    with parts[".shp"].open("rb") as stream:
        # GDAL looks for itself what a file is, and knows forms that name other files and addresses to read
        if not is_shapefile(stream.read(len(_SHAPES))):
            raise _unreadable(name)
    source = _Source(
        path=path,
        name=name,
        layer=None,
        batch=_batch(_largest_in_shapefile(parts), name),
        encoding=rules.encoding or _dbf_encoding(path),
    )
    with _complaints(name):
        yield _table(source)


@contextmanager
def geopackage_table(path: Path, rules: FileRules) -> Iterator[Table]:
    """The features of a layer of a GeoPackage: the one that the rules name, or the only one."""
    layer, largest = _geopackage_layer(path, rules.layer)
    with tempfile.TemporaryDirectory(prefix="quanyu-import-") as folder, _complaints(path.name):
        # GDAL goes by names too: what is called .zip it would unpack, and read what lies inside
        place = Path(folder) / "layer.gpkg"
        place.symlink_to(path.absolute())
        yield _table(_Source(path=place, name=path.name, layer=layer, batch=_batch(largest, path.name)))


def _table(source: _Source) -> Table:
    import pyogrio

    options = {"encoding": _RAW} if source.encoding else {}
    with _quiet():
        info = pyogrio.read_info(source.path, layer=source.layer, force_feature_count=True, **options)
    names = [_decoded(str(name), source.encoding) for name in info["fields"]]
    columns = checked_columns(["" if name is None else name for name in names], source.path)
    if None in names:
        raise ImportRefused(
            f"文件 {source.name} 的字段名不是 {source.encoding} 编码；请在映射中写明 file.encoding。",
            f"The fields of {source.name} are not named in {source.encoding}; name file.encoding in the mapping.",
        )
    return Table(
        columns=columns,
        rows=_rows(source, columns, info),
        shapes=info["geometry_type"] is not None,
        crs=str(info["crs"] or ""),
        total=int(info["features"]),
        dates=True,
        size_bytes=source.path.stat().st_size,
    )


def _rows(source: _Source, columns: tuple[str, ...], info: Mapping[str, Any]) -> Iterator[Record | Finding]:
    number = 0
    wholes = {place for place, kind in enumerate(info["ogr_types"]) if kind in ("OFTInteger", "OFTInteger64")}
    for geometries, fields in _batches(source, str(info["fid_column"])):
        shapes, cells = _shapes(geometries), [_cells(field) for field in fields]
        inexact = [place in wholes and fields[place].dtype.kind == "f" for place in range(len(fields))]
        for place, shape in enumerate(shapes):
            number += 1
            values: dict[str, str] = {}
            fault: Finding | None = None
            for column, cell, rounded in zip(columns, cells, inexact, strict=True):
                found = cell[place]
                text = _decoded(_text(found), source.encoding)
                if text is None:
                    fault = fault or broken_cell(number, column, _text(found), source.encoding)
                elif rounded and isinstance(found, float) and abs(found) >= EXACT_WHOLE:
                    fault = fault or _inexact(number, column, found)
                values[column] = text or ""
            yield fault or Record(number=number, values=values, shape=shape)


def _inexact(number: int, column: str, value: float) -> Finding:
    return Finding(row=number, field=column, value=shown(value), flaw=Flaw.NUMBER_INEXACT, rejected=True)


def _batches(source: _Source, key: str) -> Iterator[tuple[np.ndarray, Sequence[np.ndarray]]]:
    """Geometries and fields, batch after batch: by number where the format can jump, else by key."""
    import pyogrio

    read, last = 0, None
    options: dict[str, Any] = {"encoding": _RAW} if source.encoding else {}
    while True:
        if source.layer is None:
            options["skip_features"] = read
        elif last is not None:
            options["where"] = f"{_quoted(key)} > {last}"
        with _quiet():
            _, keys, geometries, fields = pyogrio.raw.read(
                source.path,
                layer=source.layer,
                max_features=source.batch,
                force_2d=True,
                return_fids=True,
                datetime_as_string=True,
                **options,
            )
        if not len(keys):
            return
        read, last = read + len(keys), int(keys[-1])
        yield geometries if geometries is not None else np.full(len(keys), None, dtype=object), fields


def _shapes(geometries: np.ndarray) -> list[dict[str, Any] | None]:
    """Shapes as GeoJSON has them; None where there is none or where its bytes are no shape."""
    found = shapely.from_wkb(geometries, on_invalid="ignore")
    return [None if one is None or one.is_empty else dict(shapely.geometry.mapping(one)) for one in found]


def _cells(field: np.ndarray) -> list[object]:
    return list(field.tolist())


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)) or isinstance(value, bytes):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else str(value)


def _decoded(text: str, encoding: str) -> str | None:
    """Text out of the bytes that stand for it; None where they are none. A character that the width of the
    field has cut in half is left out."""
    if not encoding or text.isascii():
        return text
    raw = text.encode(_RAW, "replace")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if len(raw) - error.start > 3:
            return None
        return raw[: error.start].decode(encoding)
    except LookupError as error:
        raise ImportRefused(f"不认识的编码 {encoding}。", f"The encoding {encoding} is unknown.") from error


def _dbf_encoding(path: Path) -> str:
    """As the .cpg says, or the header of the .dbf; else UTF-8 if the texts are that, else GB18030."""
    page = path.with_suffix(".cpg")
    if page.is_file():
        said = page.read_bytes()[:64].decode("ascii", "replace").strip().lower()
        said = {
            "936": "gb18030",
            "cp936": "gb18030",
            "gbk": "gb18030",
            "gb2312": "gb18030",
            "65001": "utf-8",
        }.get(said, said)
        if _is_encoding(said):
            return said
    with path.with_suffix(".dbf").open("rb") as stream:
        head = stream.read(1 << 20)
    if len(head) > 29 and head[29] in _LANGUAGES:
        return _LANGUAGES[head[29]]
    # every record begins with its flag, so characters are whole but at the very end
    for length in range(len(head), max(len(head) - 4, 0), -1):
        try:
            head[32:length].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return "gb18030"


def _is_encoding(name: str) -> bool:
    try:
        return "中".encode(name).decode(name) == "中"
    except (LookupError, UnicodeError, TypeError, ValueError):
        return False


def _largest_in_shapefile(parts: Mapping[str, Path]) -> int:
    """Bytes of the largest feature, by the index of the shapes and the width of the table."""
    with parts[".dbf"].open("rb") as stream:
        width = int.from_bytes(stream.read(12)[10:12], "little")
    size = parts[".shx"].stat().st_size
    lengths = np.fromfile(parts[".shx"], dtype=">i4", offset=min(100, size))[1::2]
    return width + 2 * int(lengths.max(initial=0))


def _geopackage_layer(path: Path, wanted: str) -> tuple[str, int]:
    """The layer's name and the bytes of its largest feature."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            if connection.execute(_LIVELY).fetchone() is not None:
                raise _unreadable(path.name)
            found = connection.execute(_LAYERS).fetchall()
            layer = _chosen([str(row[0]) for row in found], wanted, path.name)
            columns = connection.execute(f"pragma table_xinfo({_quoted(layer)})").fetchall()
            if any(hidden for *_, hidden in columns):
                raise _unreadable(path.name)  # a column that is made up while it is read has no bounds
            sizes = " + ".join(_SIZE.format(_quoted(str(column[1]))) for column in columns)
            query = f"select max({sizes}) from {_quoted(layer)}"  # noqa: S608 quoted names of a file opened to read
            row = connection.execute(query).fetchone()
    except sqlite3.Error as error:
        raise _unreadable(path.name) from error
    return layer, int(row[0] or 0)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _chosen(layers: Sequence[str], wanted: str, name: str) -> str:
    if wanted in layers:
        return wanted
    if len(layers) == 1 and not wanted:
        return layers[0]
    zh, en = "、".join(layers[:20]) or "无", ", ".join(layers[:20]) or "none"
    raise ImportRefused(
        f"请在映射中写明 file.layer，即 {name} 中要导入的图层；有：{zh}。",
        f"Name file.layer in the mapping, the layer of {name} to import; there is: {en}.",
    )


def _batch(largest: int, name: str) -> int:
    if largest > FEATURE_BYTES:
        size = f"{FEATURE_BYTES // 1024**2} MB"
        raise ImportRefused(
            f"文件 {name} 中有一个要素超过 {size}。", f"The file {name} holds a feature larger than {size}."
        )
    return max(1, min(BATCH, BATCH_BYTES // max(largest, 1)))


@contextmanager
def _quiet() -> Iterator[None]:
    """The reader warns of what does not matter here: of rings the wrong way round, of fields it renames."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _complaints(name: str) -> Iterator[None]:
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        yield
    except (
        CRSError,
        DataLayerError,
        DataSourceError,
        FeatureError,
        GeometryError,
        UnicodeDecodeError,
    ) as error:
        raise _unreadable(name) from error


def _unreadable(name: str) -> ImportRefused:
    return ImportRefused(
        f"文件 {name} 内容损坏，无法读取，未写入任何内容。",
        f"The file {name} is broken and cannot be read; nothing was written.",
    )
