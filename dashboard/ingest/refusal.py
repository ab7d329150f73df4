"""What stops a whole import. Owns the error that users see; single bad rows are findings, not errors."""

from __future__ import annotations

from dashboard.errors import DashboardError


class ImportRefused(DashboardError):
    """The file or its mapping cannot be used, and nothing was written."""

    zh = "文件或映射无法使用，未写入任何内容。"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self._chinese = zh

    def sentence(self, lang: str = "en") -> str:
        """What is wrong and what to do, in "en" or "zh"."""
        return self._chinese if lang == "zh" else super().sentence(lang)
