"""The documentation leads somewhere: its links, the files that it names and the addresses that it tells are there."""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.domain.permits import named

REPOSITORY = Path(__file__).parents[2]
PAGES = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
FOLDERS = "assets|benchmarks|callbacks|dashboard|data_access|deploy|docs|layouts|mappings|tests"
BEGINNINGS = {"/api/v1", "/ingest"}
FIRST = "admin|api/v1|attendance|briefing|event|exports?|ingest|kiosk|live|login|me|region|sessions|supervision|worker"


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_link_leads_to_a_page_and_a_heading() -> None:
    lost = []
    for page in PAGES:
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            name, _, anchor = link.partition("#")
            there = page.parent / name if name else page
            if not there.exists() or (anchor and anchor not in anchors(there)):
                lost.append(f"{page.name}: {link}")
    assert len(PAGES) > 20
    assert lost == []


def test_every_file_that_is_named_is_there() -> None:
    lost = [
        f"{page.name}: {name}"
        for page in PAGES
        for name in re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", page.read_text(encoding="utf-8"))
        if not (REPOSITORY / name).exists()
    ]
    assert lost == []


def test_every_address_is_one_that_a_rule_names() -> None:
    told = re.compile(rf"(?<![\w.>}}\]~/-])/(?:{FIRST})(?:/[\w<>{{}}:.-]+)*")
    lost = []
    for page in PAGES:
        for found in told.findall(page.read_text(encoding="utf-8")):
            address = re.sub(r"[<{][^>}]*[>}]", "X", found).rstrip("./")
            if address not in BEGINNINGS and not named(address):
                lost.append(f"{page.name}: {address}")
    assert lost == []
