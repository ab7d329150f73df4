"""The document around every page: its head, and the place where the page of an address goes."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
  <head>
    {%metas%}
    <meta name="color-scheme" content="dark">
    <meta name="theme-color" content="#0A121D">
    <link rel="icon" href="/assets/icons/mark.svg" type="image/svg+xml">
    <title>{%title%}</title>
    <link rel="preload" href="/_dash-layout" as="fetch" crossorigin>
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>"""


def layout(path: str | None = None, page: Component | None = None) -> html.Div:
    """The address and its page. Where the page is there already the address says so, and is not asked for another."""
    address = {} if path is None else {"pathname": path}
    location = dcc.Location(id=ids.URL, refresh=False, **address)
    return html.Div([location, html.Div(page, id=ids.PAGE)], className="shell")
