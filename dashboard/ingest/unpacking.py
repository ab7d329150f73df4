"""Files as streams of bytes, gzipped or not. Owns the bound on what a small file may unpack to."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from dashboard.ingest.refusal import ImportRefused

RATIO = 200
"""How many times its own size a packed file may unpack to. Tables reach 10 to 40, bombs 1,000."""
FREE_BYTES = 64 * 1024 * 1024
"""What any packed file may unpack to, however small it is."""
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20


class _Bounded(io.RawIOBase):
    """A packed stream that stops where it grows beyond all proportion."""

    def __init__(self, inner: IO[bytes], path: Path) -> None:
        self._inner, self._path = inner, path
        self._left = max(FREE_BYTES, path.stat().st_size * RATIO)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Reads on. ImportRefused beyond the bound."""
        found = self._inner.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise ImportRefused(
                f"文件 {self._path.name} 解压后超过其大小的 {RATIO} 倍，疑为压缩炸弹，未写入任何内容。",
                f"The file {self._path.name} unpacks to more than {RATIO} times its size, as a zip bomb "
                "does; nothing was written.",
            )
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's content as a stream, unpacked if it is gzipped. ImportRefused where it cannot be read."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.open(raw) as inner, io.BufferedReader(_Bounded(cast("IO[bytes]", inner), path)) as out:
                yield cast("IO[bytes]", out)
    except OSError as error:
        why = error.strerror or str(error)
        raise ImportRefused(
            f"无法读取文件 {path.name}：{why}", f"Cannot read the file {path.name}: {why}"
        ) from error
    except (EOFError, zlib.error) as error:
        raise ImportRefused(
            f"文件 {path.name} 的压缩数据不完整，未写入任何内容。",
            f"The compressed data of {path.name} is not complete; nothing was written.",
        ) from error


def blocks(stream: IO[bytes], size: int = _BLOCK) -> Iterator[bytes]:
    """The rest of a stream in blocks."""
    while block := stream.read(size):
        yield block
