"""The errors that a person may see. Owns their base; each part declares its own kinds beside its code.

The docstring of a kind is its English sentence, `zh` the Chinese one. Both may hold `{placeholders}`, filled
from the keyword arguments of the constructor. A plain string given to the constructor replaces the sentence in
both languages.
The cause, for operators, is the chained exception.
"""

from __future__ import annotations

import inspect
import re
from typing import ClassVar


class DashboardError(Exception):
    """Something went wrong."""

    zh: ClassVar[str] = ""

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        self.facts = facts
        self._message = message
        super().__init__(message if message is not None else self.sentence())

    @property
    def code(self) -> str:
        """The kind's name for programs: `region_unknown` for RegionUnknown."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__.removesuffix("Error")).lower()

    def body(self, lang: str) -> dict[str, str]:
        """As a part of an answer for programs, with the sentence for people."""
        return {"code": self.code, "message": self.sentence(lang)}

    def sentence(self, lang: str = "en") -> str:
        """What happened and what to do, in "en" or "zh" (English where there is no Chinese sentence)."""
        if self._message is not None:
            return self._message
        template = (
            type(self).zh if lang == "zh" and type(self).zh else inspect.cleandoc(type(self).__doc__ or "")
        )
        return " ".join(template.format(**self.facts).split())

    def __str__(self) -> str:
        return self.sentence()


class SettingError(DashboardError):
    """The setting {name} is wrong: {reason}. See docs/settings.md."""

    zh = "设置 {name} 有误：{reason}。请参阅 docs/settings.md。"


class ConnectionFailed(DashboardError):
    """{what} cannot be reached: {reason}. Check that it runs and that {setting} names it."""

    zh = "无法连接 {what}：{reason}。请确认其正在运行，并检查设置 {setting}。"


class NotInstalled(DashboardError):
    """{what} was not found. Install the packages of requirements.lock, or set {setting} to where it is."""

    zh = "找不到 {what}。请安装 requirements.lock 中的软件包，或用 {setting} 指明其位置。"
