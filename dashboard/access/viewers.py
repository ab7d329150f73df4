"""What a stored user or wall becomes: the viewer that the policy knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dashboard.domain.model import Level
from dashboard.domain.policy import Role, Scope, Viewer
from data_access.queries.access import Kiosk, User


def viewer_of_user(user: User, address: str) -> Viewer:
    """The viewer of a user. Roles and regions that are no more grant nothing."""
    return Viewer(
        login=user.login,
        name=user.name,
        roles=known_roles(user.roles),
        scope=scope_from(user.regions, dict(user.levels), user.departments),
        worker=user.worker,
        must_change=user.must_change,
        address=address,
    )


def viewer_of_kiosk(kiosk: Kiosk, address: str) -> Viewer:
    """The viewer of a wall: it may look at its wall, and nothing else."""
    return Viewer(
        login=f"kiosk:{kiosk.id}",
        name=kiosk.name,
        roles=frozenset({Role.WALL}),
        scope=scope_from(kiosk.regions, dict(kiosk.levels), None),
        kiosk=True,
        layout=kiosk.layout,
        address=address,
    )


def known_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles among these words."""
    return frozenset(Role(name) for name in names if name in list(Role))


def scope_from(
    regions: Sequence[str] | None, levels: Mapping[str, str], departments: Sequence[str] | None
) -> Scope:
    """The scope of granted codes, by the level that each region has. The district's own code grants everything."""
    limited = None if departments is None else frozenset(departments)
    if regions is None or any(levels.get(code) == Level.DISTRICT for code in regions):
        return Scope(departments=limited)
    streets = frozenset(code for code in regions if levels.get(code) == Level.STREET)
    below = frozenset(code for code in regions if code in levels) - streets
    return Scope(streets=streets, below=below, departments=limited)
