"""The web process for tests: a viewer sees the streets named in the header x-streets, or all without it.

Run as `python -m tests.integration.scoped_web PORT`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import uvicorn

from dashboard.asgi import uvicorn_config
from dashboard.config import load_settings
from dashboard.domain.policy import DEMO, Scope, Viewer
from dashboard.factory import create_app


def by_header(scope: MutableMapping[str, Any]) -> Viewer:
    """The demo's viewer with the scope that the request asks for."""
    for name, value in scope["headers"]:
        if name == b"x-streets":
            return replace(DEMO, scope=Scope(streets=frozenset(value.decode().split(","))))
    return DEMO


def main() -> None:
    """Serve until told to stop."""
    settings = load_settings(port=int(sys.argv[1]))
    config = uvicorn_config(settings)
    config.app, config.factory = create_app(settings, viewer=by_header), False
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
