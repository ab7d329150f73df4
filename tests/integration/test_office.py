"""A briefing's files opened by an office program that did not make them, and looked at as pictures."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pptx import Presentation

from dashboard.briefing.docx import document
from dashboard.briefing.pptx import deck
from dashboard.briefing.themes import PRINT
from dashboard.briefing.xlsx import workbook
from tests.briefings import STREETS, week

PROGRAMS = ("soffice", "pdftotext", "pdftoppm", "pdffonts")
FORMS = ("pptx", "docx", "xlsx")
DPI = 50
LEAST_WORDS = 100
"""A file that prints fewer holds next to nothing of the briefing."""
NAMES = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three files, each as the PDF that the office program prints, in one run of it."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        reason = f"no {', '.join(missing)}: Debian has them in libreoffice-impress, -writer, -calc and poppler-utils"
        if os.environ.get("QUANYU_REQUIRE_OFFICE"):
            pytest.fail(reason)
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("office")
    briefing = week()
    for form, made in zip(FORMS, (deck(briefing), document(briefing), workbook(briefing)), strict=True):
        (home / f"{form}.{form}").write_bytes(made)
    profile = (home / "profile").as_uri()
    settings = (f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", home)
    run("soffice", *settings, *(home / f"{form}.{form}" for form in FORMS))
    return home


@pytest.fixture(params=FORMS)
def printed(request: pytest.FixtureRequest, folder: Path) -> Path:
    """One of the PDFs."""
    return folder / f"{request.param}.pdf"


def words(pdf: Path) -> Iterator[tuple[int, tuple[float, float], tuple[float, float, float, float], str]]:
    """Each word with its page, the page's size and where it stands."""
    told = run("pdftotext", "-bbox", pdf, "-")
    for number, page in enumerate(ET.fromstring(told).iter(f"{NAMES}page")):
        size = float(page.attrib["width"]), float(page.attrib["height"])
        for word in page.iter(f"{NAMES}word"):
            box = tuple(float(word.attrib[edge]) for edge in ("xMin", "yMin", "xMax", "yMax"))
            yield number, size, (box[0], box[1], box[2], box[3]), word.text or ""


def pictures(pdf: Path) -> list[NDArray[np.uint8]]:
    """The pages as pictures: rows, columns, red green blue."""
    run("pdftoppm", "-r", DPI, pdf, pdf.with_suffix(""))
    found = sorted(pdf.parent.glob(f"{pdf.stem}-*.ppm"))
    return [np.asarray(Image.open(io.BytesIO(path.read_bytes()))) for path in found]


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=110)
    return done.stdout.decode()


def test_the_text_is_there_in_a_chinese_font_that_the_file_carries(printed: Path) -> None:
    text = re.sub(r"\s+", "", run("pdftotext", printed, "-"))
    for section in week().sections:
        assert re.sub(r"\s+", "", section.headline.text) in text
    assert all(street in text for street in STREETS)
    assert "\ufffd" not in text
    fonts = run("pdffonts", printed).splitlines()[2:]
    assert any(re.search(r"CJK|Hei|Song|Fang|YaHei|Hans", font) for font in fonts)
    assert all(font.split()[-5] == "yes" for font in fonts), "every font is embedded"


def test_nothing_runs_over_the_edge_of_a_page(printed: Path) -> None:
    placed = list(words(printed))
    assert len(placed) > LEAST_WORDS
    for page, (wide, high), (left, top, right, bottom), word in placed:
        assert left >= 0, (page, word)
        assert top >= 0, (page, word)
        assert right <= wide, (page, word)
        assert bottom <= high, (page, word)


def test_no_text_lies_on_other_text(printed: Path) -> None:
    pages: dict[int, list[tuple[tuple[float, float, float, float], str]]] = {}
    for page, _, box, word in words(printed):
        pages.setdefault(page, []).append((box, word))
    assert sum(map(len, pages.values())) > LEAST_WORDS
    for page, found in pages.items():
        boxes = np.array([box for box, _ in found])
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=2)
        sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        least = np.minimum(sizes[:, None], sizes[None, :])
        clash = np.argwhere(np.triu(shared > least * 0.3, k=1))
        assert [(page, found[a][1], found[b][1]) for a, b in clash] == []


def test_a_slide_is_a_page_and_none_is_empty(folder: Path) -> None:
    shown = pictures(folder / "pptx.pdf")
    assert len(shown) == len(Presentation(str(folder / "pptx.pptx")).slides)
    for picture in shown:
        high, wide, _ = picture.shape
        assert abs(wide / high - 16 / 9) < 0.01
        assert (picture < 250).any(axis=2).mean() > 0.01


def test_the_map_and_the_charts_are_drawn(folder: Path) -> None:
    slides, pages = pictures(folder / "pptx.pdf"), pictures(folder / "docx.pdf")
    for shade in PRINT.loads[1:]:
        assert share(slides[2], shade) > 0.01, "the map fills its slide"
        assert max(share(page, shade) for page in pages) > 0.003, "and its part of a page"
    assert share(slides[1], PRINT.bar) > 0.02, "columns and bars"
    for colour in (PRINT.accent, PRINT.warn, PRINT.bad):
        assert share(slides[3], colour) > 0.0001, "dots in their three colours"


def share(picture: NDArray[np.uint8], colour: str) -> float:
    """How much of a picture has about a colour."""
    target = np.array([int(colour[at : at + 2], 16) for at in (0, 2, 4)])
    return float((np.abs(picture.astype(int) - target).max(axis=2) <= 6).mean())
