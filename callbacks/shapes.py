"""Whether a call of a callback is one that our pages could have made: its inputs, each of the kind that is expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

PYTHON: Final[Mapping[object, tuple[type, ...]]] = {
    Mapping: (dict,),
    dict: (dict,),
    Sequence: (list,),
    list: (list,),
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    NoneType: (NoneType,),
}
"""What JSON makes of the kinds that callbacks ask for; whatever is not here may be anything."""
INNER: Final = ("query", "fields")
"""Parts of what pages send that are records themselves."""


def sound(asked: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether a call has the inputs and states of its callback, as Dash's book knows it, each of its kind."""
    given: list[object] = []
    for part in ("inputs", "state"):
        sent, wanted = asked.get(part) or [], known[part]
        if not isinstance(sent, list) or len(sent) != len(wanted):
            return False
        for one, named in zip(sent, wanted, strict=True):
            if not isinstance(one, dict) or any(one.get(name) != named[name] for name in ("id", "property")):
                return False
            given.append(one.get("value"))
    return all(map(_fits, given, kinds(known["callback"])))


def kinds(callback: Callable[..., Any]) -> list[tuple[type, ...]]:
    """What the parameters of a callback may be."""
    asking = getattr(callback, "__wrapped__", callback)
    hints = get_type_hints(asking)
    return [_kinds(hint) for name, hint in hints.items() if name != "return"]


def _kinds(hint: object) -> tuple[type, ...]:
    if get_origin(hint) in (Union, UnionType):
        return tuple(kind for one in get_args(hint) for kind in _kinds(one))
    return PYTHON.get(get_origin(hint) or hint, (object,))


def _fits(value: object, allowed: tuple[type, ...]) -> bool:
    if not isinstance(value, allowed):
        return False
    inner = [value.get(name) for name in INNER] if isinstance(value, dict) else []
    return all(one is None or isinstance(one, dict) for one in inner)
