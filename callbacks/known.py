"""What the browser checks callbacks against: the components of all pages that have an id.

Every page carries it, so it is the components alone: what they hold would make it fifty times as long.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from dash.development.base_component import Component


def named_components(layouts: Iterable[Component]) -> list[Component]:
    """Each component with an id once, of its kind and with nothing but its id."""
    found: dict[str, Component] = {}
    for layout in layouts:
        for one in (layout, *layout._traverse()):  # noqa: SLF001 - Dash has no other way through a tree
            name = getattr(one, "id", None)
            if isinstance(one, Component) and name is not None:
                found.setdefault(f"{type(one).__name__} {name}", _bare(one))
    return list(found.values())


def _bare(component: Component) -> Component:
    bare = copy.copy(component)
    held = set(bare.to_plotly_json()["props"]) - {"id"}
    for name in held:
        delattr(bare, name)
    return bare
