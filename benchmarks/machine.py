"""What every benchmark prints with its table: the machine that it ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path


def describe() -> str:
    """One line: processor, cores, memory, kernel and Python."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain-text table under its title, columns as wide as their widest cell."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(
        [title, lines[0], "  ".join("-" * width for width in widths), *lines[1:], describe(), ""]
    )


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib() -> float:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return int(line.split()[1]) / 2**20
    return 0.0


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
