"""Files as strangers write them: encodings, compression, broken rows, wrong documents."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from dashboard.ingest.delimited import LINE_LIMIT
from dashboard.ingest.files import Record, open_table
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding
from dashboard.ingest.wording import Flaw

PLAIN = FileRules()


def read(path: Path, rules: FileRules = PLAIN) -> list[Record | Finding]:
    with open_table(path, rules) as table:
        return list(table.rows)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_tables_are_read_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "t.csv", "编号,名称\n1,郫筒街道\n2,团结镇\n".encode(encoding))
    with open_table(path, FileRules()) as table:
        assert table.columns == ("编号", "名称")
        rows = [row.values["名称"] for row in table.rows if isinstance(row, Record)]
    assert rows == ["郫筒街道", "团结镇"]


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", gzip.compress(b"a,b\n1,2\n"))
    assert [row.values for row in read(path) if isinstance(row, Record)] == [{"a": "1", "b": "2"}]


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 5000)
    path = written(tmp_path / "t.csv.gz", whole[: len(whole) // 2])
    with pytest.raises(ImportRefused, match="is not complete"):
        read(path)


def test_rows_keep_their_number_past_bad_ones(tmp_path: Path) -> None:
    text = 'a,b\n1,2\n1,2,3\n\n"x"y,2\n4,"two\nlines"\n5\n6,7\n'
    rows = read(written(tmp_path / "t.csv", text.encode()))
    found = [(row.number, None) if isinstance(row, Record) else (row.row, row.flaw) for row in rows]
    assert found == [
        (2, None),
        (3, Flaw.FIELD_COUNT),
        (5, Flaw.UNREADABLE_ROW),
        (6, None),
        (7, Flaw.FIELD_COUNT),
        (8, None),
    ]


def test_bytes_of_another_encoding_reject_their_row_only(tmp_path: Path) -> None:
    good = "1,好\n" * 400_000
    rows = read(written(tmp_path / "t.csv", b"a,b\n" + good.encode() + b"2,\xff\xfe\n3,x\n"))
    bad = [row for row in rows if isinstance(row, Finding)]
    assert [(row.field, row.flaw, row.row) for row in bad] == [("b", Flaw.BROKEN_ENCODING, 400_002)]
    assert len(rows) == 400_002


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b,a\n1,2,3\n", "repeats a column: a"),
        ("t.csv", b"a\n" + b"x" * (LINE_LIMIT + 2), "longer than"),
        ("t.geojson", b"{", "not valid GeoJSON"),
        ("t.geojson", b"[" * 100_000, "not valid GeoJSON"),
        ("t.geojson", b'{"type": "Feature"}', "no GeoJSON FeatureCollection"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        read(written(tmp_path / name, content))


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="Cannot read the file"):
        read(tmp_path / "absent.csv")


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="encoding klingon is unknown"):
        read(written(tmp_path / "t.csv", b"a\n1\n"), FileRules(encoding="klingon"))


def test_properties_of_features_become_text(tmp_path: Path) -> None:
    shape = {"type": "Point", "coordinates": [1, 2]}
    features: list[object] = [
        {
            "type": "Feature",
            "properties": {"ward": 1, "size": 2.0, "half": 0.5, "none": None},
            "geometry": shape,
        },
        {"type": "Feature", "properties": None, "geometry": None},
        "no feature",
    ]
    document = {"type": "FeatureCollection", "features": features}
    rows = read(written(tmp_path / "t.geojson", json.dumps(document).encode()))
    first, second, third = rows
    assert isinstance(first, Record)
    assert first.values == {"ward": "1", "size": "2", "half": "0.5", "none": ""}
    assert first.shape == shape
    assert isinstance(second, Record)
    assert second.shape is None
    assert isinstance(third, Finding)
