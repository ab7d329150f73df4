"""Whether a file that was made of hostile texts does anything when it is opened: formulas, links, macros, markup."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import openpyxl

from tests.payloads import MARK

NUMBER: Final = re.compile(r"[-+]?[0-9.]+")
BEGINNINGS: Final = "=+-@\t\r＝＋－＠"
FIELDS: Final = ("instrText", "fldSimple", "hyperlink", "hlinkClick", "f")
"""Elements of office files that do something, or compute."""
BOOK: Final = ".xlsx"
PLAIN: Final = (".png", ".jpeg", ".jpg", ".emf", ".vml", ".bin")


def harmless_table(text: str) -> None:
    """No cell begins as a formula does, unless it is a number."""
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert cell[:1] not in BEGINNINGS or not cell or NUMBER.fullmatch(cell), cell


def harmless_package(body: bytes) -> None:
    """A workbook, a document or a deck: the texts are in it, as texts, and nothing in it leads or computes anywhere."""
    with ZipFile(io.BytesIO(body)) as package:
        names = package.namelist()
        parts = {name: package.read(name) for name in names}
    roots = {name: ET.fromstring(data) for name, data in parts.items() if name.endswith((".xml", ".rels"))}
    assert any(MARK in text for root in roots.values() for text in root.itertext())
    assert not [name for name in names if "vba" in name.lower() or "activex" in name.lower()]
    for name, root in roots.items():
        harmless_part(name, root.iter())
    for name in set(names) - set(roots):
        assert name.endswith((BOOK, *PLAIN)), name
        if name.endswith(BOOK):
            harmless_book(parts[name])
    if any(name.startswith("xl/worksheets/") for name in names):
        harmless_book(body)


def harmless_part(name: str, elements: Iterable[ET.Element]) -> None:
    """No element that acts has a text of ours, and nothing lies outside the file."""
    for one in elements:
        assert one.get("TargetMode") != "External", name
        if one.tag.rpartition("}")[2] in FIELDS:
            assert MARK not in "".join([*one.attrib.values(), *one.itertext()]), (name, one.tag)


def harmless_book(body: bytes) -> None:
    """No cell of a workbook is a formula or a link."""
    for sheet in openpyxl.load_workbook(io.BytesIO(body)).worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink], sheet.title
