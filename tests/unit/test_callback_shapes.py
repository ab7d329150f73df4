"""Calls of callbacks that no page of ours makes are told from those that one does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from dash import Dash, Input, Output, State, dcc

from callbacks import shapes
from callbacks.shapes import sound


def known() -> Mapping[str, Any]:
    """Dash's book of a callback with a record and a text."""
    app = Dash("shapes", assets_folder="")
    app.layout = [dcc.Store("a"), dcc.Store("b"), dcc.Store("c")]

    @app.callback(Output("c", "data"), Input("a", "data"), State("b", "data"))
    def call(asked: Mapping[str, Any] | None, word: str | None) -> str:
        return f"{asked}{word}"

    app._setup_server()
    found: Mapping[str, Any] = app.callback_map["c.data"]
    return found


def asked(record: object, word: object) -> dict[str, Any]:
    return {
        "inputs": [{"id": "a", "property": "data", "value": record}],
        "state": [{"id": "b", "property": "data", "value": word}],
    }


def test_the_kinds_are_those_of_the_callback() -> None:
    assert shapes.kinds(known()["callback"]) == [(dict, type(None)), (str, type(None))]


@pytest.mark.parametrize("record", [None, {}, {"query": {"window": "today"}}, {"query": None, "n": 1}])
def test_what_pages_send_is_sound(record: object) -> None:
    assert sound(asked(record, "x"), known())
    assert sound(asked(record, None), known())


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"inputs": 5},
        {"inputs": [5], "state": [5]},
        asked("x", None),
        asked([], None),
        asked(1, None),
        asked({"query": "x"}, None),
        asked({"fields": [1]}, None),
        asked({}, {}),
        {**asked({}, None), "state": []},
        {**asked({}, None), "inputs": [{"id": "b", "property": "data", "value": {}}]},
    ],
    ids=str,
)
def test_what_no_page_sends_is_not(call: dict[str, Any]) -> None:
    assert not sound(call, known())
