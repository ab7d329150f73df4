"""What a wall can show."""

from __future__ import annotations

from enum import StrEnum


class WallLayout(StrEnum):
    """The map, all streets, what presses; or these three in turn."""

    WALL = "wall"
    STREETS = "streets"
    PRESSING = "pressing"
    ROTATION = "rotation"
