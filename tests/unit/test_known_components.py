"""Every page tells the browser which components there are, and nothing of what they hold."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

import callbacks
from callbacks.known import named_components
from dashboard.bundle import BundledDash
from tests.browser.desk import DeskServices, NoImports


def test_a_component_is_its_kind_and_its_id() -> None:
    layout = html.Div(
        [html.P("text"), dcc.Store("a", data={"much": "text"}), html.Div(dcc.Input(id="b", value="x"))],
        className="page",
    )
    told = [one.to_plotly_json() for one in named_components([layout, html.Div(dcc.Store("a"))])]
    assert told == [
        {"type": "Store", "namespace": "dash_core_components", "props": {"id": "a"}},
        {"type": "Input", "namespace": "dash_core_components", "props": {"id": "b"}},
    ]
    assert "much" in str(layout)


def test_the_document_of_a_page_is_short_and_names_what_callbacks_name() -> None:
    app: Any = BundledDash()
    callbacks.register(app, DeskServices(), NoImports())
    told = {one.id for one in app.validation_layout if isinstance(one.id, str)}
    outputs = [one for call in app._callback_list for one in call["output"].strip(".").split("...")]
    asked = {one.rpartition(".")[0] for one in outputs if one and one[0] != "{"}
    assert asked - {""} <= told  # some write nowhere
    assert len(app.server.test_client().get("/region").data) < 40_000
