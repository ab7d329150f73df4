"""The settings that administrators change on their page: read, tried and kept. Who changed what goes on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.administration import MayNotAdminister
from dashboard.answering import answered
from dashboard.domain.board_settings import (
    BY_KEY,
    SETTINGS,
    BoardSetting,
    SettingUnknown,
    value_of,
    with_value,
)
from dashboard.domain.policy import Act, Viewer
from dashboard.setting_effects import Effect, effect_of
from data_access.queries.session import district_settings, reading
from data_access.writes.session import pooled
from data_access.writes.settings import present, put


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSetting:
    """A setting and the value that holds."""

    setting: BoardSetting
    value: float


class SettingsDesk:
    """Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def held(self, viewer: Viewer) -> list[HeldSetting]:
        """All settings. MayNotAdminister."""
        self._admit(viewer, "")
        settings = self._settings()
        return [HeldSetting(setting=one, value=value_of(one, settings)) for one in SETTINGS]

    @answered
    def tried(self, viewer: Viewer, key: str, text: str) -> Effect:
        """What a value would change; nothing is kept. MayNotAdminister, SettingUnknown, SettingWrong, RuleWrong."""
        self._admit(viewer, key)
        setting, before = _known(key), self._settings()
        after = with_value(setting, text, before)
        return effect_of(self._engine, viewer, setting, before, after, self._clock())

    @answered
    def keep(self, viewer: Viewer, key: str, text: str) -> Effect:
        """Keep a value; what that changes. MayNotAdminister, SettingUnknown, SettingWrong, RuleWrong."""
        self._admit(viewer, key)
        setting = _known(key)
        first = str(setting.path[0])
        with pooled(self._engine) as connection:
            connection.execute("lock table board.settings in share row exclusive mode")
            before = present(connection)
            after = with_value(setting, text, before)
            put(connection, {first: after[first]})
            was, now = value_of(setting, before), value_of(setting, after)
            audit.note(connection, viewer, "setting.changed", key, before=was, after=now)
        return effect_of(self._engine, viewer, setting, before, after, self._clock())

    def _settings(self) -> dict[str, Any]:
        with reading(self._engine) as conn:
            return district_settings(conn)

    def _admit(self, viewer: Viewer, about: str) -> None:
        if not viewer.may(Act.ADMINISTER):
            audit.note(self._engine, viewer, "setting.changed", about, audit.Outcome.REFUSED)
            raise MayNotAdminister


def _known(key: str) -> BoardSetting:
    if key not in BY_KEY:
        raise SettingUnknown
    return BY_KEY[key]
