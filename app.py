"""The entry point: `python app.py COMMAND`, and `asgi` and `server` for any other server of web applications."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the server asks for
    """`app:asgi` is the whole web application; `app:server` only its Flask part. Made when first asked for."""
    if name not in {"asgi", "server"}:
        raise AttributeError(name)
    from dashboard.config import load_settings
    from dashboard.factory import create_app

    made = create_app(load_settings().require_servers())
    globals()["asgi"] = made
    if name == "server":
        globals()["server"] = made.flask
    return globals()[name]


if __name__ == "__main__":
    from dashboard.cli import main

    main()
