"""Districts that live without anyone in them: made from a profile, then kept going as field systems would."""

from __future__ import annotations

from dashboard.simulation.seeding import seed

__all__ = ["seed"]
